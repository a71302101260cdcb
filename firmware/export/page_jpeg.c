#include "firmware/export/page_jpeg.h"

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

/* Pictures on it were JPEG once before: little may be lost a second time. */
enum { QUALITY = 97 };

struct encoder {
	struct jpeg_compress_struct lib;
	struct jpeg_error_mgr errors;
	jmp_buf out;
	unsigned char *data;
	unsigned long bytes;
	uint8_t *row;
};

static void on_error(j_common_ptr lib)
{
	struct encoder *e = lib->client_data;

	longjmp(e->out, 1);
}

static void on_text(j_common_ptr lib)
{
	(void)lib;
}

static void set_up(struct encoder *e, int width_px, int height_px, int dpi)
{
	jpeg_create_compress(&e->lib);
	e->lib.client_data = e;
	jpeg_mem_dest(&e->lib, &e->data, &e->bytes);
	e->lib.image_width = (JDIMENSION)width_px;
	e->lib.image_height = (JDIMENSION)height_px;
	e->lib.input_components = 3;
	e->lib.in_color_space = JCS_RGB;
	jpeg_set_defaults(&e->lib);
	jpeg_set_quality(&e->lib, QUALITY, TRUE);
	e->lib.dct_method = JDCT_ISLOW;
	e->lib.optimize_coding = TRUE;
	e->lib.density_unit = 1; /* per inch */
	e->lib.X_density = e->lib.Y_density = (UINT16)dpi;
	e->lib.comp_info[0].h_samp_factor = e->lib.comp_info[0].v_samp_factor = 1;
}

static void write_rows(struct encoder *e, const uint32_t *px, int stride_bytes)
{
	jpeg_start_compress(&e->lib, TRUE);
	while (e->lib.next_scanline < e->lib.image_height) {
		const uint32_t *from = px + (size_t)e->lib.next_scanline * (size_t)stride_bytes / 4;
		JSAMPROW row = e->row;

		for (JDIMENSION x = 0; x < e->lib.image_width; x++) {
			e->row[3 * x] = (uint8_t)(from[x] >> 16);
			e->row[3 * x + 1] = (uint8_t)(from[x] >> 8);
			e->row[3 * x + 2] = (uint8_t)from[x];
		}
		jpeg_write_scanlines(&e->lib, &row, 1);
	}
	jpeg_finish_compress(&e->lib);
}

static int run(struct encoder *e, const uint32_t *px, int width_px, int height_px, int stride_bytes,
	       int dpi)
{
	if (setjmp(e->out)) {
		free(e->data);
		e->data = NULL;
		return -ENOMEM;
	}
	set_up(e, width_px, height_px, dpi);
	write_rows(e, px, stride_bytes);
	return 0;
}

int page_jpeg(const uint32_t *px, int width_px, int height_px, int stride_bytes, int dpi,
	      void **out, size_t *bytes)
{
	struct encoder *e = calloc(1, sizeof(*e));
	int rc = -ENOMEM;

	if (e && (e->row = malloc((size_t)width_px * 3))) {
		e->lib.err = jpeg_std_error(&e->errors);
		e->lib.client_data = e;
		e->errors.error_exit = on_error;
		e->errors.output_message = on_text;
		rc = run(e, px, width_px, height_px, stride_bytes, dpi);
		jpeg_destroy_compress(&e->lib);
	}
	if (rc == 0) {
		*out = e->data;
		*bytes = e->bytes;
	}
	if (e)
		free(e->row);
	free(e);
	return rc;
}
