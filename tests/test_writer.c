/* The writer on plain folders: what stands there afterwards, what an interrupted export leaves, and
 * that nothing of somebody else's is touched. Real sticks: test_writer_stick.c. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/export/writer.h"
#include "tests/lib/stick_day.h"

static char stick[64];
static int stick_fd;
static enum writer_cause cause;
static char where[256];

static int sh(const char *fmt, ...)
{
	char cmd[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);
	return system(cmd);
}

static int make_stick(void **state)
{
	(void)state;
	strcpy(stick, "/tmp/tapshot-writer-XXXXXX");
	if (!mkdtemp(stick))
		return -1;
	stick_fd = open(stick, O_RDONLY | O_DIRECTORY);
	return stick_fd < 0 ? -1 : 0;
}

static int drop_stick(void **state)
{
	(void)state;
	close(stick_fd);
	return sh("rm -rf %s", stick);
}

static struct writer *begin_with(const struct writer_options *o)
{
	struct writer *w;

	assert_int_equal(writer_open(stick_fd, "JOB", o, &w, &cause), 0);
	return w;
}

static struct writer *begin(void)
{
	return begin_with(NULL);
}

static int put(struct writer *w, const char *path, const char *text)
{
	return writer_put_bytes(w, path, text, strlen(text));
}

static enum writer_cause failed(struct writer *w)
{
	return writer_failure(w, where);
}

static void assert_holds(const char *path, const char *text)
{
	char full[512], have[4096];
	SCOPED_FD int fd = -1;
	ssize_t n;

	snprintf(full, sizeof(full), "%s/%s", stick, path);
	fd = open(full, O_RDONLY);
	assert_true(fd >= 0);
	n = read(fd, have, sizeof(have) - 1);
	assert_true(n >= 0);
	have[n] = '\0';
	assert_string_equal(have, text);
}

static bool there(const char *path)
{
	return !faccessat(stick_fd, path, F_OK, AT_SYMLINK_NOFOLLOW);
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

/* As an export ends: SHA256SUMS of everything, what is stale removed. */
static int finish(struct writer *w)
{
	SCOPED_FREE char *text = NULL;
	size_t bytes;
	FILE *f = open_memstream(&text, &bytes);
	int rc = writer_flush(w);

	writer_each(w, add_sum, f);
	fclose(f);
	if (!rc)
		rc = writer_put_bytes(w, "SHA256SUMS", text, bytes);
	return rc ? rc : writer_drop_stale(w);
}

static void assert_counts(struct writer *w, int written, int kept)
{
	int have_written, have_kept;

	writer_counts(w, &have_written, &have_kept);
	assert_int_equal(have_written, written);
	assert_int_equal(have_kept, kept);
}

static void export_texts(const char *const *texts)
{
	struct writer *w = begin();

	for (; texts[0]; texts += 2)
		assert_int_equal(put(w, texts[0], texts[1]), 0);
	assert_int_equal(finish(w), 0);
	writer_close(w);
}

/* --- what stands there ----------------------------------------------------------------------- */

static void files_get_their_names_at_the_flush(void **state)
{
	struct writer *w = begin();

	(void)state;
	assert_int_equal(put(w, "名单.csv", "a"), 0);
	assert_int_equal(put(w, "照片/一班/0001.jpg", "b"), 0);
	assert_false(there("JOB/名单.csv"));
	assert_true(there("JOB/名单.csv.part"));
	assert_int_equal(writer_flush(w), 0);
	assert_holds("JOB/照片/一班/0001.jpg", "b");
	assert_false(there("JOB/名单.csv.part"));
	assert_int_equal(finish(w), 0);
	assert_counts(w, 3, 0);
	writer_close(w);
	assert_int_equal(sh("cd %s/JOB && sha256sum --quiet -c SHA256SUMS", stick), 0);
	assert_int_equal(sh("test -z \"$(find %s -name '*.part')\"", stick), 0);
}

static void the_same_again_is_kept(void **state)
{
	static const char *const texts[] = { "a", "1", "b/c", "2", NULL };
	struct writer *w;

	(void)state;
	export_texts(texts);
	w = begin();
	assert_int_equal(put(w, "a", "1"), 0);
	assert_int_equal(put(w, "b/c", "2"), 0);
	assert_int_equal(finish(w), 0);
	assert_counts(w, 0, 3);
	writer_close(w);
}

static void a_large_batch_is_flushed_by_itself(void **state)
{
	struct writer *w = begin();
	char path[32];

	(void)state;
	for (int i = 0; i < 130; i++) {
		snprintf(path, sizeof(path), "%04d.jpg", i);
		assert_int_equal(put(w, path, path), 0);
	}
	assert_true(there("JOB/0127.jpg"));
	assert_true(there("JOB/0128.jpg.part"));
	writer_close(w);
}

static void an_original_is_copied_and_checked(void **state)
{
	SCOPED_FD int fd = memfd_create("original", MFD_CLOEXEC);
	uint8_t want[SHA256_BYTES];
	struct writer *w = begin();

	(void)state;
	assert_int_equal(ftruncate(fd, 3 * 1024 * 1024 + 7), 0);
	assert_int_equal(hash_fd(fd, want), 0);
	assert_int_equal(writer_put(w, "原图/K1-000001.jpg", fd, want), 0);
	want[0] ^= 1;
	assert_int_equal(writer_put(w, "原图/K1-000002.jpg", fd, want), -1);
	assert_int_equal(failed(w), WRITER_SOURCE);
	assert_string_equal(where, "原图/K1-000002.jpg");
	assert_false(there("JOB/原图/K1-000002.jpg.part"));
	writer_close(w);
}

static void add_archive(const char *scratch)
{
	struct writer_options o = { .scratch = scratch };
	struct writer *w = begin_with(&o);
	SCOPED_FD int fd = writer_create(w, "一班.zip");

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "archive", 7, 0), 7);
	assert_int_equal(there("JOB/一班.zip.part"), !scratch);
	assert_int_equal(writer_add(w, "一班.zip", fd), 0);
	assert_int_equal(finish(w), 0);
	writer_close(w);
	assert_holds("JOB/一班.zip", "archive");
	assert_int_equal(sh("cd %s/JOB && sha256sum --quiet -c SHA256SUMS", stick), 0);
}

static void an_archive_is_filled_in_place_or_aside(void **state)
{
	(void)state;
	add_archive(NULL);
	sh("rm -rf %s/JOB", stick);
	add_archive("/tmp");
	add_archive("/tmp"); /* the earlier one is ours: may be replaced */
}

/* --- what stood there before ----------------------------------------------------------------- */

static void somebody_elses_file_refuses(void **state)
{
	struct writer *w;

	(void)state;
	sh("mkdir %s/JOB && echo mine >%s/JOB/a", stick, stick);
	w = begin();
	assert_int_equal(put(w, "a", "ours"), -1);
	assert_int_equal(failed(w), WRITER_FOREIGN);
	assert_string_equal(where, "a");
	assert_int_equal(put(w, "b", "2"), -1);
	writer_close(w);
	assert_holds("JOB/a", "mine\n");
	assert_false(there("JOB/b"));
}

static void links_and_folders_in_the_way_refuse(void **state)
{
	static const char *const ways[] = { "ln -s /etc/hostname a", "mkdir a", "mkfifo a",
					    "mkdir /tmp/x; ln -s /tmp/x a" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		struct writer *w;

		sh("rm -rf %s/JOB /tmp/x; mkdir %s/JOB && cd %s/JOB && %s", stick, stick, stick,
		   ways[i]);
		w = begin();
		assert_int_equal(put(w, i == 3 ? "a/b" : "a", "ours"), -1);
		assert_int_equal(failed(w), WRITER_FOREIGN);
		writer_close(w);
	}
	assert_int_equal(sh("rmdir /tmp/x"), 0);
}

static void a_link_as_part_is_not_followed(void **state)
{
	struct writer *w;

	(void)state;
	sh("mkdir %s/JOB; echo x >%s/x; ln -s ../x %s/JOB/a.part", stick, stick, stick);
	w = begin();
	assert_int_equal(put(w, "a", "ours"), 0);
	assert_int_equal(writer_flush(w), 0);
	writer_close(w);
	assert_holds("x", "x\n");
	assert_holds("JOB/a", "ours");
}

static void ours_of_an_earlier_export_is_replaced(void **state)
{
	static const char *const first[] = { "a", "1", "b", "1", NULL };
	static const char *const second[] = { "a", "2", "b", "1", NULL };

	(void)state;
	export_texts(first);
	export_texts(second);
	assert_holds("JOB/a", "2");
}

static void changed_since_is_no_longer_ours(void **state)
{
	static const char *const first[] = { "a", "1", NULL };
	struct writer *w;

	(void)state;
	export_texts(first);
	sh("echo more >>%s/JOB/a", stick);
	w = begin();
	assert_int_equal(put(w, "a", "2"), -1);
	assert_int_equal(failed(w), WRITER_FOREIGN);
	writer_close(w);
}

static void stale_files_of_ours_go_and_others_stay(void **state)
{
	static const char *const first[] = { "a", "1", "x/y/b", "1", "x/c", "1", "d", "1", NULL };
	static const char *const second[] = { "a", "1", NULL };

	(void)state;
	export_texts(first);
	sh("echo theirs >%s/JOB/notes.txt; echo more >>%s/JOB/d", stick, stick);
	export_texts(second);
	assert_false(there("JOB/x"));
	assert_holds("JOB/d", "1more\n");
	assert_holds("JOB/notes.txt", "theirs\n");
}

static void a_list_of_sums_cannot_reach_outside(void **state)
{
	static const char *const texts[] = { "a", "1", NULL };

	(void)state;
	sh("mkdir %s/JOB; cd %s; echo keep >outside; ln -s .. JOB/up; cd JOB; "
	   "for p in ../outside up/outside %s/outside ./up/../../outside; do "
	   "echo \"$(sha256sum <../outside | cut -c1-64)  $p\"; done >SHA256SUMS",
	   stick, stick, stick);
	export_texts(texts);
	assert_holds("outside", "keep\n");
}

/* --- cut short ------------------------------------------------------------------------------- */

static void an_export_cut_short_goes_on_with_other_bytes(void **state)
{
	static const char *const again[] = { "list", "second", "b", "2", "c", "3", NULL };
	struct writer *w = begin();

	(void)state;
	assert_int_equal(put(w, "list", "first"), 0);
	assert_int_equal(put(w, "b", "2"), 0);
	assert_int_equal(writer_flush(w), 0);
	assert_int_equal(put(w, "gone", "4"), 0);
	writer_close(w); /* nothing lists what was written, but the journal */
	assert_true(there("JOB/tapshot.part"));
	assert_true(there("JOB/gone.part"));
	export_texts(again);
	assert_holds("JOB/list", "second");
	assert_false(there("JOB/tapshot.part"));
}

/* A repairer leaves names without bytes in folders that were being made. */
static void what_an_export_claimed_is_its_own(void **state)
{
	struct writer *w = begin();

	(void)state;
	sh("mkdir %s/JOB/b; echo mine >%s/JOB/b/mine", stick, stick);
	assert_int_equal(writer_expect(w, "b/a", 1), 0);
	assert_int_equal(writer_expect(w, "b/mine", 1), 0);
	assert_int_equal(writer_phase(w, "pictures", 2, 2), 0);
	writer_close(w);
	sh(": >%s/JOB/b/a", stick);
	w = begin();
	assert_int_equal(put(w, "b/a", "ours"), 0);
	assert_int_equal(put(w, "b/mine", "ours"), -1);
	assert_int_equal(failed(w), WRITER_FOREIGN);
	writer_close(w);
}

static void a_torn_journal_spoils_nothing(void **state)
{
	static const char *const again[] = { "a", "other", "b", "2", NULL };
	struct writer *w = begin();

	(void)state;
	assert_int_equal(put(w, "a", "1"), 0);
	assert_int_equal(writer_flush(w), 0);
	writer_close(w);
	sh("printf 'a3f5  half' >>%s/JOB/tapshot.part", stick);
	w = begin();
	assert_int_equal(put(w, "b", "1"), 0);
	assert_int_equal(writer_flush(w), 0);
	writer_close(w);
	export_texts(again);
	assert_holds("JOB/b", "2");
}

static int stop_at(void *ctx, const struct writer_progress *p)
{
	(void)p;
	return --*(int *)ctx < 0;
}

static void cancelled_is_said_and_goes_on(void **state)
{
	static const char *const again[] = { "a", "1", "b", "2", NULL };
	int calls = 1;
	struct writer_options o = { .progress = stop_at, .ctx = &calls };
	struct writer *w = begin_with(&o);

	(void)state;
	assert_int_equal(put(w, "a", "1"), 0);
	assert_int_equal(put(w, "b", "2"), -1);
	assert_int_equal(failed(w), WRITER_CANCELLED);
	assert_int_equal(writer_flush(w), -1);
	assert_int_equal(writer_drop_stale(w), -1);
	writer_close(w);
	export_texts(again);
}

static void export_day(struct stick_day *d)
{
	if (stick_day_write(d, stick_fd) < 0)
		fail_msg("%s at %s", writer_cause_word(d->cause), d->where);
}

/* Killed after some microseconds, so often that it dies in every step; then once to the end. */
static void killed_at_any_moment_it_goes_on(void **state)
{
	int kills = getenv("TAPSHOT_SOAK") ? 400 : 25, ended = 0;
	struct stick_day d = { .seed = 1, .files = 100 };
	unsigned int x = 20261121;

	(void)state;
	for (int i = 0; i < kills; i++) {
		int status;
		pid_t pid;

		d.lists = (unsigned int)i;
		pid = fork();
		if (!pid)
			_exit(stick_day_write(&d, stick_fd) ? 1 : 0);
		x = x * 1664525 + 1013904223;
		usleep(x >> 8 & 0x3ffff);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status) || !WEXITSTATUS(status));
		ended += !WIFSIGNALED(status);
		if (i % 8 == 7) {
			export_day(&d);
			assert_true(stick_day_clean(&d, stick));
			sh("rm -rf %s/JOB", stick);
		}
	}
	export_day(&d);
	assert_true(stick_day_clean(&d, stick));
	print_message("# %d of %d were killed\n", kills - ended, kills);
}

/* --- names ----------------------------------------------------------------------------------- */

static void names_that_are_none_are_refused(void **state)
{
	static const char *const bad[] = { "",	   "/a",       "a/",	      "a//b", "../a",
					   "a/..", "a/./b",    "a.part",      "a\\b", "a\nb",
					   "\xff", "a.part/b", "tapshot.part" };
	char longest[300] = "";

	(void)state;
	memset(longest, 'a', 251);
	for (size_t i = 0; i <= ARRAY_SIZE(bad); i++) {
		const char *path = i < ARRAY_SIZE(bad) ? bad[i] : longest;
		struct writer *w = begin();

		assert_int_equal(put(w, path, "x"), -1);
		assert_int_equal(failed(w), WRITER_NAME);
		assert_int_equal(writer_flush(w), -1);
		writer_close(w);
	}
}

static void one_name_twice_is_refused(void **state)
{
	struct writer *w = begin();

	(void)state;
	assert_int_equal(put(w, "a", "1"), 0);
	assert_int_equal(put(w, "a", "1"), -1);
	assert_int_equal(failed(w), WRITER_NAME);
	writer_close(w);
}

/* --- before the first byte ------------------------------------------------------------------- */

static void what_cannot_be_is_found_before_the_first_byte(void **state)
{
	static const struct {
		const char *path;
		int64_t bytes;
		enum writer_cause cause;
	} bad[] = {
		{ "b/../a", 1, WRITER_NAME },
		{ "ok", 1, WRITER_NAME }, /* expected twice */
		{ "huge", INT64_MAX / 2, WRITER_FULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct writer *w = begin();
		int rc;

		assert_int_equal(writer_expect(w, "ok", 1), 0);
		rc = writer_expect(w, bad[i].path, bad[i].bytes);
		if (!rc)
			rc = writer_phase(w, "pictures", 2, 2);
		assert_int_equal(rc, -1);
		assert_int_equal(failed(w), bad[i].cause);
		writer_close(w);
	}
	assert_int_equal(sh("test -z \"$(find %s -type f)\"", stick), 0);
}

static void a_phase_says_how_much_room_is_missing(void **state)
{
	struct writer *w = begin();

	(void)state;
	assert_int_equal(writer_phase(w, "originals", 10, INT64_MAX / 4), -1);
	assert_int_equal(failed(w), WRITER_FULL);
	assert_true(writer_missing_bytes(w) > INT64_MAX / 8);
	writer_close(w);
}

static void every_cause_has_its_sentence(void **state)
{
	char id[64];

	(void)state;
	for (int l = 0; l < LANG_COUNT; l++)
		for (int i = 1; i < WRITER_CAUSE_COUNT; i++) {
			snprintf(id, sizeof(id), "writer.cause.%s",
				 writer_cause_word((enum writer_cause)i));
			assert_string_not_equal(text_get((enum lang)l, id), id);
		}
}

#define T(f) cmocka_unit_test_setup_teardown(f, make_stick, drop_stick)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(files_get_their_names_at_the_flush),
		T(the_same_again_is_kept),
		T(a_large_batch_is_flushed_by_itself),
		T(an_original_is_copied_and_checked),
		T(an_archive_is_filled_in_place_or_aside),
		T(somebody_elses_file_refuses),
		T(links_and_folders_in_the_way_refuse),
		T(a_link_as_part_is_not_followed),
		T(ours_of_an_earlier_export_is_replaced),
		T(changed_since_is_no_longer_ours),
		T(stale_files_of_ours_go_and_others_stay),
		T(a_list_of_sums_cannot_reach_outside),
		T(an_export_cut_short_goes_on_with_other_bytes),
		T(what_an_export_claimed_is_its_own),
		T(a_torn_journal_spoils_nothing),
		T(cancelled_is_said_and_goes_on),
		T(killed_at_any_moment_it_goes_on),
		T(names_that_are_none_are_refused),
		T(one_name_twice_is_refused),
		T(what_cannot_be_is_found_before_the_first_byte),
		T(a_phase_says_how_much_room_is_missing),
		T(every_cause_has_its_sentence),
	};

	text_init(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
