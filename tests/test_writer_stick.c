/* Exports onto sticks: exFAT through exfat-fuse, pulled at any byte, full, false, read-only. What
 * was said to be safe must stand there whole afterwards, and the next export must end. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "tests/lib/stick.h"
#include "tests/lib/stick_day.h"

enum { MEGABYTES = 48, FILES = 140 };

static struct stick stick;

static int make(void **state)
{
	(void)state;
	return stick_why_not() ? 0 : stick_make(&stick, MEGABYTES);
}

static int drop(void **state)
{
	(void)state;
	if (!stick_why_not())
		stick_drop(&stick);
	return 0;
}

static void need_sticks(void)
{
	const char *why = stick_why_not();

	if (why) {
		print_message("%s\n", why);
		skip();
	}
}

static int export(struct stick_day *d)
{
	SCOPED_FD int at = open(stick.at, O_RDONLY | O_DIRECTORY);

	if (at < 0) {
		d->cause = WRITER_REMOVED;
		d->safe = 0;
		return -1;
	}
	return stick_day_write(d, at);
}

static void assert_exported(struct stick_day *d)
{
	int rc = export(d);

	if (rc)
		print_message("%s at %s\n", writer_cause_word(d->cause), d->where);
	assert_int_equal(rc, 0);
}

static void a_good_stick_gets_everything(void **state)
{
	struct stick_day d = { .seed = 1, .files = FILES };

	(void)state;
	need_sticks();
	assert_int_equal(stick_mount(&stick, NULL), 0);
	assert_exported(&d);
	stick_unmount(&stick);
	assert_int_equal(stick_repair(&stick), 0);
	assert_int_equal(stick_mount(&stick, NULL), 0);
	assert_true(stick_day_clean(&d, stick.at));
}

/* One pull, a repair, the next export. Return: a word for the log. */
static const char *pull_once(unsigned int seed, int64_t bytes)
{
	struct stick_fault fault = { .pull_after = bytes,
				     .answers_errors = seed & 1,
				     .at_once = seed & 2,
				     .fake_from = -1,
				     .seed = seed };
	struct stick_day d = { .seed = seed, .lists = seed, .files = FILES };
	const char *word;
	int rc;

	assert_int_equal(stick_make(&stick, MEGABYTES), 0);
	assert_int_equal(stick_mount(&stick, &fault), 0);
	rc = export(&d);
	word = rc ? writer_cause_word(d.cause) : "done";
	if (rc)
		assert_int_equal(d.cause, WRITER_REMOVED);
	stick_unmount(&stick);
	stick_repair(&stick);
	if (stick_mount(&stick, NULL) < 0)
		fail_msg("seed %u: cannot be mounted after the pull", seed);
	if (!stick_day_check(&d, stick.at, d.safe))
		fail_msg("seed %u, %lld bytes: of %d safe files some are not", seed,
			 (long long)bytes, d.safe);
	d.lists++;
	assert_exported(&d);
	assert_true(stick_day_clean(&d, stick.at));
	stick_drop(&stick);
	return word;
}

static void pulled_at_any_byte(void **state)
{
	int pulls = getenv("TAPSHOT_SOAK") ? 200 : 12;
	unsigned int first =
		getenv("TAPSHOT_SEED") ? (unsigned int)atoi(getenv("TAPSHOT_SEED")) : 1;

	(void)state;
	need_sticks();
	stick_drop(&stick);
	for (unsigned int i = first; i < first + (unsigned int)pulls; i++) {
		/* an export writes some 10 MB, and flushes as many; a few pulls come after its end */
		uint32_t all = i & 2 ? 10500000 : 21000000, mixed = i * 2654435761u;
		int64_t bytes = ((mixed ^ mixed >> 15) * 0x2c1b3c6du >> 3) % all;

		print_message("# pull %u at byte %lld: %s\n", i, (long long)bytes,
			      pull_once(i, bytes));
	}
	assert_int_equal(stick_make(&stick, MEGABYTES), 0);
}

static void a_false_stick_is_found_out(void **state)
{
	struct stick_fault fault = { .pull_after = -1, .fake_from = 8 << 20 };
	struct stick_day d = { .seed = 2, .files = FILES };

	(void)state;
	need_sticks();
	assert_int_equal(stick_mount(&stick, &fault), 0);
	assert_int_equal(export(&d), -1);
	assert_int_equal(d.cause, WRITER_DIFFERS);
	assert_true(d.safe > 0);
	assert_true(stick_day_check(&d, stick.at, d.safe));
}

static void a_full_stick_is_said_before_the_first_byte(void **state)
{
	struct stick_day d = { .seed = 3, .files = 1000 };

	(void)state;
	need_sticks();
	assert_int_equal(stick_mount(&stick, NULL), 0);
	assert_int_equal(export(&d), -1);
	assert_int_equal(d.cause, WRITER_FULL);
	assert_int_equal(d.safe, 0);
}

/* Room for one and a half exports: the second run keeps the first one's files. */
static void what_is_kept_needs_no_room(void **state)
{
	struct stick_day d = { .seed = 3, .files = FILES };

	(void)state;
	need_sticks();
	assert_int_equal(stick_mount(&stick, NULL), 0);
	assert_int_equal(stick_sh("head -c 31M /dev/zero >%s/fill", stick.at), 0);
	assert_exported(&d);
	d.lists++;
	assert_exported(&d);
	assert_true(stick_day_clean(&d, stick.at));
}

static struct writer *begin(void)
{
	SCOPED_FD int at = open(stick.at, O_RDONLY | O_DIRECTORY);
	enum writer_cause cause;
	struct writer *w;

	assert_int_equal(writer_open(at, "JOB", NULL, &w, &cause), 0);
	return w;
}

static void names_windows_cannot_open_are_refused(void **state)
{
	static const char *const bad[] = { "a:b", "a?",	      "dot.",	    "blank ",
					   "CON", "com1.jpg", "nul.tar.gz", "a/LPT9/b",
					   "q\"", "x|y",      "<",	    "*" };
	char where[256];

	(void)state;
	need_sticks();
	assert_int_equal(stick_mount(&stick, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct writer *w = begin();

		assert_int_equal(writer_put_bytes(w, bad[i], "x", 1), -1);
		assert_int_equal(writer_failure(w, where), WRITER_NAME);
		assert_string_equal(where, bad[i]);
		writer_close(w);
	}
}

static void upper_and_lower_case_are_one_name(void **state)
{
	char where[256];
	struct writer *w;

	(void)state;
	need_sticks();
	assert_int_equal(stick_mount(&stick, NULL), 0);
	w = begin();
	assert_int_equal(writer_put_bytes(w, "ÄRa.jpg", "x", 1), 0);
	assert_int_equal(writer_put_bytes(w, "äRA.JPG", "y", 1), -1);
	assert_int_equal(writer_failure(w, where), WRITER_NAME);
	writer_close(w);
	stick_sh("echo theirs >%s/JOB/LIST.CSV", stick.at);
	w = begin();
	assert_int_equal(writer_put_bytes(w, "list.csv", "ours", 4), -1);
	assert_int_equal(writer_failure(w, where), WRITER_FOREIGN);
	writer_close(w);
}

static void a_stick_taken_away_under_its_path_is_noticed(void **state)
{
	struct writer *w;
	char where[256];

	(void)state;
	need_sticks();
	assert_int_equal(stick_mount(&stick, NULL), 0);
	w = begin();
	assert_int_equal(writer_put_bytes(w, "a", "x", 1), 0);
	assert_int_equal(stick_sh("umount -l %s", stick.at), 0);
	assert_int_equal(writer_flush(w), -1);
	assert_int_equal(writer_failure(w, where), WRITER_REMOVED);
	writer_close(w);
	assert_int_equal(stick_sh("test -z \"$(ls %s)\"", stick.at), 0);
}

/* What somebody else does to the stick after its @after verified files. */
struct meddler {
	const char *command; /* %s: the stick */
	int after, done;
};

static int meddle(void *ctx, const struct writer_progress *p)
{
	struct meddler *m = ctx;

	if (p->files >= m->after && !m->done++)
		stick_sh(m->command, stick.at);
	return 0;
}

static enum writer_cause meddled(const char *command)
{
	struct meddler m = { .command = command, .after = 64 };
	struct stick_day d = { .seed = 4, .files = FILES, .meddle = meddle, .meddler = &m };

	assert_int_equal(stick_mount(&stick, NULL), 0);
	assert_int_equal(export(&d), -1);
	assert_true(stick_day_check(&d, stick.at, d.safe));
	assert_true(d.safe >= 64 && d.safe < FILES);
	return d.cause;
}

static void full_in_the_middle_is_said_and_goes_on(void **state)
{
	struct stick_day d = { .seed = 4, .files = FILES };

	(void)state;
	need_sticks();
	assert_int_equal(meddled("dd if=/dev/zero of=%s/fill bs=4096 2>/dev/null"), WRITER_FULL);
	stick_sh("rm %s/fill", stick.at);
	assert_exported(&d);
	assert_true(stick_day_clean(&d, stick.at));
}

static void a_folder_deleted_in_the_middle_is_noticed(void **state)
{
	(void)state;
	need_sticks();
	assert_int_equal(stick_mount(&stick, NULL), 0);
	for (int again = 0; again < 2; again++) {
		struct meddler m = { .command = "rm -rf %s/JOB", .after = 64 };
		struct stick_day d = { .seed = 4, .files = FILES };

		if (!again) {
			d.meddle = meddle;
			d.meddler = &m;
		}
		assert_int_equal(export(&d), again ? 0 : -1);
	}
}

static void a_read_only_stick_is_said(void **state)
{
	struct stick_day d = { .seed = 3, .files = FILES };

	(void)state;
	need_sticks();
	assert_int_equal(stick_mount(&stick, NULL), 0);
	assert_int_equal(stick_sh("mount -o remount,ro %s", stick.at), 0);
	assert_int_equal(export(&d), -1);
	assert_int_equal(d.cause, WRITER_READ_ONLY);
}

#define T(f) cmocka_unit_test_setup_teardown(f, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_good_stick_gets_everything),
		T(pulled_at_any_byte),
		T(a_false_stick_is_found_out),
		T(a_full_stick_is_said_before_the_first_byte),
		T(what_is_kept_needs_no_room),
		T(names_windows_cannot_open_are_refused),
		T(upper_and_lower_case_are_one_name),
		T(a_stick_taken_away_under_its_path_is_noticed),
		T(full_in_the_middle_is_said_and_goes_on),
		T(a_folder_deleted_in_the_middle_is_noticed),
		T(a_read_only_stick_is_said),
	};

	text_init(NULL); /* upper and lower case beyond ASCII */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
