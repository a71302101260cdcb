/* The serial driver and the reader worker on a real pty, against the virtual reader. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "drivers/reader/reader_worker.h"
#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/base/worker.h"
#include "tests/lib/virtual_reader.h"

#define A                                                                                          \
	"card resident name=测试甲 number=110199199001010010 sex=1 nation=01 birth=19900101 "   \
	"address=示例路１号 authority=测试市公安局 from=20200101 to=20300101"
#define B                                                                                            \
	"card resident name=测试乙 number=210199195006150026 sex=2 birth=19500615 from=20120301 " \
	"to=long"

static const char number_a[] = "110199199001010010";
static const char number_b[] = "210199195006150026";

enum { WAIT_MS = 10000 }; /* far above what anything here takes: a hang fails, a slow machine not */

static struct virtual_reader device;
static struct reader *reader;
static struct card card;
static enum reader_cause cause;

static void say(const char *line)
{
	if (!virtual_reader_say(&device, "%s", line))
		fail_msg("%s: %s", line, device.reply);
}

static int start_device(void **state)
{
	(void)state;
	assert_true(virtual_reader_start(&device));
	return 0;
}

static int stop_device(void **state)
{
	(void)state;
	reader_close(reader);
	reader = NULL;
	if (device.control >= 0)
		assert_int_equal(virtual_reader_count(&device, "fingerprint"), 0);
	virtual_reader_stop(&device);
	return 0;
}

static int start(void **state)
{
	start_device(state);
	assert_int_equal(reader_open(device.port, &reader), 0);
	return 0;
}

static void expect_card(const char *number)
{
	assert_int_equal(reader_wait(reader, WAIT_MS, &card, &cause), 0);
	assert_string_equal(card.number, number);
}

static void expect_removed(void)
{
	int64_t until = clock_now_ms() + WAIT_MS;
	int rc;

	while ((rc = reader_poll_removed(reader)) == 0 && clock_now_ms() < until)
		;
	assert_int_equal(rc, 1);
}

/* --- reading --------------------------------------------------------------------------------- */

static void a_resident_card_is_read(void **state)
{
	(void)state;
	assert_string_equal(reader_identity(reader), "05.01-20240101-0000012345-0123456789");
	assert_int_equal(reader_wait(reader, 0, &card, &cause), -EAGAIN);
	say(A);
	expect_card(number_a);
	assert_int_equal(card.type, CARD_RESIDENT);
	assert_string_equal(card.name, "测试甲");
	assert_int_equal(card.sex, CARD_SEX_MALE);
	assert_string_equal(card.birth, "19900101");
	assert_string_equal(card.valid_to, "20300101");
}

static void all_other_types_are_read(void **state)
{
	(void)state;
	say("card J name=样本丙 number=830000190101010019 sex=1 permit=00000001 count=01");
	expect_card("830000190101010019");
	assert_int_equal(card.type, CARD_RESIDENCE_PERMIT);
	assert_string_equal(card.other_number, "00000001");
	say("remove");
	expect_removed();
	say("card I latin=SPECIMEN,_ALPHA_BRAVO name=样本丁 number=GBR310001010110 nationality=GBR");
	expect_card("GBR310001010110");
	assert_int_equal(card.type, CARD_FOREIGNER_2017);
	assert_string_equal(card.name_latin, "SPECIMEN, ALPHA BRAVO");
	say("remove");
	expect_removed();
	say("card Y name=样本丁 latin=SPECIMEN,_ALPHA_BRAVO_CHARLIE_DELTA_ECHO_FOX "
	    "number=931826190101010010 nationality=GBR link=001");
	expect_card("931826190101010010");
	assert_int_equal(card.type, CARD_FOREIGNER_2023);
	assert_string_equal(card.name_latin, "SPECIMEN, ALPHA BRAVO CHARLIE DELTA ECHO FOX");
	assert_string_equal(card.other_number, "GBR310001010110");
}

/* --- latch ----------------------------------------------------------------------------------- */

/* In every way a module may show presence: @setup are control lines. */
static void one_event_a_tap(const char *mode, const char *appended)
{
	say(mode);
	say(appended);
	say(A);
	expect_card(number_a);
	for (int64_t until = clock_now_ms() + 1500; clock_now_ms() < until;) {
		int rc = reader_poll_removed(reader);

		/* A module that hides a card it has read, and knows no 30 03, cannot tell: then
		 * "removed" is allowed, a second event is not. */
		if (rc == 1 && !strcmp(mode, "mode latch") && !strcmp(appended, "appended off"))
			break;
		assert_int_equal(rc, 0);
	}
	if (!strcmp(mode, "mode latch"))
		assert_int_equal(reader_wait(reader, 0, &card, &cause), -EAGAIN);
	say("remove");
	expect_removed();
	assert_int_equal(reader_wait(reader, 0, &card, &cause), -EAGAIN);
	say(A);
	expect_card(number_a);
}

static void a_lying_card_is_one_event_and_a_new_tap_another(void **state)
{
	(void)state;
	one_event_a_tap("mode latch", "appended on");
}

static void the_same_without_30_03(void **state)
{
	(void)state;
	one_event_a_tap("mode latch", "appended off");
}

static void the_same_where_find_goes_on(void **state)
{
	(void)state;
	one_event_a_tap("mode continuous", "appended on");
}

static void swap_cards(const char *mode)
{
	say(mode);
	say(A);
	expect_card(number_a);
	assert_int_equal(reader_poll_removed(reader), 0);
	say(B); /* no time without a card in between */
	expect_removed();
	expect_card(number_b);
	assert_string_equal(card.valid_to, "");
}

static void another_card_in_its_place_is_read(void **state)
{
	(void)state;
	swap_cards("mode latch");
}

static void another_card_in_its_place_is_read_where_find_goes_on(void **state)
{
	(void)state;
	swap_cards("mode continuous");
}

/* --- faults ---------------------------------------------------------------------------------- */

static void one_fault_does_not_cost_a_card(void **state)
{
	static const char *const faults[] = {
		"garble",    "short",	  "late 800",  "late 1900", "stale",	 "split 20",
		"junk",	     "silent",	  "status 10", "status 11", "status 21", "status 23",
		"status 24", "status 47", "status 60", "status 81",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		assert_true(virtual_reader_say(&device, "fault %s", faults[i]));
		say(A);
		expect_card(number_a);
		say("remove");
		expect_removed();
	}
}

static void fault_while_reading(const char *aim, const char *fault)
{
	say(A);
	say(aim);
	assert_true(virtual_reader_say(&device, "fault %s", fault));
	expect_card(number_a);
	say("fault none");
	say("remove");
	expect_removed();
}

static void a_fault_while_reading_is_retried(void **state)
{
	static const char *const faults[] = {
		"garble",    "stale",	  "split",     "junk",	    "badlength", "late 800",
		"status 10", "status 11", "status 21", "status 23", "status 24", "status 31",
		"status 41", "status 47", "status 60", "status 81", "short",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		fault_while_reading("aim 2002", faults[i]);
		fault_while_reading("aim 3001", faults[i]);
	}
}

static void a_card_pulled_while_reading_is_asked_for_again(void **state)
{
	(void)state;
	say("fault pull");
	say(A);
	assert_int_equal(reader_wait(reader, WAIT_MS, &card, &cause), -EBADMSG);
	assert_int_equal(cause, READER_CARD_MOVED);
	assert_int_equal(reader_wait(reader, 0, &card, &cause), -EAGAIN);
	say(A);
	expect_card(number_a);
}

static void a_false_card_is_refused(void **state)
{
	static const int statuses[] = { 0x32, 0x33, 0x40 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++) {
		say(A);
		assert_int_equal(reader_find(reader, WAIT_MS, &cause), 0);
		assert_true(virtual_reader_say(&device, "fault status %x", statuses[i]));
		assert_int_equal(reader_read(reader, &card, &cause), -EBADMSG);
		assert_int_equal(cause, READER_CARD_REFUSED);
		say("remove");
	}
}

static void a_late_answer_never_becomes_the_next_persons(void **state)
{
	(void)state;
	say(A);
	assert_int_equal(reader_find(reader, WAIT_MS, &cause), 0);
	say("aim 3001"); /* the content comes when we have given up on it */
	say("fault late 4400");
	assert_int_equal(reader_read(reader, &card, &cause), -EBADMSG);
	assert_int_equal(cause, READER_CARD_MOVED);
	say(B);
	expect_card(number_b);
}

static void an_answer_in_front_of_the_next_persons_is_noticed(void **state)
{
	(void)state;
	say("fault withhold");
	say(A);
	assert_int_equal(reader_wait(reader, WAIT_MS, &card, &cause), -EBADMSG);
	say(B); /* its read is answered by A's content, then by B's */
	expect_card(number_b);
}

static void a_false_card_in_place_of_the_one_read_is_reported(void **state)
{
	(void)state;
	say(A);
	expect_card(number_a);
	assert_int_equal(reader_poll_removed(reader), 0);
	say("aim 3001");
	say("fault status 32 100");
	say(B);
	expect_removed();
	assert_int_equal(reader_wait(reader, WAIT_MS, &card, &cause), -EBADMSG);
	assert_int_equal(cause, READER_CARD_REFUSED);
}

static void a_module_that_reports_a_fault_is_no_card_trouble(void **state)
{
	(void)state;
	say(A);
	assert_int_equal(reader_find(reader, WAIT_MS, &cause), 0);
	say("fault status 66");
	assert_int_equal(reader_read(reader, &card, &cause), -EIO);
	assert_int_equal(cause, READER_MODULE_FAULT);
}

static void a_silent_reader_is_told_from_a_missing_one(void **state)
{
	struct reader *r;

	(void)state;
	say("fault silent 100");
	assert_int_equal(reader_open(device.port, &r), -ETIMEDOUT);
	assert_int_equal(reader_open("serial:/dev/no-such-reader", &r), -ENODEV);
	assert_int_equal(reader_open("serial:", &r), -EINVAL);
	assert_int_equal(reader_open("parallel:/dev/lp0", &r), -EINVAL);
}

static void the_speed_of_the_module_is_found_and_remembered(void **state)
{
	static const int speeds[] = { 57600, 38400, 19200, 9600 };
	char where[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(speeds); i++) {
		int asked;

		reader_close(reader);
		reader = NULL;
		assert_true(virtual_reader_say(&device, "speed %d", speeds[i]));
		assert_int_equal(reader_open(device.port, &reader), 0);
		snprintf(where, sizeof(where), " %d", speeds[i]);
		assert_non_null(strstr(reader_where(reader), where));
		say(A);
		expect_card(number_a);
		say("remove");
		reader_close(reader);
		reader = NULL;
		asked = virtual_reader_count(&device, "damaged");
		assert_int_equal(reader_open(device.port, &reader), 0);
		/* the last good speed came first: nothing was heard as noise */
		assert_int_equal(virtual_reader_count(&device, "damaged"), asked);
		assert_non_null(strstr(reader_where(reader), where));
	}
}

static void an_unplugged_reader_is_lost_and_found_again(void **state)
{
	(void)state;
	say("unplug");
	assert_int_equal(reader_wait(reader, WAIT_MS, &card, &cause), -ENODEV);
	reader_close(reader);
	reader = NULL;
	assert_int_equal(reader_open(device.port, &reader), -ENODEV);
	say("plug");
	assert_int_equal(reader_open(device.port, &reader), 0);
	say(A);
	expect_card(number_a);
	say("unplug");
	assert_int_equal(reader_poll_removed(reader), -ENODEV);
}

static void a_reader_is_opened_once(void **state)
{
	struct reader *second;

	(void)state;
	assert_int_equal(reader_open(device.port, &second), -EBUSY);
}

/* --- worker ---------------------------------------------------------------------------------- */

static struct {
	pid_t pid;
	int sock;
} worker;
static struct wire_msg event;

static int start_worker(void **state)
{
	struct reader_config config = { 0 };
	int ends[2];

	start_device(state);
	assert_int_equal(wire_pair(ends), 0);
	worker.pid = fork();
	if (!worker.pid) {
		if (ends[1] == WORKER_FD)
			_exit(126);
		dup2(ends[1], WORKER_FD);
		execl(beside_tests("tapshot"), "tapshot", "worker", "reader", (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	worker.sock = ends[0];
	strcpy(config.port, device.port);
	return wire_send(worker.sock, WIRE_CONFIG, 0, &config, sizeof(config), NULL, 0);
}

static int stop_worker(void **state)
{
	int status;

	close(worker.sock);
	assert_int_equal(waitpid(worker.pid, &status, 0), worker.pid);
	assert_true(WIFEXITED(status)); /* it ends by itself when the kiosk hangs up */
	assert_int_equal(WEXITSTATUS(status), 0);
	return stop_device(state);
}

/* The next that is not only a sign of life. */
static int next_event(void)
{
	int rc;

	do
		rc = wire_recv(worker.sock, WAIT_MS, &event);
	while (!rc && event.type == WIRE_PROGRESS);
	return rc;
}

static void expect_event(int type)
{
	assert_int_equal(next_event(), 0);
	assert_int_equal(event.type, type);
	assert_int_equal(event.id, 0);
}

static void expect_cause(int type, enum reader_cause expected)
{
	const struct reader_trouble *t;

	expect_event(type);
	t = wire_body(&event, sizeof(*t));
	assert_non_null(t);
	assert_int_equal(t->cause, expected);
}

static void expect_card_event(const char *number)
{
	const struct reader_card *c;

	expect_event(READER_EVENT_CARD);
	c = wire_body(&event, sizeof(*c));
	assert_non_null(c);
	assert_string_equal(c->card.number, number);
	assert_in_range((uintmax_t)c->at_ms, 1, (uintmax_t)clock_now_ms());
}

static void the_worker_tells_a_tap_from_beginning_to_end(void **state)
{
	const struct reader_online *on;

	(void)state;
	expect_event(READER_EVENT_ONLINE);
	on = wire_body(&event, sizeof(*on));
	assert_non_null(on);
	assert_string_equal(on->identity, "05.01-20240101-0000012345-0123456789");
	for (int i = 0; i < 2; i++) {
		say("tap resident name=测试甲 number=110199199001010010");
		expect_event(READER_EVENT_READING);
		expect_card_event(number_a);
		expect_event(READER_EVENT_REMOVED);
	}
}

static void the_worker_tells_trouble_once_and_then_the_card(void **state)
{
	(void)state;
	expect_event(READER_EVENT_ONLINE);
	say("fault pull");
	say(A);
	expect_event(READER_EVENT_READING);
	expect_cause(READER_EVENT_TROUBLE, READER_CARD_MOVED);
	say(B);
	while (next_event() == 0 && event.type == READER_EVENT_READING)
		;
	assert_int_equal(event.type, READER_EVENT_CARD);
	say("remove");
	expect_event(READER_EVENT_REMOVED);
}

/* The kiosk kills a worker that is silent: one that has nothing to tell says so. */
static void the_worker_shows_that_it_lives(void **state)
{
	(void)state;
	expect_event(READER_EVENT_ONLINE);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(wire_recv(worker.sock, READER_SILENCE_MS, &event), 0);
		assert_int_equal(event.type, WIRE_PROGRESS);
		assert_int_equal(event.id, 0);
	}
}

static void the_worker_follows_the_plug(void **state)
{
	(void)state;
	expect_event(READER_EVENT_ONLINE);
	for (int i = 0; i < 2; i++) {
		say("unplug");
		expect_cause(READER_EVENT_OFFLINE, READER_LOST);
		expect_cause(READER_EVENT_OFFLINE, READER_NOT_FOUND);
		say("plug");
		expect_event(READER_EVENT_ONLINE);
	}
	say(A);
	expect_event(READER_EVENT_READING);
	expect_card_event(number_a);
}

static void the_worker_says_who_was_swapped_in(void **state)
{
	(void)state;
	expect_event(READER_EVENT_ONLINE);
	say(A);
	expect_event(READER_EVENT_READING);
	expect_card_event(number_a);
	say(B);
	expect_event(READER_EVENT_REMOVED);
	expect_event(READER_EVENT_READING);
	expect_card_event(number_b);
}

#define ON_DEVICE(f) cmocka_unit_test_setup_teardown(f, start, stop_device)
#define IN_WORKER(f) cmocka_unit_test_setup_teardown(f, start_worker, stop_worker)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_DEVICE(a_resident_card_is_read),
		ON_DEVICE(all_other_types_are_read),
		ON_DEVICE(a_lying_card_is_one_event_and_a_new_tap_another),
		ON_DEVICE(the_same_without_30_03),
		ON_DEVICE(the_same_where_find_goes_on),
		ON_DEVICE(another_card_in_its_place_is_read),
		ON_DEVICE(another_card_in_its_place_is_read_where_find_goes_on),
		ON_DEVICE(one_fault_does_not_cost_a_card),
		ON_DEVICE(a_fault_while_reading_is_retried),
		ON_DEVICE(a_card_pulled_while_reading_is_asked_for_again),
		ON_DEVICE(a_false_card_is_refused),
		ON_DEVICE(a_late_answer_never_becomes_the_next_persons),
		ON_DEVICE(an_answer_in_front_of_the_next_persons_is_noticed),
		ON_DEVICE(a_false_card_in_place_of_the_one_read_is_reported),
		ON_DEVICE(a_module_that_reports_a_fault_is_no_card_trouble),
		cmocka_unit_test_setup_teardown(a_silent_reader_is_told_from_a_missing_one,
						start_device, stop_device),
		ON_DEVICE(the_speed_of_the_module_is_found_and_remembered),
		ON_DEVICE(an_unplugged_reader_is_lost_and_found_again),
		ON_DEVICE(a_reader_is_opened_once),
		IN_WORKER(the_worker_tells_a_tap_from_beginning_to_end),
		IN_WORKER(the_worker_tells_trouble_once_and_then_the_card),
		IN_WORKER(the_worker_shows_that_it_lives),
		IN_WORKER(the_worker_follows_the_plug),
		IN_WORKER(the_worker_says_who_was_swapped_in),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
