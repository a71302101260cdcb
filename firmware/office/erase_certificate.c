#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/base/hash.h"
#include "firmware/base/text.h"
#include "firmware/export/manifest.h"
#include "firmware/office/erase_inside.h"
#include "firmware/store/fields.h"
#include "firmware/store/job.h"
#include "firmware/store/kiosk_db.h"
#include "firmware/store/kiosk_key.h"

int erase_keep(const char *dir, const char *name, const char *text)
{
	SCOPED_FD int at = -1, fd = -1;
	size_t n = strlen(text);
	char part[JOB_CODE_MAX + 64];

	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return -errno;
	at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(part, sizeof(part), "%s.part", name);
	fd = at < 0 ? -1 : openat(at, part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (write(fd, text, n) != (ssize_t)n)
		return -ENOSPC;
	if (fsync(fd) < 0 || renameat(at, part, at, name) < 0 || fsync(at) < 0)
		return -errno;
	return 0;
}

/* --- facts ------------------------------------------------------------------------------------ */

static void put_time(json_t *o, const char *key, int64_t utc_ms)
{
	char iso[25] = "";

	if (utc_ms)
		clock_iso_utc(utc_ms, iso);
	json_object_set_new(o, key, json_string(iso));
}

static json_t *exports(sqlite3 *db)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		db,
		"SELECT kiosk, profile, kind, manifest_sha256, people, files, done_utc_ms FROM "
		"export_run ORDER BY done_utc_ms",
		"");
	json_t *list = json_array();

	while (st && sqlite3_step(st) == SQLITE_ROW) {
		json_t *o = json_pack("{ss ss ss ss sI sI}", "kiosk", sql_text(st, 0), "profile",
				      sql_text(st, 1), "kind", sql_text(st, 2), "manifest_sha256",
				      sql_text(st, 3), "people", sqlite3_column_int64(st, 4),
				      "files", sqlite3_column_int64(st, 5));

		put_time(o, "done", sqlite3_column_int64(st, 6));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *merged(sqlite3 *db)
{
	SCOPED_STMT sqlite3_stmt *st =
		sql_prepare(db, "SELECT kiosk, manifest_sha256 FROM merged ORDER BY 1, 2", "");
	json_t *list = json_array();

	while (st && sqlite3_step(st) == SQLITE_ROW)
		json_array_append_new(list, json_pack("{ss ss}", "kiosk", sql_text(st, 0),
						      "manifest_sha256", sql_text(st, 1)));
	return list;
}

json_t *erase_draft(const struct erase_wish *w, const struct erase_state *s, void *db)
{
	char school[JOB_FIELD_MAX], unit[JOB_FIELD_MAX];
	json_t *o;

	job_field_get(db, JOB_FIELD(SCHOOL_NAME), school);
	job_field_get(db, JOB_FIELD(UNIT), unit);
	o = json_pack("{ss ss ss ss sI sI sI sI si sb ss so so so}", "format", "tapshot-erasure-1",
		      "job", w->job, "school", school, "unit", unit, "people", s->people,
		      "pictures", s->pictures, "attempts", s->attempts, "in_no_export", s->unsafe,
		      "retention_days", s->retention_days, "before_time", !s->over, "reason",
		      w->reason ? w->reason : "", "exports", exports(db), "merged", merged(db),
		      "chain", manifest_chain(db));
	if (!o)
		return NULL;
	put_time(o, "last_export", s->exported_utc_ms);
	put_time(o, "started", clock_utc_ms());
	return o;
}

/* --- certificate ------------------------------------------------------------------------------ */

static void put_line(FILE *to, json_t *o, const char *id, const char *key)
{
	json_t *v = json_object_get(o, key);

	fprintf(to, "%s", text_get(LANG_ZH, id));
	if (json_is_string(v))
		fprintf(to, "%s\n", json_string_value(v));
	else
		fprintf(to, "%lld\n", (long long)json_integer_value(v));
}

/* For the school's files; the signed one is the JSON beside it. */
static char *words(json_t *o, const char *sha256)
{
	static const char *const rows[][2] = { { "erase.job", "job" },
					       { "erase.school", "school" },
					       { "erase.unit", "unit" },
					       { "erase.people", "people" },
					       { "erase.pictures", "pictures" },
					       { "erase.attempts", "attempts" },
					       { "erase.in_no_export", "in_no_export" },
					       { "erase.files", "files" },
					       { "erase.bytes", "bytes" },
					       { "erase.last_export", "last_export" },
					       { "erase.days", "retention_days" },
					       { "erase.started", "started" },
					       { "erase.finished", "finished" },
					       { "erase.reason", "reason" },
					       { "erase.fingerprint", "fingerprint" } };
	char *text = NULL;
	size_t bytes, i;
	json_t *run;
	FILE *to = open_memstream(&text, &bytes);

	if (!to)
		return NULL;
	fprintf(to, "%s\n\n", text_get(LANG_ZH, "erase.title"));
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		put_line(to, o, rows[i][0], rows[i][1]);
	fprintf(to, "\n%s\n", text_get(LANG_ZH, "erase.exports"));
	json_array_foreach(json_object_get(o, "exports"), i, run)
		fprintf(to, "  %s  %s  %s\n", json_string_value(json_object_get(run, "done")),
			json_string_value(json_object_get(run, "profile")),
			json_string_value(json_object_get(run, "manifest_sha256")));
	fprintf(to, "\n%s\n%s%s\n", text_get(LANG_ZH, "erase.method"),
		text_get(LANG_ZH, "erase.signed"), sha256);
	fclose(to);
	return text;
}

static int put_key(const char *data_dir, json_t *o, struct erase_report *report)
{
	uint8_t key[KIOSK_KEY_BYTES];
	char hex[2 * KIOSK_KEY_BYTES + 1];
	int rc = kiosk_key_public(data_dir, key);

	if (rc < 0)
		return rc;
	kiosk_fingerprint(key, report->fingerprint);
	hash_hex(key, hex); /* both are 32 bytes */
	json_object_set_new(o, "public_key", json_string(hex));
	json_object_set_new(o, "fingerprint", json_string(report->fingerprint));
	return 0;
}

static void digest(const char *text, char hex[static SHA256_HEX])
{
	uint8_t sha[SHA256_BYTES] = { 0 };
	struct hash *h = hash_new();

	if (h) {
		hash_update(h, text, strlen(text));
		hash_final(h, sha);
		hash_free(h);
	}
	hash_hex(sha, hex);
}

/* JOB-20261121T093000Z: the moment it was begun, so that going on finds the same one. */
static void stem_of(json_t *o, char out[static JOB_CODE_MAX + 32])
{
	const char *iso = json_string_value(json_object_get(o, "started"));
	int n = snprintf(out, JOB_CODE_MAX + 32, "%.63s-",
			 json_string_value(json_object_get(o, "job")));

	for (; iso && *iso && *iso != '.' && n < JOB_CODE_MAX + 30; iso++)
		if (*iso != '-' && *iso != ':')
			out[n++] = *iso;
	snprintf(out + n, 2, "Z");
}

static int write_all(const struct erase_wish *w, const char *dir, const char *stem,
		     const char *json, json_t *o)
{
	SCOPED_FREE char *sig = NULL, *text = NULL;
	char name[JOB_CODE_MAX + 48], hex[SHA256_HEX];
	uint8_t raw[KIOSK_SIG_BYTES];
	int rc = kiosk_key_sign(w->data_dir, json, strlen(json), raw);

	if (rc < 0)
		return rc;
	digest(json, hex);
	sig = manifest_sig_text(raw);
	text = words(o, hex);
	if (!sig || !text)
		return -ENOMEM;
	snprintf(name, sizeof(name), "%s.txt", stem);
	rc = erase_keep(dir, name, text);
	snprintf(name, sizeof(name), "%s.sig", stem);
	if (!rc)
		rc = erase_keep(dir, name, sig);
	snprintf(name, sizeof(name), "%s.json", stem);
	return rc ? rc : erase_keep(dir, name, json);
}

int erase_certify(const struct erase_wish *w, json_t *o, struct erase_report *report)
{
	char dir[ERASE_PATH_MAX - 128], stem[JOB_CODE_MAX + 32], hex[SHA256_HEX];
	SCOPED_FREE char *json = NULL;
	bool kept;
	json_t *old;
	int rc;

	stem_of(o, stem);
	snprintf(dir, sizeof(dir), "%s/certificates", w->data_dir);
	snprintf(report->certificate, sizeof(report->certificate), "%s/%s.json", dir, stem);
	old = json_load_file(report->certificate, 0, NULL);
	kept = old != NULL;
	if (kept) {
		json_object_update(o, old);
		json_decref(old);
	} else {
		json_object_set_new(o, "files", json_integer(report->files));
		json_object_set_new(o, "bytes", json_integer(report->bytes));
		json_object_set_new(o, "linked_elsewhere", json_integer(report->linked));
		put_time(o, "finished", clock_utc_ms());
	}
	rc = put_key(w->data_dir, o, report);
	json = json_dumps(o, JSON_SORT_KEYS | JSON_INDENT(1));
	if (!json)
		rc = -ENOMEM;
	if (!rc && !kept)
		rc = write_all(w, dir, stem, json, o);
	if (rc)
		return rc;
	digest(json, hex);
	return kiosk_audit(w->data_dir, "job.erased",
			   json_pack("{ss ss sO sO sO}", "job", w->job, "certificate_sha256", hex,
				     "people", json_object_get(o, "people"), "pictures",
				     json_object_get(o, "pictures"), "in_no_export",
				     json_object_get(o, "in_no_export")));
}
