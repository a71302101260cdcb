/* Picture → verdict against a full libjpeg decode of the same file, in turn, on one core. */
#include <fcntl.h>
#include <stdio.h>
#include <jpeglib.h> /* wants FILE */
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/judge/judge.h"
#include "tools/bench/lib/results.h"

enum { ROUNDS = 9 };

/* As a picture viewer would: every line, RGB, the library's defaults. */
static void decode_all(const uint8_t *data, size_t bytes)
{
	struct jpeg_decompress_struct d;
	struct jpeg_error_mgr errors;
	SCOPED_FREE JSAMPLE *pixels = NULL;
	size_t stride;

	d.err = jpeg_std_error(&errors);
	jpeg_create_decompress(&d);
	jpeg_mem_src(&d, data, bytes);
	jpeg_read_header(&d, TRUE);
	d.out_color_space = JCS_RGB;
	jpeg_start_decompress(&d);
	stride = (size_t)d.output_width * 3;
	pixels = malloc(stride * d.output_height);
	while (d.output_scanline < d.output_height) {
		JSAMPROW row = pixels + stride * d.output_scanline;

		jpeg_read_scanlines(&d, &row, 1);
	}
	jpeg_finish_decompress(&d);
	jpeg_destroy_decompress(&d);
}

static void measure(struct judge *j, const uint8_t *data, size_t bytes)
{
	static struct samples ours, theirs;
	struct judge_outcome o;

	for (int i = 0; i < ROUNDS; i++) {
		double t = bench_now_ms();

		decode_all(data, bytes);
		samples_add(&theirs, bench_now_ms() - t);
		t = bench_now_ms();
		judge_picture(j, data, bytes, &o);
		samples_add(&ours, bench_now_ms() - t);
		image_unref(o.crop);
	}
	bench_line(&(struct bench_line){ .id = "judge",
					 .what = "picture to verdict, 24 MP",
					 .fs = "-",
					 .unit = "ms",
					 .ours = &ours,
					 .theirs = &theirs,
					 .peer = "full libjpeg RGB decode, same file",
					 .kind = LIMIT_PLUS,
					 .limit = 60 });
}

int main(int argc, char **argv)
{
	SCOPED_FD int fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	SCOPED_FREE uint8_t *data = NULL;
	struct config_error err;
	struct judge j;
	char preset[800];
	size_t bytes = 0;

	if (fd < 0 || judge_read(fd, &data, &bytes) < 0) {
		fprintf(stderr, "usage: verdict PHOTO.jpg\n");
		return 64;
	}
	if (preset_path("chsi-480", preset, sizeof(preset)) < 0 ||
	    judge_open(preset, NULL, JUDGE_MODEL, &j, &err) < 0) {
		fprintf(stderr, "verdict: the judge cannot start\n");
		return 1;
	}
	measure(&j, data, bytes);
	judge_close(&j);
	return 0;
}
