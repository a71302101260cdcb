/* A file against the people already there: who is who, what differs, who is missing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/roster/import_file.h"

enum look {
	LOOK_BOTH,
	LOOK_NUMBER,
	LOOK_STUDENT,
	LOOK_EXAM,
	LOOK_SEQ,
	LOOK_SEQ_OF,
	LOOK_PERSON,
	LOOK_COUNT
};

/* NUMBER, STUDENT and EXAM answer: who, and how many they are. */
static const char *const sql[LOOK_COUNT] = {
	[LOOK_BOTH] = "SELECT min(p.id), 1 FROM document d JOIN person p ON p.id = d.person "
		      "WHERE d.number = ? AND p.student_no = ?",
	[LOOK_NUMBER] = "SELECT min(person), count(*) FROM document WHERE number = ?",
	[LOOK_STUDENT] = "SELECT min(id), count(*) FROM person WHERE student_no = ?",
	[LOOK_EXAM] = "SELECT min(id), count(*) FROM person WHERE exam_no = ?",
	[LOOK_SEQ] =
		"SELECT person FROM number WHERE number = ? AND series = (SELECT series FROM job)",
	[LOOK_SEQ_OF] =
		"SELECT number FROM number WHERE person = ? AND series = (SELECT series FROM job)",
};

/* Behind the columns of LOOK_PERSON, which are those of columns.h in their order. */
static const char facts[] =
	"extra, source, removed, EXISTS (SELECT 1 FROM shot s WHERE s.person = p.id AND s.state = "
	"'accepted')";
enum { FACT_EXTRA, FACT_SOURCE, FACT_REMOVED, FACT_PICTURE };

struct finder {
	sqlite3 *db;
	sqlite3_stmt *look[LOOK_COUNT];
	int fact_at; /* column of the first of @facts */
	bool open; /* the job is photographed before its roster comes */
	bool failed;
};

static void finder_close(struct finder *d)
{
	for (int i = 0; i < LOOK_COUNT; i++)
		sqlite3_finalize(d->look[i]);
}

static int finder_open(struct finder *d, sqlite3 *db)
{
	char person[2048] = "SELECT ";
	size_t n = strlen(person);
	int rc = SQLITE_OK;

	memset(d, 0, sizeof(*d));
	d->db = db;
	d->open = job_is(db, JOB_FIELD(ROSTER), "open");
	for (int c = 0; c < COL_COUNT; c++)
		if (*roster_column_sql((enum roster_column)c)) {
			n += (size_t)snprintf(person + n, sizeof(person) - n, "%s, ",
					      roster_column_sql((enum roster_column)c));
			d->fact_at++;
		}
	snprintf(person + n, sizeof(person) - n, "%s FROM person p WHERE id = ?", facts);
	for (int i = 0; i < LOOK_COUNT && rc == SQLITE_OK; i++)
		rc = sqlite3_prepare_v2(db, i == LOOK_PERSON ? person : sql[i], -1, &d->look[i],
					NULL);
	if (rc == SQLITE_OK)
		return 0;
	finder_close(d);
	return -EIO;
}

/* First column of the answer; how many in @count. */
static int64_t ask(struct finder *d, enum look look, const char *text, const char *second,
		   int64_t number, int *count)
{
	sqlite3_stmt *st = d->look[look];
	int64_t found = 0;
	int rc;

	if (text)
		sqlite3_bind_text(st, 1, text, -1, SQLITE_STATIC);
	else
		sqlite3_bind_int64(st, 1, number);
	if (second)
		sqlite3_bind_text(st, 2, second, -1, SQLITE_STATIC);
	rc = sqlite3_step(st);
	d->failed = d->failed || (rc != SQLITE_ROW && rc != SQLITE_DONE);
	if (count)
		*count = 0;
	if (rc == SQLITE_ROW) {
		found = sqlite3_column_int64(st, 0);
		if (count)
			*count = sqlite3_column_int(st, 1);
	}
	sqlite3_reset(st);
	return found;
}

/* --- who is it -----------------------------------------------------------------------------------
 */

/* The row's person: same number and 学号; else the only one with that number. */
static int64_t find_person(struct roster_file *f, struct finder *d, struct roster_row *row)
{
	const char *student_no = roster_row_cell(f, row, COL_STUDENT_NO);
	int64_t found = 0, other, same;
	int count;

	for (int i = 0; i < DOCUMENTS_MAX; i++) {
		if (!row->documents[i][0])
			continue;
		other = ask(d, LOOK_NUMBER, row->documents[i], NULL, 0, &count);
		same = ask(d, LOOK_BOTH, row->documents[i], student_no, 0, NULL);
		if (other && found && other != found && !same) {
			roster_file_problem(f, row,
					    i ? (enum roster_column)(COL_DOCUMENT_2 + i - 1)
					      : COL_ID_NO,
					    ROW_TWICE_IN_ROSTER);
			return 0;
		}
		if (!found) {
			row->exact = same != 0;
			found = same ? same : count == 1 ? other : 0;
		}
	}
	return found;
}

/* Of a partial list: by the best number it has. */
static int64_t find_listed(struct roster_file *f, struct finder *d, struct roster_row *row)
{
	const char *student_no = roster_row_cell(f, row, COL_STUDENT_NO);
	const char *exam_no = roster_row_cell(f, row, COL_EXAM_NO);
	enum roster_column key = COL_EXAM_NO;
	int64_t found = 0;
	int count = 0;

	if (row->documents[0][0]) {
		key = COL_ID_NO;
		found = ask(d, LOOK_NUMBER, row->documents[0], NULL, 0, &count);
		if (count > 1 && *student_no) {
			found = ask(d, LOOK_BOTH, row->documents[0], student_no, 0, NULL);
			count = found != 0;
		}
	} else if (*student_no) {
		key = COL_STUDENT_NO;
		found = ask(d, LOOK_STUDENT, student_no, NULL, 0, &count);
	} else if (*exam_no) {
		found = ask(d, LOOK_EXAM, exam_no, NULL, 0, &count);
	}
	if (count != 1)
		roster_file_problem(f, row, key, count ? ROW_AMBIGUOUS : ROW_NOT_IN_ROSTER);
	return count == 1 ? found : 0;
}

/* Blanks, dots and case aside; what nobody could read ("??") may be anything. */
static bool same_name(const char *a, const char *b)
{
	char plain[2][256];
	const char *const names[2] = { a, b };

	if (strchr(a, '?') || strchr(b, '?'))
		return true;
	for (int i = 0; i < 2; i++) {
		size_t n = 0;

		for (const char *p = names[i]; *p && n < sizeof(plain[0]) - 1; p++) {
			if (!strncmp(p, "·", 2)) {
				p++;
				continue;
			}
			if (!strncmp(p, "•", 3) || !strncmp(p, "．", 3) || !strncmp(p, "　", 3)) {
				p += 2;
				continue;
			}
			if (*p != ' ' && *p != '.')
				plain[i][n++] = *p;
		}
		plain[i][n] = '\0';
	}
	return !strcasecmp(plain[0], plain[1]);
}

/* --- what differs --------------------------------------------------------------------------------
 */

bool roster_column_written(const struct roster_file *f, enum roster_column c)
{
	if (!*roster_column_sql(c) || !roster_file_has(f, c))
		return false;
	if (!f->result.partial || c == COL_PAID)
		return true;
	return f->maps[0].column_at[c] >= 0 && c != COL_NAME && c != COL_ID_NO &&
	       c != COL_STUDENT_NO && c != COL_EXAM_NO;
}

/* An empty cell of a partial list says nothing. */
static bool differs(const struct roster_file *f, const struct roster_row *row, enum roster_column c,
		    const char *now)
{
	const char *value;

	if (!roster_column_written(f, c))
		return false;
	value = roster_row_value(f, row, c);
	return strcmp(value, now) != 0 && (*value || !f->result.partial);
}

static bool extra_differs(const struct roster_file *f, const struct roster_row *row,
			  const char *now)
{
	SCOPED_FREE char *extra = roster_row_extra(f, row);

	return f->maps[row->map].extra_at[0] >= 0 && extra && strcmp(extra, now) != 0;
}

/* What would change and may not, cell by cell. */
static void say_frozen(struct roster_file *f, struct roster_row *row)
{
	uint64_t stays = row->changed & ~roster_row_written(row);

	for (int c = 0; c < COL_COUNT; c++)
		if (stays >> c & 1)
			roster_file_problem(f, row, (enum roster_column)c, ROW_FROZEN);
}

/* The number of somebody who has another name and another 学号: not a correction, somebody else. */
static bool somebody_else(const struct roster_file *f, const struct roster_row *row,
			  const char *name, const char *student_no)
{
	const char *now = roster_row_cell(f, row, COL_STUDENT_NO);

	return !f->result.partial && *name && *student_no && *now && strcmp(now, student_no) != 0 &&
	       !same_name(roster_row_cell(f, row, COL_NAME), name);
}

static bool is_nothing(enum roster_column c, const char *now)
{
	return !*now || (c == COL_STUDENT_NO && !strcmp(now, "0"));
}

static void compare(struct roster_file *f, struct finder *d, struct roster_row *row)
{
	sqlite3_stmt *st = d->look[LOOK_PERSON];
	const char *source, *name = "", *student_no = "";

	sqlite3_bind_int64(st, 1, row->person);
	if (sqlite3_step(st) != SQLITE_ROW) {
		d->failed = true;
		sqlite3_reset(st);
		return;
	}
	for (int c = 0, at = 0; c < COL_COUNT; c++) {
		if (!*roster_column_sql((enum roster_column)c))
			continue;
		if (differs(f, row, (enum roster_column)c, sql_text(st, at)))
			row->changed |= 1ULL << c;
		if (c == COL_NAME)
			name = sql_text(st, at);
		if (c == COL_STUDENT_NO)
			student_no = sql_text(st, at);
		if (is_nothing((enum roster_column)c, sql_text(st, at)))
			row->fills |= 1ULL << c;
		at++;
		if (c == COL_NAME && f->result.partial && roster_file_has(f, COL_NAME) &&
		    !same_name(roster_row_cell(f, row, COL_NAME), sql_text(st, at - 1)))
			roster_file_problem(f, row, COL_NAME, ROW_NAME_DIFFERS);
	}
	if (row->changed >> COL_NAME & 1) /* is it the same person at all? */
		row->fills = 0;
	if (extra_differs(f, row, sql_text(st, d->fact_at + FACT_EXTRA)))
		row->changed |= ROW_EXTRA_BIT;
	if (sqlite3_column_int(st, d->fact_at + FACT_REMOVED))
		row->changed |= ROW_BACK_BIT;
	source = sql_text(st, d->fact_at + FACT_SOURCE);
	row->join = !f->result.partial && (!strcmp(source, "open") || !strcmp(source, "walk_in"));
	row->keep = sqlite3_column_int(st, d->fact_at + FACT_PICTURE) && !row->join;
	if (somebody_else(f, row, name, student_no))
		roster_file_problem(f, row, COL_ID_NO, ROW_TWICE_IN_ROSTER);
	sqlite3_reset(st);
	say_frozen(f, row);
}

/* In a job that is photographed first, the number somebody sat under stays. */
static void check_seq(struct roster_file *f, struct finder *d, struct roster_row *row)
{
	int64_t owner = ask(d, LOOK_SEQ, NULL, NULL, row->seq, NULL);
	int64_t own = row->person ? ask(d, LOOK_SEQ_OF, NULL, NULL, row->person, NULL) : 0;
	bool taken = owner && owner != row->person, other = own && own != row->seq;

	if (!taken && !other)
		return;
	if (d->open || row->join) {
		roster_file_problem(f, row, COL_SEQ, ROW_SEQ_LEFT);
		row->seq = 0;
		return;
	}
	roster_file_problem(f, row, COL_SEQ, taken ? ROW_SEQ_TWICE : ROW_SEQ_CHANGED);
}

static void check_row(struct roster_file *f, struct finder *d, struct roster_row *row)
{
	if (row->person)
		compare(f, d, row);
	if (row->seq && !f->result.partial && !row->bad)
		check_seq(f, d, row);
}

/* --- the whole file ------------------------------------------------------------------------------
 */

static int by_person(const void *a, const void *b)
{
	const struct roster_row *const *x = a, *const *y = b;

	if ((*x)->person != (*y)->person)
		return (*x)->person < (*y)->person ? -1 : 1;
	if ((*x)->exact != (*y)->exact)
		return (*x)->exact ? -1 : 1;
	return *x < *y ? -1 : *x > *y;
}

/* Two rows of one file that mean the same person of the roster: the one with their
 * 学号 is that person, else the earlier one; the other is a new enrolment. */
static void part_doubles(struct roster_file *f)
{
	SCOPED_FREE struct roster_row **rows = calloc((size_t)f->row_count + 1, sizeof(*rows));
	size_t n = 0;

	for (int i = 0; rows && i < f->row_count; i++)
		if (!f->rows[i].bad && f->rows[i].person)
			rows[n++] = &f->rows[i];
	if (n)
		qsort(rows, n, sizeof(*rows), by_person);
	for (size_t i = n; i-- > 1;) {
		if (rows[i]->person != rows[i - 1]->person)
			continue;
		rows[i]->person = 0;
	}
}

/* A refused row still says that its person has not left. */
static void recognise_bad(struct roster_file *f, struct finder *d, struct roster_row *row)
{
	const char *student_no = roster_row_cell(f, row, COL_STUDENT_NO);
	int count = 0;

	if (row->documents[0][0])
		row->person = ask(d, LOOK_NUMBER, row->documents[0], NULL, 0, &count);
	if (!row->person && strspn(student_no, "0") != strlen(student_no))
		row->person = ask(d, LOOK_STUDENT, student_no, NULL, 0, &count);
}

static int by_id(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static int find_removed(struct roster_file *f, sqlite3 *db)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		db, "SELECT id FROM person WHERE NOT removed AND source = 'roster' ORDER BY id",
		"");
	SCOPED_FREE int64_t *seen = calloc((size_t)f->row_count + 1, sizeof(*seen));
	size_t n = 0, size = 0;
	int rc = SQLITE_ERROR;

	for (int i = 0; seen && i < f->row_count; i++)
		if (f->rows[i].person)
			seen[n++] = f->rows[i].person;
	if (n)
		qsort(seen, n, sizeof(*seen), by_id);
	while (st && seen && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		int64_t id = sqlite3_column_int64(st, 0);

		if (n && bsearch(&id, seen, n, sizeof(*seen), by_id))
			continue;
		if (!roster_grow(&f->removed, &size, f->removed_count, sizeof(*f->removed)))
			return -ENOMEM;
		f->removed[f->removed_count++] = id;
	}
	f->result.removed = (int)f->removed_count;
	return rc == SQLITE_DONE ? 0 : -EIO;
}

static void count_row(struct import_result *r, const struct roster_row *row)
{
	uint64_t written = roster_row_written(row);

	if (!row->person) {
		r->to_add += !r->partial;
		return;
	}
	r->joined += row->join;
	r->frozen += (row->changed & ~written) != 0;
	r->changed += written != 0;
	r->unchanged += !row->changed;
	for (int c = 0; c < COL_COUNT; c++)
		r->changed_columns[c] += (written >> c & 1) != 0;
}

uint64_t roster_row_written(const struct roster_row *row)
{
	return row->keep ? row->changed & (row->fills | 1ULL << COL_PAID) : row->changed;
}

int roster_file_check(struct roster_file *f, sqlite3 *db)
{
	struct finder d;
	int rc = 0;

	if (f->result.fault)
		return 0;
	if (finder_open(&d, db) < 0)
		return -EIO;
	for (int i = 0; i < f->row_count; i++)
		if (!f->rows[i].bad)
			f->rows[i].person = f->result.partial ? find_listed(f, &d, &f->rows[i])
							      : find_person(f, &d, &f->rows[i]);
	part_doubles(f);
	for (int i = 0; i < f->row_count; i++)
		if (!f->rows[i].bad)
			check_row(f, &d, &f->rows[i]);
	for (int i = 0; i < f->row_count; i++)
		if (f->rows[i].bad)
			recognise_bad(f, &d, &f->rows[i]);
	if (!f->result.partial && !f->supplement && f->row_count)
		rc = find_removed(f, db);
	for (int i = 0; i < f->row_count; i++)
		if (!f->rows[i].bad)
			count_row(&f->result, &f->rows[i]);
	roster_file_count(f);
	finder_close(&d);
	return d.failed ? -EIO : rc;
}
