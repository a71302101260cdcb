#include "tools/bench/lib/photo.h"

#include <fcntl.h>
#include <stdio.h>
#include <jpeglib.h> /* wants FILE */
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/judge/judge.h"
#include "tools/bench/lib/procs.h"

bool photo_load(struct photo *p, const char *path)
{
	SCOPED_FD int fd = open(path, O_RDONLY | O_CLOEXEC);

	memset(p, 0, sizeof(*p));
	p->path = path;
	if (fd < 0 || judge_read(fd, &p->data, &p->bytes) < 0 ||
	    jpeg_read_info(p->data, p->bytes, &p->info) != JPEG_OK) {
		fprintf(stderr, "bench: %s: not a picture\n", path);
		return false;
	}
	p->mp = (double)p->info.width_px * p->info.height_px / 1e6;
	p->mb = (double)p->bytes / 1e6;
	return true;
}

static void decode_all(const struct photo *p)
{
	struct jpeg_decompress_struct d;
	struct jpeg_error_mgr errors;
	SCOPED_FREE JSAMPLE *pixels = NULL;
	size_t stride;

	d.err = jpeg_std_error(&errors);
	jpeg_create_decompress(&d);
	jpeg_mem_src(&d, p->data, p->bytes);
	jpeg_read_header(&d, TRUE);
	d.out_color_space = JCS_RGB;
	jpeg_start_decompress(&d);
	stride = (size_t)d.output_width * 3;
	pixels = malloc(stride * d.output_height);
	while (pixels && d.output_scanline < d.output_height) {
		JSAMPROW row = pixels + stride * d.output_scanline;

		jpeg_read_scanlines(&d, &row, 1);
	}
	jpeg_finish_decompress(&d);
	jpeg_destroy_decompress(&d);
}

double photo_decode_ms(const struct photo *p)
{
	double start = procs_cpu_ms(0);

	decode_all(p);
	return procs_cpu_ms(0) - start;
}

void photo_line(const struct photo *p, struct bench_line line)
{
	char id[64], what[80];

	snprintf(id, sizeof(id), "%s_%.0fmp_%.0fmb", line.id, p->mp, p->mb);
	snprintf(what, sizeof(what), "%s, %.0f MP, %.1f MB", line.what, p->mp, p->mb);
	line.id = id;
	line.what = what;
	line.fs = "-";
	line.unit = "ms";
	bench_line(&line);
}
