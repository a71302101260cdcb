/* Rows that could not go in, kept so that their owner can be told so. */
#include <string.h>

#include "firmware/base/clock.h"
#include "firmware/roster/import_file.h"

/* Words of what refuses @row, each once. @i walks along the problems, which are sorted like rows. */
static void words_of(const struct roster_file *f, const struct roster_row *row, size_t *i,
		     char *out, size_t size)
{
	int sheet = f->maps[row->map].sheet;
	size_t n = 0;

	out[0] = '\0';
	while (*i < f->problem_count &&
	       (f->problems[*i].sheet < sheet ||
		(f->problems[*i].sheet == sheet && f->problems[*i].line < row->line)))
		++*i;
	for (; *i < f->problem_count && f->problems[*i].sheet == sheet &&
	       f->problems[*i].line == row->line;
	     ++*i) {
		const char *word = row_fault_word(f->problems[*i].fault);

		if (row_fault_is_warning(f->problems[*i].fault) || strstr(out, word) ||
		    n + strlen(word) + 2 > size)
			continue;
		n += (size_t)(stpcpy(stpcpy(out + n, n ? " " : ""), word) - (out + n));
	}
}

static int set_aside(struct roster_file *f, sqlite3 *db, const struct roster_row *row,
		     const char *words)
{
	const char *name = roster_row_cell(f, row, COL_NAME);
	const char *student_no = roster_row_cell(f, row, COL_STUDENT_NO);
	const char *id_no = roster_row_cell(f, row, COL_ID_NO);
	const char *sheet = table_sheet_name(f->table, f->maps[row->map].sheet);
	char hex[SHA256_HEX];
	int rc;

	hash_hex(f->sha256, hex);
	/* The same row of an older file: the newest place counts. */
	rc = sql_run(
		db,
		"UPDATE aside SET file_sha256 = ?, sheet = ?, line = ?, faults = ?, "
		"added_utc_ms = ? WHERE name = ? AND student_no = ? AND id_no = ? AND NOT solved",
		"ssisisss", hex, sheet, (int64_t)row->line, words, clock_utc_ms(), name, student_no,
		id_no);
	if (rc != SQLITE_DONE || sqlite3_changes(db))
		return rc;
	return sql_run(db,
		       "INSERT INTO aside (file_sha256, sheet, line, name, student_no, id_no, "
		       "class_name, faults, added_utc_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		       "ssisssssi", hex, sheet, (int64_t)row->line, name, student_no, id_no,
		       roster_row_value(f, row, COL_CLASS), words, clock_utc_ms());
}

/* Who is in the roster now: same name, and the same 学号 or number; or the 学号 of a row without name.
 */
static int solve(sqlite3 *db)
{
	return sql_run(
		db,
		"UPDATE aside SET solved = 1 WHERE NOT solved AND (EXISTS (SELECT 1 FROM "
		"person p WHERE p.name = aside.name AND NOT p.removed AND (p.id_no = "
		"aside.id_no OR (p.student_no = aside.student_no AND aside.student_no <> ''))) "
		"OR (name = '' AND student_no <> '' AND EXISTS (SELECT 1 FROM person p WHERE "
		"p.student_no = aside.student_no AND NOT p.removed)))",
		"");
}

int roster_aside_write(struct roster_file *f, sqlite3 *db)
{
	int rc = SQLITE_DONE;
	char words[256];
	size_t at = 0;

	if (sql_int(db, 0, "SELECT 1 FROM aside WHERE NOT solved LIMIT 1", ""))
		rc = solve(db);
	/* Of a partial list nobody is left out: they are in the job, or were never to be. */
	for (int i = 0; !f->result.partial && i < f->row_count && rc == SQLITE_DONE; i++) {
		if (!f->rows[i].bad)
			continue;
		words_of(f, &f->rows[i], &at, words, sizeof(words));
		rc = set_aside(f, db, &f->rows[i], words);
	}
	return rc;
}
