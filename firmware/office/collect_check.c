/* From what was seen to findings: of each file, of its portrait, of files with each other. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "firmware/base/cleanup.h"
#include "firmware/office/collect_inside.h"

enum { DAY_S = 86400, PAIRS_MAX = 20000 };

static const struct {
	const char *word;
	enum collect_level level;
} codes[] = {
#define COLLECT_ROW(name, word, level) [COLLECT_##name] = { word, level },
	COLLECT_CODES(COLLECT_ROW)
#undef COLLECT_ROW
};
_Static_assert((int)COLLECT_CODE_COUNT <= 64, "a bit for each");

const char *collect_word(enum collect_code code)
{
	return codes[code].word;
}

int collect_code(const char *word)
{
	for (int i = 0; i < COLLECT_CODE_COUNT; i++)
		if (!strcmp(codes[i].word, word))
			return i;
	return -1;
}

/* Of a file that is like dozens of others not every one is said, but what refuses it is. */
static struct collect_finding *room_for(struct collect_photo *p, enum collect_level level)
{
	struct collect_finding *least = p->findings;

	if (p->finding_count < COLLECT_FINDINGS_MAX)
		return &p->findings[p->finding_count++];
	for (int i = 0; i < p->finding_count; i++) {
		bool again = p->findings[i].code == COLLECT_SAME_PICTURE ||
			     p->findings[i].code == COLLECT_SAME_FILE ||
			     p->findings[i].code == COLLECT_MIRRORED;

		if (again || p->findings[i].level < least->level)
			least = &p->findings[i];
		if (again)
			break;
	}
	return level == COLLECT_REFUSE ? least : NULL;
}

struct collect_finding *collect_find(struct collecting *g, int photo, enum collect_code code,
				     const char *fmt, ...)
{
	struct collect_photo *p = &g->c->photos[photo];
	struct collect_finding *f = room_for(p, codes[code].level);
	char value[256];
	va_list ap;

	if (!f)
		return NULL;
	*f = (struct collect_finding){ .code = code, .level = codes[code].level, .frame = -1 };
	if (f->level == COLLECT_REFUSE && g->w->allow >> code & 1)
		f->level = COLLECT_WARN;
	va_start(ap, fmt);
	vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	text_copy(f->value, sizeof(f->value), value);
	if (f->level > p->level)
		p->level = f->level;
	return f;
}

/* --- the file ---------------------------------------------------------------------------------- */

/* Return: is it a picture that can be looked into? */
static bool check_readable(struct collecting *g, int i)
{
	const struct collect_seen *s = g->files[i].seen;
	const struct collect_photo *p = &g->c->photos[i];

	if (p->finding_count && p->findings[p->finding_count - 1].code == COLLECT_TYPE)
		return false; /* its name says so already */
	if (s->state != SEEN_DONE || s->error)
		collect_find(g, i, COLLECT_UNREADABLE, "%s", s->error ? strerror(-s->error) : "");
	else if (s->facts.components == 4)
		collect_find(g, i, COLLECT_CMYK, "%s", "");
	else if (s->fault == JPEG_NOT_JPEG)
		collect_find(g, i, COLLECT_TYPE, "%s", s->kind);
	else if (s->fault != JPEG_OK)
		collect_find(g, i, COLLECT_UNREADABLE, "%s", "");
	return s->state == SEEN_DONE && !s->error && s->fault == JPEG_OK;
}

static void check_size(struct collecting *g, int i)
{
	const struct collect_seen *s = g->files[i].seen;
	const struct preset_take *t = &g->preset.take;

	if (!preset_finished(&g->preset, s->info.width_px, s->info.height_px))
		collect_find(g, i, COLLECT_SIZE, "%d×%d", s->info.width_px, s->info.height_px);
	if (s->bytes < t->bytes_floor)
		collect_find(g, i, COLLECT_BYTES_FLOOR, "%lld", (long long)s->bytes / 1024);
	else if (s->bytes < t->bytes_min || s->bytes > t->bytes_max)
		collect_find(g, i, COLLECT_BYTES, "%lld", (long long)s->bytes / 1024);
	else if (s->bytes < g->preset.file.bytes_min || s->bytes > g->preset.file.bytes_max)
		collect_find(g, i, COLLECT_KILO, "%lld", (long long)s->bytes);
}

static void check_colour(struct collecting *g, int i)
{
	static const char *const names[] = { [JPEG_ADOBE_RGB] = "Adobe RGB",
					     [JPEG_DISPLAY_P3] = "Display P3",
					     [JPEG_OTHER_PROFILE] = "" };
	const struct collect_seen *s = g->files[i].seen;

	if (s->grey)
		collect_find(g, i, COLLECT_GREY, "%s", "");
	if (s->info.colour != JPEG_SRGB && s->info.components == 3)
		collect_find(g, i, COLLECT_PROFILE, "%s", names[s->info.colour]);
	if (s->info.orientation != 1)
		collect_find(g, i, COLLECT_ORIENTATION, "%d", s->info.orientation);
	if (s->facts.dpi_x != g->preset.file.dpi || s->facts.dpi_y != g->preset.file.dpi)
		collect_find(g, i, COLLECT_DENSITY, s->facts.dpi_x ? "%d" : "-", s->facts.dpi_x);
	if (s->facts.editor[0])
		collect_find(g, i, COLLECT_EDITED, "%s", s->facts.editor);
}

/* "2026-11-21…" in days since 1970; 0 when it is no date. */
static int64_t day_of(const char *iso)
{
	struct tm tm = { 0 };

	if (sscanf(iso, "%4d-%2d-%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday) != 3)
		return 0;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	return timegm(&tm) / DAY_S;
}

/* Within one year before graduation, or before today where the roster does not tell it. */
static void check_date(struct collecting *g, int i)
{
	const struct photo_facts *f = &g->files[i].seen->facts;
	const struct collect_person *p = g->c->photos[i].person;
	int64_t today = g->now_utc_ms / 1000 / DAY_S, end = p ? day_of(p->graduates) : 0;
	int64_t day = day_of(f->taken[0] ? f->taken : f->changed);

	if (!f->taken[0])
		collect_find(g, i, COLLECT_NO_DATE, "%s", "");
	if (day && day < (end ? end : today) - 366)
		collect_find(g, i, COLLECT_OLD, "%.10s", f->taken[0] ? f->taken : f->changed);
	else if (day > today + 1)
		collect_find(g, i, COLLECT_FUTURE, "%.10s", f->taken[0] ? f->taken : f->changed);
}

static void check_frame(struct collecting *g, int i)
{
	const struct check_result *r = &g->files[i].seen->result;

	for (uint32_t k = 0; k < r->finding_count; k++) {
		const struct check_finding *f = &r->findings[k];
		struct collect_finding *c;

		c = collect_find(g, i, f->level == CHECK_FAIL ? COLLECT_FRAME : COLLECT_FRAME_DOUBT,
				 "%s", check_code_word((enum check_code)f->code));
		if (c)
			c->frame = (int)f->code;
	}
}

void collect_check(struct collecting *g)
{
	for (int i = 0; i < g->c->count; i++) {
		if (!check_readable(g, i) || !g->c->photos[i].person)
			continue;
		check_size(g, i);
		check_colour(g, i);
		check_date(g, i);
		if (g->files[i].seen->judged)
			check_frame(g, i);
	}
}

/* --- with each other --------------------------------------------------------------------------- */

static const char *file_name(const struct collecting *g, int i)
{
	const char *slash = strrchr(g->files[i].path, '/');

	return slash ? slash + 1 : g->files[i].path;
}

static bool same_bytes(const struct collecting *g, int a, int b)
{
	const struct collect_seen *x = g->files[a].seen, *y = g->files[b].seen;

	return x->bytes == y->bytes && !memcmp(x->sha256, y->sha256, SHA256_BYTES);
}

static const char *printable(const char *name)
{
	return text_valid(name, strlen(name)) ? name : "?";
}

/* A copy that is nobody's accuses nobody: it is said, and the file itself stands. */
static void say_same(struct collecting *g, int i, int other, enum collect_code code)
{
	struct collect_photo *p = &g->c->photos[i], *o = &g->c->photos[other];
	enum collect_level before = p->level;
	struct collect_finding *f = collect_find(g, i, code, "%s", o->path);

	if (!f || (o->person && o->person != p->person))
		return;
	f->level = COLLECT_WARN;
	p->level = before > COLLECT_WARN ? before : COLLECT_WARN;
}

static void say_pair(struct collecting *g, const struct print_pair *p)
{
	enum collect_code code = p->mirrored		     ? COLLECT_MIRRORED
				 : same_bytes(g, p->a, p->b) ? COLLECT_SAME_FILE
							     : COLLECT_SAME_PICTURE;

	if (p->b >= g->c->count) {
		collect_find(g, p->a, COLLECT_ADMISSION, "%s", printable(file_name(g, p->b)));
		return;
	}
	say_same(g, p->a, p->b, code);
	say_same(g, p->b, p->a, code);
}

/* Files that could not be decoded are one when they have the same bytes, and are refused anyway. */
int collect_same(struct collecting *g)
{
	SCOPED_FREE const struct photo_print **prints =
		calloc((size_t)g->file_count + 1, sizeof(*prints));
	SCOPED_FREE struct print_pair *pairs = calloc(PAIRS_MAX, sizeof(*pairs));
	size_t n;

	if (!prints || !pairs)
		return -ENOMEM;
	for (int i = 0; i < g->file_count; i++)
		if (g->files[i].seen->printed)
			prints[i] = &g->files[i].seen->print;
	n = photo_print_pairs(prints, g->file_count, g->c->admission, pairs, PAIRS_MAX);
	for (size_t i = 0; i < n; i++)
		say_pair(g, &pairs[i]);
	return 0;
}
