/* Descriptions of print sheets, and why one of them is impossible. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/export/sheet_inside.h"

#define AT(field) .offset = offsetof(struct sheet_spec, field)

#define TEXT(key, field, value)                                                                    \
	{                                                                                          \
		.name = key, .type = CONFIG_STRING, AT(field),                                     \
		.size = sizeof(((struct sheet_spec *)0)->field), .fallback = value                 \
	}
#define LENGTH(key, field, least, most, value)                                                     \
	{                                                                                          \
		.name = key, .type = CONFIG_DOUBLE, AT(field), .min = least, .max = most,          \
		.fallback = value                                                                  \
	}
#define COUNT(key, field, most, value)                                                             \
	{                                                                                          \
		.name = key, .type = CONFIG_INT, AT(field), .min = 0, .max = most,                 \
		.fallback = value                                                                  \
	}
#define FLAG(key, field, value)                                                                    \
	{                                                                                          \
		.name = key, .type = CONFIG_BOOL, AT(field), .fallback = value                     \
	}
#define CHOICE(key, field, words, value)                                                           \
	{                                                                                          \
		.name = key, .type = CONFIG_CHOICE, AT(field), .choices = words, .fallback = value \
	}

static const char *const modes[] = { "each", "packed", NULL };
static const char *const flips[] = { "long", "short", NULL };

static const struct config_key keys[] = {
	TEXT("id", id, NULL),
	LENGTH("paper.width_mm", paper_w_mm, 40, 500, NULL),
	LENGTH("paper.height_mm", paper_h_mm, 40, 500, NULL),
	LENGTH("photo.width_mm", photo_w_mm, 10, 300, NULL),
	LENGTH("photo.height_mm", photo_h_mm, 10, 300, NULL),
	LENGTH("gap_mm", gap_mm, 0, 2, "0.5"),
	LENGTH("margin_mm", margin_mm, 0, 100, "1"),
	COUNT("copies.hand_in", copies_hand_in, 100, "0"),
	COUNT("copies.keep", copies_keep, 100, "0"),
	COUNT("per_sheet", per_sheet, SHEET_SLOTS_MAX, "0"),
	CHOICE("mode", mode, modes, "each"),
	FLAG("marks", marks, "yes"),
	FLAG("turn", turn, "yes"),
	FLAG("hand_in_first", hand_in_first, "no"),
	TEXT("caption", caption, ""),
	LENGTH("caption_mm", caption_mm, 0, 30, "0"),
	TEXT("back", back, ""),
	CHOICE("flip", flip, flips, "long"),
	TEXT("heading", heading, ""),
	TEXT("sort", sort, ""),
	TEXT("preset", preset, "print-2in"),
};

/* Lines of text are 3.5 mm, the cut keeps 0.5 mm from it. */
#define CAPTION_LINE_MM	 3.5
#define CAPTION_LEAST_MM 2

static const char *braces_fault(const char *text)
{
	for (const char *p = text; *p;) {
		size_t n = strcspn(p, "{}");

		p += n;
		if (!*p)
			break;
		if (p[0] == p[1]) { /* {{ or }} */
			p += 2;
			continue;
		}
		n = strcspn(p + 1, "{}|");
		if (*p == '}' || p[1 + n] != '}')
			return "a brace is not closed, or closed without being opened; {{ is a brace";
		if (!n)
			return "the name of a column is missing between the braces";
		p += n + 2;
	}
	return NULL;
}

static const char *template_fault_of(const struct sheet_spec *s, const char **key)
{
	const struct {
		const char *key, *text;
	} all[] = { { "caption", s->caption }, { "back", s->back }, { "heading", s->heading } };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		const char *fault = braces_fault(all[i].text);

		*key = all[i].key;
		if (fault)
			return fault;
		if (sheet_lines(all[i].text) > 6)
			return "more than six lines";
	}
	return NULL;
}

static bool photo_fits(const struct sheet_spec *s)
{
	return (s->photo_w_mm <= s->paper_w_mm && s->photo_h_mm <= s->paper_h_mm) ||
	       (s->turn && s->photo_w_mm <= s->paper_h_mm && s->photo_h_mm <= s->paper_w_mm);
}

static const char *room_fault(const struct sheet_spec *s, const char **key, char what[static 160])
{
	struct sheet_spec most = *s;
	struct sheet_layout l;

	*key = s->photo_h_mm > s->photo_w_mm ? "photo.height_mm" : "photo.width_mm";
	if (!photo_fits(s))
		return "the photo is larger than the paper";
	if (sheet_layout(s, &l) == 0)
		return NULL;
	most.per_sheet = 0;
	*key = s->per_sheet ? "per_sheet" : s->margin_mm > 0 ? "margin_mm" : "caption_mm";
	if (sheet_layout(&most, &l) == 0)
		snprintf(what, 160, "so many do not fit with this margin and gap; at most %d",
			 l.per_sheet);
	else if (l.per_sheet > SHEET_SLOTS_MAX)
		snprintf(what, 160, "more than %d photos on a sheet", SHEET_SLOTS_MAX);
	else
		snprintf(what, 160, "not one photo fits with margin_mm = %g and this caption",
			 s->margin_mm);
	return what;
}

static const char *fault_of(const struct sheet_spec *s, const char **key, char what[static 160])
{
	const char *fault = template_fault_of(s, key);

	if (fault)
		return fault;
	*key = "caption_mm";
	if (s->caption[0] && s->caption_mm < CAPTION_LEAST_MM)
		return "a caption needs 2 mm at least";
	*key = "id";
	if (!s->id[0] || strpbrk(s->id, "/ \t"))
		return "a name without blanks is needed";
	return room_fault(s, key, what);
}

static bool given(const struct config_places *places, const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i].name, key))
			return places->line[i] > 0;
	return false;
}

int sheet_load(const char *path, struct sheet_spec *out, struct config_error *err)
{
	SCOPED_FREE struct config_places *places = calloc(1, sizeof(*places));
	const char *key, *fault;
	char what[160];
	int rc;

	if (!places) {
		snprintf(err->text, sizeof(err->text), "%.200s: out of memory", path);
		return -ENOMEM;
	}
	memset(out, 0, sizeof(*out));
	config_defaults(keys, ARRAY_SIZE(keys), out);
	rc = config_layer(path, keys, ARRAY_SIZE(keys), out, places, err);
	if (rc == 0)
		rc = config_complete(path, keys, ARRAY_SIZE(keys), places, err);
	if (rc < 0)
		return rc;
	if (!out->caption[0])
		out->caption_mm = 0;
	else if (out->caption_mm <= 0)
		out->caption_mm = CAPTION_LINE_MM * sheet_lines(out->caption);
	fault = fault_of(out, &key, what);
	if (fault && !given(places, key)) /* a default is too much for this photo */
		key = "photo.height_mm";
	return fault ? config_complain(path, keys, ARRAY_SIZE(keys), places, key, fault, err) : 0;
}
