/* The judge worker over its own protocol, in a process of its own as in the kiosk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/judge/judge.h"
#include "firmware/judge/judge_wire.h"
#include "tools/virtual/portraits/portrait.h"

enum { PATIENCE_MS = 60000 };

static struct worker_process {
	int sock;
	pid_t pid;
	struct wire_msg m;
} worker;

static int start(void **state)
{
	struct judge_config c = { 0 };
	int ends[2];

	(void)state;
	assert_int_equal(wire_pair(ends), 0);
	worker.pid = fork();
	if (worker.pid == 0) {
		close(ends[0]);
		_exit(judge_worker_run(ends[1]));
	}
	close(ends[1]);
	worker.sock = ends[0];
	if (preset_path("chsi-480", c.preset, sizeof(c.preset)) < 0)
		return -1;
	snprintf(c.landmarks, sizeof(c.landmarks), "%s", JUDGE_MODEL);
	return wire_send(worker.sock, WIRE_CONFIG, 0, &c, sizeof(c), NULL, 0);
}

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

static int file_of(const void *data, size_t bytes)
{
	int fd = memfd_create("picture", MFD_CLOEXEC);

	assert_int_equal(write(fd, data, bytes), (ssize_t)bytes);
	return fd;
}

static struct judge_verdict ask(uint32_t id, const void *data, size_t bytes)
{
	SCOPED_FD int fd = file_of(data, bytes);
	const struct judge_verdict *v;

	assert_int_equal(wire_send(worker.sock, JUDGE_PICTURE, id, NULL, 0, &fd, 1), 0);
	assert_int_equal(wire_recv(worker.sock, PATIENCE_MS, &worker.m), 0);
	assert_int_equal(worker.m.type, JUDGE_VERDICT);
	assert_int_equal(worker.m.id, id);
	v = wire_body(&worker.m, sizeof(*v));
	assert_non_null(v);
	assert_true(check_result_valid(&v->result));
	return *v;
}

/* What is measured after the answer is about the same file. */
static void assert_late(const uint8_t sha256[SHA256_BYTES])
{
	const struct judge_late *late;

	assert_int_equal(wire_recv(worker.sock, PATIENCE_MS, &worker.m), 0);
	assert_int_equal(worker.m.type, JUDGE_LATE);
	late = wire_body(&worker.m, sizeof(*late));
	assert_non_null(late);
	assert_memory_equal(late->sha256, sha256, SHA256_BYTES);
	assert_true(late->moire > 0);
	assert_int_equal(late->warns, 0);
}

static void it_says_ready_then_judges_hashes_and_cuts(void **state)
{
	struct image *im = portrait_draw(portrait_scene_find("good-2"), 1200, 1800), *crop;
	SCOPED_FREE uint8_t *jpeg = NULL;
	size_t bytes = portrait_jpeg(im, 92, &jpeg);
	const struct judge_ready *ready;
	uint8_t want[SHA256_BYTES];
	struct judge_verdict v;
	struct hash *h = hash_new();

	(void)state;
	image_unref(im);
	assert_int_equal(wire_recv(worker.sock, PATIENCE_MS, &worker.m), 0);
	assert_int_equal(worker.m.type, JUDGE_READY);
	ready = wire_body(&worker.m, sizeof(*ready));
	assert_true(ready && ready->has_landmarks);

	v = ask(7, jpeg, bytes);
	assert_int_equal(v.result.level, CHECK_PASS);
	assert_int_equal(v.bytes, bytes);
	hash_update(h, jpeg, bytes);
	hash_final(h, want);
	hash_free(h);
	assert_memory_equal(v.sha256, want, sizeof(want));
	assert_int_equal(v.crop_width_px, 480);
	assert_int_equal(v.crop_height_px, 640);
	assert_int_equal(image_adopt(wire_take_fd(&worker.m, 0), 480, 640, &crop), 0);
	image_unref(crop);
	assert_late(want);
}

static void damaged_pictures_are_answered_and_work_goes_on(void **state)
{
	struct image *im = portrait_draw(portrait_scene_find("blink"), 900, 1350);
	SCOPED_FREE uint8_t *jpeg = NULL;
	size_t bytes = portrait_jpeg(im, 92, &jpeg);
	struct judge_verdict v;

	(void)state;
	image_unref(im);
	v = ask(8, jpeg, bytes / 2);
	assert_int_equal(v.result.level, CHECK_ERROR);
	assert_int_equal(v.result.findings[0].code, CHECK_UNDECODABLE);
	assert_int_equal(v.crop_width_px, 0);
	assert_int_equal(worker.m.fd_count, 0);
	v = ask(9, "", 0);
	assert_int_equal(v.result.level, CHECK_ERROR);
	v = ask(10, jpeg, bytes);
	assert_int_equal(v.result.level, CHECK_FAIL);
	assert_int_equal(v.result.findings[0].code, CHECK_EYES_CLOSED);
	wire_close_fds(&worker.m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_says_ready_then_judges_hashes_and_cuts),
		cmocka_unit_test(damaged_pictures_are_answered_and_work_goes_on),
	};

	return cmocka_run_group_tests(tests, start, hang_up);
}
