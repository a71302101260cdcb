#include "tests/lib/school.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/hash.h"
#include "firmware/base/text.h"
#include "firmware/identity/identity.h"
#include "firmware/judge/record.h"
#include "firmware/store/ledger.h"
#include "firmware/store/rows.h"
#include "firmware/store/vault.h"
#include "tools/virtual/portraits/portrait.h"

enum { GOOD = 10, BAD = 4, QUALITY = 60, SECONDS_EACH = 25 };
#define DAY_BEGAN_MS INT64_C(1795136400000) /* 2026-11-20 09:00 in China */

/* A drawn person and what the check says of it, the same for everybody who has this picture. */
struct look {
	uint8_t *jpeg;
	size_t bytes;
	char *measures;
	char verdict[8], reason[32];
};

struct school {
	const struct school_wish *w;
	struct job job;
	struct rows rows;
	int64_t first_person; /* id of person 1 */
	int shots;
	uint64_t dice;
};

static int every(int wish, int usual, int i)
{
	int n = wish ? wish : usual;

	return n > 0 && i % n == n / 2;
}

static const char *or_else(const char *text, const char *usual)
{
	return text ? text : usual;
}

/* Drawn and judged once a program, for as long as size and preset stay. */
static struct {
	int width_px;
	char preset[64];
	struct look look[GOOD + BAD];
} album;

/* --- pictures ---------------------------------------------------------------------------------- */

static size_t draw(int which, int width_px, int quality, uint8_t **out)
{
	static const char *const names[GOOD + BAD] = {
		"good-1", "good-2", "good-3",  "good-4", "good-5", "good-6", "good-7",
		"good-8", "good-9", "good-10", "blink",	 "turned", "tilted", "blurred",
	};
	struct image *im =
		portrait_draw(portrait_scene_find(names[which]), width_px, width_px * 3 / 2);
	size_t n = im ? portrait_jpeg(im, quality, out) : 0;

	image_unref(im);
	return n;
}

/* @jpeg with a comment after its first marker. */
static uint8_t *marked(const uint8_t *jpeg, size_t bytes, const char *mark, size_t *total)
{
	size_t n = strlen(mark);
	uint8_t *out = malloc(bytes + n + 4);

	if (!out)
		return NULL;
	memcpy(out, "\xff\xd8\xff\xfe", 4);
	out[4] = (uint8_t)((n + 2) >> 8);
	out[5] = (uint8_t)(n + 2);
	memcpy(out + 6, mark, n);
	memcpy(out + 6 + n, jpeg + 2, bytes - 2);
	*total = bytes + n + 4;
	return out;
}

size_t school_picture(int which, int width_px, int quality, const char *mark, uint8_t **out)
{
	SCOPED_FREE uint8_t *jpeg = NULL;
	size_t bytes = draw(which, width_px, quality, &jpeg), total = 0;

	*out = bytes ? marked(jpeg, bytes, mark, &total) : NULL;
	return *out ? total : 0;
}

static int judge_look(struct judge *j, const struct record_by *by, struct look *l)
{
	static const char *const levels[CHECK_LEVEL_COUNT] = { "pass", "warn", "fail", "error" };
	struct judge_outcome o = { 0 };
	const struct check_result *r = &o.result;

	judge_picture(j, l->jpeg, l->bytes, &o);
	image_unref(o.crop);
	l->measures = record_json(by, r);
	strcpy(l->verdict, levels[r->level]);
	if (r->level >= CHECK_FAIL && r->reason_count)
		text_copy(l->reason, sizeof(l->reason),
			  check_code_word((enum check_code)r->findings[r->reasons[0]].code));
	return l->measures ? 0 : -ENOMEM;
}

static void clear_album(void)
{
	for (int i = 0; i < GOOD + BAD; i++) {
		free(album.look[i].jpeg);
		free(album.look[i].measures);
	}
	memset(&album, 0, sizeof(album));
}

/* Is picture @i of the album still to be drawn? */
static bool wanted(const struct school_wish *w, int i)
{
	int good = w->pictures ? w->pictures : 3;

	return (i < good || i >= GOOD) && !album.look[i].measures;
}

static int draw_wanted(const struct school_wish *w, struct judge *j)
{
	char model[SHA256_HEX];
	struct record_by by = { .preset = &j->preset,
				.engine = face_version(j->face),
				.model = model };
	int rc = 0;

	record_model(JUDGE_MODEL, model);
	for (int i = 0; i < GOOD + BAD && !rc; i++) {
		struct look *l = &album.look[i];

		if (!wanted(w, i))
			continue;
		l->bytes = draw(i, album.width_px, QUALITY, &l->jpeg);
		rc = l->bytes ? judge_look(j, &by, l) : -ENOMEM;
	}
	return rc;
}

static int fill_album(const struct school_wish *w)
{
	int width_px = w->width_px ? w->width_px : 1080, missing = 0, rc;
	const char *preset = or_else(w->preset, "chsi-480");
	struct config_error err;
	struct judge j = { 0 };
	char path[800];

	if (w->pictures > GOOD || preset_path(preset, path, sizeof(path)) < 0)
		return -EINVAL;
	if (width_px != album.width_px || strcmp(preset, album.preset) != 0)
		clear_album();
	album.width_px = width_px;
	text_copy(album.preset, sizeof(album.preset), preset);
	for (int i = 0; i < GOOD + BAD; i++)
		missing += wanted(w, i);
	if (!missing)
		return 0;
	rc = judge_open(path, NULL, JUDGE_MODEL, &j, &err);
	if (rc < 0)
		return rc;
	rc = draw_wanted(w, &j);
	judge_close(&j);
	return rc;
}

/* --- people ------------------------------------------------------------------------------------ */

static int add_job(struct school *s, const char *code)
{
	static const char *const fields[][2] = {
		{ "title", "2024级新生图像采集" },
		{ "unit", "测试采集组" },
		{ "contact", "样本老师" },
		{ "contact_phone", "010-00000000" },
		{ "contact_address", "测试市样本路1号" },
		{ "responsible", "张测试" },
		{ "responsible_phone", "010-00000001" },
		{ "support", "010-00000002 9:00-17:00" },
		{ "date_from", "2026-11-20" },
		{ "date_to", "2026-11-21" },
		{ "place", "图书馆一楼" },
		{ "feature_code", "TEST-2026-0001" },
	};
	int rc = sql_run(s->job.db,
			 "INSERT INTO job (one, code, series, school_type, school_code, "
			 "school_name, created_utc_ms) VALUES (1, ?, ?, '普通高校', '10999', "
			 "'测试理工大学', ?)",
			 "ssi", code, or_else(s->w->series, "1"), DAY_BEGAN_MS);

	for (size_t i = 0; i < ARRAY_SIZE(fields) && rc == SQLITE_DONE; i++)
		rc = sql_run(s->job.db, "INSERT INTO field (key, value) VALUES (?, ?)", "ss",
			     fields[i][0], fields[i][1]);
	return rc;
}

static int add_person(struct school *s, int i)
{
	struct school_person p;
	char canonical[IDENTITY_MAX];
	int64_t id;
	int rc;

	school_person(s->w->seed, i, &p);
	rc = sql_run(s->job.db,
		     "INSERT INTO person (kiosk, n, name, sex, student_no, id_no, exam_no, level, "
		     "class_name, station, branch, major, school_type, school_code, school_name, "
		     "doc_type, category, major_code, grade, birth, paid) VALUES (?, ?, ?, ?, ?, "
		     "?, ?, ?, ?, ?, ?, ?, '普通高校', '10999', '测试理工大学', ?, ?, ?, ?, ?, ?)",
		     "sissssssssssssssss", s->rows.kiosk, (int64_t)i, p.name, p.sex, p.student_no,
		     p.id_no, p.exam_no, p.level, p.class_name, p.station, p.branch, p.major,
		     p.doc_type, p.category, p.major_code, p.grade, p.birth, p.paid);
	id = sqlite3_last_insert_rowid(s->job.db);
	if (i == 1)
		s->first_person = id;
	identity_canonical(p.id_no, canonical);
	if (rc == SQLITE_DONE)
		rc = sql_run(s->job.db,
			     "INSERT INTO document (number, person, source) VALUES (?, ?, 'id_no')",
			     "si", canonical, id);
	if (rc == SQLITE_DONE && s->w->roster_numbers && i <= 9999)
		rc = sql_run(s->job.db,
			     "INSERT INTO number (series, number, person, kiosk, origin) "
			     "VALUES (?, ?, ?, ?, 'roster')",
			     "siis", or_else(s->w->series, "1"), (int64_t)i, id, s->rows.kiosk);
	return rc;
}

static int add_roster(struct school *s)
{
	int rc = SQLITE_DONE;

	for (int i = 1; i <= s->w->people && rc == SQLITE_DONE; i++)
		rc = add_person(s, i);
	if (rc != SQLITE_DONE)
		return rc;
	return ledger_append(s->job.db, s->rows.kiosk, "roster.imported",
			     json_pack("{sssisisisi}", "file_sha256",
				       "00000000000000000000000000000000"
				       "00000000000000000000000000000000",
				       "rows", s->w->people, "added", s->w->people, "updated", 0,
				       "refused", 0));
}

/* --- visits ------------------------------------------------------------------------------------ */

static int save(struct school *s, const char *id, const uint8_t *data, size_t bytes)
{
	char name[VAULT_ID_MAX + 8];
	SCOPED_FD int fd = -1;

	snprintf(name, sizeof(name), "%s.jpg", id);
	fd = openat(s->job.originals, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	return write(fd, data, bytes) == (ssize_t)bytes ? 0 : -EIO;
}

static enum store_cause keep(struct school *s, const struct look *l, int64_t shot,
			     struct store_picture *p)
{
	char id[VAULT_ID_MAX], mark[64];
	SCOPED_FREE uint8_t *data = NULL;
	struct hash *h = hash_new();
	size_t bytes;

	vault_id(s->rows.kiosk, shot, id);
	snprintf(mark, sizeof(mark), "test picture %s %llu", id, (unsigned long long)s->w->seed);
	data = marked(l->jpeg, l->bytes, mark, &bytes);
	if (!data || !h || save(s, id, data, bytes) < 0) {
		hash_free(h);
		return STORE_IO;
	}
	hash_update(h, data, bytes);
	hash_final(h, p->sha256);
	hash_free(h);
	p->bytes = (int64_t)bytes;
	snprintf(p->camera_folder, sizeof(p->camera_folder), "/store_00010001/DCIM/100TEST_");
	snprintf(p->camera_name, sizeof(p->camera_name), "DSC_%04lld.JPG",
		 (long long)(shot % 10000));
	p->taken_s = DAY_BEGAN_MS / 1000 + s->shots++ * SECONDS_EACH;
	return STORE_OK;
}

/* One picture of an open visit; accepted when @accept says why. */
static enum store_cause shoot(struct school *s, int64_t visit, const struct look *l,
			      const char *accept, int64_t *shot)
{
	struct row_verdict v = { l->verdict, l->reason, l->measures };
	struct store_picture p = { 0 };
	struct row_shot row;
	char number[8];
	enum store_cause cause = rows_shot_begin(&s->rows, visit, "trigger", "6001234", shot);

	if (!cause)
		cause = keep(s, l, *shot, &p);
	if (!cause)
		cause = rows_shot(&s->rows, *shot, &row);
	if (!cause)
		cause = rows_shot_stored(&s->rows, &row, &p, false, number);
	if (!cause)
		cause = rows_shot(&s->rows, *shot, &row);
	if (!cause)
		cause = rows_verdict(&s->rows, &row, &v);
	if (!cause && accept)
		cause = rows_accept(&s->rows, &row, accept, number);
	return cause;
}

static const struct look *bad_look(struct school *s)
{
	s->dice = s->dice * 6364136223846793005u + 1442695040888963407u;
	return &album.look[GOOD + (s->dice >> 40) % BAD];
}

static const struct look *good_look(struct school *s, int i)
{
	return &album.look[i % (s->w->pictures ? s->w->pictures : 3)];
}

static enum store_cause open_visit(struct school *s, int64_t person, const char *how,
				   int64_t *visit)
{
	const struct row_choice found = { 1, 0 };

	return rows_visit_open(&s->rows, person, how, strcmp(how, "typed") ? "number" : how, &found,
			       visit);
}

/* The card of another: every picture of the visit is void. */
static enum store_cause swapped(struct school *s, int64_t person, int i)
{
	int64_t visit, shot;
	enum store_cause cause = open_visit(s, person, "card", &visit);

	if (!cause)
		cause = shoot(s, visit, good_look(s, i), "verdict", &shot);
	return cause ? cause : rows_visit_close(&s->rows, visit, "swapped", 0);
}

static enum store_cause visited(struct school *s, int64_t person, int i, const char *how)
{
	const struct school_wish *w = s->w;
	int bad = every(w->attempts_every, 8, i) ? 1 + i / 3 % 3 : 0;
	bool anyway = every(w->anyway_every, 83, i);
	int64_t visit, shot = 0;
	enum store_cause cause = open_visit(s, person, how, &visit);

	for (int k = 0; k < bad && !cause; k++)
		cause = shoot(s, visit, bad_look(s), NULL, &shot);
	if (!cause && anyway)
		cause = shoot(s, visit, bad_look(s), "photographer", &shot);
	else if (!cause)
		cause = shoot(s, visit, good_look(s, i), "verdict", &shot);
	return cause ? cause : rows_visit_close(&s->rows, visit, "accepted", shot);
}

static enum store_cause walk_in(struct school *s, int i)
{
	struct store_newcomer n = { 0 };
	struct school_person p;
	int64_t person;
	enum store_cause cause;

	school_person(s->w->seed + 1, i, &p);
	text_copy(n.name, sizeof(n.name), p.name);
	text_copy(n.sex, sizeof(n.sex), p.sex);
	text_copy(n.id_no, sizeof(n.id_no), p.id_no);
	identity_canonical(p.id_no, n.documents[0]);
	cause = rows_walk_in(&s->rows, &n, &person);
	if (!cause && sql_run(s->job.db, "UPDATE person SET source = 'walk_in' WHERE id = ?", "i",
			      person) != SQLITE_DONE)
		cause = STORE_DATABASE;
	return cause ? cause : visited(s, person, i, "card");
}

static enum store_cause come(struct school *s, int i)
{
	const struct school_wish *w = s->w;
	int64_t person = s->first_person + i - 1;
	enum store_cause cause = STORE_OK;

	if (every(w->walk_in_every, 211, i))
		cause = walk_in(s, i);
	if (cause || every(w->missing_every, 25, i))
		return cause;
	if (every(w->void_every, 97, i))
		cause = swapped(s, person, i);
	if (!cause)
		cause = visited(s, person, i, every(w->typed_every, 47, i) ? "typed" : "card");
	if (!cause && every(w->again_every, 61, i))
		cause = visited(s, person, i + 1, "again");
	return cause;
}

/* --- the day ----------------------------------------------------------------------------------- */

static enum store_cause fill(struct school *s, const char *code)
{
	const struct school_wish *w = s->w;
	int from = w->person_from ? w->person_from : 1;
	int to = w->person_to ? w->person_to : w->people, first = w->first ? w->first : 1;
	int last = w->last ? w->last : first + to - from;
	enum store_cause cause;

	if (add_job(s, code) != SQLITE_DONE || add_roster(s) != SQLITE_OK)
		return STORE_DATABASE;
	cause = rows_block(&s->rows, first, last > 9999 ? 9999 : last);
	for (int i = from; i <= to && !cause; i++)
		cause = come(s, i);
	if (cause)
		return cause;
	/* Everything was written within seconds: spread it over the day. */
	if (sql_run(s->job.db,
		    "UPDATE shot SET intent_utc_ms = taken_s * 1000, stored_utc_ms = taken_s * "
		    "1000 + 900",
		    "") != SQLITE_DONE ||
	    sql_run(s->job.db,
		    "UPDATE visit SET opened_utc_ms = (SELECT min(taken_s) FROM shot WHERE "
		    "shot.kiosk = visit.kiosk AND visit = visit.n) * 1000 - 6000, closed_utc_ms = "
		    "(SELECT max(taken_s) FROM shot WHERE shot.kiosk = visit.kiosk AND visit = "
		    "visit.n) * 1000 + 2500",
		    "") != SQLITE_DONE)
		return STORE_DATABASE;
	return STORE_OK;
}

static int make(struct school *s, const char *code)
{
	enum store_cause cause;

	if (sql_int(s->job.db, 0, "SELECT count(*) FROM person", ""))
		return -EEXIST;
	sqlite3_exec(s->job.db, "PRAGMA synchronous = OFF; PRAGMA cache_size = -400000", NULL, NULL,
		     NULL);
	cause = rows_begin(&s->rows);
	if (!cause)
		cause = rows_end(&s->rows, fill(s, code));
	if (cause)
		fprintf(stderr, "school: store cause %d: %s\n", (int)cause,
			sqlite3_errmsg(s->job.db));
	return cause ? -EIO : 0;
}

int school_make(const char *data_dir, const struct school_wish *w)
{
	const char *code = or_else(w->job, "TEST");
	struct school s = { .w = w, .dice = w->seed + 1 };
	int rc = fill_album(w);

	if (!rc)
		rc = job_open(data_dir, code, true, &s.job);
	if (!rc) {
		s.rows.db = s.job.db;
		s.rows.kiosk = or_else(w->kiosk, "K1");
		rc = make(&s, code);
		job_close(&s.job);
	}
	return rc;
}
