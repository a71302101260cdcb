/* A picture file in memory, with the names its lines of the table carry. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware/base/jpeg.h"
#include "tools/bench/lib/results.h"

struct photo {
	const char *path;
	uint8_t *data;
	size_t bytes;
	struct jpeg_info info;
	double mp, mb; /* 10⁶ pixels, 10⁶ bytes */
};

/** photo_load() - says on stderr why not. @path is kept. */
bool photo_load(struct photo *p, const char *path);

/** photo_decode_ms() - all of it to RGB as a picture viewer would, the library's defaults.
 * Return: processor time. */
double photo_decode_ms(const struct photo *p);

/** photo_line() - bench_line() in ms; id and what get the size appended. */
void photo_line(const struct photo *p, struct bench_line line);
