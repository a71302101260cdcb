/* Look-up by document number in a million people, against the sqlite3 shell on the same file. */
#include <string.h>
#include <sys/stat.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/docnum.h"
#include "firmware/roster/roster.h"
#include "firmware/store/job.h"
#include "tools/bench/lib/results.h"

enum { PEOPLE = 1000000, LOOKS = 4000, ROUNDS = 5 };

static const char query[] =
	"SELECT p.id, p.name, p.sex, p.student_no, p.id_no, p.level, p.class_name, p.station, "
	"p.branch, p.major, u.number, j.series, p.premarked OR EXISTS (SELECT 1 FROM shot s "
	"WHERE s.person = p.id AND s.state = 'accepted') FROM person p, job j "
	"LEFT JOIN number u ON u.person = p.id AND u.series = j.series "
	"WHERE p.id IN (SELECT person FROM document WHERE number = '%s') ORDER BY p.id;\n";

/* Invented: region 370199 does not exist. Each person differs in birthday or sequence. */
static void number_of(int person, char out[static 19])
{
	unsigned int n = (unsigned int)person, day = n / 1000;

	snprintf(out, 19, "370199%04u%02u%02u%03u", 1900 + day / 336 % 100, day / 28 % 12 + 1,
		 day % 28 + 1, n % 1000);
	out[17] = docnum_mod_11_2(out);
	out[18] = '\0';
}

static int someone(void)
{
	static unsigned int seed = 20261121;

	seed = seed * 1664525 + 1013904223;
	return (int)(seed >> 8) % PEOPLE;
}

static bool fill(sqlite3 *db)
{
	SCOPED_STMT sqlite3_stmt *person =
		sql_prepare(db,
			    "INSERT INTO person(id, kiosk, n, name, id_no, student_no) "
			    "VALUES (?1, 'K1', ?1, '测试' || ?1, ?2, '2026' || ?1)",
			    "");
	SCOPED_STMT sqlite3_stmt *document =
		sql_prepare(db, "INSERT INTO document VALUES (?2, ?1, 'id_no')", "");
	sqlite3_stmt *both[] = { person, document };
	char number[19];

	if (!person || !document)
		return false;
	sql_run(db, "BEGIN", "");
	sql_run(db, "INSERT OR IGNORE INTO job(one, code, created_utc_ms) VALUES (1, 'bench', 0)",
		"");
	for (int i = 0; i < PEOPLE; i++) {
		number_of(i, number);
		for (int k = 0; k < 2; k++) {
			sqlite3_bind_int64(both[k], 1, i + 1);
			sqlite3_bind_text(both[k], 2, number, -1, SQLITE_STATIC);
			if (sqlite3_step(both[k]) != SQLITE_DONE)
				return false;
			sqlite3_reset(both[k]);
		}
	}
	return sql_run(db, "COMMIT", "") == SQLITE_DONE;
}

static void look(struct roster *r, struct samples *out)
{
	struct person found[2];
	char number[19];

	for (int i = 0; i < LOOKS; i++) {
		double t = bench_now_ms();

		number_of(someone(), number);
		if (roster_find(r, number, found, 2) != 1) {
			fprintf(stderr, "lookup: somebody is missing\n");
			exit(1);
		}
		samples_add(out, bench_now_ms() - t);
	}
}

/* One shell run over @looks queries, in ms; its start is taken off by a run without any. */
static double shell(const char *dir, const char *db, int looks)
{
	char path[600], command[1400], number[19];
	double t;
	FILE *f;

	snprintf(path, sizeof(path), "%s/queries.sql", dir);
	f = fopen(path, "w");
	for (int i = 0; f && i < looks; i++) {
		number_of(someone(), number);
		fprintf(f, query, number);
	}
	if (!f || fclose(f))
		return 0;
	snprintf(command, sizeof(command), "sqlite3 -readonly '%s' <'%s' >/dev/null", db, path);
	t = bench_now_ms();
	return system(command) == 0 ? bench_now_ms() - t : 0;
}

int main(int argc, char **argv)
{
	static struct samples ours, theirs;
	struct roster *r;
	sqlite3 *db;
	struct job j;

	if (argc != 2 || job_open(argv[1], "bench", true, &j) < 0 || !fill(j.db)) {
		fprintf(stderr, "usage: lookup DIR\n");
		return 64;
	}
	sql_run(j.db, "PRAGMA wal_checkpoint(TRUNCATE)", "");
	if (job_open_reader(argv[1], "bench", &db) < 0 || roster_open(db, &r) < 0)
		return 1;
	look(r, &ours);
	ours.count = 0; /* the first round warmed the page cache, for both sides */
	look(r, &ours);
	for (int i = 0; i < ROUNDS; i++) {
		double with = shell(argv[1], j.db_path, LOOKS),
		       without = shell(argv[1], j.db_path, 0);

		if (with > without && without > 0)
			samples_add(&theirs, (with - without) / LOOKS);
	}
	bench_line(&(struct bench_line){ .id = "lookup",
					 .what = "look-up among 1,000,000",
					 .fs = "-",
					 .unit = "ms",
					 .ours = &ours,
					 .theirs = theirs.count ? &theirs : NULL,
					 .peer = "sqlite3 shell, one query",
					 .kind = LIMIT_RATIO,
					 .limit = 2 });
	roster_close(r);
	sqlite3_close(db);
	job_close(&j);
	return 0;
}
