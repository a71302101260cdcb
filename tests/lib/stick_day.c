#include "tests/lib/stick_day.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "firmware/base/cleanup.h"
#include "tests/lib/stick.h"

enum { LISTS = 2, BYTES_MAX = 3 << 20 };

static uint32_t next(uint32_t *x)
{
	*x = *x * 1664525 + 1013904223;
	return *x >> 8;
}

/* File @i: its path and bytes. */
static size_t file_of(const struct stick_day *d, int i, char path[static 64], uint8_t *out)
{
	uint32_t x = (i < LISTS ? d->lists : d->seed) * 7919u + (uint32_t)i * 104729u + 1;
	size_t bytes = i < LISTS     ? 3000 + 1000 * (size_t)i + d->lists % 7
		       : i % 50 == 7 ? 1500000 + next(&x) % 1000000
				     : 1 + next(&x) % 60000;

	if (i < LISTS)
		snprintf(path, 64, "名单/名单%d.csv", i);
	else
		snprintf(path, 64, "照片/%d班/%04d.jpg", i / 40 + 1, i);
	for (size_t k = 0; k < bytes; k++)
		out[k] = (uint8_t)next(&x);
	return bytes;
}

static int note(void *ctx, const struct writer_progress *p)
{
	struct stick_day *d = ctx;

	d->safe = p->files;
	return d->meddle ? d->meddle(d->meddler, p) : 0;
}

static int add_sum(void *ctx, const char *path, int64_t bytes,
		   const uint8_t sha256[static SHA256_BYTES])
{
	char hex[SHA256_HEX];

	(void)bytes;
	hash_hex(sha256, hex);
	fprintf(ctx, "%s  %s\n", hex, path);
	return 0;
}

static int put_sums(struct writer *w)
{
	SCOPED_FREE char *text = NULL;
	size_t bytes;
	FILE *f = open_memstream(&text, &bytes);

	writer_each(w, add_sum, f);
	fclose(f);
	return writer_put_bytes(w, "SHA256SUMS", text, bytes);
}

static int put_all(struct stick_day *d, struct writer *w)
{
	SCOPED_FREE uint8_t *data = malloc(BYTES_MAX);
	int64_t all = 0;
	char path[64];

	for (int i = 0; i < d->files + LISTS; i++) {
		size_t bytes = file_of(d, i, path, data);

		all += (int64_t)bytes;
		if (writer_expect(w, path, (int64_t)bytes) < 0)
			return -1;
	}
	if (writer_phase(w, "pictures", d->files + LISTS, all) < 0)
		return -1;
	for (int i = 0; i < d->files + LISTS; i++) {
		size_t bytes = file_of(d, i, path, data);

		if (writer_put_bytes(w, path, data, bytes) < 0)
			return -1;
	}
	return writer_flush(w) < 0 || put_sums(w) < 0 ? -1 : writer_drop_stale(w);
}

int stick_day_write(struct stick_day *d, int at)
{
	struct writer_options o = { .progress = note, .ctx = d };
	struct writer *w;
	int rc;

	d->safe = 0;
	d->where[0] = '\0';
	if (writer_open(at, "JOB", &o, &w, &d->cause) < 0)
		return -1;
	rc = put_all(d, w);
	d->cause = writer_failure(w, d->where);
	writer_close(w);
	return rc;
}

static bool holds(const char *full, const uint8_t *want, size_t bytes)
{
	SCOPED_FREE uint8_t *have = malloc(BYTES_MAX + 1);
	SCOPED_FILE FILE *f = fopen(full, "rb");
	size_t n = f ? fread(have, 1, BYTES_MAX + 1, f) : 0;

	if (f && n == bytes && !memcmp(have, want, bytes))
		return true;
	fprintf(stderr, "%s: %s, %zu of %zu bytes\n", full, f ? "differs" : "not there", n, bytes);
	return false;
}

bool stick_day_check(const struct stick_day *d, const char *at, int count)
{
	SCOPED_FREE uint8_t *data = malloc(BYTES_MAX);
	char path[64], full[400];
	bool whole = true;

	for (int i = 0; i < count && i < d->files + LISTS; i++) {
		size_t bytes = file_of(d, i, path, data);

		snprintf(full, sizeof(full), "%s/JOB/%s", at, path);
		whole = holds(full, data, bytes) && whole;
	}
	return whole;
}

bool stick_day_clean(const struct stick_day *d, const char *at)
{
	return stick_day_check(d, at, d->files + LISTS) &&
	       !stick_sh("cd %s/JOB && sha256sum --quiet -c SHA256SUMS && "
			 "test -z \"$(find . -name '*.part')\" && "
			 "{ %s || test $(find . -type f | wc -l) = %d; }",
			 at, d->debris ? "true" : "false", d->files + LISTS + 1);
}
