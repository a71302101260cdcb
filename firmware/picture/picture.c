#include "firmware/picture/picture.h"

#include <stdlib.h>

#include "firmware/picture/inside.h"

static const char *const words[PICTURE_CAUSE_COUNT] = {
	[PICTURE_OK] = "ok",
	[PICTURE_NOT_JPEG] = "not_jpeg",
	[PICTURE_BROKEN] = "broken",
	[PICTURE_TOO_BIG] = "too_big",
	[PICTURE_UNSUPPORTED] = "unsupported",
	[PICTURE_GREY] = "grey",
	[PICTURE_PROFILE] = "profile",
	[PICTURE_OUTSIDE] = "outside",
	[PICTURE_PROPORTION] = "proportion",
	[PICTURE_ENLARGED] = "enlarged",
	[PICTURE_NO_MEMORY] = "no_memory",
};

const char *picture_cause_word(enum picture_cause cause)
{
	return (unsigned int)cause < PICTURE_CAUSE_COUNT ? words[cause] : "unknown";
}

enum picture_cause picture_cause_of(enum jpeg_fault fault)
{
	switch (fault) {
	case JPEG_OK:
		return PICTURE_OK;
	case JPEG_NOT_JPEG:
		return PICTURE_NOT_JPEG;
	case JPEG_TOO_BIG:
		return PICTURE_TOO_BIG;
	case JPEG_UNSUPPORTED:
		return PICTURE_UNSUPPORTED;
	case JPEG_NO_MEMORY:
		return PICTURE_NO_MEMORY;
	case JPEG_BROKEN:
		break;
	}
	return PICTURE_BROKEN;
}

enum picture_cause picture_open(const uint8_t *data, size_t bytes, int denominator,
				struct picture **out)
{
	struct picture *p = calloc(1, sizeof(*p));
	enum picture_cause cause;

	if (!p)
		return PICTURE_NO_MEMORY;
	p->data = data;
	p->bytes = bytes;
	p->denominator = denominator;
	cause = picture_keep(p);
	if (cause == PICTURE_OK)
		*out = p;
	else
		picture_close(p);
	return cause;
}

void picture_close(struct picture *p)
{
	if (!p)
		return;
	linear_free(p->half);
	image_unref(p->reduced);
	free(p);
}

void picture_size(const struct picture *p, int *width_px, int *height_px)
{
	*width_px = p->width_px;
	*height_px = p->height_px;
}

bool picture_colourless(const struct picture *p)
{
	return p->info.components == 1;
}

struct image *picture_reduced(const struct picture *p)
{
	return image_ref(p->reduced);
}

enum picture_cause picture_cut(struct picture *p, const struct image_crop *crop,
			       const struct picture_spec *spec, struct picture_file *out)
{
	struct linear *im;
	enum picture_cause cause = picture_resample(p, crop, spec, &im);

	if (cause != PICTURE_OK)
		return cause;
	cause = picture_encode(im, spec, out);
	linear_free(im);
	return cause;
}
