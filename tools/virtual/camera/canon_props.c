/* Canon EOS 80D: properties. Values are Canon's own codes; only what libgphoto2 looks at. */
#include <string.h>

#include "firmware/base/cleanup.h"
#include "tools/virtual/camera/canon.h"

// clang-format off
const struct property canon_props[CANON_PROPS] = {
	{ 0x5001, TYPE_U8, false, 87, "", 'r', 0, { 0 }, { 0 } },
	{ 0xd101, TYPE_U16, true, 0x30, "", 'e', 5, { 0x20, 0x2b, 0x30, 0x35, 0x38 }, { 0 } }, /* 5.6 */
	{ 0xd102, TYPE_U16, true, 0x70, "", 'e', 5, { 0x68, 0x6b, 0x70, 0x73, 0x78 }, { 0 } }, /* 1/125 */
	{ 0xd103, TYPE_U16, true, 0x50, "", 'e', 7,
	  { 0, 0x48, 0x50, 0x58, 0x60, 0x68, 0x70 }, { 0 } }, /* ISO auto 100 200 400 … */
	{ 0xd104, TYPE_U8, true, 0, "", 'e', 3, { 0xfd, 0, 3 }, { 0 } }, /* compensation */
	{ 0xd105, TYPE_U16, true, 3, "", 'n', 0, { 0 }, { 0 } }, /* M */
	{ 0xd106, TYPE_U16, true, 0, "", 'e', 3, { 0, 4, 0x10 }, { 0 } }, /* drive: single */
	{ 0xd107, TYPE_U8, true, 3, "", 'e', 4, { 1, 3, 4, 5 }, { 0 } }, /* metering */
	{ 0xd108, TYPE_U16, false, 0, "", 'n', 0, { 0 }, { 0 } }, /* focus: 0 one shot, 3 manual */
	{ 0xd109, TYPE_U8, true, 0, "", 'e', 5, { 0, 1, 2, 3, 5 }, { 0 } }, /* white balance */
	{ 0xd10f, TYPE_U16, true, 1, "", 'e', 2, { 1, 2 }, { 0 } }, /* 1 sRGB, 2 Adobe RGB */
	{ 0xd110, TYPE_U8, true, 0x81, "", 'e', 3, { 0x81, 0x82, 0x84 }, { 0 } }, /* picture style */
	{ 0xd111, TYPE_U16, false, 2, "", 'n', 0, { 0 }, { 0 } }, /* battery: 0 low 5 1 4 2 full */
	{ 0xd113, TYPE_EOS_TIME, true, 0, "", 'n', 0, { 0 }, { 0 } },
	{ 0xd114, TYPE_U16, true, 0, "", 'e', 4, { 0, 60, 120, 240 }, { 0 } }, /* power off, s */
	{ 0xd115, TYPE_TEXT, true, 0, "", 'n', 0, { 0 }, { 0 } },
	{ 0xd116, TYPE_U32, false, 0x80000350, "", 'n', 0, { 0 }, { 0 } }, /* model id */
	{ 0xd11b, TYPE_U32, false, 2000, "", 'n', 0, { 0 }, { 0 } }, /* available shots */
	{ 0xd11c, TYPE_U32, true, 2, "", 'e', 2, { 2, 4 }, { 0 } }, /* destination: card, host */
	{ 0xd11e, TYPE_U32, false, STORAGE_ID, "", 'n', 0, { 0 }, { 0 } },
	{ 0xd120, TYPE_EOS_FORMAT, true, 0, "", 'e', 3, { 0, 1, 2 }, { 0 } },
	{ 0xd1ac, TYPE_U32, false, 1234, "", 'n', 0, { 0 }, { 0 } }, /* releases so far */
	{ 0xd1af, TYPE_TEXT, false, 0, "", 'n', 0, { 0 }, { 0 } }, /* serial number */
	{ 0xd1b0, TYPE_U16, true, 0, "", 'e', 3, { 0, 1, 2 }, { 0 } }, /* live view: off, body, host */
	{ 0xd1b1, TYPE_U16, true, 1, "", 'e', 2, { 0, 1 }, { 0 } }, /* live view allowed */
	{ 0xd1d0, TYPE_TEXT, true, 0, "", 'n', 0, { 0 }, { 0 } }, /* artist */
	{ 0xd1d1, TYPE_TEXT, true, 0, "", 'n', 0, { 0 }, { 0 } }, /* copyright */
};
// clang-format on

/* APEX in eighths: 0x50 is ISO 200, 0x70 1/125 s, 0x30 f/5.6. */
void canon_exposure(struct vcam *v, struct exposure *out)
{
	static const uint32_t f[][2] = {
		{ 0x20, 280 }, { 0x2b, 450 }, { 0x30, 560 }, { 0x35, 900 }, { 0x38, 800 }
	};
	uint32_t iso = props_find(v, 0xd103)->value, tv = props_find(v, 0xd102)->value;

	out->iso = iso >= 0x48 ? 100u << ((iso - 0x48) / 8) : 100;
	out->time_10000 = tv >= 0x68 ? 160u >> ((tv - 0x68) / 8) : 160;
	for (size_t i = 0; i < ARRAY_SIZE(f); i++)
		if (f[i][0] == props_find(v, 0xd101)->value)
			out->f_100 = f[i][1];
}

int canon_files(const struct vcam *v)
{
	static const int files[] = { FILE_JPEG, FILE_RAW | FILE_JPEG, FILE_RAW };

	return files[props_find((struct vcam *)(uintptr_t)v, 0xd120)->value % 3];
}
