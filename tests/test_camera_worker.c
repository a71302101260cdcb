/* The camera worker as the kiosk sees it: messages and descriptors, on the virtual camera. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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

#include "drivers/camera/camera_worker.h"
#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "tests/lib/vcamera.h"

enum { WAIT_MS = 15000, BATTERY_MIN = 15 };

/* See tests/test_camera.c. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
	return 1;
}

static struct vcamera cam;
static pid_t worker;
static int sock, picture_fd;
static struct wire_msg m;
static uint32_t next_id;
static int deadline_ms = 4000;

/* What passed by while waiting for something else. */
static struct camera_object strays[8];
static int stray_count, progress_count, triggered_count, frame_count;

static void note(void)
{
	if (m.type == CAMERA_STRAY && stray_count < 8)
		memcpy(&strays[stray_count++], m.body, sizeof(strays[0]));
	progress_count += m.type == WIRE_PROGRESS;
	triggered_count += m.type == CAMERA_TRIGGERED;
	frame_count += m.type == CAMERA_FRAME;
}

/* The next message of @type; everything before it is noted. Fails when it does not come. */
static void expect(uint16_t type)
{
	int64_t until = clock_now_ms() + WAIT_MS;

	while (clock_now_ms() < until) {
		int rc = wire_recv(sock, 200, &m);

		if (rc == -EAGAIN)
			continue;
		assert_int_equal(rc, 0);
		note();
		if (m.type == type)
			return;
		wire_close_fds(&m);
	}
	fail_msg("message %u did not come", type);
}

static const struct camera_status *expect_online(void)
{
	expect(CAMERA_ONLINE);
	assert_non_null(wire_body(&m, sizeof(struct camera_status)));
	return (const struct camera_status *)(void *)m.body;
}

static void start_worker(void)
{
	struct camera_config c = { .shot_deadline_ms = deadline_ms,
				   .battery_min_pct = BATTERY_MIN };
	int ends[2];

	snprintf(c.port, sizeof(c.port), "%s", cam.address);
	assert_int_equal(wire_pair(ends), 0);
	fflush(NULL);
	worker = fork();
	assert_true(worker >= 0);
	if (!worker) {
		close(ends[0]);
		_exit(camera_worker_run(ends[1]));
	}
	close(ends[1]);
	sock = ends[0];
	assert_int_equal(wire_send(sock, WIRE_CONFIG, 0, &c, sizeof(c), NULL, 0), 0);
}

static int worker_status(void)
{
	int status;

	assert_int_equal(waitpid(worker, &status, 0), worker);
	worker = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static int setup_body(const char *body)
{
	vcamera_start_as(&cam, body, NULL);
	vcamera_say(&cam, "af_ms 20");
	vcamera_say(&cam, "write_ms 60");
	stray_count = progress_count = triggered_count = frame_count = 0;
	picture_fd = memfd_create("picture", MFD_CLOEXEC);
	assert_true(picture_fd >= 0);
	start_worker();
	assert_int_equal(expect_online()->cause, CAMERA_OK);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	return setup_body("nikon");
}

static int setup_plain(void **state)
{
	(void)state;
	return setup_body("ptp");
}

static int teardown(void **state)
{
	(void)state;
	close(sock);
	if (worker)
		assert_int_equal(worker_status(), 0); /* it leaves when the kiosk hangs up */
	assert_int_equal(vcamera_stat(&cam, "session"), 0); /* and unlocks the body */
	close(picture_fd);
	vcamera_stop(&cam);
	return 0;
}

static const struct camera_done *request(uint16_t type, const void *body, size_t bytes, int fd)
{
	uint32_t id = ++next_id;

	assert_int_equal(wire_send(sock, type, id, body, bytes, &fd, fd >= 0), 0);
	expect(CAMERA_DONE);
	assert_int_equal(m.id, id);
	assert_non_null(wire_body(&m, sizeof(struct camera_done)));
	return (const struct camera_done *)(void *)m.body;
}

static struct camera_done shoot(void)
{
	return *request(CAMERA_SHOOT, NULL, 0, picture_fd);
}

/* The file holds the camera's bytes, and the hash and length the worker told are the file's. */
static void assert_picture_whole(const struct camera_done *d)
{
	uint8_t digest[SHA256_BYTES], copy[SHA256_BYTES];
	char path[128];
	struct stat st;

	assert_int_equal(d->cause, CAMERA_OK);
	assert_int_equal(fstat(picture_fd, &st), 0);
	assert_int_equal(st.st_size, d->bytes);
	assert_int_equal(d->bytes, d->object.size_bytes);
	assert_int_equal(hash_fd(picture_fd, digest), 0);
	assert_memory_equal(digest, d->sha256, SHA256_BYTES);
	snprintf(path, sizeof(path), "%s/copy", cam.dir);
	vcamera_say(&cam, "save %s %s", d->object.name, path);
	SCOPED_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	unlink(path);
	assert_int_equal(hash_fd(fd, copy), 0);
	assert_memory_equal(digest, copy, SHA256_BYTES);
}

static void live(bool on)
{
	struct camera_live l = { .on = on };

	assert_int_equal(wire_send(sock, CAMERA_LIVE, 0, &l, sizeof(l), NULL, 0), 0);
}

static void expect_frame(void)
{
	const struct camera_frame *f;
	struct image *im = NULL;

	expect(CAMERA_FRAME);
	f = wire_body(&m, sizeof(*f));
	assert_non_null(f);
	assert_int_equal(f->width_px, 640);
	assert_int_equal(f->height_px, 424);
	assert_int_equal(image_adopt(wire_take_fd(&m, 0), f->width_px, f->height_px, &im), 0);
	image_unref(im);
}

static void a_shot_lands_in_the_file_with_its_hash(void **state)
{
	struct camera_done d;

	(void)state;
	for (int i = 1; i <= 3; i++) {
		d = shoot();
		assert_picture_whole(&d);
		assert_int_equal(triggered_count, i);
		assert_true(d.triggered);
		assert_true(d.event_ms > 0 && d.last_byte_ms >= d.event_ms);
	}
	assert_int_equal(vcamera_stat(&cam, "shots"), 3);
	assert_int_equal(stray_count, 0);
}

static void a_cut_transfer_is_fetched_again(void **state)
{
	struct camera_done d;

	(void)state;
	vcamera_say(&cam, "big 3000000");
	vcamera_say(&cam, "closemid 1500000");
	d = shoot();
	assert_picture_whole(&d);
	assert_int_equal(vcamera_stat(&cam, "shots"), 1);
}

static void a_long_transfer_shows_progress(void **state)
{
	struct camera_done d;

	(void)state;
	vcamera_say(&cam, "big 8000000");
	vcamera_say(&cam, "rate 4");
	d = shoot();
	assert_picture_whole(&d);
	assert_true(progress_count >= 2);
}

static void the_button_in_idle_and_in_live_view_is_a_stray(void **state)
{
	struct camera_done d;

	(void)state;
	vcamera_say(&cam, "press");
	expect(CAMERA_STRAY);
	live(true);
	expect_frame();
	vcamera_say(&cam, "press");
	expect(CAMERA_STRAY);
	expect_frame(); /* live view goes on */
	assert_int_equal(stray_count, 2);
	d = *request(CAMERA_FETCH, &strays[1], sizeof(strays[1]), picture_fd);
	assert_picture_whole(&d);
}

static void the_button_of_a_body_without_live_view_is_a_stray(void **state)
{
	(void)state;
	live(true);
	vcamera_say(&cam, "press");
	expect(CAMERA_STRAY);
	vcamera_say(&cam, "press");
	expect(CAMERA_STRAY);
}

static void live_view_survives_a_shot_and_stops_when_told(void **state)
{
	struct camera_done d;

	(void)state;
	live(true);
	for (int i = 0; i < 5; i++)
		expect_frame();
	d = shoot();
	assert_picture_whole(&d);
	expect_frame();
	live(false);
	d = shoot(); /* answered in order: live view is off by now */
	assert_int_equal(d.cause, CAMERA_OK);
	assert_int_equal(vcamera_stat(&cam, "live"), 0);
}

static void unplugged_in_live_view_comes_back_by_itself(void **state)
{
	struct camera_done d;

	(void)state;
	live(true);
	expect_frame();
	vcamera_say(&cam, "unplug");
	expect(CAMERA_OFFLINE);
	d = shoot();
	assert_int_equal(d.cause, CAMERA_GONE);
	assert_false(d.triggered);
	vcamera_say(&cam, "plug");
	expect_online();
	expect_frame();
	d = shoot();
	assert_picture_whole(&d);
}

static void unplugged_in_a_transfer_the_picture_waits_on_the_card(void **state)
{
	struct camera_object o;
	struct camera_done d;

	(void)state;
	vcamera_say(&cam, "big 20000000");
	vcamera_say(&cam, "rate 4");
	assert_int_equal(wire_send(sock, CAMERA_SHOOT, ++next_id, NULL, 0, &picture_fd, 1), 0);
	expect(WIRE_PROGRESS);
	vcamera_say(&cam, "unplug");
	expect(CAMERA_DONE);
	memcpy(&d, m.body, sizeof(d));
	assert_true(d.cause == CAMERA_GONE || d.cause == CAMERA_TRANSFER);
	assert_true(d.triggered);
	o = d.object;
	assert_string_equal(o.name, "DSC_0001.JPG");
	vcamera_say(&cam, "rate 0");
	vcamera_say(&cam, "plug");
	expect_online();
	d = *request(CAMERA_FETCH, &o, sizeof(o), picture_fd);
	assert_picture_whole(&d);
	assert_int_equal(stray_count, 0);
}

static void rescan_lists_and_remove_removes(void **state)
{
	struct camera_object o;
	struct camera_done d;

	(void)state;
	d = shoot();
	shoot();
	assert_int_equal(wire_send(sock, CAMERA_RESCAN, ++next_id, NULL, 0, NULL, 0), 0);
	expect(CAMERA_OBJECT);
	memcpy(&o, m.body, sizeof(o));
	assert_string_equal(o.name, d.object.name);
	assert_int_equal(o.size_bytes, d.object.size_bytes);
	assert_true(o.taken_s > 0);
	expect(CAMERA_OBJECT);
	expect(CAMERA_DONE);
	assert_int_equal(request(CAMERA_REMOVE, &o, sizeof(o), -1)->cause, CAMERA_OK);
	assert_int_equal(vcamera_stat(&cam, "objects"), 1);
	assert_int_equal(request(CAMERA_REMOVE, &o, sizeof(o), -1)->cause, CAMERA_OK);
	assert_int_equal(vcamera_stat(&cam, "objects"), 1);
}

static void a_weak_battery_refuses_before_the_release(void **state)
{
	struct camera_done d;

	(void)state;
	vcamera_say(&cam, "battery %d", BATTERY_MIN - 5);
	assert_int_equal(expect_online()->cause, CAMERA_BATTERY);
	d = shoot();
	assert_int_equal(d.cause, CAMERA_BATTERY);
	assert_false(d.triggered);
	assert_int_equal(vcamera_stat(&cam, "shots"), 0);
	vcamera_say(&cam, "battery 90");
	assert_int_equal(expect_online()->cause, CAMERA_OK);
}

static void a_full_card_refuses_before_the_release(void **state)
{
	struct camera_done d;

	(void)state;
	vcamera_say(&cam, "cardfull on");
	assert_int_equal(expect_online()->cause, CAMERA_CARD_FULL);
	d = shoot();
	assert_int_equal(d.cause, CAMERA_CARD_FULL);
	assert_false(d.triggered);
	vcamera_say(&cam, "cardfull off");
	d = shoot(); /* looks again, does not wait for the next look */
	assert_int_equal(d.cause, CAMERA_OK);
	assert_int_equal(vcamera_stat(&cam, "shots"), 1);
}

/* New session, reset of the port, then a new process. */
static void a_body_that_stays_stuck_ends_the_process(void **state)
{
	(void)state;
	vcamera_say(&cam, "fault 9207 2019 99999");
	for (int i = 0; i < 3; i++)
		assert_int_equal(shoot().cause, CAMERA_BUSY);
	assert_int_equal(worker_status(), 1);
	assert_true(vcamera_stat(&cam, "1002") >= 3);
}

static void a_turned_dial_is_told(void **state)
{
	(void)state;
	vcamera_say(&cam, "prop 500f 800");
	do
		expect(CAMERA_ONLINE);
	while (!((const struct camera_status *)(void *)m.body)->settings_changed);
}

static void a_picture_after_a_failed_shot_is_a_stray(void **state)
{
	struct camera_done d;

	(void)state;
	vcamera_say(&cam, "afail 1");
	d = shoot();
	assert_int_equal(d.cause, CAMERA_NO_FOCUS);
	assert_int_equal(triggered_count, 0);
	vcamera_say(&cam, "press"); /* the photographer helps himself */
	expect(CAMERA_STRAY);
}

static void sigterm_in_live_view_lets_the_body_go(void **state)
{
	(void)state;
	live(true);
	expect_frame();
	wire_close_fds(&m);
	kill(worker, SIGTERM);
	assert_int_equal(worker_status(), 0);
	assert_int_equal(vcamera_stat(&cam, "live"), 0);
}

static void nonsense_ends_the_worker(void **state)
{
	struct camera_object o;

	(void)state;
	memset(&o, 'x', sizeof(o)); /* no closing zeros */
	assert_int_equal(wire_send(sock, CAMERA_REMOVE, ++next_id, &o, sizeof(o), NULL, 0), 0);
	assert_int_equal(worker_status(), 1);
}

static void a_kiosk_that_does_not_look_is_not_flooded(void **state)
{
	struct camera_done d;
	unsigned int polls;

	(void)state;
	live(true);
	expect_frame();
	wire_close_fds(&m);
	polls = vcamera_stat(&cam, "90c7");
	while (vcamera_stat(&cam, "90c7") < polls + 12) /* some 60 frames' time, nobody reads */
		poll(NULL, 0, 50);
	frame_count = 0;
	d = shoot();
	assert_int_equal(d.cause, CAMERA_OK);
	assert_true(frame_count < 20);
}

static int setup_short(void **state)
{
	int rc;

	deadline_ms = 1500;
	rc = setup(state);
	deadline_ms = 4000;
	return rc;
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_shot_lands_in_the_file_with_its_hash),
		T(a_cut_transfer_is_fetched_again),
		T(a_long_transfer_shows_progress),
		T(the_button_in_idle_and_in_live_view_is_a_stray),
		cmocka_unit_test_setup_teardown(the_button_of_a_body_without_live_view_is_a_stray,
						setup_plain, teardown),
		T(live_view_survives_a_shot_and_stops_when_told),
		T(unplugged_in_live_view_comes_back_by_itself),
		T(unplugged_in_a_transfer_the_picture_waits_on_the_card),
		T(rescan_lists_and_remove_removes),
		T(a_weak_battery_refuses_before_the_release),
		T(a_full_card_refuses_before_the_release),
		cmocka_unit_test_setup_teardown(a_body_that_stays_stuck_ends_the_process,
						setup_short, teardown),
		T(a_turned_dial_is_told),
		T(a_picture_after_a_failed_shot_is_a_stray),
		T(sigterm_in_live_view_lets_the_body_go),
		T(nonsense_ends_the_worker),
		T(a_kiosk_that_does_not_look_is_not_flooded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
