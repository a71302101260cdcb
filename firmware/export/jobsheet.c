#include "firmware/export/jobsheet.h"

#include <cairo-pdf.h>
#include <errno.h>
#include <pango/pangocairo.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "firmware/base/fonts.h"
#include "firmware/base/text.h"
#include "firmware/roster/roster.h"
#include "firmware/store/fields.h"
#include "firmware/store/job.h"

enum { PROCESSING_DAYS = 60, CHECKING_DAYS = 3, CONFIRM_DAYS = 14, DAY_S = 86400 };

/* A4 in points. */
static const double PAGE_W = 595.3, PAGE_H = 841.9, MARGIN = 48, LABEL_W = 118;

/* --- dates --------------------------------------------------------------------------------------
 */

static void shift(const char *date, int days, char out[static 11])
{
	struct tm tm = { 0 };
	time_t t;

	out[0] = '\0';
	if (sscanf(date, "%4d-%2d-%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday) != 3)
		return;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	t = timegm(&tm) + (time_t)days * DAY_S;
	gmtime_r(&t, &tm);
	strftime(out, 11, "%Y-%m-%d", &tm);
}

int jobsheet_plan(const char *needed, const char *first, const char *last,
		  char out[static JOBSHEET_DATES][11])
{
	text_copy(out[JOBSHEET_NEEDED], 11, needed);
	shift(needed, -PROCESSING_DAYS, out[JOBSHEET_SEND]);
	shift(needed, -PROCESSING_DAYS - CHECKING_DAYS, out[JOBSHEET_SHOT]);
	shift(first[0] ? first : out[JOBSHEET_SHOT], -CONFIRM_DAYS, out[JOBSHEET_CONFIRM]);
	if (!last[0])
		last = first;
	/* ISO dates compare as text. */
	return out[JOBSHEET_SHOT][0] && last[0] && strcmp(last, out[JOBSHEET_SHOT]) > 0;
}

/* --- the page -----------------------------------------------------------------------------------
 */

struct page {
	cairo_t *cr;
	PangoLayout *layout;
	sqlite3 *db;
	double y;
};

static void set_font(struct page *p, double size, bool bold)
{
	PangoFontDescription *font = pango_font_description_from_string("tapshot");

	pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
	pango_font_description_set_weight(font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
	pango_layout_set_font_description(p->layout, font);
	pango_font_description_free(font);
}

/* Text at @x of the current line, wrapped at @width. Return: its height. */
static double put(struct page *p, double x, double width, const char *text)
{
	int w, h;

	pango_layout_set_width(p->layout, (int)(width * PANGO_SCALE));
	pango_layout_set_wrap(p->layout, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_text(p->layout, text, -1);
	pango_layout_get_pixel_size(p->layout, &w, &h);
	cairo_move_to(p->cr, x, p->y);
	pango_cairo_show_layout(p->cr, p->layout);
	return h;
}

static void rule(struct page *p)
{
	cairo_set_line_width(p->cr, 0.5);
	cairo_move_to(p->cr, MARGIN, p->y);
	cairo_line_to(p->cr, PAGE_W - MARGIN, p->y);
	cairo_stroke(p->cr);
	p->y += 3;
}

/* Long answers may need a second page. */
static void need(struct page *p, double height)
{
	if (p->y + height < PAGE_H - MARGIN)
		return;
	cairo_show_page(p->cr);
	p->y = MARGIN;
}

static void heading(struct page *p, const char *id)
{
	need(p, 60);
	p->y += 7;
	set_font(p, 12, true);
	p->y += put(p, MARGIN, PAGE_W - 2 * MARGIN, text_get(LANG_ZH, id));
	rule(p);
	set_font(p, 9.5, false);
}

/* A box to tick, a label, a value; an empty value leaves a line to write on. */
static void line(struct page *p, bool box, const char *label, const char *value)
{
	double x = MARGIN + LABEL_W, h;

	need(p, value[0] ? 16.0 * (1 + strlen(value) / 120.0) : 16);
	if (box) {
		cairo_set_line_width(p->cr, 0.8);
		cairo_rectangle(p->cr, MARGIN, p->y + 3, 8, 8);
		cairo_stroke(p->cr);
	}
	put(p, MARGIN + (box ? 14 : 0), LABEL_W - 16, label);
	h = put(p, x, PAGE_W - MARGIN - x, value);
	if (!value[0]) {
		cairo_set_line_width(p->cr, 0.4);
		cairo_move_to(p->cr, x, p->y + 13);
		cairo_line_to(p->cr, PAGE_W - MARGIN, p->y + 13);
		cairo_stroke(p->cr);
	}
	p->y += h + 1.5;
}

static const char *joined(struct page *p, char out[static 2 * JOB_FIELD_MAX], enum job_field a,
			  enum job_field b)
{
	char second[JOB_FIELD_MAX];

	job_field_get(p->db, a, out);
	job_field_get(p->db, b, second);
	if (out[0] && second[0])
		strcat(out, "　");
	return strcat(out, second);
}

static void field(struct page *p, enum job_field f)
{
	char value[JOB_FIELD_MAX];

	job_field_get(p->db, f, value);
	line(p, false, job_field_header(f), value);
}

static void put_job(struct page *p, const char *code)
{
	static const enum job_field shown[] = {
		JOB_FIELD(SCHOOL_NAME), JOB_FIELD(SCHOOL_CODE),	 JOB_FIELD(SCHOOL_TYPE),
		JOB_FIELD(COHORT),	JOB_FIELD(FEATURE_CODE), JOB_FIELD(UNIT),
		JOB_FIELD(BASIS),	JOB_FIELD(PRICE),
	};
	char title[JOB_FIELD_MAX], both[JOB_FIELD_MAX + 80];

	job_field_get(p->db, JOB_FIELD(TITLE), title);
	snprintf(both, sizeof(both), "%s%s%s", title, title[0] ? "　" : "", code);
	heading(p, "jobsheet.job");
	line(p, false, job_field_header(JOB_FIELD(TITLE)), both);
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		field(p, shown[i]);
}

static void day_and_time(int64_t utc_ms, char out[static 32])
{
	time_t t = (time_t)(utc_ms / 1000);
	struct tm tm;

	localtime_r(&t, &tm);
	strftime(out, 32, "%Y-%m-%d %H:%M", &tm);
}

/* The roster that both sides mean, told by two hashes: of the file, and of the people in it. */
static void put_roster(struct page *p)
{
	char people[SHA256_HEX], when[32], n[32];
	struct roster_seal seal;

	heading(p, "jobsheet.roster");
	if (roster_seal(p->db, &seal) < 0)
		return;
	snprintf(n, sizeof(n), "%lld", (long long)seal.people);
	hash_hex(seal.sha256, people);
	day_and_time(seal.imported_utc_ms, when);
	line(p, false, text_get(LANG_ZH, "jobsheet.people"), n);
	line(p, false, text_get(LANG_ZH, "jobsheet.imported"), seal.imported_utc_ms ? when : "");
	line(p, false, text_get(LANG_ZH, "jobsheet.file_hash"), seal.file_sha256);
	line(p, false, text_get(LANG_ZH, "jobsheet.people_hash"), seal.people ? people : "");
}

static void put_dates(struct page *p)
{
	static const char *const ids[JOBSHEET_DATES] = {
		[JOBSHEET_CONFIRM] = "jobsheet.date_confirm",
		[JOBSHEET_SHOT] = "jobsheet.date_shot",
		[JOBSHEET_SEND] = "jobsheet.date_send",
		[JOBSHEET_NEEDED] = "jobsheet.date_needed",
	};
	char needed[JOB_FIELD_MAX], first[JOB_FIELD_MAX], last[JOB_FIELD_MAX];
	char dates[JOBSHEET_DATES][11];
	int late;

	job_field_get(p->db, JOB_FIELD(DEADLINE), needed);
	job_field_get(p->db, JOB_FIELD(DATE_FROM), first);
	job_field_get(p->db, JOB_FIELD(DATE_TO), last);
	late = jobsheet_plan(needed, first, last, dates);
	heading(p, "jobsheet.dates");
	for (int i = 0; i < JOBSHEET_DATES; i++)
		line(p, true, text_get(LANG_ZH, ids[i]), dates[i]);
	if (late)
		p->y += put(p, MARGIN, PAGE_W - 2 * MARGIN, text_get(LANG_ZH, "jobsheet.late"));
}

/* 2026-11-20 至 2026-11-21　9:00 */
static void put_time(struct page *p)
{
	char first[JOB_FIELD_MAX], last[JOB_FIELD_MAX], hours[JOB_FIELD_MAX];
	char all[3 * JOB_FIELD_MAX + 16];

	job_field_get(p->db, JOB_FIELD(DATE_FROM), first);
	job_field_get(p->db, JOB_FIELD(DATE_TO), last);
	job_field_get(p->db, JOB_FIELD(TIME), hours);
	snprintf(all, sizeof(all), "%s%s%s%s%s", first, last[0] ? " 至 " : "", last,
		 first[0] && hours[0] ? "　" : "", hours);
	line(p, true, job_field_header(JOB_FIELD(TIME)), all);
}

static void put_six(struct page *p)
{
	char a[2 * JOB_FIELD_MAX], count[96], shown[JOB_FIELD_MAX];
	struct roster_seal seal = { 0 };

	roster_seal(p->db, &seal);
	job_field_get(p->db, JOB_FIELD(HEADCOUNT), shown);
	snprintf(count, sizeof(count), "%.20s（%s %lld）", shown,
		 text_get(LANG_ZH, "jobsheet.on_roster"), (long long)seal.people);
	heading(p, "jobsheet.six");
	line(p, true, text_get(LANG_ZH, "jobsheet.database"),
	     text_get(LANG_ZH, seal.people ? "jobsheet.hash_above" : "jobsheet.no_roster"));
	line(p, true, job_field_header(JOB_FIELD(RESPONSIBLE)),
	     joined(p, a, JOB_FIELD(RESPONSIBLE), JOB_FIELD(RESPONSIBLE_PHONE)));
	line(p, true, job_field_header(JOB_FIELD(CONTACT)),
	     joined(p, a, JOB_FIELD(CONTACT), JOB_FIELD(CONTACT_PHONE)));
	put_time(p);
	job_field_get(p->db, JOB_FIELD(PLACE), a);
	line(p, true, job_field_header(JOB_FIELD(PLACE)), a);
	line(p, true, job_field_header(JOB_FIELD(HEADCOUNT)), count);
}

static void put_signatures(struct page *p)
{
	heading(p, "jobsheet.sign");
	line(p, false, text_get(LANG_ZH, "jobsheet.sign_school"), "");
	p->y += 8;
	line(p, false, text_get(LANG_ZH, "jobsheet.sign_unit"), "");
	p->y += 6;
	set_font(p, 8, false);
	put(p, MARGIN, PAGE_W - 2 * MARGIN, text_get(LANG_ZH, "jobsheet.foot"));
}

static int draw(sqlite3 *db, const char *code, const char *path)
{
	cairo_surface_t *s = cairo_pdf_surface_create(path, PAGE_W, PAGE_H);
	struct page p = { .cr = cairo_create(s), .db = db, .y = MARGIN - 10 };
	cairo_status_t status;

	p.layout = pango_cairo_create_layout(p.cr);
	pango_context_set_language(pango_layout_get_context(p.layout),
				   pango_language_from_string("zh-cn"));
	set_font(&p, 17, true);
	p.y += put(&p, MARGIN, PAGE_W - 2 * MARGIN, text_get(LANG_ZH, "jobsheet.title"));
	put_job(&p, code);
	put_roster(&p);
	put_six(&p);
	put_dates(&p);
	put_signatures(&p);
	g_object_unref(p.layout);
	cairo_destroy(p.cr);
	cairo_surface_finish(s);
	status = cairo_surface_status(s);
	cairo_surface_destroy(s);
	return status == CAIRO_STATUS_SUCCESS	  ? 0
	       : status == CAIRO_STATUS_NO_MEMORY ? -ENOMEM
						  : -EIO;
}

int jobsheet_write(sqlite3 *db, const char *code, const char *path)
{
	size_t n = strlen(path);

	if (n < 4 || strcasecmp(path + n - 4, ".pdf") != 0)
		return -EINVAL;
	fonts_init();
	return draw(db, code, path);
}
