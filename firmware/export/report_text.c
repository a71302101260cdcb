#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/base/text.h"
#include "firmware/export/report.h"
#include "firmware/store/fields.h"
#include "firmware/store/job.h"

/* --- 说明.txt --------------------------------------------------------------------------------- */

enum { README_BYTES = 8192, ARGS_MAX = 20 };

struct values { /* room for what the placeholders stand for */
	char field[8][JOB_FIELD_MAX], count[4][16], made[32], fingerprint[KIOSK_FINGERPRINT_MAX];
};

static void put_crlf(FILE *to, const char *text)
{
	for (; *text; text++) {
		if (*text == '\n')
			fputc('\r', to);
		if (*text != '\r')
			fputc(*text, to);
	}
}

static void paragraph(FILE *to, const char *id, const struct text_arg *args)
{
	SCOPED_FREE char *room = malloc(README_BYTES);

	if (!room)
		return;
	put_crlf(to, text_format(room, README_BYTES, LANG_ZH, id, args));
	fputs("\r\n\r\n", to);
}

static void local_day(int64_t utc_ms, char out[static 32])
{
	time_t t = (time_t)(utc_ms / 1000);
	struct tm tm;

	localtime_r(&t, &tm);
	strftime(out, 32, "%Y-%m-%d %H:%M", &tm);
}

static void fill_fields(sqlite3 *db, struct values *v, struct text_arg *args, size_t *n)
{
	static const struct {
		const char *name;
		enum job_field field;
	} wanted[] = { { "school", JOB_FIELD(SCHOOL_NAME) },
		       { "unit", JOB_FIELD(UNIT) },
		       { "feature_code", JOB_FIELD(FEATURE_CODE) },
		       { "contact", JOB_FIELD(CONTACT) },
		       { "phone", JOB_FIELD(CONTACT_PHONE) },
		       { "address", JOB_FIELD(CONTACT_ADDRESS) },
		       { "support", JOB_FIELD(SUPPORT) },
		       { "complaint", JOB_FIELD(COMPLAINT) } };

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		job_field_get(db, wanted[i].field, v->field[i]);
		if (!v->field[i][0])
			text_copy(v->field[i], JOB_FIELD_MAX, text_get(LANG_ZH, "readme.none"));
		args[(*n)++] = (struct text_arg){ wanted[i].name, v->field[i] };
	}
}

static void write_readme(sqlite3 *db, const struct report_package *p, const struct report_counts *c,
			 FILE *to)
{
	struct text_arg args[ARGS_MAX] = { { "job", p->job },
					   { "kiosk", p->kiosk },
					   { "profile", p->profile } };
	struct values v;
	size_t n = 3;

	fill_fields(db, &v, args, &n);
	snprintf(v.count[0], sizeof(v.count[0]), "%d", c->people);
	snprintf(v.count[1], sizeof(v.count[1]), "%d", c->captured);
	snprintf(v.count[2], sizeof(v.count[2]), "%d", c->missing);
	snprintf(v.count[3], sizeof(v.count[3]), "%d", c->walk_in);
	local_day(p->made_utc_ms, v.made);
	kiosk_fingerprint(p->public_key, v.fingerprint);
	args[n++] = (struct text_arg){ "people", v.count[0] };
	args[n++] = (struct text_arg){ "captured", v.count[1] };
	args[n++] = (struct text_arg){ "missing", v.count[2] };
	args[n++] = (struct text_arg){ "walk_in", v.count[3] };
	args[n++] = (struct text_arg){ "made", v.made };
	args[n++] = (struct text_arg){ "fingerprint", v.fingerprint };
	args[n] = (struct text_arg){ NULL, NULL };
	fputs("\xef\xbb\xbf", to);
	paragraph(to, "readme.head", args);
	paragraph(to, "readme.files", args);
	paragraph(to, p->sealed ? "readme.sealed" : "readme.open", args);
	paragraph(to, "readme.check", args);
	paragraph(to, "readme.contact", args);
}

int report_readme(sqlite3 *db, const struct report_package *p, void **out, size_t *bytes)
{
	struct report_counts c;
	char *text = NULL;
	FILE *to;
	int rc = report_count(p, &c);

	if (rc < 0)
		return rc;
	to = open_memstream(&text, bytes);
	if (to)
		write_readme(db, p, &c, to);
	report_counts_free(&c);
	if (!to || fclose(to)) {
		free(text);
		return -ENOMEM;
	}
	*out = text;
	return 0;
}

/* --- stats.json ------------------------------------------------------------------------------- */

/* {first column: second column}; an empty first column is left out. */
static json_t *tally(sqlite3 *db, const char *sql)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(db, sql, "");
	json_t *o = json_object();

	while (st && sqlite3_step(st) == SQLITE_ROW)
		if (sql_text(st, 0)[0])
			json_object_set_new(o, sql_text(st, 0),
					    json_integer(sqlite3_column_int64(st, 1)));
	return o;
}

/* Value at @per_mille of the sorted visit times, in ms. */
static json_int_t visit_time(sqlite3 *db, int64_t visits, int64_t per_mille)
{
	return sql_int(db, 0,
		       "SELECT closed_utc_ms - opened_utc_ms FROM visit WHERE state = 'accepted' "
		       "AND closed_utc_ms >= opened_utc_ms ORDER BY 1 LIMIT 1 OFFSET ?",
		       "i", (visits - 1) * per_mille / 1000);
}

static json_t *timing(sqlite3 *db)
{
	int64_t visits = sql_int(db, 0,
				 "SELECT count(*) FROM visit WHERE state = 'accepted' "
				 "AND closed_utc_ms >= opened_utc_ms",
				 "");
	int64_t peak = sql_int(db, 0,
			       "SELECT count(*) c FROM visit WHERE state = 'accepted' "
			       "GROUP BY closed_utc_ms / 3600000 ORDER BY c DESC LIMIT 1",
			       "");

	if (visits < 1)
		return json_object();
	return json_pack("{s:I, s:I, s:I, s:I}", "visits", (json_int_t)visits, "visit_ms_median",
			 visit_time(db, visits, 500), "visit_ms_p95", visit_time(db, visits, 950),
			 "visits_in_busiest_hour", (json_int_t)peak);
}

static json_t *stats(sqlite3 *db, const struct report_package *p, const struct report_counts *c)
{
	char made[25];

	clock_iso_utc(p->made_utc_ms, made);
	return json_pack(
		"{s:s, s:s, s:s, s:s, s:{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i}, s:o, s:o, s:o, "
		"s:o, s:o, s:o, s:o, s:o}",
		"format", "tapshot-stats-1", "job", p->job, "kiosk", p->kiosk, "made", made,
		"people", "roster", c->people, "captured", c->captured, "missing", c->missing,
		"walk_in", c->walk_in, "typed", c->typed, "warned", c->warned, "accepted_anyway",
		c->anyway, "classes", (int)c->group_count, "shots",
		tally(db, "SELECT state, count(*) FROM shot GROUP BY 1"), "sources",
		tally(db, "SELECT source, count(*) FROM shot GROUP BY 1"), "verdicts",
		tally(db, "SELECT verdict, count(*) FROM shot GROUP BY 1"), "reasons",
		tally(db, "SELECT reason, count(*) FROM shot GROUP BY 1"), "attempts",
		tally(db, "SELECT min(attempt, 5), count(*) FROM shot WHERE state = 'accepted' "
			  "GROUP BY 1"),
		"visits", tally(db, "SELECT state, count(*) FROM visit GROUP BY 1"),
		"visits_by_kiosk", tally(db, "SELECT kiosk, count(*) FROM visit GROUP BY 1"),
		"timing", timing(db));
}

int report_stats(sqlite3 *db, const struct report_package *p, void **out, size_t *bytes)
{
	struct report_counts c;
	json_t *o;
	char *text;
	int rc = report_count(p, &c);

	if (rc < 0)
		return rc;
	o = stats(db, p, &c);
	report_counts_free(&c);
	text = o ? json_dumps(o, JSON_SORT_KEYS | JSON_INDENT(1)) : NULL;
	json_decref(o);
	if (!text)
		return -ENOMEM;
	*bytes = strlen(text);
	*out = text;
	return 0;
}
