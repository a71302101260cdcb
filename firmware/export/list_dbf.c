/*
 * dBase tables in GBK (language driver 0x4D; the caller puts a .cpg beside them): character fields
 * only. Field names and widths are those of the registration tables; a field grows where a value is
 * longer, nothing is cut below 254 bytes.
 */
#include <errno.h>
#include <fcntl.h>
#include <shapefil.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#include "firmware/base/cleanup.h"
#include "firmware/export/list.h"

enum { WIDTH_MAX = 254, FIELDS_MAX = 120 };

/* clang-format off */
static const struct {
	const char *header, *field;
	int width;
} known[] = {
	{ "拍摄序号", "PSXH", 4 },  { "学历层次", "CC", 20 },	 { "学号", "XH", 15 },
	{ "姓名", "XM", 40 },	    { "性别", "XB", 2 },	 { "身份证号", "SFZH", 18 },
	{ "所在校别", "SZXB", 20 }, { "院校代码", "YXDM", 5 },	 { "学校名称", "YXMC", 40 },
	{ "考生号", "KSH", 18 },    { "出生日期", "CSRQ", 8 },	 { "学习形式", "XXXS", 10 },
	{ "学制", "XZ", 3 },	    { "专业代码", "ZYDM", 6 },	 { "专业", "ZYMC", 50 },
	{ "专业名称", "ZYMC", 50 }, { "学院", "FY", 40 },	 { "分院", "FY", 40 },
	{ "校区", "XQ", 24 },	    { "函授站", "XSH", 24 },	 { "班级", "BH", 24 },
	{ "入学日期", "RXRQ", 8 },  { "预计毕业日期", "YJBYRQ", 8 }, { "备注", "BZ", 40 },
	{ "学历类别", "XLLB", 20 }, { "年级", "NJ", 8 },	 { "届", "JB", 8 },
	{ "证件类型", "ZJLX", 20 }, { "采集时间", "CJSJ", 16 }, { "机器", "JQ", 12 },
	{ "原因", "YY", 60 },	    { "文件", "WJ", 100 },	 { "系列", "XL", 15 },
};
/* clang-format on */

struct dbf_field {
	char name[16]; /* ten count */
	int width;
	bool date; /* YYYYMMDD */
};

static struct dbf_field field_of(const struct list *l, int column)
{
	struct dbf_field f = { .width = 1 };

	snprintf(f.name, sizeof(f.name), "F%d", column + 1);
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(known[i].header, list_at(l, 0, column))) {
			snprintf(f.name, sizeof(f.name), "%s", known[i].field);
			f.width = known[i].width;
			f.date = f.width == 8 && strstr(known[i].field, "RQ");
			break;
		}
	return f;
}

static bool plain_date(const char *text)
{
	return strlen(text) == 10 && text[4] == '-' && text[7] == '-';
}

/* The cell as it stands in the table. */
static char *value(const char *text, const struct dbf_field *f, size_t *bytes, int *lost)
{
	char date[9];

	if (f->date && plain_date(text)) {
		snprintf(date, sizeof(date), "%.4s%.2s%.2s", text, text + 5, text + 8);
		text = date;
	}
	return list_recode(text, "GBK", bytes, lost);
}

static int widen(const struct list *l, int column, struct dbf_field *f)
{
	for (int r = 1; r < l->count; r++) {
		size_t bytes = 0;
		int lost = 0;
		SCOPED_FREE char *cell = value(list_at(l, r, column), f, &bytes, &lost);

		if (!cell)
			return -ENOMEM;
		if ((int)bytes > f->width)
			f->width = bytes < WIDTH_MAX ? (int)bytes : WIDTH_MAX;
	}
	return 0;
}

/* A double-byte character is not split at the end of a field. */
static void cut(char *gbk, size_t bytes, int width)
{
	size_t at = 0;

	if (bytes <= (size_t)width)
		return;
	while (at + ((unsigned char)gbk[at] > 0x80 ? 2 : 1) <= (size_t)width)
		at += (unsigned char)gbk[at] > 0x80 ? 2 : 1;
	gbk[at] = '\0';
}

static int put_rows(DBFHandle dbf, const struct list *l, const struct dbf_field *f, int *lost)
{
	for (int r = 1; r < l->count; r++)
		for (int c = 0; c < list_width(l); c++) {
			size_t bytes = 0;
			SCOPED_FREE char *cell = value(list_at(l, r, c), &f[c], &bytes, lost);

			if (!cell)
				return -ENOMEM;
			*lost += (int)bytes > f[c].width;
			cut(cell, bytes, f[c].width);
			if (!DBFWriteStringAttribute(dbf, r - 1, c, cell))
				return -EIO;
		}
	return 0;
}

/* shapelib opens files by name; the table goes into memory. */
static _Thread_local int memory_fd;

static SAFile open_memory(const char *name, const char *access)
{
	int fd = dup(memory_fd);
	FILE *f = fd >= 0 ? fdopen(fd, "r+b") : NULL;

	(void)name;
	(void)access;
	if (!f && fd >= 0)
		close(fd);
	return (SAFile)(void *)f;
}

static int remove_nothing(const char *name)
{
	(void)name;
	return 0;
}

static DBFHandle create(const struct list *l, struct dbf_field *f)
{
	time_t made = (time_t)(l->made_utc_ms / 1000);
	struct tm day = { .tm_year = 100, .tm_mday = 1 };
	SAHooks hooks;
	DBFHandle dbf;

	SASetupDefaultHooks(&hooks);
	hooks.FOpen = open_memory;
	hooks.Remove = remove_nothing;
	dbf = DBFCreateLL("list.dbf", "LDID/77", &hooks);
	if (!dbf)
		return NULL;
	if (made > 0)
		gmtime_r(&made, &day);
	DBFSetLastModifiedDate(dbf, day.tm_year, day.tm_mon + 1, day.tm_mday);
	for (int c = 0; c < list_width(l); c++)
		DBFAddField(dbf, f[c].name, FTString, f[c].width, 0);
	return dbf;
}

int list_dbf(const struct list *l, char **data, size_t *bytes, int *lost)
{
	SCOPED_FD int fd = memfd_create("list", MFD_CLOEXEC);
	struct dbf_field f[FIELDS_MAX];
	DBFHandle dbf;
	struct stat st;
	int rc = 0;

	if (fd < 0 || list_width(l) > FIELDS_MAX)
		return fd < 0 ? -ENOMEM : -EINVAL;
	for (int c = 0; !rc && c < list_width(l); c++) {
		f[c] = field_of(l, c);
		rc = widen(l, c, &f[c]);
	}
	memory_fd = fd;
	dbf = rc ? NULL : create(l, f);
	if (!dbf)
		return rc ? rc : -ENOMEM;
	rc = put_rows(dbf, l, f, lost);
	DBFClose(dbf);
	if (rc)
		return rc;
	if (fstat(fd, &st) < 0 || !(*data = malloc((size_t)st.st_size + 1)))
		return -ENOMEM;
	*bytes = (size_t)st.st_size;
	return pread(fd, *data, *bytes, 0) == (ssize_t)*bytes ? 0 : -EIO;
}
