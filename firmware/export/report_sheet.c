/* 核对单.pdf: what both sides compare and sign when the stick changes hands. */
#include <cairo-pdf.h>
#include <errno.h>
#include <jansson.h>
#include <pango/pangocairo.h>
#include <qrencode.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "firmware/base/clock.h"
#include "firmware/base/fonts.h"
#include "firmware/base/text.h"
#include "firmware/export/manifest.h"
#include "firmware/export/report.h"
#include "firmware/store/fields.h"

/* A4 in points. */
static const double PAGE_W = 595.3, PAGE_H = 841.9, MARGIN = 46, FOOT = 30, QR_SIDE = 82;

struct sheet {
	cairo_t *cr;
	PangoLayout *layout;
	const struct report_package *p;
	sqlite3 *db;
	double y;
	int page;
};

/* --- pen -------------------------------------------------------------------------------------- */

struct style {
	const char *family;
	double size;
	bool bold;
	PangoAlignment align;
};
static const struct style plain = { "tapshot", 9.5, false, PANGO_ALIGN_LEFT };
static const struct style strong = { "tapshot", 9.5, true, PANGO_ALIGN_LEFT };
static const struct style right = { "tapshot", 9.5, false, PANGO_ALIGN_RIGHT };
static const struct style small = { "tapshot", 8, false, PANGO_ALIGN_LEFT };
static const struct style hex = { "Noto Sans Mono CJK SC, tapshot", 8.5, false, PANGO_ALIGN_LEFT };
static const struct style key = { "Noto Sans Mono CJK SC, tapshot", 15, true, PANGO_ALIGN_LEFT };

/* Text at @x of the current line, wrapped at @width. Return: its height. */
static double put(struct sheet *s, const struct style *st, double x, double width, const char *text)
{
	PangoFontDescription *font = pango_font_description_from_string(st->family);
	int w, h;

	pango_font_description_set_absolute_size(font, st->size * PANGO_SCALE);
	pango_font_description_set_weight(font, st->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
	pango_layout_set_font_description(s->layout, font);
	pango_font_description_free(font);
	pango_layout_set_width(s->layout, (int)(width * PANGO_SCALE));
	pango_layout_set_wrap(s->layout, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_alignment(s->layout, st->align);
	pango_layout_set_text(s->layout, text, -1);
	pango_layout_get_pixel_size(s->layout, &w, &h);
	cairo_move_to(s->cr, x, s->y);
	pango_cairo_show_layout(s->cr, s->layout);
	return h;
}

static void rule(struct sheet *s, double width)
{
	cairo_set_line_width(s->cr, width);
	cairo_move_to(s->cr, MARGIN, s->y);
	cairo_line_to(s->cr, PAGE_W - MARGIN, s->y);
	cairo_stroke(s->cr);
}

static void local_time(int64_t utc_ms, char out[static 32])
{
	time_t t = (time_t)(utc_ms / 1000);
	struct tm tm;

	localtime_r(&t, &tm);
	strftime(out, 32, "%Y-%m-%d %H:%M", &tm);
}

static void foot(struct sheet *s)
{
	char made[32], page[16], line[256];
	const struct text_arg args[] = {
		{ "job", s->p->job }, { "made", made }, { "page", page }, { NULL, NULL }
	};
	double y = s->y;

	local_time(s->p->made_utc_ms, made);
	snprintf(page, sizeof(page), "%d", s->page);
	s->y = PAGE_H - FOOT - 6;
	put(s, &small, MARGIN, PAGE_W - 2 * MARGIN,
	    text_format(line, sizeof(line), LANG_ZH, "handover.foot", args));
	s->y = y;
}

/* A new page where @height finds no room on this one. */
static void need(struct sheet *s, double height)
{
	if (s->y + height <= PAGE_H - MARGIN - FOOT)
		return;
	foot(s);
	cairo_show_page(s->cr);
	s->page++;
	s->y = MARGIN;
}

static void heading(struct sheet *s, const char *id, double follows)
{
	static const struct style st = { "tapshot", 12, true, PANGO_ALIGN_LEFT };

	s->y += 9;
	need(s, 24 + follows);
	s->y += put(s, &st, MARGIN, PAGE_W - 2 * MARGIN, text_get(LANG_ZH, id)) + 1;
	rule(s, 0.8);
	s->y += 4;
}

/* --- parts of it ------------------------------------------------------------------------------ */

/* Two label–value pairs a line; the second may be empty. */
static void pair(struct sheet *s, const char *label, const char *value, const char *label2,
		 const char *value2)
{
	double half = (PAGE_W - 2 * MARGIN) / 2, h, h2;
	double wide = label2[0] ? half - 84 : 2 * half - 76;

	need(s, 16);
	put(s, &strong, MARGIN, 76, label);
	h = put(s, &plain, MARGIN + 76, wide, value);
	put(s, &strong, MARGIN + half, 76, label2);
	h2 = put(s, &plain, MARGIN + half + 76, half - 76, value2);
	s->y += (h > h2 ? h : h2) + 2;
}

static void put_job(struct sheet *s)
{
	char a[JOB_FIELD_MAX], b[JOB_FIELD_MAX], made[32];

	job_field_get(s->db, JOB_FIELD(SCHOOL_NAME), a);
	job_field_get(s->db, JOB_FIELD(SCHOOL_CODE), b);
	pair(s, job_field_header(JOB_FIELD(SCHOOL_NAME)), a,
	     job_field_header(JOB_FIELD(SCHOOL_CODE)), b);
	job_field_get(s->db, JOB_FIELD(TITLE), a);
	pair(s, job_field_header(JOB_FIELD(TITLE)), a, text_get(LANG_ZH, "handover.job"),
	     s->p->job);
	job_field_get(s->db, JOB_FIELD(UNIT), a);
	job_field_get(s->db, JOB_FIELD(FEATURE_CODE), b);
	pair(s, job_field_header(JOB_FIELD(UNIT)), a, job_field_header(JOB_FIELD(FEATURE_CODE)), b);
	job_field_get(s->db, JOB_FIELD(DATE_FROM), a);
	job_field_get(s->db, JOB_FIELD(DATE_TO), b);
	if (b[0] && strcmp(a, b) != 0 && strlen(a) < 32) {
		strcat(a, " — ");
		text_copy(a + strlen(a), 32, b);
	}
	local_time(s->p->made_utc_ms, made);
	pair(s, text_get(LANG_ZH, "handover.days"), a, text_get(LANG_ZH, "handover.made"), made);
	pair(s, text_get(LANG_ZH, "handover.profile"), s->p->profile,
	     text_get(LANG_ZH, "handover.kiosk"), s->p->kiosk);
}

static void put_counts(struct sheet *s, const struct report_counts *c)
{
	static const struct style number = { "tapshot", 20, true, PANGO_ALIGN_CENTER };
	static const struct style label = { "tapshot", 9, false, PANGO_ALIGN_CENTER };
	const struct {
		const char *id;
		int n;
	} all[] = {
		{ "handover.people", c->people },   { "handover.captured", c->captured },
		{ "handover.missing", c->missing }, { "handover.walk_in", c->walk_in },
		{ "handover.typed", c->typed },	    { "handover.warned", c->warned },
		{ "handover.anyway", c->anyway },
	};
	double w = (PAGE_W - 2 * MARGIN) / 7, h = 0;
	char text[16];

	heading(s, "handover.counts", 60);
	for (int i = 0; i < 7; i++) {
		snprintf(text, sizeof(text), "%d", all[i].n);
		h = put(s, &number, MARGIN + i * w, w, text);
	}
	s->y += h;
	for (int i = 0; i < 7; i++)
		put(s, &label, MARGIN + i * w, w, text_get(LANG_ZH, all[i].id));
	s->y += 18;
}

static void row(struct sheet *s, const char *name, const char *const numbers[3],
		const struct style *left, double x, double width)
{
	double column = 50, name_w = width - 3 * column - 6;

	put(s, left, x, name_w, name);
	for (int i = 0; i < 3; i++)
		put(s, &right, x + name_w + i * column, column, numbers[i]);
}

static void group_row(struct sheet *s, const struct report_group *g)
{
	char name[256], text[3][16];
	const char *const numbers[3] = { text[0], text[1], text[2] };
	const char *class_name =
		g->class_name[0] ? g->class_name : text_get(LANG_ZH, "handover.no_class");

	snprintf(name, sizeof(name), "%s%s%s", g->station, g->station[0] ? " / " : "", class_name);
	snprintf(text[0], sizeof(text[0]), "%d", g->people);
	snprintf(text[1], sizeof(text[1]), "%d", g->captured);
	snprintf(text[2], sizeof(text[2]), "%d", g->people - g->captured);
	need(s, 16);
	pango_layout_set_height(s->layout, 0); /* one line, cut with … */
	pango_layout_set_ellipsize(s->layout, PANGO_ELLIPSIZE_MIDDLE);
	row(s, name, numbers, &plain, MARGIN, PAGE_W - 2 * MARGIN);
	pango_layout_set_ellipsize(s->layout, PANGO_ELLIPSIZE_NONE);
	pango_layout_set_height(s->layout, -1);
	s->y += 15;
	rule(s, 0.2);
	s->y += 1;
}

static void put_groups(struct sheet *s, const struct report_counts *c)
{
	const char *const heads[3] = { text_get(LANG_ZH, "handover.column_people"),
				       text_get(LANG_ZH, "handover.column_captured"),
				       text_get(LANG_ZH, "handover.column_missing") };

	heading(s, "handover.groups", 40);
	row(s, text_get(LANG_ZH, "handover.column_class"), heads, &strong, MARGIN,
	    PAGE_W - 2 * MARGIN);
	s->y += 15;
	rule(s, 0.5);
	s->y += 1;
	for (size_t i = 0; i < c->group_count; i++)
		group_row(s, &c->groups[i]);
}

static void put_parts(struct sheet *s)
{
	const char *const heads[3] = { "", text_get(LANG_ZH, "handover.column_files"), "MB" };

	if (!s->p->part_count)
		return;
	heading(s, s->p->sealed ? "handover.parts_sealed" : "handover.parts", 40);
	row(s, text_get(LANG_ZH, "handover.column_part"), heads, &strong, MARGIN,
	    PAGE_W - 2 * MARGIN);
	s->y += 15;
	for (size_t i = 0; i < s->p->part_count; i++) {
		char text[2][24];
		const char *const numbers[3] = { "", text[0], text[1] };

		snprintf(text[0], sizeof(text[0]), "%d", s->p->parts[i].files);
		snprintf(text[1], sizeof(text[1]), "%.1f", (double)s->p->parts[i].bytes / 1e6);
		need(s, 15);
		row(s, s->p->parts[i].path, numbers, &plain, MARGIN, PAGE_W - 2 * MARGIN);
		s->y += 14;
	}
}

/* --- evidence --------------------------------------------------------------------------------- */

/* With four modules of white around it. */
static void put_qr(struct sheet *s, double x, double y, const char *text)
{
	QRcode *qr = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	double m;

	if (!qr)
		return;
	m = QR_SIDE / (qr->width + 8);
	for (int i = 0; i < qr->width * qr->width; i++)
		if (qr->data[i] & 1)
			cairo_rectangle(s->cr, x + (4 + i % qr->width) * m,
					y + (4 + i / qr->width) * m, m, m);
	cairo_fill(s->cr);
	QRcode_free(qr);
}

static void put_chain(struct sheet *s, const json_t *link, const char *fingerprint)
{
	const char *kiosk = json_string_value(json_object_get(link, "kiosk"));
	const char *hash = json_string_value(json_object_get(link, "hash"));
	json_int_t n = json_integer_value(json_object_get(link, "n"));
	char number[24], grouped[96] = "", *qr = NULL;
	size_t at = 0;

	need(s, QR_SIDE + 4);
	snprintf(number, sizeof(number), "%lld", (long long)n);
	for (size_t i = 0; hash[i] && at + 3 < sizeof(grouped); i++) {
		if (i && i % 8 == 0)
			grouped[at++] = i == 32 ? '\n' : ' ';
		grouped[at++] = hash[i];
	}
	if (asprintf(&qr, "TAPSHOT1 job=%s kiosk=%s n=%lld hash=%s key=%s", s->p->job, kiosk,
		     (long long)n, hash, fingerprint) > 0)
		put_qr(s, PAGE_W - MARGIN - QR_SIDE, s->y, qr);
	free(qr);
	s->y += 14;
	pair(s, text_get(LANG_ZH, "handover.kiosk"), kiosk, text_get(LANG_ZH, "handover.events"),
	     number);
	put(s, &strong, MARGIN, 76, text_get(LANG_ZH, "handover.chain"));
	s->y += put(s, &hex, MARGIN + 76, 330, grouped);
	s->y += QR_SIDE - 60;
}

static void put_evidence(struct sheet *s)
{
	char fingerprint[KIOSK_FINGERPRINT_MAX];
	json_t *chain = manifest_chain(s->db), *link;
	size_t i;

	kiosk_fingerprint(s->p->public_key, fingerprint);
	heading(s, "handover.evidence", 60 + QR_SIDE);
	put(s, &strong, MARGIN, 76, text_get(LANG_ZH, "handover.fingerprint"));
	s->y += put(s, &key, MARGIN + 76, PAGE_W - 2 * MARGIN - 76, fingerprint) + 2;
	s->y += put(s, &small, MARGIN + 76, PAGE_W - 2 * MARGIN - 76,
		    text_get(LANG_ZH, "handover.fingerprint_note"));
	json_array_foreach(chain, i, link) put_chain(s, link, fingerprint);
	json_decref(chain);
}

/* --- signatures ------------------------------------------------------------------------------- */

static void tick(struct sheet *s, const char *id)
{
	cairo_set_line_width(s->cr, 0.8);
	cairo_rectangle(s->cr, MARGIN, s->y + 3, 8, 8);
	cairo_stroke(s->cr);
	s->y += put(s, &plain, MARGIN + 15, PAGE_W - 2 * MARGIN - 15, text_get(LANG_ZH, id)) + 3;
}

static void signature(struct sheet *s, double x, double width, const char *id)
{
	static const char *const lines[] = { "handover.sign_name", "handover.sign_date" };
	double top = s->y;

	s->y += put(s, &strong, x, width, text_get(LANG_ZH, id)) + 22;
	for (int i = 0; i < 2; i++) {
		put(s, &plain, x, 70, text_get(LANG_ZH, lines[i]));
		cairo_set_line_width(s->cr, 0.5);
		cairo_move_to(s->cr, x + 70, s->y + 14);
		cairo_line_to(s->cr, x + width, s->y + 14);
		cairo_stroke(s->cr);
		s->y += 30;
	}
	s->y = top;
}

static void put_signatures(struct sheet *s)
{
	double w = (PAGE_W - 2 * MARGIN - 30) / 2;

	heading(s, "handover.sign", 165);
	tick(s, "handover.tick_counts");
	tick(s, "handover.tick_pictures");
	tick(s, "handover.tick_verify");
	if (s->p->sealed)
		tick(s, "handover.tick_passphrase");
	s->y += 8;
	signature(s, MARGIN, w, "handover.sign_unit");
	signature(s, MARGIN + w + 30, w, "handover.sign_school");
	s->y += 90;
}

/* --- the file --------------------------------------------------------------------------------- */

static void draw(struct sheet *s, const struct report_counts *c)
{
	static const struct style title = { "tapshot", 19, true, PANGO_ALIGN_CENTER };

	s->y += put(s, &title, MARGIN, PAGE_W - 2 * MARGIN, text_get(LANG_ZH, "handover.title")) +
		8;
	put_job(s);
	put_counts(s, c);
	put_evidence(s);
	put_signatures(s);
	put_groups(s, c);
	put_parts(s);
	foot(s);
}

static cairo_status_t append(void *to, const unsigned char *data, unsigned bytes)
{
	return fwrite(data, 1, bytes, to) == bytes ? CAIRO_STATUS_SUCCESS
						   : CAIRO_STATUS_WRITE_ERROR;
}

static cairo_status_t write_pdf(sqlite3 *db, const struct report_package *p,
				const struct report_counts *c, FILE *to)
{
	cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(append, to, PAGE_W, PAGE_H);
	struct sheet s = {
		.cr = cairo_create(surface), .p = p, .db = db, .y = MARGIN - 8, .page = 1
	};
	cairo_status_t status;
	char made[25];

	clock_iso_utc(p->made_utc_ms, made);
	strcpy(made + 19, "Z");
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE,
				       text_get(LANG_ZH, "handover.title"));
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, made);
	s.layout = pango_cairo_create_layout(s.cr);
	pango_context_set_language(pango_layout_get_context(s.layout),
				   pango_language_from_string("zh-cn"));
	draw(&s, c);
	g_object_unref(s.layout);
	cairo_destroy(s.cr);
	cairo_surface_finish(surface);
	status = cairo_surface_status(surface);
	cairo_surface_destroy(surface);
	return status;
}

int report_sheet(sqlite3 *db, const struct report_package *p, void **out, size_t *bytes)
{
	struct report_counts c;
	cairo_status_t status = CAIRO_STATUS_NO_MEMORY;
	char *data = NULL;
	FILE *to;
	int rc = report_count(p, &c);

	if (rc < 0)
		return rc;
	fonts_init();
	to = open_memstream(&data, bytes);
	if (to)
		status = write_pdf(db, p, &c, to);
	report_counts_free(&c);
	if (!to || fclose(to) || status != CAIRO_STATUS_SUCCESS) {
		free(data);
		return status == CAIRO_STATUS_NO_MEMORY ? -ENOMEM : -EIO;
	}
	*out = data;
	return 0;
}
