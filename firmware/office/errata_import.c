#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/office/errata.h"
#include "firmware/roster/columns.h"
#include "firmware/store/ledger.h"

enum { HEADER_ROWS = 20 };

struct columns {
	int row; /* of the header */
	int id_no, student_no, name, reason; /* -1 none */
};

static int reason_rank(const char *cell)
{
	/* as rejections come back: from the school, from the registry's check */
	static const char *const words[] = { "勘误原因", "原因", "不合格原因", "退回原因",
					     "问题",	 "说明", "备注" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(cell, words[i]))
			return (int)i;
	return -1;
}

static void take_header(struct columns *c, const char *cell, int column, int *best)
{
	int rank = reason_rank(cell);

	if (rank >= 0 && (c->reason < 0 || rank < *best)) {
		c->reason = column;
		*best = rank;
	}
	switch (roster_column_find(cell, NULL)) {
	case COL_ID_NO:
		c->id_no = c->id_no < 0 ? column : c->id_no;
		break;
	case COL_STUDENT_NO:
		c->student_no = c->student_no < 0 ? column : c->student_no;
		break;
	case COL_NAME:
		c->name = c->name < 0 ? column : c->name;
		break;
	default:
		break;
	}
}

static bool find_columns(const struct table *t, int sheet, struct columns *c)
{
	int rows = table_rows(t, sheet);

	for (int row = 0; row < rows && row < HEADER_ROWS; row++) {
		int best = 0;

		*c = (struct columns){ row, -1, -1, -1, -1 };
		for (int i = 0; i < table_width(t, sheet); i++)
			take_header(c, table_cell(t, sheet, row, i), i, &best);
		if (c->id_no >= 0 || c->student_no >= 0 || (c->name >= 0 && c->reason >= 0))
			return true;
	}
	return false;
}

static int keep_agreeing(struct person *p, int n, const struct errata_line *l)
{
	int kept = 0;

	for (int i = 0; i < n; i++)
		if ((!l->student_no[0] || !strcmp(p[i].student_no, l->student_no)) &&
		    (!l->name[0] || !strcmp(p[i].name, l->name)))
			p[kept++] = p[i];
	return kept;
}

/* By the strongest column the row has; the others must agree. */
static int64_t match(struct roster *r, struct errata_line *l)
{
	struct person p[ROSTER_MATCHES_MAX];
	int n = 0, kept;

	if (l->id_no[0])
		n = roster_find(r, l->id_no, p, ROSTER_MATCHES_MAX);
	else if (l->student_no[0])
		n = roster_find_student_no(r, l->student_no, p, ROSTER_MATCHES_MAX);
	else if (l->name[0])
		n = roster_find_name(r, l->name, p, ROSTER_MATCHES_MAX);
	if (n < 0)
		return -EIO;
	kept = keep_agreeing(p, n, l);
	l->row = !n ? ERRATA_NOBODY : !kept ? ERRATA_CONTRADICTS : ERRATA_SEVERAL;
	return kept == 1 ? p[0].id : 0;
}

static bool pending(sqlite3 *db, int64_t person)
{
	return sql_int(db, 0, "SELECT 1 FROM erratum WHERE person = ? AND run IS NULL", "i",
		       person);
}

static int add(sqlite3 *db, struct errata_line *l)
{
	l->erratum =
		1 + sql_int(db, 0, "SELECT max(n) FROM erratum WHERE kiosk = ?", "s", ERRATA_KIOSK);
	if (sql_run(db,
		    "INSERT INTO erratum (kiosk, n, person, old_kiosk, old_shot, reason, "
		    "added_utc_ms) VALUES (?1, ?2, ?3, coalesce((SELECT kiosk FROM picture WHERE "
		    "person = ?3), ''), coalesce((SELECT shot FROM picture WHERE person = ?3), 0), "
		    "?4, ?5)",
		    "siisi", ERRATA_KIOSK, l->erratum, l->person, l->reason,
		    clock_utc_ms()) != SQLITE_DONE)
		return -EIO;
	return ledger_append(db, ERRATA_KIOSK, "erratum.added",
			     json_pack("{sIsI}", "erratum", l->erratum, "person", l->person)) ==
			       SQLITE_OK
		       ? 0
		       : -EIO;
}

static int import_line(struct job *j, struct roster *r, struct errata_line *l)
{
	l->person = match(r, l);
	if (l->person <= 0)
		return l->person < 0 ? -EIO : 0;
	if (!sql_int(j->db, 0, "SELECT 1 FROM shot WHERE person = ? AND sha256 <> ''", "i",
		     l->person)) {
		l->row = ERRATA_NO_PICTURE;
		return 0;
	}
	l->row = pending(j->db, l->person) ? ERRATA_ALREADY : ERRATA_ADDED;
	return l->row == ERRATA_ADDED ? add(j->db, l) : 0;
}

static const char *cell(const struct table *t, int sheet, int row, int column)
{
	return column < 0 ? "" : table_cell(t, sheet, row, column);
}

static int import_sheet(struct job *j, struct roster *r, const struct table *t, int sheet,
			const struct columns *c,
			int (*each)(void *ctx, const struct errata_line *l), void *ctx)
{
	int rc = 0;

	for (int row = c->row + 1; row < table_rows(t, sheet) && !rc; row++) {
		struct errata_line l = { .sheet = table_sheet_name(t, sheet),
					 .line = table_line(t, sheet, row),
					 .id_no = cell(t, sheet, row, c->id_no),
					 .student_no = cell(t, sheet, row, c->student_no),
					 .name = cell(t, sheet, row, c->name),
					 .reason = cell(t, sheet, row, c->reason) };

		if (!l.id_no[0] && !l.student_no[0] && !l.name[0])
			continue;
		rc = import_line(j, r, &l);
		if (!rc)
			rc = each(ctx, &l);
	}
	return rc;
}

int errata_import(struct job *j, const struct table *t,
		  int (*each)(void *ctx, const struct errata_line *l), void *ctx)
{
	struct roster *r = NULL;
	struct columns c;
	int rc = roster_open(j->db, &r), found = 0;

	for (int sheet = 0; sheet < table_sheets(t) && !rc; sheet++) {
		if (table_sheet_hidden(t, sheet) || !find_columns(t, sheet, &c))
			continue;
		found++;
		rc = import_sheet(j, r, t, sheet, &c, each, ctx);
	}
	roster_close(r);
	return rc ? rc : found ? 0 : -EINVAL;
}

const char *errata_row_word(enum errata_row row)
{
	static const char *const words[ERRATA_ROW_COUNT] = {
		[ERRATA_ADDED] = "added",
		[ERRATA_ALREADY] = "already",
		[ERRATA_NOBODY] = "nobody",
		[ERRATA_SEVERAL] = "several",
		[ERRATA_CONTRADICTS] = "contradicts",
		[ERRATA_NO_PICTURE] = "no_picture",
	};

	return words[row];
}
