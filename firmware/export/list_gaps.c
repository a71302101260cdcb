/* Shooting numbers without a picture, with the reason: for each series all numbers between the lowest
 * and the highest that were given. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/export/list_rows.h"
#include "firmware/store/job.h"

/* What became of the last picture somebody sat for. */
static char *fate(const struct lister *l, const struct subject *s, bool roster)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		l->db,
		"SELECT s.state, s.why, coalesce(v.state, '') FROM shot s LEFT JOIN visit v ON "
		"v.kiosk = s.kiosk AND v.n = s.visit WHERE s.person = ? "
		"ORDER BY s.intent_utc_ms DESC, s.n DESC LIMIT 1",
		"i", s->id);
	const char *id = roster ? "list.gap.absent" : "list.gap.given";

	if (s->premarked)
		id = "list.gap.premarked";
	else if (s->removed)
		id = "list.gap.removed";
	if (st && sqlite3_step(st) == SQLITE_ROW) {
		const char *state = sql_text(st, 0), *visit = sql_text(st, 2);

		if (!strcmp(sql_text(st, 1), "wrong_person"))
			id = "list.gap.wrong_person";
		else if (!strcmp(visit, "cancelled"))
			id = "list.gap.cancelled";
		else if (!strcmp(visit, "left_open"))
			id = "list.gap.left_open";
		else if (!strcmp(state, "void"))
			id = "list.gap.void";
		else if (!strcmp(state, "lost"))
			id = "list.gap.lost";
		else if (!strcmp(state, "quarantined"))
			id = "list.gap.quarantined";
		else
			id = "list.gap.rejected";
	}
	return strdup(text_get(LANG_ZH, id));
}

/* Numbers nobody ever got, first … last. */
static int unused(struct list_rows *out, const struct subject *nobody, const char *series,
		  int first, int last, const char *id)
{
	struct list_row r = { .s = nobody, .number = first, .series = series };

	if (first > last)
		return 0;
	r.reason = strdup(text_get(LANG_ZH, id));
	if (last > first && asprintf(&r.other, "%04d", last) < 0)
		return -ENOMEM;
	return list_rows_add(out, &r);
}

const struct subject list_nobody = {
#define EMPTY(field) .field = ""
	EMPTY(name),	    EMPTY(sex),		  EMPTY(student_no),  EMPTY(id_no),
	EMPTY(class_name),  EMPTY(station),	  EMPTY(branch),      EMPTY(level),
	EMPTY(school_type), EMPTY(school_code),	  EMPTY(school_name), EMPTY(series),
	EMPTY(kiosk),	    EMPTY(verdict),	  EMPTY(reason),      EMPTY(why),
	EMPTY(how),	    EMPTY(number_source), EMPTY(paid),	      EMPTY(extra),
	EMPTY(campus),	    EMPTY(major),	  EMPTY(exam_no),     EMPTY(remark),
	EMPTY(tag),	    EMPTY(doc_type),	  EMPTY(grade),	      EMPTY(cohort),
	EMPTY(category),    EMPTY(study_form),	  EMPTY(years),	      EMPTY(major_code),
	EMPTY(birth),	    EMPTY(entered),	  EMPTY(graduates),   EMPTY(slot),
	EMPTY(place),	    EMPTY(team),	  EMPTY(mailing),     EMPTY(source),
#undef EMPTY
};

struct run {
	char series[16], kiosk[16]; /* kiosk: whose block the last number was of */
	int last;
};

static const char *series_of(const struct lister *l, const char *series)
{
	for (int i = 0; i < l->people->count; i++)
		if (!strcmp(l->people->all[i].series, series))
			return l->people->all[i].series;
	return "";
}

static int between(const struct lister *l, struct list_rows *out, struct run *at, sqlite3_stmt *st)
{
	const char *series = sql_text(st, 0), *kiosk = sql_text(st, 3);
	int number = sqlite3_column_int(st, 1), rc = 0;
	bool same = !strcmp(at->series, series);

	if (same && number > at->last + 1 && !l->keep)
		rc = unused(out, &list_nobody, series_of(l, series), at->last + 1, number - 1,
			    strcmp(at->kiosk, kiosk) != 0 ? "list.gap.block_rest"
							  : "list.gap.unused");
	text_copy(at->series, sizeof(at->series), series);
	text_copy(at->kiosk, sizeof(at->kiosk), kiosk);
	at->last = number;
	return rc;
}

static int without_picture(const struct lister *l, struct list_rows *out, sqlite3_stmt *st)
{
	const struct subject *s = list_person(l, sqlite3_column_int64(st, 2));
	struct list_row r = { .s = s, .number = sqlite3_column_int(st, 1) };
	bool roster = sqlite3_column_int(st, 4);

	if (!s || (l->keep && !l->keep(l->ctx, s)))
		return 0;
	r.series = series_of(l, sql_text(st, 0));
	if (s->shot && s->seq == r.number && !strcmp(s->series, r.series))
		return 0;
	text_copy(r.kiosk, sizeof(r.kiosk), sql_text(st, 3));
	r.reason =
		s->shot ? strdup(text_get(LANG_ZH, "list.gap.other_number")) : fate(l, s, roster);
	return list_rows_add(out, &r);
}

int list_gaps(const struct lister *l, struct list_rows *out)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		l->db,
		"SELECT series, number, person, kiosk, origin = 'roster', "
		"EXISTS (SELECT 1 FROM shot s WHERE s.person = u.person AND s.state = 'accepted') "
		"FROM number u ORDER BY series, number",
		"");
	struct run at = { .last = 0 };
	int rc = 0, step = SQLITE_DONE;

	while (!rc && st && (step = sqlite3_step(st)) == SQLITE_ROW) {
		rc = between(l, out, &at, st);
		if (!rc)
			rc = without_picture(l, out, st);
	}
	return rc ? rc : st && step == SQLITE_DONE ? 0 : -EIO;
}
