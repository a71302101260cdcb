/* What `tapshot roster import` prints. */
#include <stdio.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/cmd/roster_cmd.h"
#include "firmware/roster/roster.h"

enum { PROBLEMS_SHOWN = 200, PEOPLE_SHOWN = 20 };

/* First and last character, so that staff find the row but the terminal keeps no number. */
static void mask(const char *value, char out[static 64])
{
	size_t n = text_length(value);
	const char *last = value + strlen(value);
	char first[8];

	if (n < 3) {
		text_copy(out, 64, n ? "**" : "");
		return;
	}
	do
		last--;
	while (((unsigned char)*last & 0xc0) == 0x80);
	for (size_t i = 1; i < sizeof(first); i++) {
		text_copy(first, i + 1, value);
		if (first[0])
			break;
	}
	snprintf(out, 64, "%s***%s (%zu)", first, last, n);
}

/* A file's own words on a terminal: no line breaks, no escape sequences. */
static const char *plain(const char *text, char out[static 128])
{
	text_copy(out, 128, text);
	for (char *p = out; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
	return out;
}

static const char *sentence(const char *what, enum row_fault fault, char id[static 64])
{
	snprintf(id, 64, "roster.%s.%s", what, row_fault_word(fault));
	return text_get(LANG_EN, id);
}

static void say_problem(const struct roster_file *f, const struct import_problem *p)
{
	char cell[16], value[64], cause[64], cure[64], name[128], shown[128];
	const char *sheet = plain(roster_file_sheet(f, p->sheet), name);

	import_problem_place(p, cell);
	mask(p->value, value);
	printf("%s%s%-6s %-22s %s: %s; %s\n", sheet, *sheet ? "!" : "", cell, plain(value, shown),
	       row_fault_is_warning(p->fault) ? "warning" : "refused",
	       sentence("cause", p->fault, cause), sentence("cure", p->fault, cure));
}

void roster_say_problems(const struct roster_file *f)
{
	const struct import_problem *p;
	size_t n = roster_file_problems(f, &p), shown = 0, more = 0;

	/* What refuses a row is shown first and whole; warnings may be many. */
	for (size_t i = 0; i < n; i++)
		if (!row_fault_is_warning(p[i].fault))
			say_problem(f, &p[i]);
	for (size_t i = 0; i < n; i++) {
		if (!row_fault_is_warning(p[i].fault))
			continue;
		if (shown++ < PROBLEMS_SHOWN)
			say_problem(f, &p[i]);
		else
			more++;
	}
	if (more)
		printf("… and %zu more warnings\n", more);
}

static const char *taken_as(int taken)
{
	switch (taken) {
	case HEADER_UNKNOWN:
		return "not known, left out";
	case HEADER_DROPPED:
		return "not needed, left out";
	case HEADER_SECOND:
		return "left out, another column is better";
	case HEADER_COUNTER:
		return "only counts rows, left out";
	case HEADER_EMPTY:
		return "empty, as if it were not there";
	case HEADER_FEATURE:
		return "the job's, where it has none and all rows agree";
	case HEADER_EXTRA:
		return "kept";
	default:
		return roster_column_header((enum roster_column)taken);
	}
}

static void say_header(const struct roster_file *f, const struct import_header *h)
{
	const struct import_problem at = { .line = h->line, .column = h->column };
	char cell[16], name[128], text[128];
	const char *sheet = plain(roster_file_sheet(f, h->sheet), name);
	bool same = h->taken >= 0 && !strcmp(h->text, taken_as(h->taken));

	import_problem_place(&at, cell);
	printf("  %s%s%-5s %s%s%s\n", sheet, *sheet ? "!" : "", cell, plain(h->text, text),
	       same ? "" : " → ", same ? "" : taken_as(h->taken));
}

void roster_say_columns(const struct roster_file *f)
{
	const struct import_result *r = roster_file_result(f);
	const struct import_header *h;
	size_t n = roster_file_headers(f, &h);

	printf("%s%s%s%s%s", r->format, *r->encoding ? ", " : "", r->encoding,
	       r->separator ? ", separator " : "",
	       r->separator == '\t'  ? "tab"
	       : r->separator == ';' ? ";"
	       : r->separator	     ? ","
				     : "");
	if (!n) {
		printf("\n");
		return;
	}
	printf("; headers in row %d%s\n", h[0].line,
	       r->sheets > 1 ? "; several sheets are taken" : "");
	for (size_t i = 0; i < n; i++)
		say_header(f, &h[i]);
}

void roster_say_counts(const struct import_result *r)
{
	char left[128];

	printf("%d rows: %d good, %d refused, %d warnings", r->rows, r->good, r->bad, r->warnings);
	if (r->skipped)
		printf("; %d rows name nobody and are skipped", r->skipped);
	if (r->tidied)
		printf("; %d numbers written tidily (full-width digits, blanks, small x)",
		       r->tidied);
	if (r->repeated)
		printf("; %d rows stand on two sheets and are taken once", r->repeated);
	printf("\n");
	if (r->left_out[0])
		printf("sheets without people: %s\n", plain(r->left_out, left));
	if (r->fields || r->bad_fields)
		printf("sheet 任务: %d fields of the job, %d refused\n", r->fields, r->bad_fields);
	if (r->partial)
		printf("a partial list: only the columns it has, only people who are in the job\n");
	if (r->absent[0])
		printf("columns that are not there: %s; what the whole job shares can be set with: "
		       "tapshot job create (or set) JOB KEY=VALUE, a level with --level 成人本科\n",
		       r->absent);
}

static void say_removed(const struct roster_file *f, sqlite3 *db)
{
	const int64_t *people;
	size_t n = roster_file_removed(f, &people);
	struct roster *r = NULL;
	struct person p;

	if (!n || roster_open(db, &r) < 0)
		return;
	printf("%zu people of the job are not in this file; they stay, unless --remove is said:\n",
	       n);
	for (size_t i = 0; i < n && i < PEOPLE_SHOWN; i++)
		if (!roster_get(r, people[i], &p))
			printf("  %-16s %s %s\n", p.student_no, p.class_name,
			       p.captured ? "(has a picture: stays)" : "");
	if (n > PEOPLE_SHOWN)
		printf("  … and %zu more\n", n - PEOPLE_SHOWN);
	roster_close(r);
}

void roster_say_changes(const struct roster_file *f, sqlite3 *db)
{
	const struct import_result *r = roster_file_result(f);

	printf("%d new, %d changed, %d unchanged\n", r->to_add, r->changed, r->unchanged);
	for (int c = 0; c < COL_COUNT; c++)
		if (r->changed_columns[c])
			printf("  %s: %d\n", roster_column_header((enum roster_column)c),
			       r->changed_columns[c]);
	if (r->joined)
		printf("%d people who came without a list are on this one\n", r->joined);
	if (r->frozen)
		printf("%d people with a picture differ and stay as they are (cells above)\n",
		       r->frozen);
	say_removed(f, db);
}

int roster_refuse(const struct import_result *r)
{
	static const char *const words[] = {
		[FILE_FINE] = "",
		[FILE_UNREADABLE] = "cannot be read",
		[FILE_TOO_BIG] = "is too big (64 MiB, 200,000 rows, 256 columns)",
		[FILE_EMPTY] = "is empty",
		[FILE_ENCODING] = "is text in no encoding known here; save it as CSV UTF-8, or say "
				  "--encoding",
		[FILE_NOT_TEXT] = "is no table this program reads; save it as .xlsx or CSV UTF-8",
		[FILE_HEADER] = "has no row of headers with these columns",
		[FILE_HEADER_TWICE] = "has a column twice",
		[FILE_QUOTES] = "has a quote that is never closed",
		[FILE_NO_PEOPLE] = "has headers and nobody below them",
		[FILE_GRAD] = "is a list of people, and this is a job by capture codes (GRAD): no "
			      "names, 学号 or document numbers are taken in",
		[FILE_WISH] = "has no such sheet, header row or column",
	};
	char fault[64], cure[64];

	snprintf(fault, sizeof(fault), "table.fault.%s", table_fault_word(r->table));
	snprintf(cure, sizeof(cure), "table.cure.%s", table_fault_word(r->table));
	if (r->fault == FILE_NOT_TEXT && r->table && text_get(LANG_EN, fault) != fault)
		fprintf(stderr, "tapshot: %s; %s; nothing was imported\n", text_get(LANG_EN, fault),
			text_get(LANG_EN, cure));
	else
		fprintf(stderr, "tapshot: the file %s%s%s; nothing was imported\n", words[r->fault],
			r->detail[0] ? ": " : "", r->detail);
	return EXIT_CANNOT;
}
