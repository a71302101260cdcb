/* The named scenes: each passes, or fails for exactly the code written beside it. */
#include <string.h>

#include "firmware/base/cleanup.h"
#include "tools/virtual/portraits/portrait.h"

#define GOOD .second = -1, .eyes = 1
const struct portrait_scene portrait_scenes[] = {
	{ "good-1", "", .person = 0, GOOD },
	{ "good-2", "", .person = 1, GOOD },
	{ "good-3", "", .person = 2, GOOD },
	{ "good-4", "", .person = 3, GOOD },
	{ "good-5", "", .person = 4, GOOD, .roll_deg = 1.5, .yaw_deg = -3 },
	{ "blink", "eyes_closed", .person = 1, .second = -1, .eyes = 0 },
	{ "turned", "turned", .person = 1, GOOD, .yaw_deg = 37 },
	{ "tilted", "tilted", .person = 3, GOOD, .roll_deg = 12 },
	{ "dark", "underexposed", .person = 4, GOOD, .ev = -3.5 },
	{ "bright", "overexposed", .person = 0, GOOD, .ev = 1.8 },
	{ "half-lit", "half_lit", .person = 3, GOOD, .left_ev = -1.6 },
	{ "two", "many_faces", .person = 0, .second = 3, .eyes = 1, .shift_u = -1.15 },
	{ "empty", "no_face", .person = -1, GOOD },
	{ "mouth", "mouth_open", .person = 1, GOOD, .mouth = 1 },
	{ "blurred", "blurred", .person = 4, GOOD, .blur = 0.022 },
};
const size_t portrait_scene_count = ARRAY_SIZE(portrait_scenes);

const struct portrait_scene *portrait_scene_find(const char *name)
{
	for (size_t i = 0; i < portrait_scene_count; i++)
		if (!strcmp(portrait_scenes[i].name, name))
			return &portrait_scenes[i];
	return NULL;
}
