/* The camera driver on USB: real libgphoto2, real libusb, on a virtual bus. Each test runs this
 * program once more inside `vusb`, with the devices it names. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "drivers/camera/camera.h"
#include "drivers/camera/usb_facts.h"
#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"

enum { DEVICES_MAX = 3, DEADLINE_MS = 4000 };

/* See tests/test_camera.c. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
	return 1;
}

/* --- inside the bus -------------------------------------------------------------------------- */

static const char *dir; /* of the control sockets, one a device: 0, 1, … */
static const struct camera_ops *ops;
static void *priv;
static struct camera_setup setup;
static int strays;
static size_t got;

static void on_stray(void *ctx, const struct camera_object *o)
{
	(void)ctx;
	(void)o;
	strays++;
}

static const struct camera_watch watching = { .stray = on_stray };

static int on_data(void *ctx, const void *data, size_t bytes)
{
	(void)ctx;
	(void)data;
	got += bytes;
	return 0;
}

static const struct camera_sink sink = { .write = on_data };

/* A control line of device @n. The answer lies in a buffer of ours. */
static const char *say(int n, const char *line)
{
	static char answer[16384];
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	SCOPED_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t have = 0;

	snprintf(a.sun_path, sizeof(a.sun_path), "%.80s/%d", dir, n);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(write(fd, line, strlen(line)), strlen(line));
	assert_int_equal(write(fd, "\n", 1), 1);
	do {
		ssize_t r = read(fd, answer + have, sizeof(answer) - 1 - have);

		assert_true(r > 0);
		have += (size_t)r;
		answer[have] = 0;
	} while (!strchr(answer, '\n'));
	assert_memory_equal(answer, "ok", 2);
	return answer;
}

static unsigned int count(int n, const char *name)
{
	const char *text = say(n, "count");
	char key[32];

	snprintf(key, sizeof(key), " %s=", name);
	text = strstr(text, key);
	return text ? (unsigned int)strtoul(text + strlen(key), NULL, 10) : 0;
}

static enum camera_cause open_camera(void)
{
	enum camera_cause cause = CAMERA_OK;

	return ops->open(priv, &setup, &cause) < 0 ? cause : CAMERA_OK;
}

static struct camera_status status(void)
{
	struct camera_status s;
	enum camera_cause cause;

	assert_int_equal(ops->status(priv, &s, &cause), 0);
	return s;
}

static void shoot_whole(void)
{
	enum camera_cause cause = CAMERA_OK;
	struct camera_object o;
	bool triggered;

	assert_int_equal(ops->shoot(priv, DEADLINE_MS, &watching, &o, &triggered, &cause), 0);
	got = 0;
	assert_int_equal(ops->fetch(priv, &o, &sink, &cause), 0);
	assert_int_equal(got, o.size_bytes);
}

static enum camera_cause drain_until_failure(int patience_ms)
{
	int64_t until = clock_now_ms() + patience_ms;
	enum camera_cause cause = CAMERA_OK;

	while (clock_now_ms() < until)
		if (ops->drain(priv, 50, &watching, &cause) < 0)
			return cause;
	return CAMERA_OK;
}

static void wait_stray(void)
{
	enum camera_cause cause;

	for (int i = 0; i < 50 && !strays; i++)
		assert_int_equal(ops->drain(priv, 100, &watching, &cause), 0);
	assert_int_equal(strays, 1);
}

static void quick(int n)
{
	say(n, "af_ms 20");
	say(n, "write_ms 60");
}

static void shots_and_the_button(void **state)
{
	(void)state;
	quick(0);
	assert_int_equal(open_camera(), CAMERA_OK);
	shoot_whole();
	say(0, "press");
	wait_stray();
	shoot_whole();
	assert_int_equal(strays, 1);
	assert_int_equal(count(0, "shots"), 3);
}

static void pulled_out_and_back_at_another_address(void **state)
{
	(void)state;
	quick(0);
	assert_int_equal(open_camera(), CAMERA_OK);
	for (int i = 0; i < 3; i++) {
		say(0, "unplug");
		assert_int_equal(drain_until_failure(10000), CAMERA_GONE);
		ops->close(priv);
		assert_int_equal(open_camera(), CAMERA_GONE);
		say(0, "plug");
		assert_int_equal(open_camera(), CAMERA_OK);
		shoot_whole();
	}
}

static void asleep_is_gone_and_awake_is_back(void **state)
{
	(void)state;
	quick(0);
	assert_int_equal(open_camera(), CAMERA_OK);
	say(0, "sleep");
	assert_int_equal(drain_until_failure(10000), CAMERA_GONE);
	ops->close(priv);
	say(0, "wake");
	assert_int_equal(open_camera(), CAMERA_OK);
	shoot_whole();
}

/* A child that says @line to device 0 as soon as the shutter was released @times times. */
static pid_t when_released(unsigned int times, const char *line)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid)
		return pid;
	while (count(0, "9207") < times)
		poll(NULL, 0, 5);
	say(0, line);
	_exit(0);
}

/* The library would wait a thousand seconds. */
static void busy_for_ever_after_the_release_the_picture_is_found(void **state)
{
	pid_t helper;

	(void)state;
	quick(0);
	assert_int_equal(open_camera(), CAMERA_OK);
	shoot_whole();
	say(0, "write_ms 800"); /* busy anyway while it gets stuck */
	helper = when_released(2, "fault 90c8 2019 100000");
	shoot_whole();
	waitpid(helper, NULL, 0);
	assert_int_equal(count(0, "shots"), 2);
	say(0, "reset");
	shoot_whole();
	assert_int_equal(strays, 0);
}

static void a_phone_is_not_even_opened(void **state)
{
	(void)state;
	assert_int_equal(open_camera(), CAMERA_OK); /* the camera beside it */
	assert_string_equal(status().model, "D750");
	assert_int_equal(count(0, "sessions"), 0);
	say(1, "unplug");
	assert_int_equal(drain_until_failure(10000), CAMERA_GONE);
	ops->close(priv);
	for (int i = 0; i < 3; i++)
		assert_int_equal(open_camera(), CAMERA_GONE);
	assert_int_equal(count(0, "sessions"), 0);
	assert_int_equal(count(0, "1001"), 0);
}

static void a_known_model_goes_before_a_class(void **state)
{
	(void)state;
	assert_int_equal(open_camera(), CAMERA_OK);
	assert_string_equal(status().model, "D750");
	assert_int_equal(count(0, "sessions"), 0);
}

static void the_body_is_remembered_by_its_serial_number(void **state)
{
	(void)state;
	strcpy(setup.serial, "6000222");
	assert_int_equal(open_camera(), CAMERA_OK);
	assert_string_equal(status().serial, "6000222");
	ops->close(priv);
	say(1, "unplug"); /* preferred, not demanded: the spare steps in */
	assert_int_equal(open_camera(), CAMERA_OK);
	assert_string_equal(status().serial, "6000111");
	ops->close(priv);
	say(1, "plug");
	assert_int_equal(open_camera(), CAMERA_OK);
	assert_string_equal(status().serial, "6000222");
}

static void claimed_is_told_and_over_when_it_is_over(void **state)
{
	(void)state;
	say(0, "busy on");
	assert_int_equal(open_camera(), CAMERA_CLAIMED);
	say(0, "busy off");
	assert_int_equal(open_camera(), CAMERA_OK);
	shoot_whole();
}

static void of_two_the_one_nobody_claims_is_taken(void **state)
{
	(void)state;
	strcpy(setup.serial, "6000111");
	say(0, "busy on");
	assert_int_equal(open_camera(), CAMERA_OK);
	assert_string_equal(status().serial, "6000222");
}

static void keep_address(void *ctx, const char *address)
{
	snprintf(ctx, 64, "%s", address);
}

static void the_owner_is_named(void **state)
{
	char address[64] = "", node[64];
	struct usb_owner owner;
	int bus, number, ready[2];
	pid_t child;

	(void)state;
	ops->find("usb:", keep_address, address);
	assert_int_equal(sscanf(address, "usb:%d,%d", &bus, &number), 2);
	snprintf(node, sizeof(node), "/dev/bus/usb/%03d/%03d", bus, number);
	assert_false(usb_owner_find(address, &owner));
	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (!child) {
		int fd = open(node, O_RDWR);

		if (write(ready[1], fd >= 0 ? "y" : "n", 1) == 1)
			pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], node, 1), 1);
	assert_int_equal(node[0], 'y');
	assert_true(usb_owner_find(address, &owner));
	assert_int_equal(owner.pid, child);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static int enter(void **state)
{
	(void)state;
	ops = camera_drivers[0];
	priv = calloc(1, ops->priv_size);
	strcpy(setup.address, "usb:");
	return 0;
}

static int leave(void **state)
{
	(void)state;
	ops->close(priv);
	free(priv);
	return 0;
}

/* --- outside --------------------------------------------------------------------------------- */

static const struct test {
	void (*run)(void **state);
	const char *name;
	const char *devices[DEVICES_MAX + 1];
} tests[] = {
#define NIKON "camera-nikon"
#define ON(f, ...)                                                                                 \
	{                                                                                          \
		f, #f,                                                                             \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}
	ON(shots_and_the_button, NIKON),
	ON(shots_and_the_button, "camera-canon"),
	ON(shots_and_the_button, "camera-ptp"),
	ON(pulled_out_and_back_at_another_address, NIKON),
	ON(pulled_out_and_back_at_another_address, "camera-canon"),
	ON(pulled_out_and_back_at_another_address, "camera-ptp"),
	ON(asleep_is_gone_and_awake_is_back, NIKON),
	ON(asleep_is_gone_and_awake_is_back, "camera-canon"),
	ON(asleep_is_gone_and_awake_is_back, "camera-ptp"),
	ON(busy_for_ever_after_the_release_the_picture_is_found, NIKON),
	ON(a_phone_is_not_even_opened, "phone", NIKON),
	ON(a_known_model_goes_before_a_class, "camera-ptp", NIKON),
	ON(the_body_is_remembered_by_its_serial_number, NIKON ",serial=6000111",
	   NIKON ",serial=6000222"),
	ON(claimed_is_told_and_over_when_it_is_over, NIKON),
	ON(of_two_the_one_nobody_claims_is_taken, NIKON ",serial=6000111", NIKON ",serial=6000222"),
	ON(the_owner_is_named, NIKON),
};

static int run_inside(const char *number)
{
	const struct test *t = &tests[atoi(number)];
	const struct CMUnitTest one[] = { { t->name, t->run, enter, leave, NULL } };

	return cmocka_run_group_tests(one, NULL, NULL);
}

static void start_bus(const struct test *t, const char *sockets)
{
	char self[512], folder[512], bus[512], words[DEVICES_MAX][256], number[16];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *argv[2 * DEVICES_MAX + 8];
	int argc = 0;

	self[n > 0 ? n : 0] = 0;
	snprintf(bus, sizeof(bus), "%.400s/../vusb", dirname(strcpy(folder, self)));
	snprintf(number, sizeof(number), "%d", (int)(t - tests));
	argv[argc++] = bus;
	for (int i = 0; t->devices[i]; i++) {
		snprintf(words[i], sizeof(words[i]), "%s,control=%s/%d", t->devices[i], sockets, i);
		argv[argc++] = (char *)(uintptr_t) "--device";
		argv[argc++] = words[i];
	}
	argv[argc++] = (char *)(uintptr_t) "--";
	argv[argc++] = self;
	argv[argc++] = number;
	argv[argc++] = (char *)(uintptr_t)sockets;
	argv[argc] = NULL;
	setenv("ASAN_OPTIONS", "verify_asan_link_order=0:detect_leaks=0", 1);
	execv(bus, argv);
	perror(bus);
	_exit(127);
}

static void on_bus(void **state)
{
	const struct test *t = *state;
	char sockets[] = "/tmp/tapshot-usb-XXXXXX", path[64];
	int result;
	pid_t pid;

	assert_non_null(mkdtemp(sockets));
	fflush(NULL);
	pid = fork();
	if (!pid)
		start_bus(t, sockets);
	assert_int_equal(waitpid(pid, &result, 0), pid);
	for (int i = 0; i < DEVICES_MAX; i++) {
		snprintf(path, sizeof(path), "%s/%d", sockets, i);
		unlink(path);
	}
	rmdir(sockets);
	assert_true(WIFEXITED(result));
	assert_int_equal(WEXITSTATUS(result), 0);
}

int main(int argc, char **argv)
{
	struct CMUnitTest all[ARRAY_SIZE(tests)];
	static char names[ARRAY_SIZE(tests)][160];

	if (argc == 3) {
		dir = argv[2];
		return run_inside(argv[1]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
		snprintf(names[i], sizeof(names[i]), "%s: %s", tests[i].devices[0], tests[i].name);
		all[i] = (struct CMUnitTest){ names[i], on_bus, NULL, NULL,
					      (void *)(uintptr_t)&tests[i] };
	}
	return cmocka_run_group_tests(all, NULL, NULL);
}
