#include "tools/virtual/portraits/portrait.h"

#include <string.h>

#include "firmware/base/cleanup.h"

const struct portrait_person portrait_people[] = {
	{ .skin = 0xe3b596,
	  .lips = 0xb8645c,
	  .hair = 0x1d1714,
	  .iris = 0x3a2416,
	  .jacket = 0x23262e,
	  .shirt = 0xf0f1f3,
	  .style = HAIR_SHORT,
	  .width = 1.02,
	  .length = 1.02,
	  .eye_height = 0.95,
	  .nose_width = 1.05,
	  .lip_height = 0.92,
	  .brow_weight = 1.2,
	  .seed = 11 },
	{ .skin = 0xf0c9ae,
	  .lips = 0xc4605f,
	  .hair = 0x2a1c16,
	  .iris = 0x402a1a,
	  .jacket = 0x1f2126,
	  .shirt = 0xf4f1ee,
	  .style = HAIR_LONG,
	  .width = 0.96,
	  .length = 0.98,
	  .eye_height = 1.1,
	  .nose_width = 0.88,
	  .lip_height = 1.08,
	  .brow_weight = 0.8,
	  .seed = 22 },
	{ .skin = 0x8a5a3e,
	  .lips = 0x7d4038,
	  .hair = 0x120e0c,
	  .iris = 0x22140c,
	  .jacket = 0x2a2a2c,
	  .shirt = 0xe9ebee,
	  .style = HAIR_CROPPED,
	  .width = 1.03,
	  .length = 1.0,
	  .eye_height = 1.05,
	  .nose_width = 1.2,
	  .lip_height = 1.25,
	  .brow_weight = 1.1,
	  .seed = 33 },
	{ .skin = 0xd6a079,
	  .lips = 0xa9544c,
	  .hair = 0x17110f,
	  .iris = 0x2c1a10,
	  .jacket = 0x30262a,
	  .shirt = 0xf2f2f0,
	  .style = HAIR_TIED,
	  .width = 0.98,
	  .length = 1.0,
	  .eye_height = 1.02,
	  .nose_width = 0.95,
	  .lip_height = 1.05,
	  .brow_weight = 0.9,
	  .seed = 44 },
	{ .skin = 0xedbd9f,
	  .lips = 0xb9655c,
	  .hair = 0x4a2f1e,
	  .iris = 0x4f5a3a,
	  .jacket = 0x25282b,
	  .shirt = 0xe6e9ec,
	  .style = HAIR_SHORT,
	  .width = 0.97,
	  .length = 1.03,
	  .eye_height = 1.0,
	  .nose_width = 0.95,
	  .lip_height = 0.95,
	  .brow_weight = 1.0,
	  .seed = 55 },
};

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
