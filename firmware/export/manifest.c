#include "firmware/export/manifest.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/store/fields.h"
#include "firmware/store/job.h"
#include "firmware/store/kiosk_key.h"

struct entry {
	char *path;
	int64_t bytes;
	char sha256[SHA256_HEX];
};

struct manifest {
	json_t *root;
	struct entry *files;
	size_t count, room;
};

static void put_text(json_t *to, const char *key, const char *text)
{
	/* what a job says is text the school typed: a stray byte must not cost the package */
	json_object_set_new(to, key, json_string(text) ?: json_string(""));
}

static void put_field(json_t *to, const char *key, sqlite3 *db, enum job_field f)
{
	char text[JOB_FIELD_MAX];

	job_field_get(db, f, text);
	put_text(to, key, text);
}

static json_t *school(sqlite3 *db)
{
	json_t *o = json_object();

	put_field(o, "name", db, JOB_FIELD(SCHOOL_NAME));
	put_field(o, "code", db, JOB_FIELD(SCHOOL_CODE));
	put_field(o, "type", db, JOB_FIELD(SCHOOL_TYPE));
	return o;
}

static json_t *contact(sqlite3 *db)
{
	json_t *o = json_object();

	put_field(o, "name", db, JOB_FIELD(CONTACT));
	put_field(o, "phone", db, JOB_FIELD(CONTACT_PHONE));
	put_field(o, "address", db, JOB_FIELD(CONTACT_ADDRESS));
	return o;
}

json_t *manifest_chain(sqlite3 *db)
{
	SCOPED_STMT sqlite3_stmt *st =
		sql_prepare(db,
			    "SELECT kiosk, n, lower(hex(hash)) FROM event e WHERE n = "
			    "(SELECT max(n) FROM event WHERE kiosk = e.kiosk) ORDER BY kiosk",
			    "");
	json_t *all = json_array();

	while (st && sqlite3_step(st) == SQLITE_ROW)
		json_array_append_new(all, json_pack("{s:s, s:I, s:s}", "kiosk", sql_text(st, 0),
						     "n", (json_int_t)sqlite3_column_int64(st, 1),
						     "hash", sql_text(st, 2)));
	return all;
}

static json_t *head(sqlite3 *db, const char *job, const char *kiosk, const char *profile,
		    json_t *counts)
{
	char made[25];
	json_t *o = json_object();

	clock_iso_utc(clock_utc_ms(), made);
	strcpy(made + 19, "Z"); /* whole seconds */
	put_text(o, "format", MANIFEST_FORMAT);
	put_text(o, "job", job);
	put_text(o, "profile", profile);
	put_text(o, "made", made);
	put_field(o, "kind", db, JOB_FIELD(KIND));
	put_field(o, "feature_code", db, JOB_FIELD(FEATURE_CODE));
	json_object_set_new(o, "school", school(db));
	json_object_set_new(o, "contact", contact(db));
	json_object_set_new(o, "kiosk", json_pack("{s:s}", "id", kiosk));
	json_object_set_new(o, "counts", counts ? counts : json_object());
	json_object_set_new(o, "chain", manifest_chain(db));
	return o;
}

struct manifest *manifest_new(sqlite3 *db, const char *job, const char *kiosk, const char *profile,
			      json_t *counts)
{
	struct manifest *m = calloc(1, sizeof(*m));

	if (!m) {
		json_decref(counts);
		return NULL;
	}
	m->root = head(db, job, kiosk, profile, counts);
	return m;
}

void manifest_free(struct manifest *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->count; i++)
		free(m->files[i].path);
	free(m->files);
	json_decref(m->root);
	free(m);
}

int manifest_add(struct manifest *m, const char *path, int64_t bytes,
		 const uint8_t sha256[static SHA256_BYTES])
{
	struct entry *grown, *e;

	if (!manifest_path_ok(path) || bytes < 0)
		return -EINVAL;
	if (m->count == m->room) {
		grown = reallocarray(m->files, m->room + 1024, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		m->files = grown;
		m->room += 1024;
	}
	e = &m->files[m->count];
	e->path = strdup(path);
	if (!e->path)
		return -ENOMEM;
	e->bytes = bytes;
	hash_hex(sha256, e->sha256);
	m->count++;
	return 0;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->path, ((const struct entry *)b)->path);
}

/* Return: 0; -EEXIST two files of one name. */
static int put_files(struct manifest *m)
{
	json_t *all = json_array();

	qsort(m->files, m->count, sizeof(*m->files), by_path);
	for (size_t i = 0; i < m->count; i++) {
		const struct entry *e = &m->files[i];

		if (i && !strcmp(e->path, e[-1].path)) {
			json_decref(all);
			return -EEXIST;
		}
		json_array_append_new(all, json_pack("{s:s, s:I, s:s}", "path", e->path, "bytes",
						     (json_int_t)e->bytes, "sha256", e->sha256));
	}
	return json_object_set_new(m->root, "files", all) ? -ENOMEM : 0;
}

static int put_key(struct manifest *m, const char *data_dir)
{
	char fingerprint[KIOSK_FINGERPRINT_MAX], hex[SHA256_HEX];
	json_t *kiosk = json_object_get(m->root, "kiosk");
	uint8_t key[KIOSK_KEY_BYTES];

	if (kiosk_key_public(data_dir, key) < 0)
		return -EIO;
	_Static_assert(KIOSK_KEY_BYTES == SHA256_BYTES, "both are 32 bytes");
	hash_hex(key, hex);
	kiosk_fingerprint(key, fingerprint);
	put_text(kiosk, "public_key", hex);
	put_text(kiosk, "fingerprint", fingerprint);
	return 0;
}

char *manifest_sig_text(const uint8_t sig[static KIOSK_SIG_BYTES])
{
	unsigned char text[4 * ((KIOSK_SIG_BYTES + 2) / 3) + 1];
	char *line;

	EVP_EncodeBlock(text, sig, KIOSK_SIG_BYTES);
	return asprintf(&line, "%s\n", (char *)text) < 0 ? NULL : line;
}

static int sign(const char *data_dir, struct manifest_files *out)
{
	uint8_t sig[KIOSK_SIG_BYTES];

	if (kiosk_key_sign(data_dir, out->json, out->json_bytes, sig) < 0)
		return -EIO;
	out->sig = manifest_sig_text(sig);
	if (!out->sig)
		return -ENOMEM;
	out->sig_bytes = strlen(out->sig);
	return 0;
}

static int sum_line(FILE *to, const char *path, const char *text, size_t bytes)
{
	char hex[SHA256_HEX];
	uint8_t digest[SHA256_BYTES];
	struct hash *h = hash_new();

	if (!h)
		return -ENOMEM;
	hash_update(h, text, bytes);
	hash_final(h, digest);
	hash_free(h);
	hash_hex(digest, hex);
	fprintf(to, "%s  %s\n", hex, path);
	return 0;
}

int manifest_sums(const struct manifest_sum *files, size_t count, struct manifest_files *f)
{
	FILE *to = open_memstream(&f->sums, &f->sums_bytes);
	int rc;

	if (!to)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		fprintf(to, "%s  %s\n", files[i].sha256, files[i].path);
	rc = sum_line(to, MANIFEST_FILE, f->json, f->json_bytes);
	if (!rc)
		rc = sum_line(to, MANIFEST_SIG, f->sig, f->sig_bytes);
	return fclose(to) ? -ENOMEM : rc;
}

static int put_sums(const struct manifest *m, struct manifest_files *out)
{
	SCOPED_FREE struct manifest_sum *sums = calloc(m->count + 1, sizeof(*sums));

	if (!sums)
		return -ENOMEM;
	for (size_t i = 0; i < m->count; i++)
		sums[i] = (struct manifest_sum){ m->files[i].path, m->files[i].sha256 };
	return manifest_sums(sums, m->count, out);
}

int manifest_finish(struct manifest *m, const char *data_dir, struct manifest_files *out)
{
	int rc;

	memset(out, 0, sizeof(*out));
	rc = put_files(m);
	if (!rc)
		rc = put_key(m, data_dir);
	if (!rc) {
		out->json = json_dumps(m->root, JSON_SORT_KEYS | JSON_INDENT(1));
		rc = out->json ? 0 : -ENOMEM;
	}
	if (!rc) {
		out->json_bytes = strlen(out->json);
		rc = sign(data_dir, out);
	}
	if (!rc)
		rc = put_sums(m, out);
	if (rc < 0)
		manifest_files_free(out);
	return rc;
}

void manifest_files_free(struct manifest_files *f)
{
	free(f->json);
	free(f->sums);
	free(f->sig);
	memset(f, 0, sizeof(*f));
}
