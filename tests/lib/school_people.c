/* Who goes to the invented school. */
#include "tests/lib/school.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "firmware/base/cleanup.h"

/* clang-format off */
static const char *const surnames[] = {
	"王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林",
	"何", "郭", "马", "罗", "梁", "宋", "郑", "谢", "韩", "唐", "冯", "于", "董", "萧", "程", "曹",
	"袁", "邓", "许", "傅", "沈", "曾", "彭", "吕", "欧阳", "上官", "司徒", "诸葛",
};
static const char *const given[] = {
	"伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明",
	"超", "秀", "霞", "平", "刚", "桂", "英", "华", "文", "玉", "兰", "红", "飞", "鑫", "宇", "浩",
	"然", "梓", "涵", "子", "轩", "雨", "欣", "怡", "佳", "思", "琪", "嘉", "晨", "博", "俊", "凯",
	"龙", "雪", "梅", "春", "秋", "冬", "志", "国", "建", "新", "立", "永", "安", "康", "福", "祥",
};
/* What breaks lists: long, dotted, rare and very rare characters, latin letters. */
static const char *const odd_names[] = {
	"阿卜杜热合曼·买买提吐尔逊", "迪丽拜尔·阿布都克里木江", "张㛃", "王䶮", "李𬭎", "陈𠮷祥",
	"次仁拉姆卓玛", "赵垚鑫焱", "刘翀", "孙珺璟", "欧阳昊天", "艾克拜尔·依明",
};
static const char *const foreign_names[] = {
	"MARIA TESTOVA", "JOHN SAMPLE", "NGUYEN VAN MAU", "KIM MINJUN", "ANNA-LENA O'PROBE",
};
static const struct {
	const char *name, *code, *class_name, *branch;
} majors[] = {
	{ "机械制造及自动化", "460104", "机制", "机械工程学院" },
	{ "计算机应用技术", "510201", "计应", "信息工程学院" },
	{ "会计学", "120203", "会计", "经济管理学院" },
	{ "护理学", "101101", "护理", "医学院" },
	{ "汉语言文学", "050101", "中文", "文学院" },
	{ "土木工程", "081001", "土木", "建筑工程学院" },
	{ "学前教育", "040106", "学前", "教育学院" },
};
static const char *const stations[] = {
	"校本部", "北城函授站", "南河函授站", "东山教学点", "西湖教学点", "青石函授站",
};
/* clang-format on */

static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static unsigned int pick(uint64_t *r, size_t n)
{
	*r = mix(*r);
	return (unsigned int)(*r >> 20) % (unsigned int)n;
}

/* GB 11643: MOD 11-2. */
static void add_check(char id[static 24])
{
	static const int weights[17] = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2 };
	int sum = 0;

	for (int k = 0; k < 17; k++)
		sum += weights[k] * (id[k] - '0');
	id[17] = "10X98765432"[sum % 11];
	id[18] = '\0';
}

static void set_name(struct school_person *p, int i, uint64_t *r)
{
	unsigned int two = pick(r, 4);

	if (i % 53 == 0)
		snprintf(p->name, sizeof(p->name), "%s",
			 odd_names[(unsigned int)i / 53 % ARRAY_SIZE(odd_names)]);
	else if (i % 149 == 0)
		snprintf(p->name, sizeof(p->name), "%s",
			 foreign_names[(unsigned int)i / 149 % ARRAY_SIZE(foreign_names)]);
	else
		snprintf(p->name, sizeof(p->name), "%s%s%s",
			 surnames[pick(r, ARRAY_SIZE(surnames))], given[pick(r, ARRAY_SIZE(given))],
			 two ? given[pick(r, ARRAY_SIZE(given))] : "");
}

/* Unique: the date counts up to 28·12·15 people, then the sequence goes on. */
static void set_number(struct school_person *p, int i, uint64_t seed)
{
	int day = i % 28 + 1, month = i / 28 % 12 + 1, year = 1990 + i / 336 % 15;
	int man = (int)(mix(seed ^ (uint64_t)i * 7) & 1);
	int sequence = (int)(seed % 40) * 20 + 100 + i / 5040 * 2 + man;

	snprintf(p->sex, sizeof(p->sex), "%s", man ? "男" : "女");
	snprintf(p->birth, sizeof(p->birth), "%04d-%02d-%02d", year, month, day);
	if (i % 149 == 0) {
		snprintf(p->id_no, sizeof(p->id_no), "T%08d", (int)(seed % 900) * 100000 + i);
		snprintf(p->doc_type, sizeof(p->doc_type), "护照");
		return;
	}
	snprintf(p->id_no, sizeof(p->id_no), "110199%04d%02d%02d%03d", year, month, day,
		 sequence % 1000);
	add_check(p->id_no);
	snprintf(p->doc_type, sizeof(p->doc_type), "居民身份证");
}

void school_person(uint64_t seed, int i, struct school_person *out)
{
	unsigned int class_no = (unsigned int)(i - 1) / 40;
	unsigned int m = class_no % ARRAY_SIZE(majors), in_major = class_no / ARRAY_SIZE(majors);
	uint64_t r = mix(seed * 1000003 + (uint64_t)i);

	memset(out, 0, sizeof(*out));
	set_name(out, i, &r);
	set_number(out, i, seed);
	snprintf(out->student_no, sizeof(out->student_no), "2024%02d%05d", (int)(seed % 90 + 10),
		 i);
	snprintf(out->exam_no, sizeof(out->exam_no), "24%02d1199%06d", (int)(seed % 90 + 10), i);
	snprintf(out->level, sizeof(out->level), "%s", class_no % 3 ? "成人本科" : "成人专科");
	snprintf(out->category, sizeof(out->category), "成人高等教育");
	snprintf(out->class_name, sizeof(out->class_name), "%s24%02u", majors[m].class_name,
		 in_major + 1);
	snprintf(out->station, sizeof(out->station), "%s",
		 stations[class_no % ARRAY_SIZE(stations)]);
	snprintf(out->branch, sizeof(out->branch), "%s", majors[m].branch);
	snprintf(out->major, sizeof(out->major), "%s", majors[m].name);
	snprintf(out->major_code, sizeof(out->major_code), "%s", majors[m].code);
	snprintf(out->grade, sizeof(out->grade), "2024");
	snprintf(out->paid, sizeof(out->paid), "%s", i % 31 == 0 ? "" : i % 19 ? "yes" : "no");
}

int school_roster(const char *path, uint64_t seed, int from, int to, bool numbers)
{
	SCOPED_FILE FILE *f = fopen(path, "we");
	struct school_person p;
	char seq[8] = "";

	if (!f)
		return -errno;
	fputs("\xef\xbb\xbf拍摄序号,学历层次,学号,姓名,性别,身份证号,所在校别,院校代码,学校名称,"
	      "考生号,班级,函授站,分院,专业名称\r\n",
	      f);
	for (int i = from; i <= to; i++) {
		school_person(seed, i, &p);
		if (numbers)
			snprintf(seq, sizeof(seq), "%04d", i % 10000);
		fprintf(f, "%s,%s,%s,%s,%s,%s,普通高校,10999,测试理工大学,%s,%s,%s,%s,%s\r\n", seq,
			p.level, p.student_no, p.name, p.sex, p.id_no, p.exam_no, p.class_name,
			p.station, p.branch, p.major);
	}
	return fflush(f) ? -EIO : 0;
}
