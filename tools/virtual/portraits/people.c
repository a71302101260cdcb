#include "firmware/base/cleanup.h"
#include "tools/virtual/portraits/parts.h"

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
	{ .skin = 0xf6dccb,
	  .lips = 0xc9716b,
	  .hair = 0x8a6a42,
	  .iris = 0x5a7086,
	  .jacket = 0x24272c,
	  .shirt = 0xf2f2f4,
	  .style = HAIR_LONG,
	  .width = 0.99,
	  .length = 1.0,
	  .eye_height = 1.05,
	  .nose_width = 0.9,
	  .lip_height = 1.0,
	  .brow_weight = 0.9,
	  .seed = 66 },
	{ .skin = 0x4e3122,
	  .lips = 0x58302b,
	  .hair = 0x0d0b0a,
	  .iris = 0x1c110b,
	  .jacket = 0x34363c,
	  .shirt = 0xeceff2,
	  .style = HAIR_BALD,
	  .width = 1.02,
	  .length = 1.01,
	  .eye_height = 1.0,
	  .nose_width = 1.2,
	  .lip_height = 1.25,
	  .brow_weight = 1.0,
	  .seed = 77 },
	{ .skin = 0xc68e66,
	  .lips = 0xa0524a,
	  .hair = 0x191210,
	  .iris = 0x2c1a10,
	  .jacket = 0x262830,
	  .shirt = 0xf1f1ef,
	  .style = HAIR_BUN,
	  .width = 0.97,
	  .length = 0.99,
	  .eye_height = 1.05,
	  .nose_width = 1.0,
	  .lip_height = 1.1,
	  .brow_weight = 0.95,
	  .seed = 88 },
	{ .skin = 0xa8714c,
	  .lips = 0x8e4b43,
	  .hair = 0x15100d,
	  .iris = 0x29180e,
	  .jacket = 0x23272c,
	  .shirt = 0xe8ebee,
	  .style = HAIR_SHORT,
	  .width = 1.03,
	  .length = 1.03,
	  .eye_height = 0.97,
	  .nose_width = 1.1,
	  .lip_height = 1.0,
	  .brow_weight = 1.25,
	  .seed = 99,
	  .beard = 0.8 },
	{ .skin = 0x6b4430,
	  .lips = 0x6d3a34,
	  .hair = 0x100c0a,
	  .iris = 0x20130c,
	  .jacket = 0x2b2c30,
	  .shirt = 0xedeff1,
	  .style = HAIR_LONG,
	  .width = 0.98,
	  .length = 1.0,
	  .eye_height = 1.08,
	  .nose_width = 1.12,
	  .lip_height = 1.2,
	  .brow_weight = 0.95,
	  .seed = 110 },
};
const size_t portrait_person_count = ARRAY_SIZE(portrait_people);

static double about(double value, double spread, struct rng *r)
{
	return value * (1 + spread * (2 * rng_unit(r) - 1));
}

/* The colour of the lips follows the skin. */
static uint32_t lips_for(uint32_t skin)
{
	uint32_t r = skin >> 16 & 255, g = skin >> 8 & 255, b = skin & 255;

	return (r * 82 / 100) << 16 | (g * 58 / 100) << 8 | b * 64 / 100;
}

struct portrait_person portrait_relative(int person, uint32_t skin, uint32_t vary)
{
	struct portrait_person p = portrait_people[person];
	struct rng r = { vary * 2654435761u + 17 };

	if (skin) {
		p.skin = skin;
		p.lips = lips_for(skin);
	}
	if (!vary)
		return p;
	for (int i = 0; i < 8; i++)
		rng_unit(&r);
	p.width = about(p.width, 0.03, &r);
	p.length = about(p.length, 0.025, &r);
	p.eye_height = about(p.eye_height, 0.08, &r);
	p.nose_width = about(p.nose_width, 0.08, &r);
	p.lip_height = about(p.lip_height, 0.10, &r);
	p.brow_weight = about(p.brow_weight, 0.15, &r);
	p.seed += vary * 1000;
	return p;
}
