/*
 * EXIF 2.3 (TIFF 6.0 inside APP1): orientation, ColorSpace and the interoperability index that
 * tells Adobe RGB. ICC.1 (chunks of APP2): a matrix profile is known by its primaries and its tone
 * curve, not by its name; a profile without a matrix by its name only.
 */
#include "firmware/base/jpeg_marks.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"

enum {
	EXIF_HEAD_BYTES = 6,
	TAG_ORIENTATION = 0x0112,
	TAG_EXIF = 0x8769,
	TAG_COLOUR = 0xa001,
	TAG_INTEROP = 0xa005,
	TAG_INDEX = 1,
	TYPE_ASCII = 2,
	TYPE_SHORT = 3,
	TYPE_LONG = 4,
	COLOUR_ADOBE = 2, /* not in the standard, but written */
	COLOUR_UNKNOWN = 0xffff,
	ICC_HEAD_BYTES = 14, /* "ICC_PROFILE", zero, number, count */
	ICC_TABLE = 128,
	ICC_TAGS_MAX = 100,
};

struct tiff {
	const uint8_t *p;
	size_t bytes;
	bool little;
};

static uint32_t number(const struct tiff *t, size_t at, int bytes)
{
	uint32_t v = 0;

	for (int i = 0; i < bytes; i++)
		v = v << 8 | t->p[at + (size_t)(t->little ? bytes - 1 - i : i)];
	return v;
}

/* Where the value of @tag stands in the directory at @ifd; 0: nowhere. */
static size_t tiff_find(const struct tiff *t, uint32_t ifd, uint32_t tag, uint32_t type)
{
	uint32_t count;

	if (ifd < 8 || t->bytes < 2 || ifd > t->bytes - 2)
		return 0;
	count = number(t, ifd, 2);
	for (size_t at = (size_t)ifd + 2; count-- && at + 12 <= t->bytes; at += 12)
		if (number(t, at, 2) == tag)
			return number(t, at + 2, 2) == type ? at + 8 : 0;
	return 0;
}

static enum jpeg_colour exif_colour(const struct tiff *t, uint32_t first)
{
	size_t at = tiff_find(t, first, TAG_EXIF, TYPE_LONG);
	uint32_t exif = at ? number(t, at, 4) : 0, said;

	at = exif ? tiff_find(t, exif, TAG_COLOUR, TYPE_SHORT) : 0;
	said = at ? number(t, at, 2) : 1;
	if (said == COLOUR_ADOBE)
		return JPEG_ADOBE_RGB;
	if (said != COLOUR_UNKNOWN)
		return JPEG_SRGB;
	at = tiff_find(t, exif, TAG_INTEROP, TYPE_LONG);
	at = at ? tiff_find(t, number(t, at, 4), TAG_INDEX, TYPE_ASCII) : 0;
	return at && !memcmp(t->p + at, "R03", 3) ? JPEG_ADOBE_RGB : JPEG_SRGB;
}

static void read_exif(const uint8_t *p, size_t bytes, struct jpeg_info *info)
{
	struct tiff t = { p, bytes, false };
	uint32_t first, value;
	size_t at;

	if (bytes < 8 || (memcmp(p, "II", 2) && memcmp(p, "MM", 2)))
		return;
	t.little = p[0] == 'I';
	if (number(&t, 2, 2) != 42)
		return;
	first = number(&t, 4, 4);
	at = tiff_find(&t, first, TAG_ORIENTATION, TYPE_SHORT);
	value = at ? number(&t, at, 2) : 1;
	info->orientation = value >= 1 && value <= 8 ? (int)value : 1;
	info->colour = exif_colour(&t, first);
}

/* --- ICC -------------------------------------------------------------------------------------- */

static bool icc_chunk(jpeg_saved_marker_ptr m)
{
	return m->marker == JPEG_APP0 + 2 && m->data_length >= ICC_HEAD_BYTES &&
	       !memcmp(m->data, "ICC_PROFILE", 12);
}

/* Chunks number 1…count in whatever order. Return: malloc'ed; NULL when one is missing. */
static uint8_t *icc_join(jpeg_saved_marker_ptr list, size_t *bytes)
{
	const struct jpeg_marker_struct *chunks[256] = { NULL };
	unsigned int count = 0;
	uint8_t *all;

	*bytes = 0;
	for (jpeg_saved_marker_ptr m = list; m; m = m->next) {
		if (!icc_chunk(m))
			continue;
		if (!count)
			count = m->data[13];
		if (m->data[13] != count || m->data[12] < 1 || m->data[12] > count ||
		    chunks[m->data[12]])
			return NULL;
		chunks[m->data[12]] = m;
		*bytes += m->data_length - ICC_HEAD_BYTES;
	}
	all = malloc(*bytes + 1);
	*bytes = 0;
	for (unsigned int i = 1; all && i <= count; i++) {
		if (!chunks[i]) {
			free(all);
			return NULL;
		}
		memcpy(all + *bytes, chunks[i]->data + ICC_HEAD_BYTES,
		       chunks[i]->data_length - ICC_HEAD_BYTES);
		*bytes += chunks[i]->data_length - ICC_HEAD_BYTES;
	}
	return all;
}

/* A tag's bytes inside the profile; bytes 0: not there or not whole. */
static struct tiff icc_tag(const struct tiff *icc, const char name[5])
{
	uint32_t count = number(icc, ICC_TABLE, 4);

	for (size_t i = 0; i < count && i < ICC_TAGS_MAX; i++) {
		size_t at = ICC_TABLE + 4 + i * 12, from, bytes;

		if (at + 12 > icc->bytes)
			break;
		if (memcmp(icc->p + at, name, 4))
			continue;
		from = number(icc, at + 4, 4);
		bytes = number(icc, at + 8, 4);
		if (from > icc->bytes || bytes > icc->bytes - from)
			break;
		return (struct tiff){ icc->p + from, bytes, false };
	}
	return (struct tiff){ NULL, 0, false };
}

/* s15Fixed16 × 65536 */
static int32_t fixed(const struct tiff *t, size_t at)
{
	return (int32_t)number(t, at, 4);
}

/* Primaries adapted to D50, XYZ × 65536. */
static const struct primaries {
	enum jpeg_colour colour;
	int32_t xyz[3][3];
} known[] = {
	{ JPEG_SRGB, { { 28578, 14581, 912 }, { 25241, 46981, 6363 }, { 9376, 3974, 46799 } } },
	{ JPEG_ADOBE_RGB,
	  { { 39957, 20389, 1276 }, { 13453, 41004, 3989 }, { 9778, 4142, 48799 } } },
	{ JPEG_DISPLAY_P3,
	  { { 33759, 15808, -69 }, { 19134, 45364, 2746 }, { 10298, 4364, 51387 } } },
};

enum { PRIMARY_TOLERANCE = 330 /* 0.005 */, CURVE_TOLERANCE = 790 /* 0.012 */ };

static bool near(int64_t a, int64_t b, int64_t tolerance)
{
	return a - b <= tolerance && b - a <= tolerance;
}

static bool primaries_are(const struct tiff *icc, const struct primaries *want)
{
	static const char names[3][5] = { "rXYZ", "gXYZ", "bXYZ" };

	for (int c = 0; c < 3; c++) {
		struct tiff t = icc_tag(icc, names[c]);

		if (t.bytes < 20)
			return false;
		for (size_t i = 0; i < 3; i++)
			if (!near(fixed(&t, 8 + 4 * i), want->xyz[c][i], PRIMARY_TOLERANCE))
				return false;
	}
	return true;
}

/* The curves of sRGB and of gamma 2.2 are so near to each other that either is taken for either. */
static bool table_is_known(const struct tiff *t, uint32_t count)
{
	/* sRGB at 1/4, 1/2 and 3/4 */
	static const int32_t want[3] = { 3334, 14027, 34243 };

	if (t->bytes < 12 + (size_t)count * 2)
		return false;
	for (uint32_t i = 0; i < 3; i++) {
		uint32_t pos = (i + 1) * (count - 1), at = pos / 4, part = pos % 4;
		int32_t low = (int32_t)number(t, 12 + (size_t)at * 2, 2);
		int32_t high = part ? (int32_t)number(t, 14 + (size_t)at * 2, 2) : low;

		if (!near((low * (4 - (int32_t)part) + high * (int32_t)part) / 4, want[i],
			  CURVE_TOLERANCE))
			return false;
	}
	return true;
}

static bool curve_is_known(const struct tiff *icc, const char name[5])
{
	struct tiff t = icc_tag(icc, name);
	uint32_t count;

	if (t.bytes < 14)
		return false;
	if (!memcmp(t.p, "para", 4)) {
		uint32_t kind = number(&t, 8, 2);

		if (t.bytes < 16)
			return false;
		return kind == 0 ? near(fixed(&t, 12), 144179, 6554) /* gamma 2.2 */
				 : (kind == 3 || kind == 4) &&
					   near(fixed(&t, 12), 157286, 6554); /* 2.4 with a foot */
	}
	if (memcmp(t.p, "curv", 4))
		return false;
	count = number(&t, 8, 4);
	if (count == 1)
		return near(number(&t, 12, 2), 563, 26);
	return count >= 5 && count <= 65536 && table_is_known(&t, count);
}

static bool starts(const struct tiff *t, size_t at, int wide, const char *name)
{
	for (size_t i = 0; name[i]; i++)
		if (at + (i + 1) * (size_t)wide > t->bytes ||
		    number(t, at + i * (size_t)wide, wide) != (uint8_t)name[i])
			return false;
	return true;
}

/* 'desc' of version 2 is ASCII, of version 4 'mluc': UTF-16, here the first language. */
static enum jpeg_colour icc_name(const struct tiff *icc)
{
	struct tiff t = icc_tag(icc, "desc");
	bool wide = t.bytes >= 28 && !memcmp(t.p, "mluc", 4);
	size_t at = wide ? number(&t, 24, 4) : 12;
	int width = wide ? 2 : 1;

	if (t.bytes < 28)
		return JPEG_OTHER_PROFILE;
	if (starts(&t, at, width, "sRGB"))
		return JPEG_SRGB;
	if (starts(&t, at, width, "Adobe RGB"))
		return JPEG_ADOBE_RGB;
	return starts(&t, at, width, "Display P3") ? JPEG_DISPLAY_P3 : JPEG_OTHER_PROFILE;
}

static enum jpeg_colour icc_colour(const struct tiff *icc)
{
	if (icc->bytes < ICC_TABLE + 4 || memcmp(icc->p + 16, "RGB ", 4))
		return JPEG_OTHER_PROFILE;
	if (!icc_tag(icc, "rXYZ").bytes)
		return icc_name(icc);
	if (!curve_is_known(icc, "rTRC") || !curve_is_known(icc, "gTRC") ||
	    !curve_is_known(icc, "bTRC"))
		return JPEG_OTHER_PROFILE;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (primaries_are(icc, &known[i]))
			return known[i].colour;
	return JPEG_OTHER_PROFILE;
}

static void read_icc(jpeg_saved_marker_ptr list, struct jpeg_info *info)
{
	SCOPED_FREE uint8_t *all = NULL;
	struct tiff icc = { NULL, 0, false };
	jpeg_saved_marker_ptr m = list;

	while (m && !icc_chunk(m))
		m = m->next;
	if (!m)
		return;
	all = icc_join(list, &icc.bytes);
	icc.p = all;
	info->colour = all ? icc_colour(&icc) : JPEG_OTHER_PROFILE;
}

void jpeg_marks_read(jpeg_saved_marker_ptr list, struct jpeg_info *info)
{
	info->orientation = 1;
	info->colour = JPEG_SRGB;
	for (jpeg_saved_marker_ptr m = list; m; m = m->next)
		if (m->marker == JPEG_APP0 + 1 && m->data_length > EXIF_HEAD_BYTES &&
		    !memcmp(m->data, "Exif\0\0", EXIF_HEAD_BYTES)) {
			read_exif(m->data + EXIF_HEAD_BYTES, m->data_length - EXIF_HEAD_BYTES,
				  info);
			break;
		}
	read_icc(list, info);
}
