/*
 * What a job says about itself, beside its people: table `field` of job.db. The school fills the
 * same fields in on the sheet 任务 of the roster template. Values are text; empty where nothing was
 * said. school_name, school_code and school_type also stand on every person (a roster may name them
 * a row).
 */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

/* Columns: name, key, header on the sheet 任务, what it accepts. */
/* clang-format off */
#define JOB_FIELDS(X)                                                                              \
	X(KIND,             "kind",             "任务类型",       FIELD_KIND)   /* ENROL, GRAD */    \
	X(ROSTER,           "roster",           "名单方式",       FIELD_ROSTER) /* file, open */     \
	X(TITLE,            "title",            "任务名称",       FIELD_TEXT)                        \
	X(SCHOOL_NAME,      "school_name",      "学校名称",       FIELD_TEXT)                        \
	X(SCHOOL_CODE,      "school_code",      "院校代码",       FIELD_CODE5)                       \
	X(SCHOOL_TYPE,      "school_type",      "所在校别",       FIELD_TEXT)                        \
	X(COLLEGE,          "college",          "学院",           FIELD_TEXT)                        \
	X(COHORT,           "cohort",           "届",             FIELD_TEXT)                        \
	X(FEATURE_CODE,     "feature_code",     "特征码",         FIELD_TEXT)   /* never corrected */\
	X(UNIT,             "unit",             "采集单位",       FIELD_TEXT)                        \
	X(BASIS,            "basis",            "文件依据",       FIELD_TEXT)                        \
	X(RESPONSIBLE,      "responsible",      "负责人",         FIELD_TEXT)                        \
	X(RESPONSIBLE_PHONE,"responsible_phone","负责人电话",     FIELD_TEXT)                        \
	X(CONTACT,          "contact",          "联系人",         FIELD_TEXT)                        \
	X(CONTACT_PHONE,    "contact_phone",    "联系方式",       FIELD_TEXT)                        \
	X(CONTACT_ADDRESS,  "contact_address",  "邮寄地址",       FIELD_TEXT)                        \
	X(SUPPORT,          "support",          "技术支持",       FIELD_TEXT)   /* number, hours */  \
	X(COMPLAINT,        "complaint",        "投诉电话",       FIELD_TEXT)                        \
	X(DATE_FROM,        "date_from",        "采集开始日期",   FIELD_DATE)                        \
	X(DATE_TO,          "date_to",          "采集结束日期",   FIELD_DATE)                        \
	X(TIME,             "time",             "拍摄时间",       FIELD_TEXT)                        \
	X(PLACE,            "place",            "拍摄地点",       FIELD_TEXT)                        \
	X(HEADCOUNT,        "headcount",        "预计人数",       FIELD_COUNT)                       \
	X(DEADLINE,         "deadline",         "需要日期",       FIELD_DATE)   /* prints needed */  \
	X(PAYMENT,          "payment",          "缴费要求",       FIELD_PAYMENT)/* ignore warn block */\
	X(PRICE,            "price",            "收费项目",       FIELD_TEXT)                        \
	X(POSE,             "pose",             "姿势",           FIELD_POSE)   /* seated standing */\
	X(PRESET,           "preset",           "照片规格",       FIELD_TEXT)                        \
	X(PROFILES,         "profiles",         "导出方案",       FIELD_TEXT)   /* a, b */           \
	X(SPLIT,            "split",            "分包",           FIELD_SPLIT)  /* none station class */\
	X(RETENTION_DAYS,   "retention_days",   "导出后保留天数", FIELD_DAYS)   /* 0…30, default 7 */\
	X(EXTRA_COLUMNS,    "extra_columns",    "另存栏目",       FIELD_TEXT)   /* 校园卡号, … */    \
	X(PRINT_HAND_IN,    "print_hand_in",    "上交张数",       FIELD_COUNT)                       \
	X(PRINT_KEEP,       "print_keep",       "留存张数",       FIELD_COUNT)
/* clang-format on */

enum job_field {
#define FIELD_ENUM(name, key, header, type) FIELD_##name##_,
	JOB_FIELDS(FIELD_ENUM)
#undef FIELD_ENUM
		JOB_FIELD_COUNT
};
/* Spelt JOB_FIELD_SCHOOL_NAME in code: */
#define JOB_FIELD(name) FIELD_##name##_

enum field_type {
	FIELD_TEXT,
	FIELD_CODE5, /* five digits */
	FIELD_DATE, /* 2026-11-21; 2026/11/21, 2026.11.21, 2026年11月21日 are turned into it */
	FIELD_COUNT,
	FIELD_DAYS, /* 0…30 */
	FIELD_KIND, /* ENROL or 新生, 采集; GRAD or 毕业, 采集码 */
	FIELD_ROSTER, /* file or 名单; open or 先拍后导 */
	FIELD_PAYMENT, /* ignore 不管, warn 提醒, block 未缴不拍 */
	FIELD_POSE, /* seated 坐姿, standing 站姿 */
	FIELD_SPLIT, /* none 不分, station 按函授站, class 按班级 */
};

enum { JOB_FIELD_MAX = 512 };

const char *job_field_key(enum job_field f);
const char *job_field_header(enum job_field f);
enum field_type job_field_type(enum job_field f);
/** job_field_find() - by key or by header (blanks and an ending colon ignored); -1 none. */
int job_field_find(const char *word);

/** job_field_word() - the @n-th value (0…) a field of @type may have, as a person writes it; NULL when
 * there is none, or the type has no such list. */
const char *job_field_word(enum field_type type, int n, bool chinese);

/** job_date_normal() - 2026-11-21 from any of the forms above, or 20261121. Return: 0, -EINVAL. */
int job_date_normal(const char *text, char out[static 11]);

/** job_field_get() - stored value, its default, or "". school_* fall back to the columns of `job`. */
void job_field_get(sqlite3 *db, enum job_field f, char out[static JOB_FIELD_MAX]);
/** job_field_normal() - @text as it is stored. Return: 0, -EINVAL when it is no such value. */
int job_field_normal(enum job_field f, const char *text, char out[static JOB_FIELD_MAX]);
/** job_field_set() - inside the caller's transaction, with a ledger event holding keys, no values.
 * "" takes the value away. Return: 0, -EINVAL (value), -EIO. */
int job_field_set(sqlite3 *db, const char *kiosk, enum job_field f, const char *text);

/** job_init() - the job's own row, inside the caller's transaction. Return: 0, -EEXIST, -EIO. */
int job_init(sqlite3 *db, const char *code, const char *kiosk);
/** job_kind_fixed() - would @kind change a job that has people already? */
bool job_kind_fixed(sqlite3 *db, const char *kind);
/** job_is() - has @f the stored (or default) value @value? */
bool job_is(sqlite3 *db, enum job_field f, const char *value);
