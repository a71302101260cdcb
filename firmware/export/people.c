#include "firmware/export/people.h"

#include <errno.h>
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/store/job.h"
#include "firmware/store/vault.h"

enum { CHUNK_BYTES = 1 << 20 };

/* --- strings ---------------------------------------------------------------------------------- */

struct chunk {
	struct chunk *next;
	size_t used, size;
	char bytes[];
};

static char *take(struct people *p, size_t bytes)
{
	struct chunk *c = p->arena;
	char *at;

	if (!c || c->size - c->used < bytes) {
		size_t size = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;

		c = malloc(sizeof(*c) + size);
		if (!c)
			return NULL;
		c->next = p->arena;
		c->used = 0;
		c->size = size;
		p->arena = c;
	}
	at = c->bytes + c->used;
	c->used += bytes;
	return at;
}

static const char *keep(struct people *p, const char *text)
{
	size_t bytes = strlen(text) + 1;
	char *at = bytes > 1 ? take(p, bytes) : NULL;

	if (bytes == 1)
		return "";
	return at ? memcpy(at, text, bytes) : NULL;
}

/* {"校园卡号": "…"} as zero-terminated pairs: no JSON has to be read again for every name. */
static const char *keep_extra(struct people *p, const char *text)
{
	json_t *o = strcmp(text, "{}") != 0 ? json_loads(text, 0, NULL) : NULL, *v;
	size_t bytes = 1;
	const char *key;
	char *at, *w;

	json_object_foreach(o, key, v) bytes +=
		strlen(key) + 2 + (json_is_string(v) ? strlen(json_string_value(v)) : 0);
	if (bytes == 1) {
		json_decref(o);
		return "";
	}
	w = at = take(p, bytes);
	if (at) {
		json_object_foreach(o, key, v)
		{
			const char *value = json_is_string(v) ? json_string_value(v) : "";

			w = stpcpy(w, key) + 1;
			w = stpcpy(w, value) + 1;
		}
		*w = '\0';
	}
	json_decref(o);
	return at;
}

/* --- the rows --------------------------------------------------------------------------------- */

#define TEXTS(X)                                                                                   \
	X(name, "p.name")                                                                          \
	X(sex, "p.sex")                                                                            \
	X(student_no, "p.student_no")                                                              \
	X(id_no, "p.id_no")                                                                        \
	X(doc_type, "p.doc_type")                                                                  \
	X(exam_no, "p.exam_no")                                                                    \
	X(level, "p.level")                                                                        \
	X(category, "p.category")                                                                  \
	X(study_form, "p.study_form")                                                              \
	X(years, "p.years")                                                                        \
	X(class_name, "p.class_name")                                                              \
	X(station, "p.station")                                                                    \
	X(branch, "p.branch")                                                                      \
	X(campus, "p.campus")                                                                      \
	X(major, "p.major")                                                                        \
	X(major_code, "p.major_code")                                                              \
	X(grade, "p.grade")                                                                        \
	X(cohort, "p.cohort")                                                                      \
	X(birth, "p.birth")                                                                        \
	X(entered, "p.entered")                                                                    \
	X(graduates, "p.graduates")                                                                \
	X(school_type, "p.school_type")                                                            \
	X(school_code, "p.school_code")                                                            \
	X(school_name, "p.school_name")                                                            \
	X(slot, "p.slot")                                                                          \
	X(place, "p.place")                                                                        \
	X(team, "p.team")                                                                          \
	X(mailing, "p.mailing")                                                                    \
	X(remark, "p.remark")                                                                      \
	X(paid, "p.paid")                                                                          \
	X(source, "p.source")                                                                      \
	X(tag, "g.tag")                                                                            \
	X(kiosk, "s.kiosk")                                                                        \
	X(verdict, "s.verdict")                                                                    \
	X(reason, "s.reason")                                                                      \
	X(why, "s.why")                                                                            \
	X(sha256, "s.sha256")                                                                      \
	X(measures, "s.measures")                                                                  \
	X(how, "v.how")                                                                            \
	X(number_source, "v.number_source")

#define TEXT_OFFSET(field, column) offsetof(struct subject, field),
#define TEXT_COLUMN(field, column) column ", "

static const size_t text_offsets[] = { TEXTS(TEXT_OFFSET) };

enum { TEXT_COUNT = ARRAY_SIZE(text_offsets) };

static const char people_sql[] = "SELECT " TEXTS(
	TEXT_COLUMN) "p.extra, p.id, p.premarked, p.removed, "
		     "p.source = 'walk_in', s.shot, s.visit, s.bytes, s.stored_utc_ms "
		     "FROM person p LEFT JOIN picture s ON s.person = p.id "
		     "LEFT JOIN visit v ON v.kiosk = s.kiosk AND v.n = s.visit "
		     "LEFT JOIN capture_code g ON g.person = p.id ORDER BY p.id";

static int load_row(struct people *p, sqlite3_stmt *st, struct subject *s)
{
	int c = TEXT_COUNT;

	for (int i = 0; i < TEXT_COUNT; i++) {
		const char *text = keep(p, sql_text(st, i));

		if (!text)
			return -ENOMEM;
		memcpy((char *)s + text_offsets[i], &text, sizeof(text));
	}
	s->extra = keep_extra(p, sql_text(st, c++));
	s->id = sqlite3_column_int64(st, c++);
	s->premarked = sqlite3_column_int(st, c++);
	s->removed = sqlite3_column_int(st, c++);
	s->walk_in = sqlite3_column_int(st, c++);
	s->shot = sqlite3_column_int64(st, c++);
	s->visit = sqlite3_column_int64(st, c++);
	s->bytes = sqlite3_column_int64(st, c++);
	s->stored_utc_ms = sqlite3_column_int64(st, c++);
	return s->extra ? 0 : -ENOMEM;
}

static int load_people(sqlite3 *db, struct people *p)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(db, people_sql, "");
	int rc, fault = 0, size = 0;

	if (!st)
		return -EIO;
	while (!fault && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (p->count == size) {
			struct subject *more;

			size = size ? 2 * size : 1024;
			more = realloc(p->all, (size_t)size * sizeof(*p->all));
			if (!more)
				return -ENOMEM;
			p->all = more;
		}
		memset(&p->all[p->count], 0, sizeof(*p->all));
		fault = load_row(p, st, &p->all[p->count++]);
	}
	return fault ? fault : rc == SQLITE_DONE ? 0 : -EIO;
}

/* --- numbers ---------------------------------------------------------------------------------- */

static struct subject *by_id(const struct people *p, int64_t id)
{
	int low = 0, high = p->count - 1;

	while (low <= high) {
		int mid = low + (high - low) / 2;

		if (p->all[mid].id == id)
			return &p->all[mid];
		if (p->all[mid].id < id)
			low = mid + 1;
		else
			high = mid - 1;
	}
	return NULL;
}

/* Everybody's number, in the order of the view `picture`: the one the picture's own kiosk gave, the
 * roster's, one of the job's series, the lowest; rows come highest first. */
static int load_numbers(sqlite3 *db, struct people *p)
{
	SCOPED_STMT sqlite3_stmt *st =
		sql_prepare(db,
			    "SELECT u.person, u.series, u.number, u.kiosk, u.series = j.series, "
			    "u.origin = 'roster' FROM number u JOIN job j "
			    "ORDER BY u.series DESC, u.number DESC",
			    "");
	SCOPED_FREE int *rank = calloc((size_t)p->count + 1, sizeof(*rank));
	int rc;

	if (!st || !rank)
		return st ? -ENOMEM : -EIO;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct subject *s = by_id(p, sqlite3_column_int64(st, 0));
		int good;

		if (!s)
			continue;
		good = 1 + 4 * !strcmp(sql_text(st, 3), s->kiosk) + 2 * sqlite3_column_int(st, 5) +
		       sqlite3_column_int(st, 4);
		if (good < rank[s - p->all])
			continue;
		rank[s - p->all] = good;
		s->seq = sqlite3_column_int(st, 2);
		s->series = keep(p, sql_text(st, 1));
		if (!s->series)
			return -ENOMEM;
	}
	return rc == SQLITE_DONE ? 0 : -EIO;
}

static int own_series(sqlite3 *db, struct people *p)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(db, "SELECT series FROM job", "");
	const char *series = st && sqlite3_step(st) == SQLITE_ROW ? keep(p, sql_text(st, 0)) : "1";

	for (int i = 0; i < p->count; i++)
		if (!p->all[i].series)
			p->all[i].series = series;
	return series ? 0 : -ENOMEM;
}

static int order(const void *left, const void *right)
{
	const struct subject *a = left, *b = right;
	int d = !a->seq - !b->seq;

	if (!d)
		d = strcmp(a->series, b->series);
	if (!d)
		d = a->seq - b->seq;
	if (!d)
		d = strcmp(a->class_name, b->class_name);
	if (!d)
		d = strcmp(a->student_no, b->student_no);
	return d ? d : (a->id > b->id) - (a->id < b->id);
}

int people_load(sqlite3 *db, struct people *out)
{
	int rc, own = sqlite3_get_autocommit(db);

	memset(out, 0, sizeof(*out));
	if (own)
		sql_run(db, "BEGIN", "");
	rc = load_people(db, out);
	if (!rc)
		rc = load_numbers(db, out);
	if (!rc)
		rc = own_series(db, out);
	if (own)
		sql_run(db, "COMMIT", "");
	if (rc)
		people_free(out);
	else if (out->count)
		qsort(out->all, (size_t)out->count, sizeof(*out->all), order);
	return rc;
}

void people_free(struct people *p)
{
	struct chunk *next;

	for (struct chunk *c = p->arena; c; c = next) {
		next = c->next;
		free(c);
	}
	free(p->all);
	memset(p, 0, sizeof(*p));
}

void subject_original(const struct subject *s, const char *job_dir, char *out, size_t size)
{
	char id[VAULT_ID_MAX];

	vault_id(s->kiosk, s->shot, id);
	snprintf(out, size, "%s/originals/%s.jpg", job_dir, id);
}
