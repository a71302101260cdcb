/* What says which files a package has: manifest and signature, or SHA256SUMS alone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/export/export_inside.h"

struct summing {
	FILE *sums;
	struct manifest *m;
	int rc;
};

static int sum_one(void *ctx, const char *path, int64_t bytes,
		   const uint8_t sha256[static SHA256_BYTES])
{
	struct summing *s = ctx;
	char hex[SHA256_HEX];

	hash_hex(sha256, hex);
	if (s->sums)
		fprintf(s->sums, "%s  %s\n", hex, path);
	return s->m ? manifest_add(s->m, path, bytes, sha256) : 0;
}

int export_sums(struct export_going *g)
{
	SCOPED_FREE char *text = NULL;
	size_t bytes = 0;
	struct summing s = { .sums = open_memstream(&text, &bytes) };

	if (!s.sums)
		return export_stop(g, EXPORT_IO, MANIFEST_SUMS);
	writer_each(g->sink.w, sum_one, &s);
	if (fclose(s.sums))
		return export_stop(g, EXPORT_IO, MANIFEST_SUMS);
	return writer_put_bytes(g->sink.w, MANIFEST_SUMS, text, bytes) < 0 ? export_failed(g) : 0;
}

static json_t *counts(const struct export_going *g)
{
	return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i}", "errata",
			 g->w->delta ? g->w->delta->count : 0, "captured", g->report->photos,
			 "missing", g->report->missing, "pictures", g->report->pictures, "uncut",
			 g->report->uncut, "left_out", g->report->left_out);
}

static void hash_of(const void *data, size_t bytes, uint8_t out[static SHA256_BYTES])
{
	struct hash *h = hash_new();

	memset(out, 0, SHA256_BYTES);
	if (!h)
		return;
	hash_update(h, data, bytes);
	hash_final(h, out);
	hash_free(h);
}

int export_manifest(struct export_going *g)
{
	struct manifest *m = manifest_new(g->db, g->w->job, g->kiosk, g->profile.id, counts(g));
	struct summing s = { .m = m };
	struct manifest_files f = { 0 };
	int rc;

	if (!m || writer_each(g->sink.w, sum_one, &s) < 0) {
		manifest_free(m);
		return export_stop(g, EXPORT_IO, MANIFEST_FILE);
	}
	rc = manifest_finish(m, g->w->data_dir, &f);
	manifest_free(m);
	if (rc < 0)
		return export_stop(g, EXPORT_KEY, MANIFEST_FILE);
	hash_of(f.json, f.json_bytes, g->manifest_sha256);
	if (writer_put_bytes(g->sink.w, MANIFEST_FILE, f.json, f.json_bytes) < 0 ||
	    writer_put_bytes(g->sink.w, MANIFEST_SIG, f.sig, f.sig_bytes) < 0 ||
	    writer_put_bytes(g->sink.w, MANIFEST_SUMS, f.sums, f.sums_bytes) < 0)
		rc = export_failed(g);
	free(f.json);
	free(f.sums);
	free(f.sig);
	return rc;
}
