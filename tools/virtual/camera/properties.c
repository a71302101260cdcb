/* Device properties: what a D750 shows over PTP/IP, as far as a tethering program looks. */
#include <stdlib.h>
#include <string.h>

#include "tools/virtual/camera/vcam_internal.h"

static const struct property defaults[] = {
	{ 0x5001, 2, false, 87, "", 'r', 0, { 0 }, { 0 } }, /* battery, percent */
	{ 0x5003,
	  0xffff,
	  true,
	  0,
	  "6016x4016",
	  'e',
	  3,
	  { 0 },
	  { "6016x4016", "4512x3008", "3008x2008" } }, /* image size */
	{ 0x5004, 2, true, 2, "", 'e', 7, { 0, 1, 2, 4, 5, 6, 7 }, { 0 } }, /* quality: 2 fine */
	{ 0x5005, 4, true, 4, "", 'e', 4, { 2, 4, 6, 0x8010 }, { 0 } }, /* white balance */
	{ 0x5007, 4, true, 560, "", 'e', 5, { 400, 450, 500, 560, 800 }, { 0 } }, /* f-number */
	{ 0x500a, 4, false, 0x8010, "", 'e', 3, { 1, 0x8010, 0x8011 }, { 0 } }, /* focus: AF-S */
	{ 0x500c, 4, true, 2, "", 'e', 2, { 2, 4 }, { 0 } }, /* flash */
	{ 0x500d, 6, true, 80, "", 'e', 5, { 40, 50, 80, 100, 166 }, { 0 } }, /* 1/10000 s */
	{ 0x500e, 4, false, 1, "", 'e', 4, { 1, 2, 3, 4 }, { 0 } }, /* M P A S */
	{ 0x500f, 4, true, 200, "", 'e', 6, { 100, 200, 400, 800, 1600, 3200 }, { 0 } }, /* ISO */
	{ 0x5011, 0xffff, true, 0, "", 'n', 0, { 0 }, { 0 } }, /* clock, filled when asked */
	{ 0xd032, 2, true, 0, "", 'e', 2, { 0, 1 }, { 0 } }, /* colour space: 0 sRGB, 1 Adobe RGB */
	{ 0xd100, 6, true, 0x0001007d, "", 'e', 3, { 0x0001003c, 0x0001007d, 0x000100fa }, { 0 } },
	{ 0xd10b, 2, true, 0, "", 'e', 2, { 0, 1 }, { 0 } }, /* recording media: 0 card, 1 SDRAM */
	{ 0xd161, 2, false, 0, "", 'e', 3, { 0, 1, 4 }, { 0 } }, /* AF mode */
	{ 0xd16a, 2, false, 1, "", 'n', 0, { 0 }, { 0 } },
	{ 0xd1a2, 2, false, 0, "", 'n', 0, { 0 }, { 0 } }, /* live view is on */
	{ 0xd1a4, 6, false, 0, "", 'n', 0, { 0 }, { 0 } }, /* why live view is prohibited, bits */
};

int props_init(struct vcam *v)
{
	free(v->props);
	v->props = malloc(sizeof(defaults));
	if (!v->props)
		return -1;
	memcpy(v->props, defaults, sizeof(defaults));
	v->prop_count = sizeof(defaults) / sizeof(defaults[0]);
	return 0;
}

struct property *props_find(struct vcam *v, uint16_t code)
{
	for (int i = 0; i < v->prop_count; i++)
		if (v->props[i].code == code)
			return &v->props[i];
	return NULL;
}

static void put_number(struct blob *b, uint16_t type, uint32_t x)
{
	if (type == 2)
		blob_u8(b, (uint8_t)x);
	else if (type == 4)
		blob_u16(b, (uint16_t)x);
	else
		blob_u32(b, x);
}

void props_value(const struct property *p, struct blob *b)
{
	if (p->code == 0x5011 && !p->text[0])
		blob_time(b, time(NULL));
	else if (p->type == 0xffff)
		blob_text(b, p->text);
	else
		put_number(b, p->type, p->value);
}

void props_describe(const struct property *p, struct blob *b)
{
	blob_u16(b, p->code);
	blob_u16(b, p->type);
	blob_u8(b, p->writable);
	props_value(p, b); /* factory default: the same */
	props_value(p, b);
	blob_u8(b, p->form == 'r' ? 1 : p->form == 'e' ? 2 : 0);
	if (p->form == 'r') {
		put_number(b, p->type, 0);
		put_number(b, p->type, 100);
		put_number(b, p->type, 1);
	} else if (p->form == 'e') {
		blob_u16(b, p->choice_count);
		for (int i = 0; i < p->choice_count; i++) {
			if (p->type == 0xffff)
				blob_text(b, p->texts[i]);
			else
				put_number(b, p->type, p->choices[i]);
		}
	}
}
