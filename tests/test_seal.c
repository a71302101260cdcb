/* The signing key, the manifest as hostile text, sealed parts as 7-Zip sees them. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "firmware/export/seal.h"
#include "firmware/export/verify.h"
#include "firmware/store/job.h"
#include "firmware/store/kiosk_key.h"
#include "tests/lib/packed.h"

static const char passphrase[] = "open sesame 1";
static char top[64], data[96];

static int sh(const char *fmt, ...)
{
	char cmd[1024];
	va_list ap;
	int rc;

	va_start(ap, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);
	rc = system(cmd);
	return WIFEXITED(rc) ? WEXITSTATUS(rc) : -1;
}

static int set_up(void **state)
{
	(void)state;
	strcpy(top, "/tmp/tapshot-seal-XXXXXX");
	assert_non_null(mkdtemp(top));
	snprintf(data, sizeof(data), "%s/data", top);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return sh("rm -rf %s", top);
}

/* --- key -------------------------------------------------------------------------------------- */

static void the_key_is_made_once_and_kept_private(void **state)
{
	uint8_t key[KIOSK_KEY_BYTES], again[KIOSK_KEY_BYTES], sig[KIOSK_SIG_BYTES];
	char path[160];
	struct stat st;

	(void)state;
	umask(0);
	assert_int_equal(kiosk_key_public(data, key), 0);
	assert_int_equal(kiosk_key_public(data, again), 0);
	assert_memory_equal(key, again, sizeof(key));
	snprintf(path, sizeof(path), "%s/keys/kiosk.key", data);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(kiosk_key_sign(data, "abc", 3, sig), 0);
	assert_int_equal(kiosk_key_verify(key, "abc", 3, sig), 0);
	assert_int_equal(kiosk_key_verify(key, "abd", 3, sig), -EBADMSG);
	sig[40] ^= 1;
	assert_int_equal(kiosk_key_verify(key, "abc", 3, sig), -EBADMSG);
}

static void a_damaged_key_is_refused_not_replaced(void **state)
{
	uint8_t key[KIOSK_KEY_BYTES];

	(void)state;
	assert_int_equal(kiosk_key_public(data, key), 0);
	assert_int_equal(sh("printf tapshot > %s/keys/kiosk.key", data), 0);
	assert_int_equal(kiosk_key_public(data, key), -EUCLEAN);
	assert_int_equal(kiosk_key_public(data, key), -EUCLEAN);
}

static void processes_that_start_together_get_one_key(void **state)
{
	char first[KIOSK_FINGERPRINT_MAX], other[KIOSK_FINGERPRINT_MAX];
	uint8_t key[KIOSK_KEY_BYTES];
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	for (int i = 0; i < 8; i++)
		if (fork() == 0) {
			memset(other, 0, sizeof(other));
			if (kiosk_key_public(data, key) == 0)
				kiosk_fingerprint(key, other);
			_exit(write(ends[1], other, sizeof(other)) < 0);
		}
	assert_int_equal(kiosk_key_public(data, key), 0);
	kiosk_fingerprint(key, first);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(read(ends[0], other, sizeof(other)), sizeof(other));
		assert_string_equal(other, first);
		wait(NULL);
	}
	assert_int_equal(sh("test $(ls %s/keys | wc -l) = 1", data), 0);
}

static void fingerprints_compare_as_people_write_them(void **state)
{
	static const char a[] = "5F3A 91C0 0011 AABB CCDD EEFF";

	(void)state;
	assert_true(kiosk_fingerprint_same(a, "5f:3a:91:c0:00:11:aa:bb:cc:dd:ee:ff"));
	assert_true(kiosk_fingerprint_same(a, "5F3A91C0-0011AABB-CCDDEEFF\n"));
	assert_false(kiosk_fingerprint_same(a, "5F3A 91C0"));
	assert_false(kiosk_fingerprint_same(a, "5F3A 91C0 0011 AABB CCDD EEFE"));
	assert_false(kiosk_fingerprint_same(a, "5F3A 91C0 0011 AABB CCDD EEFF 00"));
	assert_false(kiosk_fingerprint_same("", ""));
}

/* --- manifest --------------------------------------------------------------------------------- */

/* A manifest with these files, by a true key; to be spoilt. */
static char *manifest_with(const char *files)
{
	static const char zeros[] =
		"0000000000000000000000000000000000000000000000000000000000000000";
	char fingerprint[KIOSK_FINGERPRINT_MAX], *json;
	uint8_t key[KIOSK_KEY_BYTES] = { 0 };

	kiosk_fingerprint(key, fingerprint);
	assert_true(
		asprintf(&json,
			 "{\"format\":\"tapshot-package-1\",\"job\":\"J\",\"profile\":\"p\","
			 "\"kiosk\":{\"id\":\"K1\",\"public_key\":\"%s\",\"fingerprint\":\"%s\"},"
			 "\"files\":[%s]}",
			 zeros, fingerprint, files) > 0);
	return json;
}

static int parses(const char *json, size_t bytes)
{
	struct manifest_view v;
	char why[96];
	int rc = manifest_parse(json, bytes, &v, why);

	if (!rc)
		manifest_view_free(&v);
	else
		assert_string_not_equal(why, "");
	return rc;
}

static int parses_with_path(const char *path)
{
	char file[2048], *json;
	int rc;

	snprintf(file, sizeof(file),
		 "{\"path\":\"%s\",\"bytes\":1,\"sha256\":\"00000000000000000000000000000000"
		 "00000000000000000000000000000000\"}",
		 path);
	json = manifest_with(file);
	rc = parses(json, strlen(json));
	free(json);
	return rc;
}

static void paths_stay_inside_the_package(void **state)
{
	static const char *const bad[] = { "..",
					   "../a",
					   "a/../b",
					   "/etc/passwd",
					   "a//b",
					   "a/",
					   "./a",
					   "a\\\\b",
					   "C:x",
					   "a\\u0000b",
					   "a\\nb",
					   "a.",
					   "a /b",
					   "",
					   "manifest.json",
					   "SHA256SUMS",
					   "a/b/c/d/e/f/g/h/i/j/k/l/m",
					   "a?b" };

	(void)state;
	assert_int_equal(parses_with_path("照片/计算机 1 班/0001.jpg"), 0);
	assert_int_equal(parses_with_path("一班/manifest.json"), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parses_with_path(bad[i]), -EINVAL);
}

static void one_name_means_one_file(void **state)
{
	static const char sum[] = "\"bytes\":1,\"sha256\":\"00000000000000000000000000000000"
				  "00000000000000000000000000000000\"";
	char files[1024], *json;
	static const char *const pairs[][2] = { { "a.jpg", "a.jpg" },
						{ "A.jpg", "a.JPG" },
						{ "Ä", "ä" } };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		snprintf(files, sizeof(files), "{\"path\":\"%s\",%s},{\"path\":\"%s\",%s}",
			 pairs[i][0], sum, pairs[i][1], sum);
		json = manifest_with(files);
		assert_int_equal(parses(json, strlen(json)), -EINVAL);
		free(json);
	}
}

static void what_is_not_a_manifest_is_refused(void **state)
{
	static const char *const bad[] = { "", "{}", "[]", "null", "{\"format\":1}", "\xff\xfe{}" };
	char *json = manifest_with(""), *at, *many;
	size_t bytes = 32 << 20;

	(void)state;
	assert_int_equal(parses(json, strlen(json)), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parses(bad[i], strlen(bad[i])), -EINVAL);
	/* the fingerprint is that of the key */
	at = strstr(json, "fingerprint") + 14;
	*at = *at == '0' ? '1' : '0';
	assert_int_equal(parses(json, strlen(json)), -EINVAL);
	free(json);
	/* gigabytes of values in few bytes; nested beyond measure */
	many = malloc(bytes);
	memset(many, ',', bytes);
	assert_int_equal(parses(many, bytes), -EINVAL);
	memset(many, '[', 4000);
	assert_int_equal(parses(many, 4000), -EINVAL);
	free(many);
}

/* Base64 has several spellings of the same bytes, and text files several ends. */
static void a_signature_has_one_spelling(void **state)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char folder[128], path[192], *json, *sig, other[96], why[96];
	size_t json_bytes, sig_bytes;
	struct manifest_view v;

	(void)state;
	snprintf(folder, sizeof(folder), "%s/J", top);
	assert_int_equal(packed_make(data, folder, NULL, 0), 0);
	snprintf(path, sizeof(path), "%s/manifest.json", folder);
	json = packed_read(path, &json_bytes);
	snprintf(path, sizeof(path), "%s/manifest.sig", folder);
	sig = packed_read(path, &sig_bytes);
	assert_int_equal(manifest_parse(json, json_bytes, &v, why), 0);
	assert_true(manifest_signed(&v, json, json_bytes, sig, sig_bytes));
	snprintf(other, sizeof(other), "%s", sig);
	other[85] = strchr(alphabet, sig[85])[1];
	assert_false(manifest_signed(&v, json, json_bytes, other, sig_bytes));
	assert_false(manifest_signed(&v, json, json_bytes, sig, sig_bytes - 1));
	snprintf(other, sizeof(other), "%.88s\r\n", sig);
	assert_false(manifest_signed(&v, json, json_bytes, other, sig_bytes + 1));
	snprintf(other, sizeof(other), " %.88s", sig);
	assert_false(manifest_signed(&v, json, json_bytes, other, sig_bytes));
	assert_false(manifest_signed(&v, json, json_bytes - 1, sig, sig_bytes));
	manifest_view_free(&v);
	free(json);
	free(sig);
}

static void sha256sum_reads_the_sums(void **state)
{
	char folder[128];

	(void)state;
	snprintf(folder, sizeof(folder), "%s/J", top);
	assert_int_equal(packed_make(data, folder, passphrase, 2), 0);
	assert_int_equal(sh("cd %s && sha256sum --strict --quiet -c SHA256SUMS", folder), 0);
	assert_int_equal(sh("cd %s && test $(wc -l <SHA256SUMS) = 5", folder), 0);
}

/* --- sealed parts ----------------------------------------------------------------------------- */

static struct seal *begin(const char *name, int *fd)
{
	char path[160];
	struct job j;
	struct seal *s;

	snprintf(path, sizeof(path), "%s/%s", top, name);
	*fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
	assert_int_equal(job_open(data, "J", true, &j), 0);
	s = seal_open(*fd, passphrase, manifest_new(j.db, "J", "K1", "p", NULL));
	job_close(&j);
	assert_non_null(s);
	return s;
}

/* Many batches, an empty file, one too large for memory, a name of rare characters. */
static void seven_zip_opens_what_was_sealed(void **state)
{
	char path[160], *noise = malloc(300000), *got;
	size_t bytes;
	int fd, large;
	struct seal *s = begin("part.zip", &fd);

	(void)state;
	for (int i = 0; i < 300000; i++)
		noise[i] = (char)(i * 31 + i / 7);
	for (int i = 0; i < 600; i++) {
		snprintf(path, sizeof(path), "照片/计算机 1 班/%04d.jpg", i);
		assert_int_equal(seal_put_bytes(s, path, noise + i, i < 5 ? 280000 : 40), 0);
	}
	assert_int_equal(seal_put_bytes(s, "空.csv", "", 0), 0);
	assert_int_equal(seal_put_bytes(s, "空.jpg", "", 0), 0);
	assert_int_equal(seal_put_bytes(s, "䶮𠮷·é.txt", "text\r\n", 6), 0);
	assert_int_equal(sh("head -c 40000000 /dev/zero | tr '\\0' x >%s/large.bin", top), 0);
	snprintf(path, sizeof(path), "%s/large.bin", top);
	large = open(path, O_RDONLY);
	assert_int_equal(seal_put(s, "档案/large.bin", large), 0);
	close(large);
	assert_int_equal(seal_put_bytes(s, "last.jpg", "z", 1), 0);
	assert_int_equal(seal_files(s), 605);
	assert_int_equal(seal_close(s, data), 0);
	close(fd);
	assert_int_equal(sh("cd %s && 7z x -p'%s' -oout part.zip >/dev/null", top, passphrase), 0);
	assert_int_equal(sh("cd %s/out && sha256sum --strict --quiet -c SHA256SUMS", top), 0);
	assert_int_equal(sh("cd %s && cmp large.bin out/档案/large.bin", top), 0);
	assert_int_equal(sh("cd %s && test -f out/䶮𠮷·é.txt && test -f out/空.csv", top), 0);
	assert_int_equal(sh("cd %s && test $(find out -type f | wc -l) = 608", top), 0);
	snprintf(path, sizeof(path), "%s/out/照片/计算机 1 班/0003.jpg", top);
	got = packed_read(path, &bytes);
	assert_int_equal(bytes, 280000);
	assert_memory_equal(got, noise + 3, bytes);
	free(got);
	free(noise);
}

static void our_own_reader_agrees(void **state)
{
	struct verify_options o = { .passphrase = passphrase };
	struct verify_report r;
	char path[160], name[32];
	int fd;
	struct seal *s = begin("part.zip", &fd);

	(void)state;
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "%d.%s", i, i % 2 ? "csv" : "jpg");
		assert_int_equal(seal_put_bytes(s, name, path, (size_t)i % sizeof(path)), 0);
	}
	assert_int_equal(seal_close(s, data), 0);
	close(fd);
	snprintf(path, sizeof(path), "%s/part.zip", top);
	assert_int_equal(verify_package(path, &o, &r), VERIFY_UNPROVEN);
	assert_int_equal(r.inside, 300);
}

static void another_passphrase_opens_nothing(void **state)
{
	int fd;
	struct seal *s = begin("part.zip", &fd);

	(void)state;
	assert_int_equal(seal_put_bytes(s, "a.jpg", "picture", 7), 0);
	assert_int_equal(seal_close(s, data), 0);
	close(fd);
	assert_int_not_equal(sh("cd %s && 7z t -p'open sesame 2' part.zip >/dev/null 2>&1", top),
			     0);
	/* nor does the passphrase lie in it */
	assert_int_not_equal(sh("grep -aq '%s' %s/part.zip", passphrase, top), 0);
}

static void a_full_part_says_so_before_a_byte(void **state)
{
	char path[160];
	int fd, large;
	struct seal *s = begin("part.zip", &fd);

	(void)state;
	snprintf(path, sizeof(path), "%s/huge", top);
	large = open(path, O_RDWR | O_CREAT, 0600);
	assert_int_equal(ftruncate(large, SEAL_PART_BYTES_MAX + 1), 0);
	assert_int_equal(seal_put(s, "a.jpg", large), -EFBIG);
	assert_int_equal(seal_put_bytes(s, "b.jpg", "b", 1), 0);
	assert_int_equal(ftruncate(large, SEAL_PART_BYTES_MAX - (8 << 20)), 0);
	assert_int_equal(seal_put_bytes(s, "c.jpg", path, sizeof(path)), 0);
	assert_int_equal(ftruncate(large, SEAL_PART_BYTES_MAX - (1 << 20)), 0);
	assert_int_equal(seal_put(s, "d.jpg", large), -E2BIG);
	assert_int_equal(seal_put_bytes(s, "../x", "b", 1), -EINVAL);
	close(large);
	assert_int_equal(seal_close(s, data), 0); /* what went in is whole */
	close(fd);
	assert_int_equal(sh("cd %s && 7z t -p'%s' part.zip >/dev/null", top, passphrase), 0);
}

static void a_full_stick_is_an_error(void **state)
{
	char noise[5000];
	struct job j;
	int fd = open("/dev/full", O_RDWR);
	struct seal *s;

	(void)state;
	assert_int_equal(job_open(data, "J", true, &j), 0);
	memset(noise, 7, sizeof(noise));
	s = seal_open(fd, passphrase, manifest_new(j.db, "J", "K1", "p", NULL));
	job_close(&j);
	assert_int_equal(seal_put_bytes(s, "a.jpg", noise, sizeof(noise)), 0);
	assert_true(seal_close(s, data) < 0);
	close(fd);
}

/* --- the job's passphrase --------------------------------------------------------------------- */

static void a_passphrase_is_what_every_keyboard_has(void **state)
{
	(void)state;
	assert_true(seal_passphrase_ok("12345678") && seal_passphrase_ok("a b c d ~!\"'\\"));
	assert_false(seal_passphrase_ok("1234567") || seal_passphrase_ok(" 12345678"));
	assert_false(seal_passphrase_ok("12345678 ") || seal_passphrase_ok("密码密码密码"));
	assert_false(seal_passphrase_ok("1234567\t8"));
}

static void it_is_kept_with_the_job_for_its_owner_only(void **state)
{
	char out[SEAL_PASSPHRASE_MAX + 1], path[160];
	struct stat st;
	struct job j;

	(void)state;
	umask(0);
	assert_int_equal(seal_passphrase_set(data, "J", passphrase), -ENOENT);
	assert_int_equal(job_open(data, "J", true, &j), 0);
	job_close(&j);
	assert_int_equal(seal_passphrase(data, "J", out), -ENOENT);
	assert_int_equal(seal_passphrase_set(data, "J", "short"), -EINVAL);
	assert_int_equal(seal_passphrase_set(data, "../J", passphrase), -EINVAL);
	assert_int_equal(seal_passphrase_set(data, "J", "another one"), 0);
	/* by the command: a line of stdin, no argument */
	assert_int_equal(sh("echo '%s' | build/tapshot job passphrase --job J --data %s "
			    ">/dev/null",
			    passphrase, data),
			 0);
	assert_int_equal(sh("echo short | build/tapshot job passphrase --job J --data %s "
			    "2>/dev/null",
			    data),
			 1);
	assert_int_equal(seal_passphrase(data, "J", out), 0);
	assert_string_equal(out, passphrase);
	snprintf(path, sizeof(path), "%s/jobs/J/seal", data);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_not_equal(sh("grep -aq '%s' %s/jobs/J/job.db*", passphrase, data), 0);
}

int main(void)
{
#define FRESH(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		FRESH(the_key_is_made_once_and_kept_private),
		FRESH(a_damaged_key_is_refused_not_replaced),
		FRESH(processes_that_start_together_get_one_key),
		FRESH(fingerprints_compare_as_people_write_them),
		FRESH(paths_stay_inside_the_package),
		FRESH(one_name_means_one_file),
		FRESH(what_is_not_a_manifest_is_refused),
		FRESH(a_signature_has_one_spelling),
		FRESH(sha256sum_reads_the_sums),
		FRESH(seven_zip_opens_what_was_sealed),
		FRESH(our_own_reader_agrees),
		FRESH(another_passphrase_opens_nothing),
		FRESH(a_full_part_says_so_before_a_byte),
		FRESH(a_full_stick_is_an_error),
		FRESH(a_passphrase_is_what_every_keyboard_has),
		FRESH(it_is_kept_with_the_job_for_its_owner_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
