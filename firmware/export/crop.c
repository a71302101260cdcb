#include "firmware/export/crop.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "firmware/base/text.h"
#include "firmware/check/framing.h"

static bool get(const json_t *o, const char *name, double *out)
{
	const json_t *v = json_object_get(o, name);

	*out = v ? json_number_value(v) : 0;
	return json_is_number(v) && isfinite(*out);
}

static bool size_of(const json_t *o, struct crop_seen *out)
{
	int w = 0, h = 0;

	if (json_unpack((json_t *)(uintptr_t)json_object_get(o, "size"), "[i,i]", &w, &h) ||
	    w < 1 || h < 1 || w > IMAGE_SIDE_MAX || h > IMAGE_SIDE_MAX)
		return false;
	out->width_px = w;
	out->height_px = h;
	return true;
}

static void shown_crop(const json_t *o, struct crop_seen *out)
{
	const char *preset = json_string_value(json_object_get(o, "preset"));
	struct image_crop c;

	if (!preset || json_unpack((json_t *)(uintptr_t)json_object_get(o, "crop"), "[i,i,i,i]",
				   &c.x, &c.y, &c.w, &c.h))
		return;
	text_copy(out->preset, sizeof(out->preset), preset);
	out->shown = c;
}

bool crop_recorded(const char *measures_json, struct crop_seen *out)
{
	struct check_measures *m = &out->m;
	json_t *o = measures_json[0] ? json_loads(measures_json, 0, NULL) : NULL;
	bool whole;

	memset(out, 0, sizeof(*out));
	whole = o && size_of(o, out) && get(o, "face_width_px", &m->face_width_px) &&
		get(o, "eye_line_px", &m->eye_line_px) && get(o, "crown_px", &m->crown_px) &&
		get(o, "centre_px", &m->centre_px) && m->face_width_px >= 1;
	if (whole) {
		get(o, "crown_seen", &m->crown_seen);
		get(o, "crown_cut", &m->crown_cut);
		shown_crop(o, out);
	}
	json_decref(o);
	return whole;
}

bool crop_finished(const char *measures_json, const struct preset *p)
{
	json_t *o =
		strstr(measures_json, "\"finished\"") ? json_loads(measures_json, 0, NULL) : NULL;
	const char *id = json_string_value(json_object_get(o, "finished"));
	bool same = id && !strcmp(id, p->limits.id);

	json_decref(o);
	return same;
}

static const char *framing_word(enum framing f)
{
	switch (f) {
	case FRAMING_OK:
		break;
	case FRAMING_CUT_OFF:
		return "cut_off";
	case FRAMING_SMALL:
		return "face_small";
	case FRAMING_LARGE:
		return "face_large";
	case FRAMING_HIGH:
		return "head_high";
	case FRAMING_LOW:
		return "head_low";
	case FRAMING_LEFT:
		return "off_centre_left";
	case FRAMING_RIGHT:
		return "off_centre_right";
	}
	return NULL;
}

const char *crop_for(const struct crop_seen *seen, const struct preset *p, struct image_crop *out)
{
	char id[40];
	double value, limit;

	memset(out, 0, sizeof(*out));
	/* What the person was shown and agreed to. */
	snprintf(id, sizeof(id), "%s/%s", p->limits.id, p->limits.version);
	if (seen->shown.w > 0 && !strcmp(seen->preset, id)) {
		*out = seen->shown;
		return NULL;
	}
	if (!(seen->m.face_width_px >= 1))
		return "no_face";
	return framing_word(framing_find(&p->limits.window, &seen->m, seen->width_px,
					 seen->height_px, out, &value, &limit));
}

bool subject_crop(const struct subject *s, const struct preset *p, struct image_crop *out)
{
	struct crop_seen seen;

	return crop_recorded(s->measures, &seen) && !crop_for(&seen, p, out);
}
