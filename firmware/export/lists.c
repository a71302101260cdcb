/* Lists of people: who belongs on each, in which order, with which columns. */
#include "firmware/export/lists.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/export/list_rows.h"

enum { COLUMNS_MAX = 64 };

#define WHO "拍摄序号, 学号, 姓名, 性别, 身份证号, 班级, 函授站, 学院"

/* --- who ---------------------------------------------------------------------------------------- */

static bool passed(const struct subject *s)
{
	return !strcmp(s->verdict, "pass") || !strcmp(s->verdict, "warn");
}

static bool captured(const struct lister *l, const struct subject *s)
{
	(void)l;
	return s->shot;
}

bool list_missing(const struct subject *s)
{
	return !s->shot && !s->premarked && !s->walk_in && !s->removed;
}

static bool missing(const struct lister *l, const struct subject *s)
{
	(void)l;
	return list_missing(s);
}

/* Made from a card before the roster came, and the roster did not name them. */
static bool not_on_list(const struct lister *l, const struct subject *s)
{
	return s->walk_in || (!strcmp(s->source, "open") && l->has_roster);
}

static bool manual(const struct lister *l, const struct subject *s)
{
	(void)l;
	return s->shot && !strcmp(s->how, "typed");
}

static bool accepted_anyway(const struct lister *l, const struct subject *s)
{
	(void)l;
	return s->shot && !passed(s);
}

static bool unpaid_shot(const struct lister *l, const struct subject *s)
{
	(void)l;
	return s->shot && !strcmp(s->paid, "no");
}

static bool paid_missing(const struct lister *l, const struct subject *s)
{
	return missing(l, s) && !strcmp(s->paid, "yes");
}

/* --- order -------------------------------------------------------------------------------------- */

static int by_class(const void *left, const void *right)
{
	const struct subject *a = *(const struct subject *const *)left,
			     *b = *(const struct subject *const *)right;
	int d = strcmp(a->class_name, b->class_name);

	if (!d)
		d = strcmp(a->student_no, b->student_no);
	return d ? d : (a->id > b->id) - (a->id < b->id);
}

static int by_station(const void *left, const void *right)
{
	const struct subject *a = *(const struct subject *const *)left,
			     *b = *(const struct subject *const *)right;
	int d = strcmp(a->station, b->station);

	return d ? d : by_class(left, right);
}

typedef bool who_fn(const struct lister *l, const struct subject *s);
typedef int order_fn(const void *a, const void *b);

/* Lists with one row a person. */
static const struct {
	const char *rows;
	who_fn *who;
	order_fn *order; /* NULL: by number */
	const char *columns;
} of_people[] = {
	{ "captured", captured, NULL, WHO ", 采集时间, 机器" },
	{ "delivered", captured, NULL, WHO ", 采集时间, 机器" },
	{ "missing", missing, by_station, "函授站, 班级, 学号, 姓名, 性别, 学院" },
	{ "missing_by_class", missing, by_class, "学号, 姓名, 性别, 班级, 函授站, 学院" },
	{ "not_on_list", not_on_list, NULL,
	  "拍摄序号, 姓名, 性别, 身份证号, 已采集, 采集方式, 采集时间, 机器" },
	{ "manual", manual, NULL, WHO ", 录入原因, 采集时间, 机器" },
	{ "accepted_anyway", accepted_anyway, NULL, WHO ", 检查结果, 原因, 采用理由, 采集时间" },
	{ "unpaid_shot", unpaid_shot, by_station, WHO ", 缴费" },
	{ "paid_missing", paid_missing, by_station, "学号, 姓名, 性别, 班级, 函授站, 学院, 缴费" },
	{ "contents", captured, NULL, "文件, 拍摄序号, 学号, 姓名, 班级" },
};

/* --- columns ------------------------------------------------------------------------------------ */

struct column {
	char title[96], field[96];
	bool when_used; /* only where some row has something in it */
	bool shown;
};

static void trim(const char *from, const char *to, char *out, size_t size)
{
	while (from < to && *from == ' ')
		from++;
	while (from < to && to[-1] == ' ')
		to--;
	snprintf(out, size, "%.*s", (int)(to - from), from);
}

/* "标题=字段?": a title of its own, only where used. */
static int parse_columns(const char *text, struct column *out)
{
	int n = 0;

	for (const char *p = text; p && *p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL) {
		const char *end = p + strcspn(p, ","), *is = memchr(p, '=', (size_t)(end - p));
		struct column *c = &out[n];
		size_t bytes;

		if (n++ == COLUMNS_MAX)
			return -1;
		trim(is ? is + 1 : p, end, c->field, sizeof(c->field));
		bytes = strlen(c->field);
		c->when_used = bytes && c->field[bytes - 1] == '?';
		if (c->when_used)
			c->field[bytes - 1] = '\0';
		if (is)
			trim(p, is, c->title, sizeof(c->title));
		else
			text_copy(c->title, sizeof(c->title), c->field);
		c->shown = !c->when_used;
	}
	return n;
}

static bool has_field(const struct lister *l, const char *field)
{
	char buf[LIST_CELL_MAX];
	const struct list_row r = { .s = &list_nobody, .series = "" };

	if (subject_field_known(field) || list_computed(l, &r, field, buf))
		return true;
	for (int i = 0; i < l->people->count; i++)
		if (subject_field(&l->people->all[i], field, buf))
			return true;
	return false;
}

static const char *value(const struct lister *l, const struct list_row *r, const char *field,
			 char buf[static LIST_CELL_MAX])
{
	const char *text = list_computed(l, r, field, buf);

	if (!text)
		text = subject_field(r->s, field, buf);
	return text ? text : "";
}

/* --- making ------------------------------------------------------------------------------------- */

static struct list *fill(const struct lister *l, const struct list_row *rows, int count,
			 struct column *columns, int width)
{
	char id[64], buf[LIST_CELL_MAX];
	struct list *out;

	for (int c = 0; c < width; c++)
		for (int i = 0; i < count && !columns[c].shown; i++)
			columns[c].shown = *value(l, &rows[i], columns[c].field, buf) != '\0';
	snprintf(id, sizeof(id), "list.%s", l->rows);
	out = list_new(text_get(LANG_ZH, id));
	for (int i = -1; out && i < count; i++) {
		list_row(out);
		for (int c = 0; c < width; c++)
			if (columns[c].shown)
				list_cell(out, i < 0 ? columns[c].title
						     : value(l, &rows[i], columns[c].field, buf));
	}
	return out;
}

/* One row a person. */
static int choose(const struct lister *l, int which, struct list_rows *out)
{
	SCOPED_FREE const struct subject **all = calloc((size_t)l->people->count + 1, sizeof(*all));
	int n = 0, rc = 0;

	if (!all)
		return -1;
	for (int i = 0; i < l->people->count; i++) {
		const struct subject *s = &l->people->all[i];

		if (of_people[which].who(l, s) && (!l->keep || l->keep(l->ctx, s)))
			all[n++] = s;
	}
	if (of_people[which].order && n)
		qsort(all, (size_t)n, sizeof(*all), of_people[which].order);
	for (int i = 0; i < n && !rc; i++)
		rc = list_rows_add(out, &(struct list_row){ .s = all[i] });
	return rc;
}

static int kind_of(const char *rows)
{
	for (size_t i = 0; i < ARRAY_SIZE(of_people); i++)
		if (!strcmp(of_people[i].rows, rows))
			return (int)i;
	return -1;
}

static struct list *of_columns(const struct lister *l, const struct list_rows *rows,
			       const char *columns)
{
	SCOPED_FREE struct column *c = calloc(COLUMNS_MAX + 1, sizeof(*c));
	int width = c ? parse_columns(columns, c) : -1;

	for (int i = 0; i < width; i++)
		if (!has_field(l, c[i].field))
			return NULL;
	return width < 1 ? NULL : fill(l, rows->all, rows->count, c, width);
}

static int64_t newest(const struct people *p)
{
	int64_t utc_ms = 0;

	for (int i = 0; i < p->count; i++)
		if (p->all[i].stored_utc_ms > utc_ms)
			utc_ms = p->all[i].stored_utc_ms;
	return utc_ms;
}

struct list *list_make_rows(struct lister *l, const char *columns)
{
	int which = kind_of(l->rows);
	struct list_rows rows = { 0 };
	const char *own = which < 0 ? list_other_columns(l->rows) : of_people[which].columns;
	struct list *out = NULL;
	int rc;

	for (int i = 0; i < l->people->count && !l->has_roster; i++)
		l->has_roster =
			!strcmp(l->people->all[i].source, "roster") && !l->people->all[i].walk_in;
	if (own) {
		rc = which >= 0		 ? choose(l, which, &rows)
		     : list_index(l) < 0 ? -1
					 : list_other_rows(l, &rows);
		out = rc ? NULL : of_columns(l, &rows, columns[0] ? columns : own);
	} else if (!columns[0]) {
		out = list_tally(l);
	}
	list_rows_free(&rows);
	free(l->by_id);
	l->by_id = NULL;
	if (out)
		out->made_utc_ms = newest(l->people);
	return out;
}

struct list *list_make(sqlite3 *db, const struct people *p, const char *rows, const char *columns,
		       int (*keep)(const void *ctx, const struct subject *s), const void *ctx)
{
	struct lister l = { .db = db, .people = p, .rows = rows, .keep = keep, .ctx = ctx };

	return list_make_rows(&l, columns);
}

int list_known(const char *rows)
{
	return kind_of(rows) >= 0 || list_other_columns(rows) || list_is_tally(rows) ||
	       !strcmp(rows, "uncut");
}
