/* The roster goes in by the usual importer: good rows in, bad rows set aside. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/office/collect_inside.h"
#include "firmware/roster/import.h"
#include "firmware/roster/roster.h"

/* The same file again would change nothing and still leave an event. */
static bool imported_last(struct collecting *g)
{
	SCOPED_FD int fd = open(g->w->roster, O_RDONLY | O_CLOEXEC);
	uint8_t sum[SHA256_BYTES];
	char hex[SHA256_HEX];
	struct roster_seal seal;

	if (fd < 0 || hash_fd(fd, sum) < 0 || roster_seal(g->job.db, &seal) < 0)
		return false;
	hash_hex(sum, hex);
	return !strcmp(hex, seal.file_sha256);
}

int collect_bad_roster(struct collecting *g, const struct roster_file *f)
{
	const char *detail = roster_file_result(f)->detail;

	return collect_fail(
		g, -EINVAL,
		"the roster %.100s cannot be used%s%.60s; tapshot roster import --dry-run "
		"says what is wrong",
		g->w->roster, detail[0] ? ": " : "", detail);
}

static int bring_in(struct collecting *g, struct roster_file *f)
{
	const struct import_result *r = roster_file_result(f);
	char problems[JOB_PATH_MAX + 32];

	if (r->fault)
		return collect_bad_roster(g, f);
	if (roster_file_check(f, g->job.db) < 0)
		return collect_fail(g, -EIO, "the job's database cannot be read");
	g->c->roster_rows = r->rows;
	g->c->roster_bad = r->bad;
	if (!r->good)
		return collect_fail(g, -EINVAL, "the roster has no row without a fault");
	if (!g->w->dry_run && imported_last(g))
		return 0;
	if (roster_file_write(f, &g->job, g->w->job, g->w->kiosk) < 0)
		return collect_fail(g, -EIO, "the roster could not be written to the job");
	if (!r->bad || g->w->dry_run)
		return 0;
	snprintf(problems, sizeof(problems), "%s/问题名单.xlsx", g->job.path);
	if (roster_problems_write(f, problems) < 0)
		return collect_fail(g, -EIO, "问题名单.xlsx could not be written");
	return 0;
}

int collect_import(struct collecting *g)
{
	struct roster_file *f;
	int rc;

	if (!g->w->roster) {
		if (sql_int(g->job.db, 0, "SELECT count(*) FROM job", ""))
			return 0;
		return collect_fail(g, -EINVAL, "this job has no people yet: give --roster FILE");
	}
	f = roster_file_open(g->w->roster, NULL, g->job.db);
	if (!f)
		return -ENOMEM;
	rc = bring_in(g, f);
	roster_file_free(f);
	return rc;
}

static void take(char *out, size_t size, sqlite3_stmt *st, int column)
{
	text_copy(out, size, sql_text(st, column));
}

int collect_people(struct collecting *g)
{
	struct collect *c = g->c;
	int64_t count = sql_int(g->job.db, 0, "SELECT count(*) FROM person WHERE NOT removed", "");
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		g->job.db,
		"SELECT p.id, ifnull((SELECT printf('%04d', u.number) FROM number u JOIN job j WHERE "
		"u.person = p.id AND u.series = j.series AND u.origin = 'roster' LIMIT 1), ''), "
		"p.student_no, p.name, p.class_name, p.station, p.graduates FROM person p WHERE NOT "
		"p.removed ORDER BY 2 = '', 2, p.id LIMIT ?",
		"i", count);
	int rc = SQLITE_DONE;

	c->people = calloc((size_t)count + 1, sizeof(*c->people));
	c->missing = calloc((size_t)count + 1, sizeof(*c->missing));
	if (!c->people || !c->missing)
		return -ENOMEM;
	while (st && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct collect_person *p = &c->people[c->person_count++];

		p->id = sqlite3_column_int64(st, 0);
		take(p->number, sizeof(p->number), st, 1);
		take(p->student_no, sizeof(p->student_no), st, 2);
		take(p->name, sizeof(p->name), st, 3);
		take(p->class_name, sizeof(p->class_name), st, 4);
		take(p->station, sizeof(p->station), st, 5);
		take(p->graduates, sizeof(p->graduates), st, 6);
	}
	return st && rc == SQLITE_DONE ? 0 : collect_fail(g, -EIO, "the people cannot be read");
}
