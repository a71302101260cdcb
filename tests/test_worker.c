/* Supervision of workers. This program is its own worker: `test_worker worker KIND`. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "firmware/base/worker.h"

enum { ASK = WIRE_OWN, ANSWER };

/* --- the worker's side: one behaviour a kind ---------------------------------------------------- */

static int serve(const char *kind)
{
	static struct wire_msg m;

	if (!strcmp(kind, "stubborn"))
		signal(SIGTERM, SIG_IGN);
	if (wire_recv(WORKER_FD, -1, &m) < 0 || m.type != WIRE_CONFIG)
		return 1;
	while (wire_recv(WORKER_FD, -1, &m) == 0) {
		if (!strcmp(kind, "hang") || !strcmp(kind, "stubborn"))
			for (;;)
				pause();
		if (!strcmp(kind, "crash"))
			abort();
		if (!strcmp(kind, "rogue"))
			send(WORKER_FD, "hello", 5, MSG_NOSIGNAL);
		else if (!strcmp(kind, "wrong-id"))
			wire_send(WORKER_FD, ANSWER, m.id + 7, NULL, 0, NULL, 0);
		else
			wire_send(WORKER_FD, ANSWER, m.id, m.body, m.length, NULL, 0);
	}
	return 0;
}

/* --- the kiosk's side --------------------------------------------------------------------------- */

static struct {
	sd_event *loop;
	struct worker *w;
	int ups, downs, answers;
	enum worker_loss last_loss;
	uint32_t lost_request;
	char body[32];
} t;

static void on_up(void *ctx)
{
	(void)ctx;
	t.ups++;
}

static int on_message(void *ctx, struct wire_msg *m)
{
	(void)ctx;
	t.answers++;
	memcpy(t.body, m->body, m->length < sizeof(t.body) ? m->length : sizeof(t.body));
	return 0;
}

static void on_down(void *ctx, enum worker_loss why, uint32_t request_id)
{
	(void)ctx;
	t.downs++;
	t.last_loss = why;
	t.lost_request = request_id;
}

static struct worker_ops ops = { .on_up = on_up, .on_message = on_message, .on_down = on_down };

static void run_until(const int *counter, int value)
{
	for (int i = 0; i < 400 && *counter < value; i++)
		sd_event_run(t.loop, 50000);
	assert_true(*counter >= value);
}

static void start(const char *kind)
{
	memset(&t, 0, sizeof(t));
	assert_true(sd_event_new(&t.loop) >= 0);
	ops.kind = kind;
	assert_int_equal(worker_start(t.loop, &ops, NULL, "config", 6, &t.w), 0);
	run_until(&t.ups, 1);
}

static void stop(void)
{
	worker_stop(t.w, 200);
	sd_event_unref(t.loop);
}

static void a_request_is_answered(void **state)
{
	(void)state;
	start("echo");
	assert_true(worker_request(t.w, ASK, "12345", 6, NULL, 0, 5000) > 0);
	assert_true(worker_busy(t.w));
	assert_int_equal(worker_request(t.w, ASK, NULL, 0, NULL, 0, 5000), -EBUSY);
	run_until(&t.answers, 1);
	assert_string_equal(t.body, "12345");
	assert_false(worker_busy(t.w));
	stop();
}

static void a_hung_worker_is_killed_and_comes_back(void **state)
{
	static const char *const kinds[] = { "hang", "stubborn" };

	(void)state;
	for (int i = 0; i < 2; i++) {
		int64_t id;

		start(kinds[i]);
		id = worker_request(t.w, ASK, NULL, 0, NULL, 0, 100);
		run_until(&t.downs, 1);
		assert_int_equal(t.last_loss, WORKER_HUNG);
		assert_int_equal(t.lost_request, id);
		run_until(&t.ups, 2);
		stop();
	}
}

static void a_worker_that_falls_silent_is_killed(void **state)
{
	(void)state;
	ops.silence_ms = 200;
	start("echo"); /* answers, but never speaks by itself */
	run_until(&t.downs, 1);
	assert_int_equal(t.last_loss, WORKER_HUNG);
	run_until(&t.ups, 2);
	stop();
	ops.silence_ms = 0;
}

static void a_crashed_worker_comes_back(void **state)
{
	(void)state;
	start("crash");
	assert_true(worker_request(t.w, ASK, NULL, 0, NULL, 0, 5000) > 0);
	run_until(&t.downs, 1);
	assert_int_equal(t.last_loss, WORKER_EXITED);
	run_until(&t.ups, 2);
	stop();
}

static void a_worker_that_breaks_the_protocol_is_killed(void **state)
{
	static const char *const kinds[] = { "rogue", "wrong-id" };

	(void)state;
	for (int i = 0; i < 2; i++) {
		start(kinds[i]);
		assert_true(worker_request(t.w, ASK, NULL, 0, NULL, 0, 5000) > 0);
		run_until(&t.downs, 1);
		assert_int_equal(t.last_loss, WORKER_ROGUE);
		assert_int_equal(t.answers, 0);
		stop();
	}
}

static void a_worker_killed_from_outside_comes_back(void **state)
{
	(void)state;
	start("echo");
	for (int i = 1; i <= 3; i++) {
		kill(worker_pid(t.w), SIGKILL);
		run_until(&t.downs, i);
		run_until(&t.ups, i + 1);
	}
	stop();
}

static void descriptors_do_not_leak(void **state)
{
	int before = dup(0), after;

	(void)state;
	close(before);
	for (int i = 0; i < 5; i++) {
		start("crash");
		worker_request(t.w, ASK, NULL, 0, NULL, 0, 5000);
		run_until(&t.ups, 2);
		stop();
	}
	after = dup(0);
	close(after);
	assert_int_equal(before, after);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_answered),
		cmocka_unit_test(a_hung_worker_is_killed_and_comes_back),
		cmocka_unit_test(a_worker_that_falls_silent_is_killed),
		cmocka_unit_test(a_crashed_worker_comes_back),
		cmocka_unit_test(a_worker_that_breaks_the_protocol_is_killed),
		cmocka_unit_test(a_worker_killed_from_outside_comes_back),
		cmocka_unit_test(descriptors_do_not_leak),
	};

	if (argc == 3 && !strcmp(argv[1], "worker"))
		return serve(argv[2]);
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
