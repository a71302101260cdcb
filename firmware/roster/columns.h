/* Columns of a roster: what each is called, where it is kept. */
#pragma once

#include <stddef.h>

/* Column, header as the notice writes it, column of table person, bytes with the zero. */
/* clang-format off */
#define ROSTER_COLUMNS(X)                                               \
	X(SEQ,         "拍摄序号",     "",            64)               \
	X(LEVEL,       "学历层次",     "level",       48)               \
	X(STUDENT_NO,  "学号",         "student_no",  32)               \
	X(NAME,        "姓名",         "name",        208)              \
	X(SEX,         "性别",         "sex",         16)               \
	X(ID_NO,       "身份证号",     "id_no",       64)               \
	X(SCHOOL_TYPE, "所在校别",     "school_type", 64)               \
	X(SCHOOL_CODE, "院校代码",     "school_code", 32)               \
	X(SCHOOL_NAME, "学校名称",     "school_name", 128)              \
	X(EXAM_NO,     "考生号",       "exam_no",     32)               \
	X(CLASS,       "班级",         "class_name",  64)               \
	X(STATION,     "函授站",       "station",     64)               \
	X(BRANCH,      "学院",         "branch",      64)               \
	X(CAMPUS,      "校区",         "campus",      64)               \
	X(MAJOR,       "专业名称",     "major",       64)               \
	X(MAJOR_CODE,  "专业代码",     "major_code",  32)               \
	X(CATEGORY,    "学历类别",     "category",    64)               \
	X(STUDY_FORM,  "学习形式",     "study_form",  64)               \
	X(YEARS,       "学制",         "years",       16)               \
	X(GRADE,       "年级",         "grade",       32)               \
	X(COHORT,      "届",           "cohort",      32)               \
	X(BIRTH,       "出生日期",     "birth",       32)               \
	X(ENTERED,     "入学日期",     "entered",     32)               \
	X(GRADUATES,   "预计毕业日期", "graduates",   32)               \
	X(SLOT,        "拍摄时间",     "slot",        64)               \
	X(PLACE,       "拍摄地点",     "place",       128)              \
	X(TEAM,        "组",           "team",        64)               \
	X(MAILING,     "邮寄方式",     "mailing",     128)              \
	X(REMARK,      "备注",         "remark",      256)              \
	X(DOC_TYPE,    "证件类型",     "doc_type",    64)               \
	X(PAID,        "缴费",         "paid",        64)               \
	X(CAPTURED,    "已采集",       "premarked",   64)               \
	X(DOCUMENT_2,  "其他证件号",   "",            64)               \
	X(DOCUMENT_3,  "通行证号",     "",            64)               \
	X(DOCUMENT_4,  "护照号",       "",            64)
/* clang-format on */

enum roster_column {
#define COLUMN_ENUM(name, header, sql, bytes) COL_##name,
	ROSTER_COLUMNS(COLUMN_ENUM)
#undef COLUMN_ENUM
		COL_COUNT,
	COL_REQUIRED = COL_SCHOOL_NAME + 1, /* the nine of the notice stand first */
};

/* Header cells that become no column of ours. */
enum {
	HEADER_UNKNOWN = -1,
	HEADER_DROPPED = -2, /* 民族, 手机号 …: known, and not needed */
	HEADER_SECOND = -3, /* another header of the same column was better */
	HEADER_COUNTER = -4, /* 序号 that only counts the rows of a sheet */
	HEADER_EMPTY = -6, /* nobody has anything there */
	HEADER_FEATURE = -7, /* 特征码: the job's, the same in every row */
	HEADER_EXTRA = -5, /* kept because the job asks for it */
};

struct import_header {
	int sheet, line, column; /* where it stands */
	const char *text;
	int taken; /* enum roster_column, or one of the above */
};

/** roster_column_header() - the header of a column, as the notice writes it. */
const char *roster_column_header(enum roster_column column);
/** roster_column_sql() - its column of table person; "" when it has none of its own. */
const char *roster_column_sql(enum roster_column column);
size_t roster_column_bytes(enum roster_column column);

/** roster_column_find() - which column a header cell means, by any name it has been met with;
 * blanks, line breaks, brackets, a closing colon or star do not matter
 * @rank: 0 is the best name of a column; may be NULL. Return: a column, HEADER_DROPPED or
 * HEADER_UNKNOWN. */
int roster_column_find(const char *cell, int *rank);
