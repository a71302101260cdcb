#include <errno.h>
#include <glib.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/export/manifest.h"
#include "firmware/store/kiosk_key.h"

enum { PATH_BYTES_MAX = 1024, COMPONENT_BYTES_MAX = 255, DEPTH_MAX = 12 };

/* --- paths ------------------------------------------------------------------------------------ */

static bool component_ok(const char *at, size_t bytes)
{
	if (!bytes || bytes > COMPONENT_BYTES_MAX || at[0] == ' ')
		return false;
	return at[bytes - 1] != '.' && at[bytes - 1] != ' '; /* also . and .. */
}

bool manifest_path_ok(const char *path)
{
	size_t bytes = strlen(path), n;
	int depth = 0;

	if (!bytes || bytes > PATH_BYTES_MAX || !text_valid(path, bytes) ||
	    !strcmp(path, MANIFEST_FILE) || !strcmp(path, MANIFEST_SIG) ||
	    !strcmp(path, MANIFEST_SUMS))
		return false;
	for (const char *p = path; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f || strchr("\\:*?\"<>|", *p))
			return false;
	for (const char *p = path;; p += n + 1) {
		n = strcspn(p, "/");
		if (!component_ok(p, n) || ++depth > DEPTH_MAX)
			return false;
		if (!p[n])
			return true;
	}
}

/* --- JSON ------------------------------------------------------------------------------------- */

/* jansson takes some 60 bytes for a value of two: a manifest of nothing but commas would be
 * gigabytes. A true one has some 50 bytes a value. */
static bool sane_density(const char *json, size_t bytes)
{
	size_t values = 0;

	for (size_t i = 0; i < bytes; i++)
		values += json[i] == ',' || json[i] == '[' || json[i] == '{' || json[i] == ':';
	return values < 1000 + bytes / 8;
}

static int fail(char why[static 96], const char *what)
{
	snprintf(why, 96, "%s", what);
	return -EINVAL;
}

static bool unhex(const char *hex, uint8_t *out, size_t bytes)
{
	static const char digits[] = "0123456789abcdef";

	if (!hex || strlen(hex) != 2 * bytes)
		return false;
	for (size_t i = 0; i < 2 * bytes; i++) {
		const char *d = strchr(digits, hex[i]);

		if (!d)
			return false;
		out[i / 2] = (uint8_t)(out[i / 2] << 4 | (d - digits));
	}
	return true;
}

static const char *text_at(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static int read_head(struct manifest_view *v, char why[static 96])
{
	const json_t *kiosk = json_object_get(v->root, "kiosk");
	const char *format = text_at(v->root, "format");
	char fingerprint[KIOSK_FINGERPRINT_MAX];

	if (!format || strcmp(format, MANIFEST_FORMAT) != 0)
		return fail(why, "not a " MANIFEST_FORMAT);
	v->job = text_at(v->root, "job");
	v->profile = text_at(v->root, "profile");
	v->kiosk = text_at(kiosk, "id");
	v->fingerprint = text_at(kiosk, "fingerprint");
	if (!v->job || !v->profile || !v->kiosk || !v->fingerprint)
		return fail(why, "job, profile, kiosk or fingerprint is missing");
	if (!unhex(text_at(kiosk, "public_key"), v->public_key, sizeof(v->public_key)))
		return fail(why, "the public key is not one");
	kiosk_fingerprint(v->public_key, fingerprint);
	if (strcmp(fingerprint, v->fingerprint) != 0)
		return fail(why, "the fingerprint is not that of the key");
	return 0;
}

static int read_file(const json_t *o, struct manifest_file *f, char why[static 96])
{
	const json_t *bytes = json_object_get(o, "bytes");

	f->path = text_at(o, "path");
	if (!f->path || !manifest_path_ok(f->path))
		return fail(why, "a path that no package may have");
	if (!json_is_integer(bytes) || json_integer_value(bytes) < 0)
		return fail(why, "a file without a length");
	f->bytes = json_integer_value(bytes);
	if (!unhex(text_at(o, "sha256"), f->sha256, sizeof(f->sha256)))
		return fail(why, "a file without a SHA-256");
	return 0;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct manifest_file *)a)->path,
		      ((const struct manifest_file *)b)->path);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Windows and sticks see one file where two names differ by case only. */
static int check_unique(const struct manifest_view *v, char why[static 96])
{
	char **all = calloc(v->file_count + 1, sizeof(*all));
	int rc = all ? 0 : -ENOMEM;

	for (size_t i = 0; !rc && i < v->file_count; i++) {
		all[i] = g_utf8_casefold(v->files[i].path, -1);
		rc = all[i] ? 0 : -ENOMEM;
	}
	if (!rc)
		qsort(all, v->file_count, sizeof(*all), by_text);
	for (size_t i = 1; !rc && i < v->file_count; i++)
		if (!strcmp(all[i], all[i - 1]))
			rc = fail(why, "two files of one name");
	for (size_t i = 0; all && i < v->file_count; i++)
		g_free(all[i]);
	free(all);
	return rc;
}

static int read_files(struct manifest_view *v, char why[static 96])
{
	const json_t *all = json_object_get(v->root, "files");
	int rc = 0;

	if (!json_is_array(all))
		return fail(why, "no list of files");
	v->files = calloc(json_array_size(all) + 1, sizeof(*v->files));
	if (!v->files)
		return -ENOMEM;
	while (!rc && v->file_count < json_array_size(all)) {
		rc = read_file(json_array_get(all, v->file_count), &v->files[v->file_count], why);
		v->file_count++;
	}
	if (rc < 0)
		return rc;
	qsort(v->files, v->file_count, sizeof(*v->files), by_path);
	return check_unique(v, why);
}

int manifest_parse(const char *json, size_t bytes, struct manifest_view *out, char why[static 96])
{
	json_error_t error;
	int rc;

	memset(out, 0, sizeof(*out));
	why[0] = 0;
	if (bytes > MANIFEST_BYTES_MAX || !sane_density(json, bytes))
		return fail(why, "too large to be one");
	out->root = json_loadb(json, bytes, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(out->root)) {
		manifest_view_free(out);
		snprintf(why, 96, "line %d is not JSON", error.line);
		return -EINVAL;
	}
	rc = read_head(out, why);
	if (!rc)
		rc = read_files(out, why);
	if (rc < 0)
		manifest_view_free(out);
	return rc;
}

void manifest_view_free(struct manifest_view *v)
{
	free(v->files);
	json_decref(v->root);
	memset(v, 0, sizeof(*v));
}

bool manifest_signed(const struct manifest_view *v, const char *json, size_t bytes, const char *sig,
		     size_t sig_bytes)
{
	enum { TEXT = 4 * ((KIOSK_SIG_BYTES + 2) / 3) };
	unsigned char raw[TEXT];
	SCOPED_FREE char *again = NULL;

	if (sig_bytes != TEXT + 1 || EVP_DecodeBlock(raw, (const unsigned char *)sig, TEXT) < 0)
		return false;
	/* one spelling only: what decodes to the same bytes is still another file */
	again = manifest_sig_text(raw);
	return again && strlen(again) == sig_bytes && !memcmp(again, sig, sig_bytes) &&
	       kiosk_key_verify(v->public_key, json, bytes, raw) == 0;
}
