#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/office/package.h"
#include "firmware/store/job.h"
#include "firmware/store/ledger.h"
#include "firmware/store/schema.h"

enum { CELL_BYTES_MAX = 8 << 20, TEXT_BYTES_MAX = 8192 };

static void cleanup_db(sqlite3 **db)
{
	sqlite3_close(*db);
}
#define SCOPED_DB __attribute__((cleanup(cleanup_db)))

static int refuse(char *why, const char *text)
{
	snprintf(why, PACKAGE_WHY_MAX, "job.db: %s", text);
	return -EBADMSG;
}

static void harden(sqlite3 *db)
{
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, CELL_BYTES_MAX);
	sqlite3_exec(db, "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0", NULL, NULL, NULL);
}

/* --- schema: only one we made ------------------------------------------------------------------
 * A foreign view or trigger would run with our hands; so whatever is not word for word (blanks and
 * quotes apart) what our own files make is refused before anything else is asked of the file.
 */

static void squeeze(const char *sql, char *out, size_t size)
{
	size_t n = 0;

	for (; *sql && n + 1 < size; sql++)
		if (!strchr(" \t\n\r\"", *sql))
			out[n++] = *sql;
	out[n] = '\0';
}

static bool same_text(const char *a, const char *b)
{
	char x[16384], y[16384];

	squeeze(a, x, sizeof(x));
	squeeze(b, y, sizeof(y));
	return !strcmp(x, y);
}

static const char list_schema[] =
	"SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE "
	"'sqlite\\_%' ESCAPE '\\' ORDER BY type, name";

static bool same_schema(sqlite3 *a, sqlite3 *b)
{
	SCOPED_STMT sqlite3_stmt *x = sql_prepare(a, list_schema, "");
	SCOPED_STMT sqlite3_stmt *y = sql_prepare(b, list_schema, "");
	int rx, ry;

	if (!x || !y)
		return false;
	for (;;) {
		rx = sqlite3_step(x);
		ry = sqlite3_step(y);
		if (rx != SQLITE_ROW || ry != SQLITE_ROW)
			return rx == SQLITE_DONE && ry == SQLITE_DONE;
		for (int i = 0; i < 3; i++)
			if (strcmp(sql_text(x, i), sql_text(y, i)) != 0)
				return false;
		if (!same_text(sql_text(x, 3), sql_text(y, 3)))
			return false;
	}
}

static int check_schema(sqlite3 *db, int version, char *why)
{
	SCOPED_DB sqlite3 *ours = NULL;

	if (sqlite3_open(":memory:", &ours) != SQLITE_OK)
		return -ENOMEM;
	for (int i = 1; i <= version; i++)
		if (sqlite3_exec(ours, schema_sql(i), NULL, NULL, NULL) != SQLITE_OK)
			return -EIO;
	/* sqlite_stat1 and the like are SQLite's own; anything else with that prefix cannot be made. */
	return same_schema(ours, db) ? 0 : refuse(why, "its tables are not those of a kiosk");
}

/* --- rows ------------------------------------------------------------------------------------- */

static const struct {
	const char *sql, *fault;
} row_checks[] = {
	{ "SELECT 1 FROM pragma_quick_check(1) WHERE quick_check <> 'ok'", "it is damaged" },
	{ "SELECT 1 FROM pragma_foreign_key_check LIMIT 1",
	  "rows point at rows that are not there" },
	{ "SELECT 1 WHERE (SELECT count(*) FROM job) <> 1", "it holds no job" },
	{ "SELECT 1 WHERE (SELECT count(*) FROM person) > 200000 OR (SELECT count(*) FROM shot) > "
	  "1000000 OR (SELECT count(*) FROM event) > 10000000",
	  "more rows than any kiosk makes" },
	/* names of originals are made of these */
	{ "SELECT 1 FROM (SELECT kiosk, n FROM shot UNION ALL SELECT kiosk, n FROM visit) WHERE "
	  "kiosk GLOB '*[^A-Za-z0-9_-]*' OR length(kiosk) NOT BETWEEN 1 AND 10 OR "
	  "n NOT BETWEEN 1 AND 999999999",
	  "a kiosk id or a number of a shot that cannot be" },
	{ "SELECT 1 FROM (SELECT kiosk FROM event UNION ALL SELECT kiosk FROM person UNION ALL SELECT "
	  "kiosk FROM number UNION ALL SELECT kiosk FROM block UNION ALL SELECT kiosk FROM remark "
	  "UNION ALL SELECT kiosk FROM alias UNION ALL SELECT kiosk FROM export_run UNION ALL SELECT "
	  "kiosk FROM erratum) WHERE kiosk GLOB '*[^A-Za-z0-9_:-]*' OR length(kiosk) NOT BETWEEN 1 "
	  "AND 31",
	  "a kiosk id that cannot be" },
	{ "SELECT 1 FROM shot WHERE sha256 <> '' AND (length(sha256) <> 64 OR sha256 GLOB "
	  "'*[^0-9a-f]*' OR bytes NOT BETWEEN 1 AND 2147483647)",
	  "a digest or a size that cannot be" },
	{ "SELECT 1 FROM shot WHERE sha256 = '' AND state NOT IN ('intent', 'lost', 'quarantined')",
	  "a picture without its digest" },
	{ "SELECT 1 FROM shot WHERE measures <> '' AND (NOT json_valid(measures) OR length(measures) > "
	  "262144)",
	  "measures that are none" },
	/* the chain knows what the rows say */
	{ "SELECT 1 FROM event e JOIN shot s ON s.kiosk = e.kiosk AND s.n = "
	  "json_extract(e.body, '$.shot') WHERE e.type IN ('shot.stored', 'shot.recovered') AND "
	  "s.sha256 <> '' AND s.sha256 IS NOT json_extract(e.body, '$.sha256')",
	  "a picture is another one than the ledger recorded" },
};

static int check_rows(sqlite3 *db, char *why)
{
	if (sql_int(db, 1, "SELECT count(*) FROM event WHERE NOT json_valid(body)", ""))
		return refuse(why, "an event that is no event");
	for (size_t i = 0; i < ARRAY_SIZE(row_checks); i++) {
		int rc = sql_run(db, row_checks[i].sql, "");

		if (rc != SQLITE_DONE)
			return refuse(why, row_checks[i].fault);
	}
	return 0;
}

/* Every text of a table: UTF-8, of bounded length. */
static int check_texts(sqlite3 *db, const char *sql, char *why)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(db, sql, "");
	int rc = SQLITE_ERROR;

	while (st && (rc = sqlite3_step(st)) == SQLITE_ROW)
		for (int i = 0; i < sqlite3_column_count(st); i++) {
			const char *text = sql_text(st, i);
			size_t n = (size_t)sqlite3_column_bytes(st, i);

			if (sqlite3_column_type(st, i) == SQLITE_TEXT &&
			    (n > TEXT_BYTES_MAX || strlen(text) != n || !text_valid(text, n)))
				return refuse(why, "a text no roster can hold");
		}
	return rc == SQLITE_DONE ? 0 : refuse(why, "it is damaged");
}

static int check_chains(sqlite3 *db, char *why)
{
	struct ledger_fault fault;
	int rc = ledger_verify(db, NULL, &fault);

	if (!rc)
		return 0;
	snprintf(why, PACKAGE_WHY_MAX,
		 "job.db: the ledger of %s does not hold at event %lld: rows were changed",
		 fault.kiosk, (long long)fault.n);
	return -EBADMSG;
}

int package_db_check(const char *path, char why[static PACKAGE_WHY_MAX])
{
	static const char *const texts[] = { "SELECT * FROM person",
					     "SELECT * FROM document",
					     "SELECT * FROM aside",
					     "SELECT * FROM remark",
					     "SELECT * FROM field",
					     "SELECT * FROM job",
					     "SELECT * FROM alias",
					     "SELECT * FROM erratum",
					     "SELECT * FROM number",
					     "SELECT source, why, verdict, reason, camera_body, "
					     "camera_folder, camera_name FROM shot" };
	SCOPED_DB sqlite3 *db = NULL;
	int version, rc;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		return -EIO;
	harden(db);
	version = (int)sql_int(db, -1, "PRAGMA user_version", "");
	if (version < 1)
		return refuse(why, "no database of a kiosk");
	if (version > schema_steps())
		return refuse(why, "from a newer program: update this one");
	rc = check_schema(db, version, why);
	if (!rc && job_migrate(db) < 0)
		rc = refuse(why, "no database of a kiosk");
	if (!rc)
		rc = check_rows(db, why);
	for (size_t i = 0; i < ARRAY_SIZE(texts) && !rc; i++)
		rc = check_texts(db, texts[i], why);
	return rc ? rc : check_chains(db, why);
}
