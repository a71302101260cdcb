/* Columns that are no fields of the roster. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/export/list_rows.h"

int list_rows_add(struct list_rows *rows, const struct list_row *r)
{
	if (rows->count == rows->size) {
		int size = rows->size ? 2 * rows->size : 64;
		struct list_row *more = realloc(rows->all, (size_t)size * sizeof(*more));

		if (!more) {
			free(r->reason);
			free(r->kind);
			free(r->other);
			free(r->remedy);
			return -ENOMEM;
		}
		rows->all = more;
		rows->size = size;
	}
	rows->all[rows->count++] = *r;
	return 0;
}

void list_rows_free(struct list_rows *rows)
{
	for (int i = 0; i < rows->count; i++) {
		free(rows->all[i].reason);
		free(rows->all[i].kind);
		free(rows->all[i].other);
		free(rows->all[i].remedy);
	}
	free(rows->all);
}

static const char *time_of(int64_t utc_ms, char buf[static LIST_CELL_MAX])
{
	time_t t = (time_t)(utc_ms / 1000);
	struct tm tm;

	if (utc_ms <= 0)
		return "";
	localtime_r(&t, &tm);
	strftime(buf, LIST_CELL_MAX, "%Y-%m-%d %H:%M", &tm);
	return buf;
}

/* Words the database holds stand in the catalogue under list.GROUP.WORD; other text is shown as
 * somebody typed it. */
static const char *word(const char *group, const char *text, char buf[static LIST_CELL_MAX])
{
	char id[96];
	const char *said;

	if (!text || !text[0])
		return "";
	snprintf(id, sizeof(id), "%.40s.%.48s", group, text);
	said = text_get(LANG_ZH, id);
	if (said == id || !strcmp(said, id)) {
		text_copy(buf, LIST_CELL_MAX, text);
		return buf;
	}
	return said;
}

static const char *yes_no(bool yes)
{
	return text_get(LANG_ZH, yes ? "list.yes" : "list.no");
}

static const char *reason(const struct list_row *r, char buf[static LIST_CELL_MAX])
{
	if (r->reason)
		return r->reason;
	if (!r->s->shot)
		return "";
	return word(r->s->reason[0] ? "finding" : "reason",
		    r->s->reason[0] ? r->s->reason : "unchecked", buf);
}

static const char *number(const struct list_row *r, char buf[static LIST_CELL_MAX])
{
	if (!r->number)
		return NULL;
	snprintf(buf, LIST_CELL_MAX, "%04d", r->number);
	return buf;
}

static const char *paid(const struct subject *s)
{
	return text_get(LANG_ZH, !strcmp(s->paid, "yes")  ? "list.paid.yes"
				 : !strcmp(s->paid, "no") ? "list.paid.no"
							  : "list.paid.unknown");
}

static const char *of_row(const struct list_row *r, const char *field)
{
	if (!strcmp(field, "类别"))
		return r->kind ? r->kind : "";
	if (!strcmp(field, "照片"))
		return r->other ? r->other : "";
	if (!strcmp(field, "处理办法"))
		return r->remedy ? r->remedy : "";
	if (!strcmp(field, "采用"))
		return r->used ? yes_no(r->used > 0) : "";
	if (!strcmp(field, "机器"))
		return r->kiosk[0] ? r->kiosk : NULL;
	if (!strcmp(field, "系列"))
		return r->series;
	return NULL;
}

const char *list_computed(const struct lister *l, const struct list_row *r, const char *field,
			  char buf[static LIST_CELL_MAX])
{
	const struct subject *s = r->s;

	if (!strcmp(field, "采集时间"))
		return time_of(s->stored_utc_ms, buf);
	if (!strcmp(field, "时间"))
		return time_of(r->utc_ms, buf);
	if (!strcmp(field, "原因"))
		return reason(r, buf);
	if (!strcmp(field, "检查结果"))
		return s->shot ? word("list.verdict", s->verdict[0] ? s->verdict : "none", buf)
			       : "";
	if (!strcmp(field, "采用理由"))
		return word("list.why", s->why, buf);
	if (!strcmp(field, "采集方式"))
		return word("list.how", s->how, buf);
	if (!strcmp(field, "录入原因"))
		return word("list.source", s->number_source, buf);
	if (!strcmp(field, "缴费"))
		return paid(s);
	if (!strcmp(field, "已采集"))
		return yes_no(s->shot);
	if (!strcmp(field, "补录"))
		return s->walk_in ? text_get(LANG_ZH, "list.added_here") : "";
	if (!strcmp(field, "文件"))
		return l->file && s != &list_nobody ? l->file(l->ctx, s) : "";
	if (!strcmp(field, "拍摄序号"))
		return number(r, buf);
	return of_row(r, field);
}

static int by_id(const void *left, const void *right)
{
	int64_t a = (*(const struct subject *const *)left)->id,
		b = (*(const struct subject *const *)right)->id;

	return (a > b) - (a < b);
}

int list_index(struct lister *l)
{
	l->by_id = calloc((size_t)l->people->count + 1, sizeof(*l->by_id));
	if (!l->by_id)
		return -ENOMEM;
	for (int i = 0; i < l->people->count; i++)
		l->by_id[i] = &l->people->all[i];
	qsort(l->by_id, (size_t)l->people->count, sizeof(*l->by_id), by_id);
	return 0;
}

const struct subject *list_person(const struct lister *l, int64_t id)
{
	const struct subject key = { .id = id }, *at = &key;
	const struct subject **found =
		bsearch(&at, l->by_id, (size_t)l->people->count, sizeof(*l->by_id), by_id);

	return found ? *found : NULL;
}
