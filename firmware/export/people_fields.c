/* Roster headers → fields of a subject. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/export/people.h"

#define AT(field) offsetof(struct subject, field)

/* The first name of a field is the one the lists use. */
static const struct {
	const char *header;
	size_t offset;
} fields[] = {
	{ "学历层次", AT(level) },
	{ "层次", AT(level) },
	{ "学号", AT(student_no) },
	{ "姓名", AT(name) },
	{ "性别", AT(sex) },
	{ "身份证号", AT(id_no) },
	{ "证件号码", AT(id_no) },
	{ "证件号", AT(id_no) },
	{ "证件类型", AT(doc_type) },
	{ "所在校别", AT(school_type) },
	{ "院校代码", AT(school_code) },
	{ "学校名称", AT(school_name) },
	{ "考生号", AT(exam_no) },
	{ "录取编号", AT(exam_no) },
	{ "报名号", AT(exam_no) },
	{ "班级", AT(class_name) },
	{ "班号", AT(class_name) },
	{ "函授站", AT(station) },
	{ "函授站（教学点）", AT(station) },
	{ "系所函授站", AT(station) },
	{ "学院", AT(branch) },
	{ "分院", AT(branch) },
	{ "校区", AT(campus) },
	{ "专业", AT(major) },
	{ "专业名称", AT(major) },
	{ "专业代码", AT(major_code) },
	{ "学历类别", AT(category) },
	{ "学习形式", AT(study_form) },
	{ "学制", AT(years) },
	{ "年级", AT(grade) },
	{ "届", AT(cohort) },
	{ "出生日期", AT(birth) },
	{ "入学日期", AT(entered) },
	{ "预计毕业日期", AT(graduates) },
	{ "拍摄时间", AT(slot) },
	{ "拍摄地点", AT(place) },
	{ "地点", AT(place) },
	{ "组", AT(team) },
	{ "邮寄方式", AT(mailing) },
	{ "备注", AT(remark) },
	{ "采集码", AT(tag) },
	{ "系列", AT(series) },
	{ "机器", AT(kiosk) },
};

static bool is_number(const char *header)
{
	return !strcmp(header, "拍摄序号") || !strcmp(header, "拍摄号") || !strcmp(header, "序号");
}

static const char *extra(const struct subject *s, const char *header)
{
	for (const char *key = s->extra, *value; *key; key = value + strlen(value) + 1) {
		value = key + strlen(key) + 1;
		if (!strcmp(key, header))
			return value;
	}
	return NULL;
}

const char *subject_field(const struct subject *s, const char *header, char buf[static 64])
{
	const char *text;

	if (is_number(header)) {
		buf[0] = '\0';
		if (s->seq)
			snprintf(buf, 64, "%04d", s->seq);
		return buf;
	}
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (!strcmp(fields[i].header, header)) {
			memcpy(&text, (const char *)s + fields[i].offset, sizeof(text));
			return text;
		}
	return extra(s, header);
}

bool subject_field_known(const char *header)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (!strcmp(fields[i].header, header))
			return true;
	return is_number(header);
}

/* 0012 · 学号 2024…017 · 身份证号 110…0010: enough to find the row, not enough to use it. */
static void masked(const char *text, char out[static 48])
{
	size_t n = text_length(text), lead = n > 8 ? 3 : 1, tail = n > 8 ? 4 : 1;

	if (n != strlen(text) || n > 32) { /* no plain number */
		text_copy(out, 48, n ? "***" : "");
		return;
	}
	if (n < 5)
		snprintf(out, 48, "%s", text);
	else
		snprintf(out, 48, "%.*s***%s", (int)lead, text, text + n - tail);
}

void subject_masked(const struct subject *s, char *out, size_t size)
{
	char student[48], id[48], seq[8] = "";

	masked(s->student_no, student);
	masked(s->id_no, id);
	if (s->seq)
		snprintf(seq, sizeof(seq), "%04d ", s->seq);
	snprintf(out, size, "%s学号 %s 证件 %s", seq, student[0] ? student : "-", id[0] ? id : "-");
}
