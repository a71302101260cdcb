/* What lists are made of. Private to the room. */
#pragma once

#include "firmware/export/list.h"

enum { LIST_CELL_MAX = 1024 };

struct lister {
	sqlite3 *db;
	const struct people *people;
	const char *rows;
	int (*keep)(const void *ctx, const struct subject *s);
	const void *ctx;
	/* file of a person, for the column 文件; NULL none */
	const char *(*file)(const void *ctx, const struct subject *s);
	bool has_roster;
	const struct subject **by_id; /* people sorted by id, while rows are made */
};

/* One row: who, and what the list itself knows of it. */
struct list_row {
	const struct subject *s;
	char *reason, *kind, *other; /* columns 原因, 类别, 照片; owned; NULL none */
	char *remedy; /* 处理办法 */
	int64_t utc_ms; /* 时间 */
	char kiosk[16]; /* 机器, when it is not the one of the picture that counts */
	int number; /* 拍摄序号 of a row about a number, 0: the person's */
	const char *series;
	int used; /* 采用: 1 yes, -1 no */
};

struct list_rows {
	struct list_row *all;
	int count, size;
};

extern const struct subject list_nobody; /* empty in every field */

/** list_rows_add() - strings of @r change hands. Return: 0, -ENOMEM. */
int list_rows_add(struct list_rows *rows, const struct list_row *r);
void list_rows_free(struct list_rows *rows);

/** list_computed() - a column that is no field of the roster; NULL: it is none. */
const char *list_computed(const struct lister *l, const struct list_row *r, const char *field,
			  char buf[static LIST_CELL_MAX]);

/** list_make_rows() - list_make() with everything in @l. */
struct list *list_make_rows(struct lister *l, const char *columns);

/** list_other_columns() - of a list whose rows come from other tables; NULL: it is no such list. */
const char *list_other_columns(const char *rows);
int list_other_rows(const struct lister *l, struct list_rows *out);

/** list_is_tally() - numbers by class instead of people? */
int list_is_tally(const char *rows);
struct list *list_tally(const struct lister *l);

/** list_gaps() - rows of the list of numbers without a picture. */
int list_gaps(const struct lister *l, struct list_rows *out);

/** list_index() - so that list_person() finds people. Return: 0, -ENOMEM. */
int list_index(struct lister *l);
/** list_person() - of the job's people, by id; NULL none. */
const struct subject *list_person(const struct lister *l, int64_t id);
