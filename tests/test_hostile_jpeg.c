/*
 * JPEGs that are made to hurt, or were hurt on their way, through the judge worker: each is judged
 * or refused by name, in bounded time and memory, and the worker is there for the next one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/jpeg.h"
#include "firmware/judge/judge.h"
#include "firmware/judge/judge_wire.h"
#include "tests/lib/bad_jpeg.h"

enum {
	PATIENCE_MS = 200000,
	MEMORY_MIB = 450, /* with what the program maps before it starts */
	CPU_S = 120, /* for all of them, sanitizers too */
};

static struct worker_process {
	int sock;
	pid_t pid;
	uint32_t last_id;
	struct wire_msg m;
} worker;

static void bound_yourself(void)
{
	struct rlimit memory = { (rlim_t)MEMORY_MIB << 20, (rlim_t)MEMORY_MIB << 20 };
	struct rlimit cpu = { CPU_S, CPU_S };

	setrlimit(RLIMIT_CPU, &cpu);
#ifndef __SANITIZE_ADDRESS__ /* its shadow alone is terabytes */
	setrlimit(RLIMIT_AS, &memory);
#else
	(void)memory;
#endif
}

/* Without the 68 points: what is measured here happens before them. */
static int start(void **state)
{
	struct judge_config c = { 0 };
	int ends[2];

	(void)state;
	assert_int_equal(wire_pair(ends), 0);
	worker.pid = fork();
	if (worker.pid == 0) {
		close(ends[0]);
		bound_yourself();
		_exit(judge_worker_run(ends[1]));
	}
	close(ends[1]);
	worker.sock = ends[0];
	if (preset_path("chsi-480", c.preset, sizeof(c.preset)) < 0 ||
	    wire_send(worker.sock, WIRE_CONFIG, 0, &c, sizeof(c), NULL, 0) < 0 ||
	    wire_recv(worker.sock, PATIENCE_MS, &worker.m) < 0)
		return -1;
	return worker.m.type == JUDGE_READY ? 0 : -1;
}

/* It lived through everything. */
static int hang_up(void **state)
{
	int status = -1;

	(void)state;
	close(worker.sock);
	waitpid(worker.pid, &status, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	return 0;
}

static struct check_result ask(const struct bad_jpeg *b)
{
	SCOPED_FD int fd = memfd_create("picture", MFD_CLOEXEC);
	const struct judge_verdict *v;

	assert_int_equal(write(fd, b->data, b->bytes), (ssize_t)b->bytes);
	assert_int_equal(wire_send(worker.sock, JUDGE_PICTURE, ++worker.last_id, NULL, 0, &fd, 1),
			 0);
	assert_int_equal(wire_recv(worker.sock, PATIENCE_MS, &worker.m), 0);
	wire_close_fds(&worker.m);
	assert_int_equal(worker.m.type, JUDGE_VERDICT);
	assert_int_equal(worker.m.id, worker.last_id);
	v = wire_body(&worker.m, sizeof(*v));
	assert_non_null(v);
	assert_true(check_result_valid(&v->result));
	return v->result;
}

/* What the screen would tell to do, or "judged". */
static const char *answer_to(const struct bad_jpeg *b)
{
	const struct check_result r = ask(b);
	static char id[48];

	if (r.level != CHECK_ERROR)
		return "judged";
	assert_int_equal(r.finding_count, 1);
	assert_int_equal(r.findings[0].code, CHECK_UNDECODABLE);
	return check_cure_id(&r.findings[0], id) + strlen("cure.undecodable_");
}

/* Takes @b over. */
static void expect(const char *want, struct bad_jpeg b)
{
	assert_string_equal(answer_to(&b), want);
	free(b.data);
}

static struct bad_jpeg made(const struct bad_recipe *r)
{
	struct bad_jpeg b;

	bad_make(&b, r);
	return b;
}

static struct bad_jpeg plain(void)
{
	return made(&(struct bad_recipe){ .width_px = 240, .height_px = 320 });
}

static struct bad_jpeg text(const char *bytes)
{
	return (struct bad_jpeg){ (uint8_t *)strdup(bytes), strlen(bytes) };
}

/* --- kinds of JPEG --------------------------------------------------------------------------- */

static void kinds_that_mean_a_picture_are_judged(void **state)
{
	const struct bad_recipe kinds[] = {
		{ .width_px = 240, .height_px = 320 },
		{ .width_px = 240, .height_px = 320, .colour = BAD_GREY },
		{ .width_px = 240, .height_px = 320, .progressive = true },
		{ .width_px = 240, .height_px = 320, .restart_mcus = 1 },
		{ .width_px = 1, .height_px = 1 },
		{ .width_px = 2000, .height_px = 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		expect("judged", made(&kinds[i]));
}

static void other_kinds_are_refused_as_such(void **state)
{
	const struct bad_recipe kinds[] = {
		{ .width_px = 240, .height_px = 320, .colour = BAD_CMYK },
		{ .width_px = 240, .height_px = 320, .colour = BAD_YCCK },
		{ .width_px = 240, .height_px = 320, .arithmetic = true },
		{ .width_px = 240, .height_px = 320, .arithmetic = true, .progressive = true },
	};
	static const uint8_t precisions[] = { 2, 12, 16 };
	static const uint8_t frames[] = { 0xc3, 0xc5, 0xc6, 0xc7, 0xcb, 0xcd, 0xcf };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		expect("unsupported", made(&kinds[i]));
	for (size_t i = 0; i < ARRAY_SIZE(precisions); i++) {
		struct bad_jpeg b = plain();

		bad_frame(&b)[3] = precisions[i];
		expect("unsupported", b);
	}
	for (size_t i = 0; i < ARRAY_SIZE(frames); i++) { /* lossless, hierarchical … */
		struct bad_jpeg b = plain();

		bad_frame(&b)[0] = frames[i];
		expect("unsupported", b);
	}
}

static void what_is_no_jpeg_is_said_to_be_none(void **state)
{
	(void)state;
	expect("not_jpeg", text(""));
	expect("not_jpeg", text("\xff\xd8"));
	expect("not_jpeg", text("GIF89a, or a text somebody saved as .jpg"));
	expect("not_jpeg", text("\xff\xd8\xff\xd9 nothing between start and end"));
}

/* --- bombs ----------------------------------------------------------------------------------- */

static void a_huge_claim_is_refused_before_memory_is_taken(void **state)
{
	static const int sizes[][2] = {
		{ 65500, 65500 }, { 16384, 16384 }, { 65500, 1 }, { 12000, 12000 }, { 1, 65500 }
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct bad_jpeg b = plain();

		bad_claim(&b, sizes[i][0], sizes[i][1]);
		expect("too_big", b);
	}
}

/* Within the limits, but all of its coefficients must be kept: colour has three times as many. */
static void a_progressive_picture_too_large_for_memory_is_refused(void **state)
{
	struct bad_jpeg b = made(
		&(struct bad_recipe){ .width_px = 240, .height_px = 320, .progressive = true });

	(void)state;
	bad_claim(&b, 16384, 7300);
	expect("too_big", b);
}

static void the_largest_picture_allowed_fits(void **state)
{
	struct bad_jpeg b;

	(void)state;
	bad_many_scans(&b, 16384, 7300, 1); /* 120 megapixels in a quarter of a megabyte */
	assert_true(b.bytes < 300000);
	expect("judged", b);
}

static void thousands_of_scans_are_not_gone_through(void **state)
{
	struct bad_jpeg b;

	(void)state;
	bad_many_scans(&b, 16384, 7300, 5000);
	expect("broken", b);
	bad_many_scans(&b, 240, 320, 5000);
	expect("broken", b);
	bad_many_scans(&b, 240, 320, 10);
	expect("judged", b);
}

/* --- damage ---------------------------------------------------------------------------------- */

static struct bad_jpeg cut_to(const struct bad_jpeg *whole, size_t bytes)
{
	struct bad_jpeg b = { malloc(bytes ? bytes : 1), bytes };

	memcpy(b.data, whole->data, bytes);
	return b;
}

/* A transfer that broke off: wherever, it is no picture, also when only the last rows are gone. */
static void a_picture_cut_anywhere_is_refused(void **state)
{
	const struct bad_recipe kinds[] = {
		{ .width_px = 240, .height_px = 320 },
		{ .width_px = 240, .height_px = 320, .progressive = true },
		{ .width_px = 240, .height_px = 320, .restart_mcus = 4 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct bad_jpeg whole = made(&kinds[i]);

		for (size_t gone = 1; gone < whole.bytes; gone += gone / 3 + 1) {
			struct bad_jpeg b = cut_to(&whole, whole.bytes - gone);

			assert_string_not_equal(answer_to(&b), "judged");
			free(b.data);
		}
		free(whole.data);
	}
}

/* What a camera, a card or a cable puts in place of bytes that are missing. */
static void last_rows_filled_with_something_else_are_refused(void **state)
{
	static const uint8_t fills[] = { 0x00, 0xff, 0x55 };

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(fills); i++) {
		struct bad_jpeg b = plain();
		size_t end = i % 2 ? b.bytes : b.bytes - 2; /* with and without the end marker */

		memset(b.data + end - 600, fills[i / 2], 600);
		expect("broken", b);
	}
}

static void a_hole_in_the_middle_is_refused(void **state)
{
	struct bad_jpeg b = plain();

	(void)state;
	memmove(b.data + b.bytes / 2, b.data + b.bytes / 2 + 512, b.bytes / 2 - 512);
	b.bytes -= 512;
	expect("broken", b);
}

static void restart_markers_out_of_order_are_refused(void **state)
{
	struct bad_jpeg b =
		made(&(struct bad_recipe){ .width_px = 240, .height_px = 320, .restart_mcus = 4 });

	(void)state;
	for (size_t i = b.bytes / 2; i + 1 < b.bytes; i++)
		if (b.data[i] == 0xff && b.data[i + 1] == 0xd3)
			b.data[i + 1] = 0xd6;
	expect("broken", b);
}

/* --- what stands beside the picture ---------------------------------------------------------- */

static void nonsense_in_exif_and_profile_does_not_cost_the_picture(void **state)
{
	static const struct {
		uint8_t marker;
		const char *data;
		size_t bytes;
	} wrong[] = {
		{ 0xe1, "Exif\0\0", 6 },
		{ 0xe1, "Exif\0\0II*\0\xff\xff\xff\xff", 14 }, /* directory far outside */
		{ 0xe1, "Exif\0\0MM\0*\0\0\0\x08\xff\xff", 16 }, /* 65,535 entries, none there */
		{ 0xe1, "Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x63\0\0\0", 28 },
		{ 0xe1, "Exif\0\0II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0", 28 },
		{ 0xe2, "ICC_PROFILE\0", 12 },
		{ 0xe2, "ICC_PROFILE\0\x05\x02", 14 }, /* the fifth of two */
		{ 0xe2,
		  "ICC_PROFILE\0\x01\x01\xff\xff\xff\xff"
		  "acsp",
		  22 },
		{ 0xee, "Adobe", 5 },
		{ 0xe0, "JFIF\0\x07\x07\x01\0\0\0\0\xff\xff",
		  14 }, /* thumbnail of 255×255, not there */
		{ 0xfe, "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct bad_jpeg b = plain();

		bad_insert(&b, wrong[i].marker, wrong[i].data, wrong[i].bytes);
		expect("judged", b);
	}
}

static void hundreds_of_segments_are_read_over(void **state)
{
	SCOPED_FREE char *kilobytes = calloc(1, 60000);
	struct bad_jpeg b = plain();

	(void)state;
	for (int i = 0; i < 300; i++) { /* 18 MB */
		snprintf(kilobytes, 12, "%s", i % 2 ? "ICC_PROFILE" : "Exif");
		bad_insert(&b, i % 2 ? 0xe2 : 0xe1, kilobytes, 60000);
	}
	expect("judged", b);
}

/* --- anything -------------------------------------------------------------------------------- */

static void mutilate(struct bad_jpeg *b, uint32_t *state)
{
	for (int i = 0; i < 3; i++) {
		*state = *state * 1664525u + 1013904223u;
		/* the headers more often than the data */
		b->data[2 + (*state >> 8) % (*state & 1 ? 600 : b->bytes - 2)] =
			(uint8_t)(*state >> 24);
	}
}

static void mutilated_ones_get_an_answer_too(void **state)
{
	const struct bad_recipe kinds[] = {
		{ .width_px = 96, .height_px = 128 },
		{ .width_px = 96, .height_px = 128, .progressive = true },
		{ .width_px = 96, .height_px = 128, .restart_mcus = 2 },
		{ .width_px = 96, .height_px = 128, .colour = BAD_GREY },
	};
	uint32_t seed = 1;

	(void)state;
	for (int i = 0; i < 400; i++) {
		struct bad_jpeg b = made(&kinds[i % (int)ARRAY_SIZE(kinds)]);

		mutilate(&b, &seed);
		answer_to(&b);
		free(b.data);
	}
	expect("judged", plain());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_that_mean_a_picture_are_judged),
		cmocka_unit_test(other_kinds_are_refused_as_such),
		cmocka_unit_test(what_is_no_jpeg_is_said_to_be_none),
		cmocka_unit_test(a_huge_claim_is_refused_before_memory_is_taken),
		cmocka_unit_test(a_progressive_picture_too_large_for_memory_is_refused),
		cmocka_unit_test(the_largest_picture_allowed_fits),
		cmocka_unit_test(thousands_of_scans_are_not_gone_through),
		cmocka_unit_test(a_picture_cut_anywhere_is_refused),
		cmocka_unit_test(last_rows_filled_with_something_else_are_refused),
		cmocka_unit_test(a_hole_in_the_middle_is_refused),
		cmocka_unit_test(restart_markers_out_of_order_are_refused),
		cmocka_unit_test(nonsense_in_exif_and_profile_does_not_cost_the_picture),
		cmocka_unit_test(hundreds_of_segments_are_read_over),
		cmocka_unit_test(mutilated_ones_get_an_answer_too),
	};

	return cmocka_run_group_tests(tests, start, hang_up);
}
