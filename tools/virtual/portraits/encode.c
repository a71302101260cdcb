#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

#include "tools/virtual/portraits/portrait.h"

size_t portrait_jpeg(const struct image *im, int quality, uint8_t **out)
{
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr errors;
	unsigned long bytes = 0;

	*out = NULL;
	c.err = jpeg_std_error(&errors);
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, out, &bytes);
	c.image_width = (JDIMENSION)im->width_px;
	c.image_height = (JDIMENSION)im->height_px;
	c.input_components = 4;
	c.in_color_space = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? JCS_EXT_BGRX : JCS_EXT_XRGB;
	jpeg_set_defaults(&c);
	jpeg_set_quality(&c, quality, TRUE);
	c.comp_info[0].v_samp_factor = 1; /* 4:2:2, as cameras write */
	c.density_unit = 1;
	c.X_density = c.Y_density = 300;
	jpeg_start_compress(&c, TRUE);
	while (c.next_scanline < c.image_height) {
		JSAMPROW row = (JSAMPROW)image_row(im, (int)c.next_scanline);

		jpeg_write_scanlines(&c, &row, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	return bytes;
}
