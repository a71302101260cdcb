/*
 * The whole way of an original: bytes, verdict, finished pictures, one placed by its rule and one by
 * a crop that is as hostile as the bytes. Without the 68-point model, for speed. Pictures above a
 * megapixel are left to tests/test_hostile_jpeg.c.
 */
#include <stdlib.h>
#include <string.h>

#include "firmware/base/jpeg.h"
#include "firmware/judge/judge_cut.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PIXELS_MAX = 1000 * 1000, ORDERS = 2 };

static void must(bool good)
{
	if (!good)
		abort();
}

static struct judge *judge(void)
{
	static struct judge j;
	struct config_error err;
	char preset[800];

	if (!j.face)
		must(preset_path("chsi-480", preset, sizeof(preset)) == 0 &&
		     judge_open(preset, NULL, NULL, &j, &err) == 0);
	return &j;
}

/* From the end of the file; small numbers more often, so that it lies inside now and then. */
static struct image_crop crop_of(const uint8_t *data, size_t size)
{
	struct image_crop c = { 0 };

	if (size < sizeof(c))
		return c;
	memcpy(&c, data + size - sizeof(c), sizeof(c));
	if (size & 2) {
		c.x &= 0xfff;
		c.y &= 0xfff;
		c.w &= 0xffff;
		c.h &= 0xffff;
	}
	return c;
}

static void look_at(struct judge_piece *p)
{
	bool made = p->crop.w && p->cause == PICTURE_OK;

	must(!made || (p->file.data && p->file.bytes > 100));
	must(made || !p->file.data);
	free(p->file.data);
	free(p->replaced.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct judge *j = judge();
	const struct judge_order orders[ORDERS] = {
		{ .preset = &j->preset },
		{ .preset = &j->preset, .crop = crop_of(data, size), .replace = size & 1 },
	};
	struct judge_piece pieces[ORDERS];
	struct judge_outcome o;
	struct jpeg_info info;

	if (jpeg_read_info(data, size, &info) == JPEG_OK &&
	    (int64_t)info.width_px * info.height_px > PIXELS_MAX)
		return 0;
	judge_cut(j, data, size, orders, ORDERS, &o, pieces);
	must(check_result_valid(&o.result));
	for (int i = 0; i < ORDERS; i++)
		look_at(&pieces[i]);
	image_unref(o.crop);
	return 0;
}
