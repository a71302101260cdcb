/*
 * Into the books, as on site: a visit, a shot, its verdict, accepted or refused. What stands there
 * already with the same decision stays untouched.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "firmware/base/cleanup.h"
#include "firmware/judge/record.h"
#include "firmware/office/collect_inside.h"
#include "firmware/store/rows.h"

enum { BATCH = 32 };

struct books {
	struct collecting *g;
	struct rows rows;
	int batch[BATCH], count;
};

static bool wanted(const struct collect_photo *p)
{
	return p->level < COLLECT_REFUSE;
}

static bool has(const struct collect_photo *p, enum collect_code code)
{
	for (int i = 0; i < p->finding_count; i++)
		if (p->findings[i].code == code)
			return true;
	return false;
}

/* May this file become a shot of its person, be it a refused one? */
static bool may_enter(const struct collect_photo *p)
{
	static const enum collect_code outside[] = { COLLECT_TWICE,    COLLECT_MANY,
						     COLLECT_CAPTURED, COLLECT_FINAL,
						     COLLECT_TYPE,     COLLECT_UNREADABLE,
						     COLLECT_CMYK };

	for (size_t i = 0; i < ARRAY_SIZE(outside); i++)
		if (has(p, outside[i]))
			return false;
	return p->person;
}

static const struct collect_finding *worst(const struct collect_photo *p)
{
	const struct collect_finding *f = NULL;

	for (int i = 0; i < p->finding_count; i++)
		if (!f || p->findings[i].level > f->level)
			f = &p->findings[i];
	return f;
}

/* --- what is recorded -------------------------------------------------------------------------- */

/* What a rule refuses and somebody allowed. */
static const struct collect_finding *allowed(const struct collecting *g,
					     const struct collect_photo *p)
{
	for (int i = 0; i < p->finding_count; i++)
		if (g->w->allow >> p->findings[i].code & 1)
			return &p->findings[i];
	return NULL;
}

static const char *verdict_of(const struct collecting *g, const struct collect_photo *p)
{
	static const char *const words[] = { "pass", "warn", "fail" };

	return allowed(g, p) ? "fail" : words[p->level];
}

static const char *reason_of(const struct collecting *g, const struct collect_photo *p)
{
	const struct collect_finding *f = p->level == COLLECT_REFUSE ? worst(p) : allowed(g, p);

	if (!f)
		return "";
	return f->frame >= 0 ? check_code_word((enum check_code)f->frame) : collect_word(f->code);
}

static json_t *findings_json(const struct collect_photo *p)
{
	json_t *list = json_array();

	for (int i = 0; i < p->finding_count; i++)
		if (p->findings[i].frame < 0)
			json_array_append_new(list, json_string(collect_word(p->findings[i].code)));
	return list;
}

/* The file is what will be delivered, byte for byte: of the right size, and nothing to be turned. */
static bool is_finished(const struct collect_photo *p)
{
	return !has(p, COLLECT_SIZE) && !has(p, COLLECT_ORIENTATION) && !has(p, COLLECT_GREY) &&
	       !has(p, COLLECT_PROFILE);
}

static char *measures_of(struct collecting *g, int i)
{
	const struct collect_photo *p = &g->c->photos[i];
	const struct collect_seen *s = g->files[i].seen;
	struct record_by by = { .preset = &g->preset,
				.engine = g->engine,
				.model = g->model,
				.finished = is_finished(p) ? g->preset.limits.id : NULL };
	SCOPED_FREE char *text = record_json(&by, &s->result);
	json_t *o = text ? json_loads(text, 0, NULL) : NULL;
	char *out;

	if (!o)
		return NULL;
	json_object_set_new(o, "file_findings", findings_json(p));
	json_object_set_new(o, "dpi", json_integer(s->facts.dpi_x));
	if (s->facts.taken[0])
		json_object_set_new(o, "taken", json_string(s->facts.taken));
	out = json_dumps(o, JSON_SORT_KEYS | JSON_COMPACT | JSON_REAL_PRECISION(6));
	json_decref(o);
	return out;
}

static int64_t taken_s(const char *iso)
{
	struct tm tm = { 0 };

	if (sscanf(iso, "%4d-%2d-%2dT%2d:%2d:%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
		   &tm.tm_hour, &tm.tm_min, &tm.tm_sec) != 6)
		return 0;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	return timegm(&tm);
}

/* --- new shots --------------------------------------------------------------------------------- */

static const char *key_word(enum collect_key key)
{
	static const char *const words[] = { "seq", "student_no", "id_no" };

	return words[key];
}

static enum store_cause decide(struct books *b, int i, const struct row_shot *shot)
{
	const struct collect_photo *p = &b->g->c->photos[i];
	SCOPED_FREE char *measures = measures_of(b->g, i);
	struct row_verdict v = { verdict_of(b->g, p), reason_of(b->g, p), measures };
	char number[8];
	enum store_cause cause = measures ? rows_verdict(&b->rows, shot, &v) : STORE_DATABASE;

	if (cause || !wanted(p))
		return cause;
	return rows_accept(&b->rows, shot, allowed(b->g, p) ? "allowed" : "collected", number);
}

static enum store_cause shot_of(struct books *b, int i, int64_t visit, int64_t n)
{
	const struct collect_seen *s = b->g->files[i].seen;
	struct store_picture picture = { .bytes = s->bytes, .taken_s = taken_s(s->facts.taken) };
	struct row_shot row = { 0 };
	char number[8];
	int64_t shot;
	enum store_cause cause = rows_shot_begin(&b->rows, visit, "collected", "", &shot);

	memcpy(picture.sha256, s->sha256, sizeof(picture.sha256));
	if (!cause && shot != n)
		return STORE_DATABASE;
	if (!cause)
		cause = rows_shot(&b->rows, shot, &row);
	if (!cause)
		cause = rows_shot_stored(&b->rows, &row, &picture, false, number);
	if (!cause)
		cause = rows_shot(&b->rows, shot, &row);
	return cause ? cause : decide(b, i, &row);
}

static enum store_cause visit_of(struct books *b, int i, int64_t n)
{
	const struct collect_photo *p = &b->g->c->photos[i];
	const struct row_choice found = { 1, 0 };
	int64_t visit;
	enum store_cause cause = rows_visit_open(&b->rows, p->person->id, "collected",
						 key_word(b->g->w->key), &found, &visit);

	if (!cause)
		cause = shot_of(b, i, visit, n);
	if (!cause)
		cause = rows_visit_close(&b->rows, visit, wanted(p) ? "accepted" : "cancelled",
					 wanted(p) ? n : 0);
	return cause;
}

static int cause_error(struct collecting *g, enum store_cause cause)
{
	if (!cause)
		return 0;
	if (cause == STORE_NUMBERS_USED_UP)
		return collect_fail(
			g, -ERANGE,
			"somebody has no shooting number and there is no block of %s to "
			"take one from; tapshot roster import --block FIRST-LAST --kiosk %s",
			g->w->kiosk, g->w->kiosk);
	return collect_fail(g, cause == STORE_FULL ? -ENOSPC : -EIO,
			    "the job's database cannot be written (%s)", sqlite3_errmsg(g->job.db));
}

static int64_t last_n(struct books *b)
{
	return sql_int(b->g->job.db, 0, "SELECT max(n) FROM shot WHERE kiosk = ?", "s",
		       b->g->w->kiosk);
}

static int flush(struct books *b)
{
	int64_t first_n = last_n(b) + 1;
	enum store_cause cause;
	int rc;

	if (!b->count)
		return 0;
	rc = collect_store_files(b->g, b->batch, b->count, first_n);
	if (rc < 0)
		return b->g->why[0] ? rc
				    : collect_fail(b->g, rc, "a picture could not be stored: %s",
						   strerror(-rc));
	cause = rows_begin(&b->rows);
	for (int i = 0; i < b->count && !cause; i++)
		cause = visit_of(b, b->batch[i], first_n + i);
	b->count = 0;
	return cause_error(b->g, rows_end(&b->rows, cause));
}

/* --- what stands there already ----------------------------------------------------------------- */

struct before {
	int64_t n; /* shot with the same bytes, 0 none */
	bool accepted;
	bool other; /* another file of this person is accepted */
};

static void look_up(struct books *b, int i, struct before *out)
{
	sqlite3 *db = b->g->job.db;
	int64_t person = b->g->c->photos[i].person->id;
	char hex[SHA256_HEX];

	hash_hex(b->g->files[i].seen->sha256, hex);
	out->n = sql_int(
		db, 0,
		"SELECT n FROM shot WHERE person = ? AND kiosk = ? AND source = 'collected' "
		"AND sha256 = ? ORDER BY state = 'accepted' DESC, n DESC LIMIT 1",
		"iss", person, b->g->w->kiosk, hex);
	out->accepted = sql_int(
		db, 0, "SELECT 1 FROM shot WHERE kiosk = ? AND n = ? AND state = 'accepted'", "si",
		b->g->w->kiosk, out->n);
	out->other =
		!out->accepted &&
		sql_int(db, 0,
			"SELECT 1 FROM shot WHERE person = ? AND kiosk = ? AND state = 'accepted'",
			"is", person, b->g->w->kiosk);
}

/* The same bytes, another decision: an admission photo was named since, or a rule relaxed. */
static int decide_again(struct books *b, int i, const struct before *was)
{
	struct collecting *g = b->g;
	const struct collect_photo *p = &g->c->photos[i];
	struct row_shot row = { 0 };
	enum store_cause cause = rows_begin(&b->rows);

	if (!cause)
		cause = rows_shot(&b->rows, was->n, &row);
	if (!cause)
		cause = decide(b, i, &row);
	if (!cause && !wanted(p))
		cause = rows_shot_state(&b->rows, &row, "void", reason_of(g, p));
	return cause_error(b->g, rows_end(&b->rows, cause));
}

static void check_owner(struct collecting *g, int i)
{
	int64_t person = g->c->photos[i].person->id;

	if (sql_int(g->job.db, 0,
		    "SELECT 1 FROM shot WHERE person = ? AND state = 'accepted' AND (kiosk <> ? OR "
		    "source <> 'collected')",
		    "is", person, g->w->kiosk))
		collect_find(g, i, COLLECT_CAPTURED, "%s", "");
}

static bool has_file(const struct collecting *g, int64_t person)
{
	for (int i = 0; i < g->c->count; i++)
		if (g->c->photos[i].person && g->c->photos[i].person->id == person)
			return true;
	return false;
}

/* The picture of an earlier folder under another name. Whoever has a file in this one as well may
 * have changed places: the files tell it by themselves. */
static void check_others(struct collecting *g, int i)
{
	char hex[SHA256_HEX];
	int64_t other;

	hash_hex(g->files[i].seen->sha256, hex);
	other = sql_int(
		g->job.db, 0,
		"SELECT person FROM shot WHERE sha256 = ? AND person <> ? AND state = 'accepted'",
		"si", hex, g->c->photos[i].person->id);
	if (!other || has_file(g, other))
		return;
	for (int k = 0; k < g->c->person_count; k++)
		if (g->c->people[k].id == other)
			collect_find(g, i, COLLECT_SAME_FILE, "%s", g->c->people[k].number);
}

static int take(struct books *b, int i)
{
	struct collecting *g = b->g;
	struct collect_photo *p = &g->c->photos[i];
	struct before was;

	if (!p->person)
		return 0;
	check_owner(g, i);
	check_others(g, i);
	look_up(b, i, &was);
	if (!was.accepted && sql_int(g->job.db, 0, "SELECT 1 FROM final_person WHERE person = ?",
				     "i", p->person->id))
		collect_find(g, i, COLLECT_FINAL, "%s", "");
	if (!may_enter(p))
		return 0;
	p->fate = !wanted(p) ? COLLECT_REJECTED : was.other ? COLLECT_REPLACED : COLLECT_TAKEN;
	p->unchanged = was.n && was.accepted == wanted(p);
	if (g->w->dry_run || p->unchanged)
		return 0;
	if (was.n)
		return decide_again(b, i, &was);
	b->batch[b->count++] = i;
	return b->count == BATCH ? flush(b) : 0;
}

/* Whoever has no number of the roster gets one of the block. */
static int prepare(struct books *b)
{
	enum store_cause cause = rows_begin(&b->rows);
	bool block = false;

	for (int i = 0; i < b->g->c->count; i++) {
		const struct collect_photo *p = &b->g->c->photos[i];

		block |= p->person && !p->person->number[0];
	}
	if (!cause && block)
		cause = rows_block(&b->rows, 0, 0);
	if (!cause && !b->rows.series[0]) {
		SCOPED_STMT sqlite3_stmt *st =
			sql_prepare(b->g->job.db, "SELECT series FROM job", "");

		if (st && sqlite3_step(st) == SQLITE_ROW)
			text_copy(b->rows.series, sizeof(b->rows.series), sql_text(st, 0));
	}
	return cause_error(b->g, rows_end(&b->rows, cause));
}

int collect_keep(struct collecting *g)
{
	struct books b = { .g = g, .rows = { .db = g->job.db, .kiosk = g->w->kiosk } };
	int rc = prepare(&b);

	for (int i = 0; i < g->c->count && !rc; i++)
		rc = take(&b, i);
	if (!rc)
		rc = flush(&b);
	if (!rc && !g->w->dry_run)
		collect_sweep(g, last_n(&b));
	for (int i = 0; i < g->c->count; i++) {
		g->c->fates[g->c->photos[i].fate]++;
		g->c->unchanged += g->c->photos[i].unchanged;
		g->c->nobodys += !g->c->photos[i].person;
	}
	return rc;
}
