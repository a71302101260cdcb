/*
 * JPEG segments (ISO 10918-1, B.1.1): FF, marker, length of two bytes that counts itself. JFIF
 * density in APP0, EXIF 2.3 in APP1 as TIFF 6.0, XMP in APP1, Photoshop's resources in APP13.
 */
#include "firmware/office/photo_facts.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"

enum {
	TAG_MAKE = 0x010f,
	TAG_MODEL = 0x0110,
	TAG_X_RESOLUTION = 0x011a,
	TAG_Y_RESOLUTION = 0x011b,
	TAG_UNIT = 0x0128,
	TAG_CHANGED = 0x0132,
	TAG_EXIF = 0x8769,
	TAG_TAKEN = 0x9003,
	TAG_DIGITIZED = 0x9004,
	UNIT_CM = 3,
	ENTRIES_MAX = 512,
};

struct span {
	const uint8_t *p;
	size_t bytes;
	bool little;
};

/* Programs that change more than size and place, by a word they leave in the file. */
static const struct {
	const char *word, *name;
} editors[] = {
	{ "Photoshop", "Photoshop" },
	{ "Lightroom", "Lightroom" },
	{ "Meitu", "美图" },
	{ "XiuXiu", "美图秀秀" },
	{ "Mei Tu", "美图" },
	{ "美图", "美图" },
	{ "BeautyPlus", "BeautyPlus" },
	{ "BeautyCam", "美颜相机" },
	{ "美颜", "美颜相机" },
	{ "轻颜", "轻颜" },
	{ "醒图", "醒图" },
	{ "Faceu", "Faceu" },
	{ "Snapseed", "Snapseed" },
	{ "PicsArt", "PicsArt" },
	{ "GIMP", "GIMP" },
	{ "nEO iMAGING", "光影魔术手" },
	{ "Pixlr", "Pixlr" },
	{ "Canva", "Canva" },
	{ "Facetune", "Facetune" },
	{ "PaintShop", "PaintShop" },
	{ "Affinity Photo", "Affinity Photo" },
	{ "Remini", "Remini" },
	{ "Stable Diffusion", "Stable Diffusion" },
	{ "Midjourney", "Midjourney" },
};

/* --- TIFF -------------------------------------------------------------------------------------- */

static uint32_t number(const struct span *t, size_t at, int bytes)
{
	uint32_t v = 0;

	if (at > t->bytes || t->bytes - at < (size_t)bytes)
		return 0;
	for (int i = 0; i < bytes; i++)
		v = v << 8 | t->p[at + (size_t)(t->little ? bytes - 1 - i : i)];
	return v;
}

/* Where the entry of @tag stands in the directory at @ifd; 0: nowhere. */
static size_t entry(const struct span *t, uint32_t ifd, uint32_t tag)
{
	uint32_t count;

	if (ifd < 8 || ifd > t->bytes || t->bytes - ifd < 2)
		return 0;
	count = number(t, ifd, 2);
	for (uint32_t i = 0; i < count && i < ENTRIES_MAX; i++) {
		size_t at = (size_t)ifd + 2 + 12 * (size_t)i;

		if (at + 12 > t->bytes)
			return 0;
		if (number(t, at, 2) == tag)
			return at;
	}
	return 0;
}

/* An ASCII value, printable characters only. */
static void ascii(const struct span *t, uint32_t ifd, uint32_t tag, char *out, size_t size)
{
	size_t at = entry(t, ifd, tag), n, from, kept = 0;

	out[0] = '\0';
	if (!at || number(t, at + 2, 2) != 2)
		return;
	n = number(t, at + 4, 4);
	from = n <= 4 ? at + 8 : number(t, at + 8, 4);
	if (from > t->bytes || n > t->bytes - from)
		return;
	for (size_t i = 0; i < n && kept + 1 < size && t->p[from + i]; i++)
		if (t->p[from + i] >= 0x20 && t->p[from + i] < 0x7f)
			out[kept++] = (char)t->p[from + i];
	out[kept] = '\0';
}

/* "2026:03:01 10:20:30" as ISO 8601; "" when it is none. */
static void date(const struct span *t, uint32_t ifd, uint32_t tag, char out[static 20])
{
	int y, mo, d, h = 0, mi = 0, s = 0, n;
	char text[24];

	ascii(t, ifd, tag, text, sizeof(text));
	out[0] = '\0';
	n = sscanf(text, "%4d%*1[:-]%2d%*1[:-]%2d%*1[ T]%2d:%2d:%2d", &y, &mo, &d, &h, &mi, &s);
	if (n >= 3 && y >= 1900 && y <= 2200 && mo >= 1 && mo <= 12 && d >= 1 && d <= 31 &&
	    h >= 0 && h < 24 && mi >= 0 && mi < 60 && s >= 0 && s <= 60)
		snprintf(out, 20, "%04d-%02d-%02dT%02d:%02d:%02d", y % 10000, mo % 100, d % 100,
			 h % 100, mi % 100, s % 100);
}

static int resolution(const struct span *t, uint32_t ifd, uint32_t tag)
{
	size_t at = entry(t, ifd, tag), unit = entry(t, ifd, TAG_UNIT), from;
	uint32_t over, under;

	if (!at || number(t, at + 2, 2) != 5)
		return 0;
	from = number(t, at + 8, 4);
	over = number(t, from, 4);
	under = number(t, from + 4, 4);
	if (!under || over / under > 100000)
		return 0;
	if (unit && number(t, unit + 8, 2) == UNIT_CM)
		return (int)(2.54 * over / under + 0.5);
	return (int)((double)over / under + 0.5);
}

static void read_exif(const uint8_t *p, size_t bytes, struct photo_facts *f)
{
	struct span t = { p, bytes, bytes && p[0] == 'I' };
	char make[32], model[32];
	uint32_t first, exif;
	size_t at;

	if (bytes < 8 || (memcmp(p, "II", 2) && memcmp(p, "MM", 2)) || number(&t, 2, 2) != 42)
		return;
	first = number(&t, 4, 4);
	date(&t, first, TAG_CHANGED, f->changed);
	ascii(&t, first, TAG_MAKE, make, sizeof(make));
	ascii(&t, first, TAG_MODEL, model, sizeof(model));
	snprintf(f->camera, sizeof(f->camera), "%.30s%s%.30s", make, make[0] && model[0] ? " " : "",
		 model);
	if (!f->dpi_x) {
		f->dpi_x = resolution(&t, first, TAG_X_RESOLUTION);
		f->dpi_y = resolution(&t, first, TAG_Y_RESOLUTION);
	}
	at = entry(&t, first, TAG_EXIF);
	exif = at ? number(&t, at + 8, 4) : 0;
	date(&t, exif, TAG_TAKEN, f->taken);
	if (!f->taken[0])
		date(&t, exif, TAG_DIGITIZED, f->taken);
}

/* --- segments ---------------------------------------------------------------------------------- */

static bool holds(const uint8_t *p, size_t bytes, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= bytes; i++)
		if (!strncasecmp((const char *)p + i, word, n))
			return true;
	return false;
}

/* An APP14 "Adobe" marker alone says nothing: cameras' own converters write it. */
static void look_for_editor(const uint8_t *p, size_t bytes, struct photo_facts *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(editors) && !f->editor[0]; i++)
		if (holds(p, bytes, editors[i].word))
			text_copy(f->editor, sizeof(f->editor), editors[i].name);
}

static void read_jfif(const uint8_t *p, size_t bytes, struct photo_facts *f)
{
	int x, y;

	if (bytes < 12 || memcmp(p, "JFIF", 5))
		return;
	x = p[8] << 8 | p[9];
	y = p[10] << 8 | p[11];
	if (p[7] == 1 || p[7] == 2) {
		f->dpi_x = p[7] == 2 ? (x * 254 + 50) / 100 : x;
		f->dpi_y = p[7] == 2 ? (y * 254 + 50) / 100 : y;
	}
}

static void read_frame(const uint8_t *p, size_t bytes, int marker, struct photo_facts *f)
{
	if (bytes < 6)
		return;
	f->jpeg = true;
	f->precision = p[0];
	f->height_px = p[1] << 8 | p[2];
	f->width_px = p[3] << 8 | p[4];
	f->components = p[5];
	f->progressive = marker == 0xc2 || marker == 0xc6;
}

static bool is_frame(int marker)
{
	return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 &&
	       marker != 0xcc;
}

static void segment(int marker, const uint8_t *p, size_t bytes, struct photo_facts *f)
{
	if (is_frame(marker) && !f->jpeg)
		read_frame(p, bytes, marker, f);
	if (marker == 0xe0)
		read_jfif(p, bytes, f);
	if (marker == 0xe1 && bytes > 6 && !memcmp(p, "Exif\0\0", 6) && !f->exif) {
		f->exif = true;
		read_exif(p + 6, bytes - 6, f);
	}
	/* not APP2: colour profiles name the programs of their makers */
	if (marker == 0xe1 || marker == 0xed || marker == 0xfe || marker == 0xec)
		look_for_editor(p, bytes, f);
}

void photo_facts(const uint8_t *data, size_t bytes, struct photo_facts *f)
{
	size_t at = 2;

	memset(f, 0, sizeof(*f));
	if (bytes < 4 || data[0] != 0xff || data[1] != 0xd8)
		return;
	while (at + 4 <= bytes && data[at] == 0xff) {
		int marker = data[at + 1];
		size_t length = (size_t)data[at + 2] << 8 | data[at + 3];

		if (marker == 0xff) { /* fill byte */
			at++;
			continue;
		}
		if (marker == 0xda || marker == 0xd9 || length < 2 || length > bytes - at - 2)
			return;
		segment(marker, data + at + 4, length - 2, f);
		at += 2 + length;
	}
}

const char *photo_kind(const uint8_t *data, size_t bytes)
{
	static const struct {
		size_t at;
		const char *magic, *kind;
	} kinds[] = {
		{ 0, "\x89PNG", "PNG" },  { 0, "GIF8", "GIF" },	   { 8, "WEBP", "WebP" },
		{ 4, "ftyp", "HEIC" },	  { 0, "%PDF", "PDF" },	   { 0, "BM", "BMP" },
		{ 0, "II*", "TIFF/RAW" }, { 0, "MM", "TIFF/RAW" }, { 0, "PK", "ZIP" },
		{ 0, "Rar!", "RAR" },
	};

	if (!bytes)
		return "empty";
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t n = strlen(kinds[i].magic);

		if (bytes >= kinds[i].at + n && !memcmp(data + kinds[i].at, kinds[i].magic, n))
			return kinds[i].kind;
	}
	return "";
}
