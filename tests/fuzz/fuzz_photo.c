/* Markers of a picture from anywhere: sizes, density, dates, editors. */
#include <stdlib.h>
#include <string.h>

#include "firmware/base/text.h"
#include "firmware/office/photo_facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int good)
{
	if (!good)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct photo_facts f;

	photo_facts(data, size, &f);
	must(strlen(f.taken) == 0 || strlen(f.taken) == 19);
	must(strlen(f.changed) == 0 || strlen(f.changed) == 19);
	must(text_valid(f.camera, strlen(f.camera)) && text_valid(f.editor, strlen(f.editor)));
	must(f.dpi_x >= 0 && f.dpi_y >= 0 && f.width_px <= 65535 && f.height_px <= 65535);
	must(strlen(photo_kind(data, size)) < 12);
	return 0;
}
