/* Why a file could not be judged, for staff at a terminal. */
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/jpeg.h"
#include "firmware/cmd/check_cmd.h"

/* What the file is, when it is no JPEG. */
static const char *kind_of(const uint8_t *data, size_t bytes)
{
	static const struct {
		size_t at;
		const char *magic, *kind;
	} kinds[] = {
		{ 0, "\x89PNG", "it is a PNG" },     { 0, "GIF8", "it is a GIF" },
		{ 8, "WEBP", "it is a WebP" },	     { 4, "ftyp", "it is HEIC, AVIF or a video" },
		{ 0, "%PDF", "it is a PDF" },	     { 0, "BM", "it is a BMP" },
		{ 0, "II*", "it is a TIFF or RAW" }, { 0, "MM", "it is a TIFF or RAW" },
		{ 0, "PK", "it is a ZIP archive" },  { 0, "\xff\xd8", "it has no picture in it" },
	};

	if (!bytes)
		return "it is empty";
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t n = strlen(kinds[i].magic);

		if (bytes >= kinds[i].at + n && !memcmp(data + kinds[i].at, kinds[i].magic, n))
			return kinds[i].kind;
	}
	return "it does not begin with FF D8";
}

/* Frame header (ISO 10918-1, B.2.2): FF Cn, length, precision, height, width, components. C4, C8 and
 * CC are other segments. Return: NULL when there is none. */
static const uint8_t *frame_header(const uint8_t *data, size_t bytes)
{
	size_t at = 2;

	while (at + 10 <= bytes && data[at] == 0xff) {
		uint8_t marker = data[at + 1];

		if (marker == 0xff) { /* fill byte */
			at++;
			continue;
		}
		if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 &&
		    marker != 0xcc)
			return data + at + 1;
		at += 2 + ((size_t)data[at + 2] << 8 | data[at + 3]);
	}
	return NULL;
}

static const char *unsupported(const uint8_t *data, size_t bytes)
{
	const uint8_t *sof = frame_header(data, bytes);

	if (!sof)
		return "a kind of JPEG that is not read here";
	if (sof[8] == 4)
		return "a CMYK JPEG; save it as sRGB";
	if (sof[3] != 8)
		return "a JPEG that has not 8 bits a sample";
	if (sof[0] >= 0xc9)
		return "a JPEG with arithmetic coding";
	if (sof[0] == 0xc3)
		return "a lossless JPEG";
	return "a kind of JPEG that is not read here";
}

const char *check_trouble(const struct check_result *r, const uint8_t *data, size_t bytes,
			  char out[CHECK_TROUBLE_MAX])
{
	int fault = r->level == CHECK_ERROR ? (int)r->findings[0].value : JPEG_OK;

	out[0] = '\0';
	if (fault < 0)
		snprintf(out, CHECK_TROUBLE_MAX, "cannot be read: %s", strerror(-fault));
	else if (fault == JPEG_NOT_JPEG)
		snprintf(out, CHECK_TROUBLE_MAX, "not a JPEG (%s)", kind_of(data, bytes));
	else if (fault == JPEG_BROKEN)
		snprintf(out, CHECK_TROUBLE_MAX, "truncated or damaged JPEG");
	else if (fault == JPEG_TOO_BIG)
		snprintf(out, CHECK_TROUBLE_MAX, "too big: at most %d px a side and 120 megapixels",
			 (int)IMAGE_SIDE_MAX);
	else if (fault == JPEG_UNSUPPORTED)
		snprintf(out, CHECK_TROUBLE_MAX, "%s", unsupported(data, bytes));
	else if (fault != JPEG_OK)
		snprintf(out, CHECK_TROUBLE_MAX, "not enough memory");
	return out;
}
