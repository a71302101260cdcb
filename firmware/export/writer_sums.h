/*
 * What earlier exports say they wrote: lines of SHA256SUMS, read from a stick, hostile. Anything
 * that is not a whole line with a clean relative path is skipped. Private to the writer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "firmware/base/hash.h"

struct sums_line {
	char *path;
	uint8_t sha256[SHA256_BYTES];
};

struct sums {
	struct sums_line *lines; /* sorted by path, then digest, without doubles */
	size_t count, room;
};

/** sums_path_ok() - relative, UTF-8, no `.`, `..`, empty or hidden-control components, and nothing
 * the writer calls its own unfinished files. */
bool sums_path_ok(const char *path);
/** sums_parse() - add the lines of @text. Return: 0 or -ENOMEM. */
int sums_parse(struct sums *s, const char *text, size_t bytes);
/** sums_read() - sums_parse() of the file @name in @dir; none or no plain file: nothing to add.
 * Return: 0 or a negative errno. */
int sums_read(struct sums *s, int dir, const char *name);
/** sums_has() - did an earlier export write these bytes under @path? */
bool sums_has(const struct sums *s, const char *path, const uint8_t sha256[static SHA256_BYTES]);
/** sums_print() - a line as `sha256sum -c` wants it, into malloc'ed *@out. Return: length or -1. */
int sums_print(char **out, const char *path, const uint8_t sha256[static SHA256_BYTES]);
void sums_fini(struct sums *s);
