/* A package spoilt in every way a stick, a mailer or a stranger can: verify never calls it whole. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "firmware/export/verify.h"
#include "firmware/store/kiosk_key.h"
#include "tests/lib/packed.h"

static const char passphrase[] = "open sesame 1";
static char top[64], data[96], package[96], part[160], signer[KIOSK_FINGERPRINT_MAX];

/* What verify named, one line each: "what part|path". */
static char named[8192];

static void on_found(void *ctx, enum verify_what what, const char *in, const char *path,
		     const char *detail)
{
	size_t n = strlen(named);

	(void)ctx;
	(void)detail;
	snprintf(named + n, sizeof(named) - n, "%s %s|%s\n", verify_word(what), in, path);
}

static enum verify_result check(const char *path, const char *by, const char *with,
				struct verify_report *r)
{
	struct verify_options o = { .signer = by, .passphrase = with, .found = on_found };
	struct verify_report own;

	named[0] = 0;
	return verify_package(path, &o, r ? r : &own);
}

static int sh(const char *fmt, ...)
{
	char cmd[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);
	return system(cmd);
}

static int set_up(void **state)
{
	uint8_t key[KIOSK_KEY_BYTES];

	(void)state;
	strcpy(top, "/tmp/tapshot-verify-XXXXXX");
	assert_non_null(mkdtemp(top));
	snprintf(data, sizeof(data), "%s/data", top);
	snprintf(package, sizeof(package), "%s/J", top);
	snprintf(part, sizeof(part), "%s/一班.zip", package);
	assert_int_equal(packed_make(data, package, passphrase, 3), 0);
	assert_int_equal(kiosk_key_public(data, key), 0);
	kiosk_fingerprint(key, signer);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return sh("rm -rf %s", top);
}

static void a_whole_package_is_whole(void **state)
{
	struct verify_report r;

	(void)state;
	assert_int_equal(check(package, signer, passphrase, &r), VERIFY_WHOLE);
	assert_string_equal(named, "");
	assert_int_equal(r.files, 3);
	assert_int_equal(r.parts, 1);
	assert_int_equal(r.opened, 1);
	assert_int_equal(r.inside, 4);
	assert_string_equal(r.fingerprint, signer);
	assert_string_equal(r.job, "J");
	/* sealed parts stay closed without it; a part alone can be looked at too */
	assert_int_equal(check(package, signer, NULL, &r), VERIFY_WHOLE);
	assert_int_equal(r.opened, 0);
	assert_int_equal(check(part, signer, passphrase, &r), VERIFY_WHOLE);
	assert_int_equal(r.files, 4);
}

static void without_a_signer_the_origin_is_not_proven(void **state)
{
	char other[] = "0000 1111 2222 3333 4444 5555";

	(void)state;
	assert_int_equal(check(package, NULL, passphrase, NULL), VERIFY_UNPROVEN);
	assert_int_equal(check(part, NULL, passphrase, NULL), VERIFY_UNPROVEN);
	assert_int_equal(check(package, other, passphrase, NULL), VERIFY_WRONG);
	assert_non_null(strstr(named, "signer |manifest.json"));
	assert_int_equal(check(part, other, passphrase, NULL), VERIFY_WRONG);
}

static void missing_altered_extra_are_named(void **state)
{
	(void)state;
	assert_int_equal(sh("cd %s && rm 说明.txt && truncate -s 9 名单/captured.csv && "
			    "touch 名单/多.txt && mkdir 空 && ln -s /etc/passwd 链",
			    package),
			 0);
	assert_int_equal(check(package, signer, NULL, NULL), VERIFY_WRONG);
	assert_string_equal(named, "altered |名单/captured.csv\n"
				   "extra |名单/多.txt\n"
				   "extra |空/\n"
				   "missing |说明.txt\n"
				   "link |链\n");
}

static void a_renamed_file_is_missing_and_extra(void **state)
{
	(void)state;
	assert_int_equal(sh("cd %s && mv 一班.zip 二班.zip", package), 0);
	assert_int_equal(check(package, NULL, NULL, NULL), VERIFY_WRONG);
	assert_string_equal(named, "missing |一班.zip\nextra |二班.zip\n");
}

static void a_link_to_the_right_bytes_is_no_file(void **state)
{
	(void)state;
	assert_int_equal(sh("cd %s && cp 说明.txt ../aside && ln -sf ../aside 说明.txt && "
			    "mv 名单 ../lists && ln -s ../lists 名单",
			    package),
			 0);
	assert_int_equal(check(package, signer, NULL, NULL), VERIFY_WRONG);
	assert_string_equal(named, "link |名单\nmissing |名单/captured.csv\nlink |说明.txt\n");
}

static void its_own_three_files_are_missed(void **state)
{
	(void)state;
	assert_int_equal(sh("cd %s && mv SHA256SUMS ..", package), 0);
	assert_int_equal(check(package, signer, NULL, NULL), VERIFY_WRONG);
	assert_string_equal(named, "missing |SHA256SUMS\n");
	assert_int_equal(sh("cd %s && mv ../SHA256SUMS . && mv manifest.sig ..", package), 0);
	assert_int_equal(check(package, signer, NULL, NULL), VERIFY_WRONG);
	assert_string_equal(named, "missing |manifest.sig\n");
	assert_int_equal(check(package, NULL, NULL, NULL), VERIFY_WRONG);
	assert_int_equal(sh("cd %s && mv ../manifest.sig . && mv manifest.json ..", package), 0);
	assert_int_equal(check(package, NULL, NULL, NULL), VERIFY_WRONG);
	assert_string_equal(named, "missing |manifest.json\n");
	assert_int_equal(sh("cd %s && rm -r *", package), 0);
	assert_int_equal(check(package, NULL, NULL, NULL), VERIFY_CANNOT);
}

/* Another kiosk's signature over the same list. */
static void anothers_manifest_is_anothers(void **state)
{
	char other[160];

	(void)state;
	snprintf(other, sizeof(other), "%s/J2", top);
	assert_int_equal(sh("mkdir %s/data2", top), 0);
	snprintf(named, sizeof(named), "%s/data2", top);
	assert_int_equal(packed_make(named, other, passphrase, 3), 0);
	assert_int_equal(check(other, signer, passphrase, NULL), VERIFY_WRONG);
	assert_int_equal(check(other, NULL, passphrase, NULL), VERIFY_UNPROVEN);
	/* their part in our package: its sum is wrong; were it right, its signer is not */
	assert_int_equal(sh("cp %s/一班.zip %s", other, part), 0);
	assert_int_equal(check(package, signer, passphrase, NULL), VERIFY_WRONG);
	assert_string_equal(named, "altered |一班.zip\n");
	/* our signature on their manifest */
	assert_int_equal(sh("cp %s/manifest.sig %s", package, other), 0);
	assert_int_equal(check(other, NULL, NULL, NULL), VERIFY_WRONG);
}

static void a_wrong_passphrase_is_said_not_mistaken(void **state)
{
	(void)state;
	assert_int_equal(check(package, signer, "not the passphrase", NULL), VERIFY_CANNOT);
	assert_string_equal(named, "passphrase 一班.zip|\n");
	assert_int_equal(check(part, signer, "not the passphrase", NULL), VERIFY_CANNOT);
	assert_int_equal(check(part, signer, NULL, NULL), VERIFY_CANNOT);
}

/* --- every byte ------------------------------------------------------------------------------- */

/* Return: how many positions of @path, flipped in @bits, @as (the package or the part itself) still
 * passes with. */
static int survivors(const char *path, const char *as, const char *with, size_t step, uint8_t bits)
{
	int fd = open(path, O_RDWR), passed = 0;
	struct stat st;
	uint8_t was, now;

	assert_int_equal(fstat(fd, &st), 0);
	for (off_t at = 0; at < st.st_size; at += (off_t)step) {
		enum verify_result got;

		assert_int_equal(pread(fd, &was, 1, at), 1);
		now = was ^ bits;
		assert_int_equal(pwrite(fd, &now, 1, at), 1);
		got = check(as, NULL, with, NULL);
		if (got == VERIFY_WHOLE || got == VERIFY_UNPROVEN) {
			print_message("byte %lld of %s, bits %02x\n", (long long)at, path, bits);
			passed++;
		}
		if (got == VERIFY_WRONG)
			assert_string_not_equal(named, "");
		assert_int_equal(pwrite(fd, &was, 1, at), 1);
	}
	close(fd);
	return passed;
}

static void no_flipped_byte_of_a_package_passes(void **state)
{
	static const char *const files[] = { "manifest.json",	  "manifest.sig", "SHA256SUMS",
					     "名单/captured.csv", "说明.txt",	  "一班.zip" };
	char path[160];

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", package, files[i]);
		assert_int_equal(survivors(path, package, NULL, 1, 0x01), 0);
		assert_int_equal(survivors(path, package, NULL, 3, 0x20), 0);
		assert_int_equal(survivors(path, package, NULL, 7, 0xff), 0);
	}
}

/* Nothing beside it says what it should be: its own layout and its own manifest do. Every bit outside
 * the encrypted data; inside, where each try costs many hashes, some. */
static void no_flipped_bit_of_a_lone_part_passes(void **state)
{
	int fd, headers = 0, encrypted = 0;
	struct stat st;

	(void)state;
	assert_int_equal(packed_make(data, package, passphrase, 1), 0);
	fd = open(part, O_RDWR);
	assert_int_equal(fstat(fd, &st), 0);
	for (off_t at = 0; at < st.st_size; at++) {
		enum verify_result got = VERIFY_WRONG;
		bool layout = true;
		uint8_t was, now;

		assert_int_equal(pread(fd, &was, 1, at), 1);
		for (int bit = 0; bit < 8 && layout; bit++) {
			now = was ^ (uint8_t)(1 << (bit + at) % 8);
			assert_int_equal(pwrite(fd, &now, 1, at), 1);
			got = check(part, NULL, passphrase, NULL);
			layout = !strncmp(named, "archive", 7);
			if (got == VERIFY_WHOLE || got == VERIFY_UNPROVEN)
				fail_msg("bit %d of byte %lld", bit, (long long)at);
		}
		assert_int_equal(pwrite(fd, &was, 1, at), 1);
		headers += layout;
		encrypted += !layout;
		at += layout ? 0 : 4;
	}
	close(fd);
	assert_true(headers > 400 && encrypted > 100);
}

static void nothing_may_stand_before_behind_or_between(void **state)
{
	static const char note[] = "PK\5\6 a comment, or another archive";
	size_t bytes, cut;
	char *whole = packed_read(part, &bytes), *spoilt = malloc(bytes + sizeof(note));

	(void)state;
	memcpy(spoilt, whole, bytes);
	memcpy(spoilt + bytes, note, sizeof(note));
	packed_write(part, spoilt, bytes + sizeof(note));
	assert_int_equal(check(part, NULL, passphrase, NULL), VERIFY_WRONG);
	memcpy(spoilt, note, sizeof(note));
	memcpy(spoilt + sizeof(note), whole, bytes);
	packed_write(part, spoilt, bytes + sizeof(note));
	assert_int_equal(check(part, NULL, passphrase, NULL), VERIFY_WRONG);
	for (cut = 0; cut < bytes; cut += 11) {
		packed_write(part, whole, cut);
		assert_int_equal(check(part, NULL, passphrase, NULL), VERIFY_WRONG);
	}
	free(whole);
	free(spoilt);
}

/* --- the program ------------------------------------------------------------------------------ */

static int program(const char *fmt, ...)
{
	char cmd[1024];
	size_t n = (size_t)snprintf(cmd, sizeof(cmd), "build/tapshot ");
	va_list ap;
	int rc;

	va_start(ap, fmt);
	vsnprintf(cmd + n, sizeof(cmd) - n, fmt, ap);
	va_end(ap);
	rc = system(cmd);
	return WIFEXITED(rc) ? WEXITSTATUS(rc) : -1;
}

static void the_exit_status_is_the_answer(void **state)
{
	char secret[96];
	size_t bytes;
	char *said;

	(void)state;
	snprintf(secret, sizeof(secret), "%s/secret", top);
	packed_write(secret, passphrase, strlen(passphrase));
	assert_int_equal(program("verify %s --signer '%s' --passphrase-file %s </dev/null >%s/out",
				 package, signer, secret, top),
			 0);
	assert_int_equal(
		program("verify %s --passphrase-file=%s </dev/null >%s/out", part, secret, top), 3);
	snprintf(secret, sizeof(secret), "%s/out", top);
	said = packed_read(secret, &bytes);
	assert_non_null(strstr(said, "origin not proven"));
	free(said);
	assert_int_equal(program("verify %s </dev/null >/dev/null 2>&1", part), 2);
	assert_int_equal(program("verify %s/none </dev/null >/dev/null 2>&1", package), 2);
	assert_int_equal(program("verify --nonsense </dev/null 2>/dev/null"), 64);
	assert_int_equal(program("verify %s --signer 12 </dev/null 2>/dev/null", package), 64);
	assert_int_equal(sh("echo x >> %s/说明.txt", package), 0);
	assert_int_equal(program("verify %s --json </dev/null >%s/out", package, top), 1);
	said = packed_read(secret, &bytes);
	assert_non_null(strstr(said, "\"what\":\"altered\",\"part\":\"\",\"path\":\"说明.txt\""));
	free(said);
}

/* A file name is somebody else's text: it must not write on the terminal. */
static void a_name_cannot_steer_the_terminal(void **state)
{
	char path[160];
	size_t bytes;
	char *said;

	(void)state;
	snprintf(path, sizeof(path), "%s/a\033[2J\r\xff\xe2\x80\xae.txt", package);
	packed_write(path, "", 0);
	assert_int_equal(program("verify %s </dev/null >%s/out", package, top), 1);
	snprintf(path, sizeof(path), "%s/out", top);
	said = packed_read(path, &bytes);
	assert_null(strchr(said, '\033'));
	assert_non_null(strstr(said, "a\\x1B[2J\\x0D\\xFF\\xE2\\x80\\xAE.txt"));
	free(said);
}

int main(void)
{
#define FRESH(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		FRESH(a_whole_package_is_whole),
		FRESH(without_a_signer_the_origin_is_not_proven),
		FRESH(missing_altered_extra_are_named),
		FRESH(a_renamed_file_is_missing_and_extra),
		FRESH(a_link_to_the_right_bytes_is_no_file),
		FRESH(its_own_three_files_are_missed),
		FRESH(anothers_manifest_is_anothers),
		FRESH(a_wrong_passphrase_is_said_not_mistaken),
		FRESH(no_flipped_byte_of_a_package_passes),
		FRESH(no_flipped_bit_of_a_lone_part_passes),
		FRESH(nothing_may_stand_before_behind_or_between),
		FRESH(the_exit_status_is_the_answer),
		FRESH(a_name_cannot_steer_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
