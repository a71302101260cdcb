/* Print sheets: arithmetic, places, order, and that a picture holds nothing but itself. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/jpeg.h"
#include "firmware/base/text.h"
#include "firmware/export/sheets.h"
#include "tests/lib/drawn.h"

enum { PEOPLE_MAX = 24, PATH = 256 };

static char dir[64];

static const char *in_dir(const char *name, char out[static PATH])
{
	snprintf(out, PATH, "%s/%s", dir, name);
	return out;
}

static void write_text(const char *name, const char *text)
{
	char path[PATH];
	SCOPED_FILE FILE *f = fopen(in_dir(name, path), "w");

	assert_non_null(f);
	fputs(text, f);
}

/* What a program says, at most 64 KiB. */
static char *said(const char *format, ...)
{
	static char out[1 << 18];
	char command[1024];
	va_list args;
	size_t n;
	FILE *p;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	p = popen(command, "r");
	assert_non_null(p);
	n = fread(out, 1, sizeof(out) - 1, p);
	out[n] = '\0';
	assert_int_equal(pclose(p), 0);
	return out;
}

/* --- people ------------------------------------------------------------------------------------ */

static struct subject rows[PEOPLE_MAX];
static char numbers[PEOPLE_MAX][24];

static void nobody(struct subject *s)
{
	const char **texts = (const char **)(void *)&s->name;

	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < (offsetof(struct subject, series) - offsetof(struct subject, name)) /
				       sizeof(*texts);
	     i++)
		texts[i] = "";
	s->series = s->kiosk = s->verdict = s->reason = s->why = s->sha256 = s->measures = "";
	s->how = s->number_source = "";
}

/* @count people with pictures, 学号 230001…, three classes in turn. */
static struct people school(int count)
{
	static const char *const classes[] = { "会计2班", "会计10班", "会计1班" };

	for (int i = 0; i < count; i++) {
		struct subject *s = &rows[i];

		nobody(s);
		snprintf(numbers[i], sizeof(numbers[i]), "%d", 230001 + i);
		s->id = s->shot = i + 1;
		s->name = "王小明";
		s->student_no = numbers[i];
		s->class_name = classes[i % 3];
		s->kiosk = "K1";
	}
	return (struct people){ .all = rows, .count = count };
}

/* Each person's picture has one colour of their own; nobody else's is near it. */
static uint32_t colour_of(const struct subject *s)
{
	static const uint32_t colours[] = { 0x2060c0, 0xc04020, 0x20a040, 0x9030b0,
					    0xb0a010, 0x10a0a0, 0x704010, 0x607090 };

	return colours[(s->id - 1) % 8];
}

static uint32_t paint_colour;

static uint32_t painted(int x, int y)
{
	(void)x;
	(void)y;
	return paint_colour;
}

static int64_t cuts[PEOPLE_MAX * 4];
static int cut_count;
static int64_t broken; /* this person's picture cannot be cut */

static int cut(void *ctx, const struct subject *s, int width_px, int height_px, void **jpeg,
	       size_t *bytes)
{
	struct drawn d = { .width_px = width_px, .height_px = height_px, .pixel = painted };
	uint8_t *out;

	(void)ctx;
	if (s->id == broken)
		return -ERANGE;
	cuts[cut_count++] = s->id;
	paint_colour = colour_of(s);
	*bytes = drawn_jpeg(&d, &out);
	*jpeg = out;
	return 0;
}

/* --- sheets ------------------------------------------------------------------------------------ */

static struct sheet_spec shipped(const char *name)
{
	struct sheet_spec s;
	struct config_error err = { "" };
	char path[PATH];

	assert_int_equal(sheet_path(name, path, sizeof(path)), 0);
	if (sheet_load(path, &s, &err) < 0)
		fail_msg("%s", err.text);
	return s;
}

static struct sheet_spec plain(double w, double h, double photo_w, double photo_h)
{
	return (struct sheet_spec){ .id = "test",
				    .paper_w_mm = w,
				    .paper_h_mm = h,
				    .photo_w_mm = photo_w,
				    .photo_h_mm = photo_h,
				    .turn = true,
				    .marks = true };
}

static void print_pdf(const struct sheet_spec *s, const struct people *p, const struct remap *r,
		      struct sheet_report *report)
{
	char path[PATH];
	int fd = open(in_dir("out.pdf", path), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	cut_count = 0;
	assert_int_equal(sheet_pdf(s, p, r, fd, cut, NULL, report), 0);
	close(fd);
}

/* --- arithmetic -------------------------------------------------------------------------------- */

static void the_well_known_counts_fit(void **state)
{
	static const struct {
		double paper_w, paper_h, photo_w, photo_h, gap, margin;
		int per_sheet, fit, columns, rows;
		bool turned;
	} cases[] = {
		/* 6-inch */
		{ 152, 102, 35, 49, 0.5, 1, 6, 6, 3, 2, false },
		{ 152, 102, 35, 49, 2, 1, 6, 6, 3, 2, false },
		{ 152, 102, 35, 49, 0, 2.5, 0, 6, 2, 3, true },
		{ 152, 102, 35, 49, 0, 1, 0, 8, 4, 2, false },
		{ 152, 102, 35, 53, 0, 1, 0, 4, 4, 1, false },
		{ 152, 102, 35, 53, 2, 1, 0, 4, 4, 1, false },
		{ 152, 102, 33, 48, 0, 1, 0, 9, 3, 3, true },
		{ 152, 102, 33, 48, 0.5, 1, 5, 5, 3, 2, false },
		/* 5-inch */
		{ 127, 89, 35, 53, 0, 1, 0, 4, 2, 2, true },
		{ 127, 89, 35, 53, 2, 1, 4, 4, 2, 2, true },
		{ 127, 89, 25, 35, 0.5, 1, 8, 8, 4, 2, false },
		/* A4 */
		{ 210, 297, 35, 45, 1, 5, 0, 32, 8, 4, true },
		/* exactly as large as the paper */
		{ 35, 49, 35, 49, 0, 0, 0, 1, 1, 1, false },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sheet_spec s = plain(cases[i].paper_w, cases[i].paper_h, cases[i].photo_w,
					    cases[i].photo_h);
		struct sheet_layout l;

		s.gap_mm = cases[i].gap;
		s.margin_mm = cases[i].margin;
		s.per_sheet = cases[i].per_sheet;
		assert_int_equal(sheet_layout(&s, &l), 0);
		if (l.per_sheet != cases[i].fit || l.columns != cases[i].columns ||
		    l.rows != cases[i].rows || l.turned != cases[i].turned)
			fail_msg("case %zu: %d, %d × %d%s", i, l.per_sheet, l.columns, l.rows,
				 l.turned ? " turned" : "");
		assert_true(l.left_mm >= s.margin_mm - 1e-3 && l.top_mm >= s.margin_mm - 1e-3);
	}
}

static void a_sheet_that_is_not_to_be_turned_is_not(void **state)
{
	struct sheet_spec s = plain(152, 102, 33, 48);
	struct sheet_layout l;

	(void)state;
	s.turn = false;
	assert_int_equal(sheet_layout(&s, &l), 0);
	assert_int_equal(l.per_sheet, 8);
	assert_false(l.turned);
	s.per_sheet = 9;
	assert_int_equal(sheet_layout(&s, &l), -ENOSPC);
}

static void shipped_sheets_hold_what_their_names_say(void **state)
{
	static const struct {
		const char *name;
		int per_sheet, photo_w, photo_h, page_w, page_h;
	} sheets[] = {
		{ "six-35x49", 6, 413, 579, 1795, 1205 },
		{ "four-35x53", 4, 413, 626, 1795, 1205 },
		{ "five-33x48", 5, 390, 567, 1795, 1205 },
		{ "five-33x48-captions", 5, 390, 567, 1205, 1795 },
		{ "eight-2in", 4, 413, 626, 1795, 1205 },
		{ "eight-1in", 8, 295, 413, 1500, 1051 },
		{ "diploma-35x53", 4, 413, 626, 1795, 1205 },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sheets); i++) {
		struct sheet_spec s = shipped(sheets[i].name);
		struct sheet_layout l;

		assert_string_equal(s.id, sheets[i].name);
		assert_int_equal(sheet_layout(&s, &l), 0);
		assert_int_equal(l.per_sheet, sheets[i].per_sheet);
		assert_int_equal(sheet_px(s.photo_w_mm), sheets[i].photo_w);
		assert_int_equal(sheet_px(s.photo_h_mm), sheets[i].photo_h);
		assert_int_equal(sheet_px(l.page_w_mm), sheets[i].page_w);
		assert_int_equal(sheet_px(l.page_h_mm), sheets[i].page_h);
	}
}

/* A whole description, with @line instead of, or after, the line of the same key. */
static void describe(const char *line)
{
	static const char *const lines[] = { "id = t", "paper.width_mm = 152",
					     "paper.height_mm = 102", "photo.width_mm = 35",
					     "photo.height_mm = 49" };
	char text[1024] = "";
	size_t key = strcspn(line, "=");

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		if (strncmp(lines[i], line, key) != 0)
			sprintf(text + strlen(text), "%s\n", lines[i]);
	strcat(text, line);
	write_text("t.sheet", text);
}

static void an_impossible_sheet_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *line, *place, *word;
	} cases[] = {
		{ "gap_mm = 2.5", ":6:", "0 to 2" },
		{ "gap_mm = -1", ":6:", "gap_mm" },
		{ "margin_mm = -2", ":6:", "margin_mm" },
		{ "margin_mm = 40", ":6:", "not one photo" },
		{ "photo.width_mm = 152", ":4:", "margin_mm = 1" },
		{ "photo.width_mm = 160", ":5:", "larger than the paper" },
		{ "photo.height_mm = 0", ":5:", "photo.height_mm" },
		{ "photo.height_mm = nan", ":5:", "photo.height_mm" },
		{ "per_sheet = 9", ":6:", "at most 8" },
		{ "copies.keep = -1", ":6:", "copies.keep" },
		{ "mode = heap", ":6:", "each | packed" },
		{ "border = yes", ":6:", "unknown key" },
		{ "caption = {学号", ":6:", "brace" },
		{ "caption = {学号}\ncaption_mm = 1", ":7:", "2 mm" },
		{ "back = 学号}", ":6:", "brace" },
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct config_error err = { "" };
		struct sheet_spec s;
		char path[PATH];

		describe(cases[i].line);
		assert_int_equal(sheet_load(in_dir("t.sheet", path), &s, &err), -EINVAL);
		if (!strstr(err.text, cases[i].place) || !strstr(err.text, cases[i].word))
			fail_msg("%s: %s", cases[i].line, err.text);
	}
}

/* --- places ------------------------------------------------------------------------------------ */

struct pixmap {
	int w, h;
	uint8_t *rgb;
};

static struct pixmap render(int page)
{
	struct pixmap m;
	char path[PATH];
	FILE *f;
	int most;

	said("pdftoppm -r 300 -f %d -l %d -singlefile %s/out.pdf %s/page", page, page, dir, dir);
	f = fopen(in_dir("page.ppm", path), "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "P6 %d %d %d", &m.w, &m.h, &most), 3);
	fgetc(f);
	m.rgb = malloc((size_t)m.w * (size_t)m.h * 3);
	assert_int_equal(fread(m.rgb, 3, (size_t)m.w * (size_t)m.h, f), m.w * m.h);
	fclose(f);
	return m;
}

static uint32_t at(const struct pixmap *m, int x, int y)
{
	const uint8_t *p = m->rgb + ((size_t)y * (size_t)m->w + (size_t)x) * 3;

	return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

static bool near_colour(uint32_t a, uint32_t b)
{
	for (int shift = 0; shift < 24; shift += 8)
		if (abs((int)(a >> shift & 255) - (int)(b >> shift & 255)) > 16) /* JPEG twice */
			return false;
	return true;
}

struct box {
	double x, y, w, h; /* mm */
};

static struct box slot_box(const struct sheet_spec *s, const struct sheet_layout *l, int i)
{
	return (struct box){ l->left_mm + i % l->columns * (s->photo_w_mm + s->gap_mm),
			     l->top_mm +
				     i / l->columns * (s->photo_h_mm + s->caption_mm + s->gap_mm),
			     s->photo_w_mm, s->photo_h_mm };
}

/* Every pixel of a picture has its colour; none outside has. Return: dark pixels outside. */
static int look_at(const struct pixmap *m, const struct sheet_spec *s, const struct sheet_layout *l,
		   const uint32_t *colours, int count, double px)
{
	int dark = 0;

	for (int y = 0; y < m->h; y++)
		for (int x = 0; x < m->w; x++) {
			uint32_t v = at(m, x, y);
			bool edge = false, inside = false;

			for (int i = 0; i < count && !edge && !inside; i++) {
				struct box b = slot_box(s, l, i);
				double dx = fmin(x - b.x * px, (b.x + b.w) * px - x - 1);
				double dy = fmin(y - b.y * px, (b.y + b.h) * px - y - 1);
				double depth = fmin(dx, dy);

				inside = depth >= 1;
				edge = !inside && depth > -2.5;
				if (inside && !near_colour(v, colours[i]))
					fail_msg("picture %d has %06x at %d, %d", i, v, x, y);
			}
			if (edge || inside)
				continue;
			for (int i = 0; i < count; i++)
				if (near_colour(v, colours[i]))
					fail_msg("picture colour outside at %d, %d", x, y);
			dark += (v & 255) < 200;
		}
	return dark;
}

/* A tick at every edge of every picture, on all four sides of the block. */
static void look_for_ticks(const struct pixmap *m, const struct sheet_spec *s,
			   const struct sheet_layout *l, double px)
{
	struct box last = slot_box(s, l, l->columns * l->rows - 1);
	double away = 1.1; /* mm from the block */
	int missing = 0;

	for (int i = 0; i < l->columns * l->rows; i++) {
		struct box b = slot_box(s, l, i);
		const double xs[] = { b.x, b.x + b.w }, ys[] = { b.y, b.y + b.h };
		const double outer_x[] = { l->left_mm - away, last.x + last.w + away };
		const double outer_y[] = { l->top_mm - away, last.y + last.h + away };

		for (int k = 0; k < 4; k++) {
			bool column = false, row = false;

			for (int d = -2; d <= 2; d++) {
				column |= (at(m, (int)(xs[k / 2] * px) + d,
					      (int)(outer_y[k % 2] * px)) &
					   255) < 128;
				row |= (at(m, (int)(outer_x[k % 2] * px),
					   (int)(ys[k / 2] * px) + d) &
					255) < 128;
			}
			missing += !column + !row;
		}
	}
	assert_int_equal(missing, 0);
}

static void pictures_hold_only_themselves_and_marks_stand_outside(void **state)
{
	static const double gaps[] = { 0, 0.5, 2 };
	struct people p = school(6);
	uint32_t colours[6];

	(void)state;
	for (int i = 0; i < 6; i++)
		colours[i] = colour_of(&p.all[i]);
	for (size_t g = 0; g < ARRAY_SIZE(gaps); g++) {
		struct sheet_spec s = shipped("six-35x49");
		struct sheet_report r;
		struct sheet_layout l;
		struct pixmap m;

		s.mode = SHEET_PACKED;
		s.sort[0] = '\0';
		s.gap_mm = gaps[g];
		print_pdf(&s, &p, NULL, &r);
		assert_int_equal(r.pages, 1);
		assert_int_equal(r.photos, 6);
		sheet_report_free(&r);
		sheet_layout(&s, &l);
		m = render(1);
		assert_true(abs(m.w - 1795) <= 1 && abs(m.h - 1205) <= 1);
		assert_true(look_at(&m, &s, &l, colours, 6, 300 / 25.4) > 500);
		if (gaps[g] < 2) /* with 2 mm there is only 1 mm of paper beside it */
			look_for_ticks(&m, &s, &l, 300 / 25.4);
		free(m.rgb);
		s.marks = false;
		s.heading[0] = '\0';
		print_pdf(&s, &p, NULL, &r);
		sheet_report_free(&r);
		m = render(1);
		assert_int_equal(look_at(&m, &s, &l, colours, 6, 300 / 25.4), 0);
		free(m.rgb);
	}
}

static void pictures_go_in_unchanged_at_300_dpi(void **state)
{
	struct sheet_spec s = shipped("eight-2in");
	struct people p = school(2);
	struct sheet_report r;
	char *line;
	int images = 0;

	(void)state;
	p.all[1].stored_utc_ms = 1795000000000;
	print_pdf(&s, &p, NULL, &r);
	/* the newest picture's time, so that repeated it is the same file */
	assert_non_null(
		strstr(said("TZ=UTC pdfinfo -isodates %s/out.pdf", dir), "2026-11-18T11:06:40Z"));
	assert_int_equal(r.pages, 4);
	assert_int_equal(r.photos, 16);
	assert_int_equal(cut_count, 2); /* each once, though they cross sheets */
	sheet_report_free(&r);
	line = said("pdfimages -list %s/out.pdf | tail -n +3", dir);
	for (char *next; *line; line = next) {
		int w, h, x_ppi, y_ppi;
		char enc[8];

		next = strchr(line, '\n') + 1;
		assert_int_equal(sscanf(line, "%*d %*d image %d %d rgb 3 8 %7s %*s %*d %*d %d %d",
					&w, &h, enc, &x_ppi, &y_ppi),
				 5);
		assert_int_equal(w, 413);
		assert_int_equal(h, 626);
		assert_string_equal(enc, "jpeg");
		assert_int_equal(x_ppi, 300);
		assert_int_equal(y_ppi, 300);
		images++;
	}
	assert_int_equal(images, 16);
	/* the bytes as they were cut */
	said("cd %s && pdfimages -j -f 1 -l 1 out.pdf img && cmp img-000.jpg img-003.jpg", dir);
	{
		void *jpeg;
		size_t bytes;
		char path[PATH];
		SCOPED_FILE FILE *f = fopen(in_dir("img-000.jpg", path), "r");
		SCOPED_FREE char *in_pdf = malloc(1 << 20);

		cut(NULL, &p.all[0], 413, 626, &jpeg, &bytes);
		assert_int_equal(fread(in_pdf, 1, 1 << 20, f), bytes);
		assert_memory_equal(in_pdf, jpeg, bytes);
		free(jpeg);
	}
}

/* --- texts ------------------------------------------------------------------------------------- */

struct word {
	char text[64];
	struct box at; /* mm */
};

/* Words of a page in reading order. */
static int words_of(int page, struct word *out, int most)
{
	char *text = said("pdftotext -bbox -f %d -l %d %s/out.pdf - 2>/dev/null", page, page, dir),
	     *p = text;
	double x, y, right, bottom, mm = 25.4 / 72;
	int n = 0;

	while (n < most && (p = strstr(p, "<word "))) {
		assert_int_equal(sscanf(p,
					"<word xMin=\"%lf\" yMin=\"%lf\" xMax=\"%lf\" "
					"yMax=\"%lf\">%63[^<]",
					&x, &y, &right, &bottom, out[n].text),
				 5);
		out[n++].at = (struct box){ x * mm, y * mm, (right - x) * mm, (bottom - y) * mm };
		p++;
	}
	return n;
}

static const struct word *find_word(const struct word *w, int count, const char *text)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(w[i].text, text))
			return &w[i];
	fail_msg("“%s” is not on the page", text);
	return NULL;
}

static void captions_stand_under_their_pictures(void **state)
{
	struct sheet_spec s = shipped("five-33x48-captions");
	struct people p = school(5);
	struct sheet_report r;
	struct sheet_layout l;
	struct word words[64];
	int n;

	(void)state;
	s.mode = SHEET_PACKED;
	s.copies_hand_in = 1;
	s.heading[0] = s.sort[0] = '\0';
	p.all[1].name = "阿卜杜热合曼·买买提依明·艾则孜江·吐尔逊";
	p.all[2].name = "𠮷田䶮㛃"; /* one of them beyond the first plane */
	print_pdf(&s, &p, NULL, &r);
	assert_int_equal(r.no_glyph, 0);
	sheet_report_free(&r);
	sheet_layout(&s, &l);
	n = words_of(1, words, 64);
	for (int i = 0; i < 5; i++) {
		struct box b = slot_box(&s, &l, i);
		const struct word *w = find_word(words, n, p.all[i].student_no);

		assert_true(w->at.x >= b.x && w->at.x + w->at.w <= b.x + b.w);
		/* a font's box is higher than its glyphs: its middle lies in the strip */
		assert_true(w->at.y + w->at.h / 2 > b.y + b.h);
		assert_true(w->at.y + w->at.h / 2 < b.y + b.h + s.caption_mm);
		find_word(words, n, p.all[i].name);
	}
	for (int i = 0; i < n; i++) { /* nothing beside a picture's width */
		bool within = false;

		for (int k = 0; k < 5; k++) {
			struct box b = slot_box(&s, &l, k);

			within |= words[i].at.x >= b.x - 0.1 &&
				  words[i].at.x + words[i].at.w <= b.x + b.w + 0.1;
		}
		if (!within)
			fail_msg("“%s” runs beyond its picture", words[i].text);
	}
}

/* Turned over at an edge, a text on the back lies behind its picture. */
static void the_back_lies_behind_the_front(void **state)
{
	static const struct {
		double w, h;
		int flip;
		bool top_to_bottom;
	} cases[] = { { 152, 102, SHEET_FLIP_LONG, true },
		      { 102, 152, SHEET_FLIP_LONG, false },
		      { 152, 102, SHEET_FLIP_SHORT, false },
		      { 102, 152, SHEET_FLIP_SHORT, true } };
	struct people p = school(3);

	(void)state;
	for (size_t c = 0; c < ARRAY_SIZE(cases); c++) {
		struct sheet_spec s = plain(cases[c].w, cases[c].h, 33, 44);
		struct sheet_report r;
		struct sheet_layout l;
		struct word words[16];
		int n;

		s.mode = SHEET_PACKED;
		s.turn = false;
		s.per_sheet = 4; /* three of them are used: no symmetry hides a mistake */
		s.flip = cases[c].flip;
		s.gap_mm = 1;
		strcpy(s.back, "{学号}|{姓名}");
		print_pdf(&s, &p, NULL, &r);
		sheet_report_free(&r);
		sheet_layout(&s, &l);
		assert_int_equal(words_of(1, words, 16), 0);
		n = words_of(2, words, 16);
		assert_int_equal(n, 6);
		for (int i = 0; i < 3; i++) {
			const struct word *w = find_word(words, n, p.all[i].student_no);
			struct box b = slot_box(&s, &l, i);
			double x = w->at.x + w->at.w / 2, y = w->at.y + w->at.h / 2;

			if (cases[c].top_to_bottom)
				y = s.paper_h_mm - y;
			else
				x = s.paper_w_mm - x;
			assert_true(fabs(x - (b.x + b.w / 2)) < 0.5);
			assert_true(y > b.y + 5 && y < b.y + b.h - 5);
		}
	}
}

/* --- order and copies -------------------------------------------------------------------------- */

static void people_stand_in_the_order_asked_for(void **state)
{
	static const int by_class[] = { 3, 6, 1, 4, 2, 5 }; /* 1班, 2班, 10班 */
	struct sheet_spec s = plain(152, 102, 33, 48);
	struct people p = school(6);
	const struct subject **order;
	struct remap *r;
	char why[256], path[PATH];

	(void)state;
	strcpy(s.sort, "班级，学号");
	assert_int_equal(sheet_order(&s, &p, NULL, &order), 6);
	for (int i = 0; i < 6; i++)
		assert_int_equal(order[i]->id, by_class[i]);
	free(order);
	/* by the number as printed */
	write_text("map.csv", "原学号,新学号\n230001,202300000009\n230006,202300000001\n");
	assert_int_equal(remap_load(in_dir("map.csv", path), &r, why), 0);
	strcpy(s.sort, "学号");
	p.all[2].shot = 0; /* has no picture */
	assert_int_equal(sheet_order(&s, &p, r, &order), 5);
	assert_int_equal(order[0]->id, 2);
	assert_int_equal(order[3]->id, 6);
	assert_int_equal(order[4]->id, 1);
	free(order);
	remap_free(r);
	strcpy(s.sort, "班及");
	assert_int_equal(sheet_fault(&s, &p, why), -EINVAL);
	assert_non_null(strstr(why, "班及"));
}

static void copies_to_hand_in_come_first_and_together(void **state)
{
	struct sheet_spec s = shipped("five-33x48");
	struct people p = school(7);
	struct sheet_report r;
	struct sheet_layout l;
	struct pixmap m;
	struct word words[64];
	uint32_t colours[4];
	int n, keep = 0;

	(void)state;
	s.hand_in_first = true;
	strcpy(s.sort, "学号");
	print_pdf(&s, &p, NULL, &r);
	/* seven to hand in on two sheets, then each one's four */
	assert_int_equal(r.pages, 2 + 7);
	assert_int_equal(cut_count, 7);
	assert_int_equal(r.photos, 7 * 5);
	assert_int_equal(r.people, 7);
	assert_int_equal(r.done[6].hand_in, 1);
	assert_int_equal(r.done[6].keep, 4);
	assert_int_equal(r.done[6].first_page, 2);
	assert_int_equal(r.done[6].last_page, 9);
	sheet_report_free(&r);
	sheet_layout(&s, &l);
	m = render(5); /* the first person's own */
	for (int i = 0; i < 4; i++)
		colours[i] = colour_of(&p.all[0]);
	look_at(&m, &s, &l, colours, 4, 300 / 25.4);
	free(m.rgb);
	n = words_of(2, words, 64); /* back of the first */
	for (int i = 0; i < 5; i++)
		find_word(words, n, p.all[i].student_no);
	for (int i = 0; i < n; i++)
		assert_string_not_equal(words[i].text, "留存");
	n = words_of(6, words, 64); /* back of the first person's own */
	for (int i = 0; i < n; i++)
		keep += !strcmp(words[i].text, "留存");
	assert_int_equal(keep, 4);
	s.copies_hand_in = s.copies_keep = 0; /* nothing said: a sheet full each */
	print_pdf(&s, &p, NULL, &r);
	assert_int_equal(r.photos, 7 * 5);
	assert_int_equal(r.pages, 7);
	sheet_report_free(&r);
}

static void who_cannot_be_cut_is_named_and_leaves_no_hole(void **state)
{
	struct sheet_spec s = shipped("diploma-35x53");
	struct people p = school(5);
	struct sheet_report r;
	struct sheet_layout l;
	struct pixmap m;
	uint32_t colours[4];

	(void)state;
	broken = 2;
	s.hand_in_first = false;
	s.heading[0] = '\0';
	print_pdf(&s, &p, NULL, &r);
	broken = 0;
	assert_int_equal(r.pages, 1);
	assert_int_equal(r.people, 4);
	assert_int_equal(r.left_out, 1);
	assert_ptr_equal(r.left[0].s, &p.all[1]);
	assert_int_equal(r.left[0].error, -ERANGE);
	sheet_report_free(&r);
	sheet_layout(&s, &l);
	for (int i = 0; i < 4; i++)
		colours[i] = colour_of(&p.all[i < 1 ? i : i + 1]);
	m = render(1);
	look_at(&m, &s, &l, colours, 4, 300 / 25.4);
	free(m.rgb);
}

/* --- JPEG -------------------------------------------------------------------------------------- */

struct kept {
	int fronts, backs;
	struct pixmap first;
};

static int keep_page(void *ctx, int page, bool back, const void *jpeg, size_t bytes)
{
	struct kept *k = ctx;
	const uint8_t *b = jpeg;
	struct jpeg_info info;
	struct image *im;

	assert_int_equal(page, k->fronts + !back);
	k->fronts += !back;
	k->backs += back;
	/* JFIF, dots per inch, 300 × 300 */
	assert_memory_equal(b + 6, "JFIF", 5);
	assert_memory_equal(b + 13, "\x01\x01\x2c\x01\x2c", 5);
	assert_int_equal(jpeg_decode(jpeg, bytes, 1, &info, &im), JPEG_OK);
	assert_int_equal(info.components, 3);
	if (page == 1 && !back) {
		k->first = (struct pixmap){ im->width_px, im->height_px, NULL };
		k->first.rgb = malloc((size_t)im->width_px * (size_t)im->height_px * 3);
		for (int y = 0; y < im->height_px; y++)
			for (int x = 0; x < im->width_px; x++) {
				uint32_t v = image_row(im, y)[x];
				uint8_t *to = k->first.rgb +
					      ((size_t)y * (size_t)im->width_px + (size_t)x) * 3;

				to[0] = (uint8_t)(v >> 16);
				to[1] = (uint8_t)(v >> 8);
				to[2] = (uint8_t)v;
			}
	}
	image_unref(im);
	return 0;
}

static void jpeg_pages_are_the_papers_pixels(void **state)
{
	static const double gaps[] = { 0, 1 };
	struct people p = school(7);
	uint32_t colours[6];

	(void)state;
	for (int i = 0; i < 6; i++)
		colours[i] = colour_of(&p.all[i]);
	for (size_t g = 0; g < ARRAY_SIZE(gaps); g++) {
		struct sheet_spec s = shipped("six-35x49");
		struct kept k = { 0 };
		struct sheet_report r;
		struct sheet_layout l;

		s.mode = SHEET_PACKED;
		s.sort[0] = '\0';
		s.gap_mm = gaps[g];
		strcpy(s.back, "{学号}");
		assert_int_equal(sheet_jpegs(&s, &p, NULL, cut, NULL, keep_page, &k, &r), 0);
		assert_int_equal(k.fronts, 2);
		assert_int_equal(k.backs, 2);
		assert_int_equal(r.pages, 2);
		sheet_report_free(&r);
		assert_int_equal(k.first.w, 1795);
		assert_int_equal(k.first.h, 1205);
		sheet_layout(&s, &l);
		assert_true(look_at(&k.first, &s, &l, colours, 6, 300 / 25.4) > 500);
		look_for_ticks(&k.first, &s, &l, 300 / 25.4);
		free(k.first.rgb);
	}
}

/* --- remap tables ------------------------------------------------------------------------------ */

static void a_remap_table_is_understood_or_its_fault_named(void **state)
{
	static const struct {
		const char *text, *why; /* NULL: good */
	} cases[] = {
		{ "230001,202300000001\n230002,202300000002\n", NULL },
		{ "学号,姓名,新学号\n230001,王,202300000001\n230002,李,202300000002\n", NULL },
		{ "新学号;旧学号\n202300000001;230001\n\n202300000002;230002\n", NULL },
		{ "学号（9位）,学号（12位）\n230001,202300000001\n230002,202300000002\n", NULL },
		{ "22级学号（12位）对照表,,\n姓名,录取编号,学号\n王新,230001,202300000001\n"
		  "李原,230002,202300000002\n",
		  NULL },
		/* headers as a DBF may have lost them */
		{ "N__,N___9__,N___12__\n1,230001,202300000001\n2,230002,202300000002\n", NULL },
		{ "原学号,新学号\n230001,1\n230002,2\n230001,3\n", "rows 2 and 4" },
		{ "原学号,新学号\n230001,202300000001\n230002,202300000001\n", "rows 2 and 3" },
		{ "原学号,新学号\n230001,\n", "row 2" },
		{ "原学号,新学号\n230001,2.023E+11\n", "row 2" },
		{ "学号,姓名,班级\n230001,王,一班\n", "two columns" },
		{ "原学号,新学号\n", "no numbers" },
	};
	char why[256], path[PATH];
	struct remap *r;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int rc;

		write_text("map.csv", cases[i].text);
		rc = remap_load(in_dir("map.csv", path), &r, why);
		if (rc != (cases[i].why ? -EINVAL : 0) ||
		    (cases[i].why && !strstr(why, cases[i].why)))
			fail_msg("case %zu: %d %s", i, rc, rc ? why : "");
		if (rc)
			continue;
		assert_int_equal(remap_count(r), 2);
		assert_string_equal(remap_find(r, "230001"), "202300000001");
		assert_string_equal(remap_find(r, "999"), "999");
		assert_false(remap_has(r, "999"));
		remap_free(r);
	}
	assert_int_equal(remap_load(in_dir("none.csv", path), &r, why), -EINVAL);
}

static int set_up(void **state)
{
	(void)state;
	text_init(NULL);
	strcpy(dir, "/tmp/tapshot-sheets-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_well_known_counts_fit),
		cmocka_unit_test(a_sheet_that_is_not_to_be_turned_is_not),
		cmocka_unit_test(shipped_sheets_hold_what_their_names_say),
		cmocka_unit_test(an_impossible_sheet_is_refused_with_its_line),
		cmocka_unit_test(pictures_hold_only_themselves_and_marks_stand_outside),
		cmocka_unit_test(pictures_go_in_unchanged_at_300_dpi),
		cmocka_unit_test(captions_stand_under_their_pictures),
		cmocka_unit_test(the_back_lies_behind_the_front),
		cmocka_unit_test(people_stand_in_the_order_asked_for),
		cmocka_unit_test(copies_to_hand_in_come_first_and_together),
		cmocka_unit_test(who_cannot_be_cut_is_named_and_leaves_no_hole),
		cmocka_unit_test(jpeg_pages_are_the_papers_pixels),
		cmocka_unit_test(a_remap_table_is_understood_or_its_fault_named),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
