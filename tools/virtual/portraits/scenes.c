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
	{ "good-6", "", .person = 5, GOOD, .clothes = 0x6a4630 },
	{ "good-7", "", .person = 6, GOOD },
	{ "good-8", "", .person = 7, GOOD, .backdrop = 0xffffff },
	{ "good-9", "", .person = 4, GOOD, .glasses = 0.03 },
	{ "good-10", "", .person = 9, GOOD, .clothes = 0x1c2440 },
	{ "moved", "moved", .person = 2, GOOD, .motion = 0.08, .motion_deg = 20 },
	{ "nodding", "nodding", .person = 0, GOOD, .pitch_deg = -20 },
	{ "gaze", "gaze", .person = 3, GOOD, .gaze = 0.28 },
	{ "teeth", "mouth_open", .person = 4, GOOD, .teeth = 1, .mouth = 0.7 },
	{ "backdrop-object", "backdrop_object", .person = 4, GOOD, .object = OBJECT_DOOR },
	{ "backdrop-uneven", "backdrop_uneven", .person = 1, GOOD, .slope_ev = -1.4 },
	{ "backdrop-green", "backdrop_colour", .person = 0, GOOD, .backdrop = 0x3c9a50 },
	{ "clothes-green", "clothes_barred", .person = 3, GOOD, .clothes = 0x1f8f3f },
	{ "clothes-white", "clothes_backdrop", .person = 4, GOOD, .backdrop = 0xffffff,
	  .clothes = 0xf4f4f4 },
	{ "glare", "glare", .person = 4, GOOD, .glasses = 0.03, .glare = 0.22 },
	{ "sunglasses", "tinted", .person = 0, GOOD, .glasses = 0.03, .tint = 0.8 },
	{ "red-eye", "red_eye", .person = 1, GOOD, .red_eye = 1 },
	{ "shoulders", "shoulders", .person = 0, GOOD, .lean_deg = 10 },
	{ "low", "head_low", .person = 3, GOOD, .shift_v = 3.2 },
};
const size_t portrait_scene_count = ARRAY_SIZE(portrait_scenes);

const struct portrait_scene *portrait_scene_find(const char *name)
{
	for (size_t i = 0; i < portrait_scene_count; i++)
		if (!strcmp(portrait_scenes[i].name, name))
			return &portrait_scenes[i];
	return NULL;
}
