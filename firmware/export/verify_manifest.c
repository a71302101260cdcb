/* What a package says of itself, and what lies there held against it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/export/verify_run.h"

void verify_meta_free(struct verify_meta *m)
{
	free(m->json);
	free(m->sig);
	free(m->sums);
	memset(m, 0, sizeof(*m));
}

bool verify_is_meta(const char *name)
{
	return !strcmp(name, MANIFEST_FILE) || !strcmp(name, MANIFEST_SIG) ||
	       !strcmp(name, MANIFEST_SUMS);
}

/* --- the three files -------------------------------------------------------------------------- */

static bool name_missing(struct verify_run *run, const char *part, const struct verify_meta *m)
{
	if (!m->json)
		verify_found(run, VERIFY_MISSING, part, MANIFEST_FILE, NULL);
	if (!m->sig)
		verify_found(run, VERIFY_MISSING, part, MANIFEST_SIG, NULL);
	if (!m->sums)
		verify_found(run, VERIFY_MISSING, part, MANIFEST_SUMS, NULL);
	return !m->json;
}

/* SHA256SUMS, when it was not altered as well, tells which of the two was. */
static const char *which_altered(const struct verify_meta *m)
{
	uint8_t digest[SHA256_BYTES];
	char line[SHA256_HEX + 2 + sizeof(MANIFEST_FILE)];
	struct hash *h = hash_new();

	if (!h)
		return MANIFEST_FILE;
	hash_update(h, m->json, m->json_bytes);
	hash_final(h, digest);
	hash_free(h);
	hash_hex(digest, line);
	strcat(line, "  " MANIFEST_FILE);
	return m->sums && memmem(m->sums, m->sums_bytes, line, strlen(line)) ? MANIFEST_SIG
									     : MANIFEST_FILE;
}

static bool check_signature(struct verify_run *run, const char *part, const struct verify_meta *m,
			    const struct manifest_view *v)
{
	if (!m->sig)
		return false;
	if (manifest_signed(v, m->json, m->json_bytes, m->sig, m->sig_bytes))
		return true;
	verify_found(run, VERIFY_SIGNATURE, part, which_altered(m), NULL);
	return false;
}

/* A part is signed by whoever signed the package; the package by whom the caller names. */
static bool check_signer(struct verify_run *run, const char *part, const struct manifest_view *v)
{
	if (run->have_key && memcmp(run->key, v->public_key, sizeof(run->key)) != 0) {
		verify_found(run, VERIFY_SIGNER, part, MANIFEST_FILE, v->fingerprint);
		return false;
	}
	if (run->have_key || !run->o->signer ||
	    kiosk_fingerprint_same(run->o->signer, v->fingerprint))
		return true;
	verify_found(run, VERIFY_SIGNER, part, MANIFEST_FILE, v->fingerprint);
	return false;
}

static void check_sums(struct verify_run *run, const char *part, const struct verify_meta *m,
		       const struct manifest_view *v)
{
	struct manifest_files f = { .json = m->json,
				    .json_bytes = m->json_bytes,
				    .sig = m->sig,
				    .sig_bytes = m->sig_bytes };
	struct manifest_sum *sums = calloc(v->file_count + 1, sizeof(*sums));
	char(*hex)[SHA256_HEX] = calloc(v->file_count + 1, sizeof(*hex));
	bool same = false;

	for (size_t i = 0; sums && hex && i < v->file_count; i++) {
		hash_hex(v->files[i].sha256, hex[i]);
		sums[i] = (struct manifest_sum){ v->files[i].path, hex[i] };
	}
	if (sums && hex && manifest_sums(sums, v->file_count, &f) == 0)
		same = f.sums_bytes == m->sums_bytes && !memcmp(f.sums, m->sums, m->sums_bytes);
	if (!same)
		verify_found(run, VERIFY_ALTERED, part, MANIFEST_SUMS, NULL);
	free(f.sums);
	free(sums);
	free(hex);
}

static void remember(struct verify_run *run, const struct manifest_view *v)
{
	const char *made = json_string_value(json_object_get(v->root, "made"));
	struct verify_report *r = run->r;

	memcpy(run->key, v->public_key, sizeof(run->key));
	run->have_key = true;
	text_copy(r->job, sizeof(r->job), v->job);
	text_copy(r->kiosk, sizeof(r->kiosk), v->kiosk);
	text_copy(r->profile, sizeof(r->profile), v->profile);
	text_copy(r->made, sizeof(r->made), made ? made : "");
	text_copy(r->fingerprint, sizeof(r->fingerprint), v->fingerprint);
}

int verify_manifest(struct verify_run *run, const char *part, const struct verify_meta *m,
		    struct manifest_view *v, bool *trusted)
{
	bool first = !run->have_key, holds;
	char why[96];
	int rc;

	*trusted = false;
	if (name_missing(run, part, m))
		return -EBADMSG;
	rc = manifest_parse(m->json, m->json_bytes, v, why);
	if (rc == -ENOMEM) {
		verify_found(run, VERIFY_UNREADABLE, part, MANIFEST_FILE, strerror(ENOMEM));
		return -EBADMSG;
	}
	if (rc < 0) {
		verify_found(run, VERIFY_MANIFEST, part, MANIFEST_FILE, why);
		return -EBADMSG;
	}
	holds = check_signature(run, part, m, v);
	*trusted = check_signer(run, part, v) && holds;
	if (first) {
		remember(run, v);
		run->r->signed_by = holds;
	}
	if (holds && m->sums)
		check_sums(run, part, m, v);
	return 0;
}

/* --- what lies there -------------------------------------------------------------------------- */

void verify_items_free(struct verify_item *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(items[i].name);
	free(items);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct verify_item *)a)->name, ((const struct verify_item *)b)->name);
}

/* An empty folder whose files are missing: they are named, it need not be. */
static bool folder_of(const struct manifest_view *v, size_t next, const char *folder)
{
	return next < v->file_count && !strncmp(v->files[next].path, folder, strlen(folder));
}

static void extra(struct verify_run *run, const char *part, const struct manifest_view *v,
		  size_t next, const struct verify_item *item)
{
	size_t n = strlen(item->name);

	if (verify_is_meta(item->name) ||
	    (item->name[n - 1] == '/' && folder_of(v, next, item->name)))
		return;
	verify_found(run, item->link ? VERIFY_LINK : VERIFY_EXTRA, part, item->name, NULL);
}

void verify_compare(struct verify_run *run, const char *part, const struct manifest_view *v,
		    struct verify_item *items, size_t count, verify_check_fn *check, void *ctx)
{
	size_t i = 0, k = 0;

	if (count)
		qsort(items, count, sizeof(*items), by_name);
	while ((i < v->file_count || k < count) && !run->stopped) {
		int order = i == v->file_count ? 1
			    : k == count       ? -1
					       : strcmp(v->files[i].path, items[k].name);

		if (order < 0)
			verify_found(run, VERIFY_MISSING, part, v->files[i].path, NULL);
		else if (order > 0)
			extra(run, part, v, i, &items[k]);
		else if (items[k].link)
			verify_found(run, VERIFY_LINK, part, items[k].name, NULL);
		else
			check(run, ctx, &items[k], &v->files[i]);
		i += order <= 0;
		k += order >= 0;
	}
}
