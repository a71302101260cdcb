/* Scenes put together by name: "good-1,yaw_deg=12,clothes=0x3f6fd8". */
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "tools/virtual/portraits/portrait.h"

enum kind { NUMBER, WHOLE, COLOUR, OBJECT };

static const struct key {
	const char *name;
	size_t offset;
	enum kind kind;
} keys[] = {
#define KEY(field, kind)                                                                           \
	{                                                                                          \
#field, offsetof(struct portrait_scene, field), kind                               \
	}
	KEY(person, WHOLE),	KEY(second, WHOLE),	KEY(roll_deg, NUMBER),
	KEY(yaw_deg, NUMBER),	KEY(pitch_deg, NUMBER), KEY(eyes, NUMBER),
	KEY(mouth, NUMBER),	KEY(teeth, NUMBER),	KEY(ev, NUMBER),
	KEY(left_ev, NUMBER),	KEY(blur, NUMBER),	KEY(shift_u, NUMBER),
	KEY(shift_v, NUMBER),	KEY(zoom, NUMBER),	KEY(skin, COLOUR),
	KEY(vary, COLOUR),	KEY(gaze, NUMBER),	KEY(red_eye, NUMBER),
	KEY(shine, NUMBER),	KEY(glasses, NUMBER),	KEY(glare, NUMBER),
	KEY(tint, NUMBER),	KEY(clothes, COLOUR),	KEY(lean_deg, NUMBER),
	KEY(torso, NUMBER),	KEY(top, NUMBER),	KEY(shadow_ev, NUMBER),
	KEY(sitter_ev, NUMBER), KEY(red_ev, NUMBER),	KEY(blue_ev, NUMBER),
	KEY(backdrop, COLOUR),	KEY(slope_ev, NUMBER),	KEY(folds, NUMBER),
	KEY(object, OBJECT),	KEY(motion, NUMBER),	KEY(motion_deg, NUMBER),
	KEY(noise, NUMBER),	KEY(moire, NUMBER),	KEY(backdrop_shadow_ev, NUMBER),
};

static const char *const objects[] = { "none", "door", "person", "pole" };

const char *portrait_keys(size_t i)
{
	return i < ARRAY_SIZE(keys) ? keys[i].name : NULL;
}

struct portrait_scene portrait_plain(int person)
{
	return (struct portrait_scene){
		.name = "plain", .reason = "", .person = person, .second = -1, .eyes = 1
	};
}

static int set_object(void *at, const char *value)
{
	for (int i = 0; i < (int)ARRAY_SIZE(objects); i++)
		if (!strcmp(value, objects[i])) {
			enum portrait_object o = (enum portrait_object)i;

			memcpy(at, &o, sizeof(o));
			return 0;
		}
	return -1;
}

static int person_exists(int index)
{
	return index >= -1 && index < (int)portrait_person_count;
}

static int set_one(struct portrait_scene *s, const struct key *k, const char *value)
{
	void *at = (char *)s + k->offset;
	char *end = NULL;
	double number = strtod(value, &end);
	uint32_t colour;

	if (k->kind == OBJECT)
		return set_object(at, value);
	if (k->kind == COLOUR) {
		colour = (uint32_t)strtoul(value, &end, 0);
		memcpy(at, &colour, sizeof(colour));
	} else if (k->kind == WHOLE) {
		int index = (int)number;

		if (!person_exists(index))
			return -1;
		memcpy(at, &index, sizeof(index));
	} else {
		memcpy(at, &number, sizeof(number));
	}
	return end && end != value && !*end ? 0 : -1;
}

static int set_word(struct portrait_scene *s, char *word)
{
	char *value = strchr(word, '=');
	const struct portrait_scene *named;

	if (!value) {
		named = portrait_scene_find(word);
		if (named)
			*s = *named;
		return named ? 0 : -1;
	}
	*value++ = 0;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i].name, word))
			return set_one(s, &keys[i], value);
	return -1;
}

int portrait_scene_set(struct portrait_scene *s, const char *text, const char **fault)
{
	while (*text) {
		size_t n = strcspn(text, ",");
		SCOPED_FREE char *word = strndup(text, n);

		if (!word || set_word(s, word) < 0) {
			if (fault)
				*fault = text;
			return -1;
		}
		text += n + (text[n] == ',');
	}
	return 0;
}
