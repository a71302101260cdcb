/* The USB driver through the reader worker and real libusb, on a virtual bus. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "firmware/base/cleanup.h"
#include "tests/lib/reader_station.h"
#include "tests/lib/virtual_reader.h"

#define A      "resident name=测试甲 number=110199199001010010 sex=1 birth=19900101"
#define B      "resident name=测试乙 number=210199195006150026 sex=2 birth=19500615"
#define SAM_ID "05.01-20240101-0000012345-0123456789"

static const char number_a[] = "110199199001010010";
static const char number_b[] = "210199195006150026";

static struct virtual_usb usb;
static struct reader_station seat, lane;

static void say(int device, const char *line)
{
	if (!virtual_usb_say(&usb, device, "%s", line))
		fail_msg("%s: %s", line, usb.reply);
}

static void plug_in(const char *const *devices)
{
	assert_true(virtual_usb_start(&usb, devices));
}

static void start(const char *device, const char *port)
{
	plug_in((const char *const[]){ device, NULL });
	station_start(&seat, &usb, port);
}

static void stop(void)
{
	if (seat.sock)
		station_stop(&seat);
	if (lane.sock)
		station_stop(&lane);
	memset(&seat, 0, sizeof(seat));
	memset(&lane, 0, sizeof(lane));
	for (int i = 0; i < usb.count; i++)
		assert_int_equal(virtual_usb_count(&usb, i, "fingerprint"), 0);
	virtual_usb_stop(&usb);
}

static void read_one(int device, struct reader_station *s, const char *card, const char *number)
{
	assert_true(virtual_usb_say(&usb, device, "tap %s", card));
	station_expect_card(s, number);
	station_expect(s, READER_EVENT_REMOVED);
}

/* --- every kind ------------------------------------------------------------------------------ */

static void every_kind_reads_cards(void **state)
{
	static const struct {
		const char *device, *way;
	} kinds[] = {
		{ "reader-split", "split" },
		{ "reader-single", "0400:c35a whole" },
		{ "reader-split,pairs=first", "0400:c35a whole" },
		{ "reader-split,pairs=second", "whole, last pair" },
		{ "reader-split,packet=8", "split" },
		{ "reader-split,packet=512,high-speed", "split" },
		{ "reader-single,packet=8", "whole" },
		{ "reader-single,packet=16", "whole" },
		{ "reader-single,packet=512,high-speed", "whole" },
		{ "reader-synjones", "0316:5020" },
		{ "reader-synjones,interrupt", "0316:5020" },
		{ "reader-derk", "derk" },
		{ "reader-derk,packet=8", "derk" },
		{ "reader-derk,packet=512,high-speed", "derk" },
		{ "reader-miaxis", "miaxis" },
		{ "reader-miaxis,packet=8", "miaxis" },
		{ "reader-miaxis,vid=203b,pid=0101", "203b:0101 miaxis" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		start(kinds[i].device, i % 2 ? "usb" : "usb:1-1");
		station_expect_online(&seat, kinds[i].way);
		assert_true(virtual_usb_say(&usb, 0, "card %s", A));
		station_expect_card(&seat, number_a);
		stop();
	}
}

/* Lay it until it is read; words that it was not are allowed. */
static void read_at_last(const char *card, const char *number)
{
	int type;

	assert_true(virtual_usb_say(&usb, 0, "card %s", card));
	while ((type = station_next(&seat)) != READER_EVENT_CARD) {
		if (type == READER_EVENT_READING)
			continue;
		assert_int_equal(type, READER_EVENT_TROUBLE);
		say(0, "fault none");
		assert_true(virtual_usb_say(&usb, 0, "card %s", card));
	}
	assert_string_equal(((const struct reader_card *)seat.event.body)->card.number, number);
	say(0, "remove");
	station_expect(&seat, READER_EVENT_REMOVED);
}

/* Whatever happens to an answer: this card's number, or a word that it was not read. */
static void a_spoilt_answer_never_is_somebody_else(void **state)
{
	static const char *const kinds[] = { "reader-split", "reader-derk", "reader-miaxis" };
	static const char *const faults[] = { "stale", "garble", "junk", "short", "late 300" };

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		start(kinds[k], "usb");
		station_expect_online(&seat, "usb:1-1");
		say(0, "mode continuous"); /* a card's going is seen sooner */
		for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
			const char *card = i % 2 ? A : B;

			say(0, "aim 3001");
			assert_true(virtual_usb_say(&usb, 0, "fault %s", faults[i]));
			read_at_last(card, i % 2 ? number_a : number_b);
			say(0, "fault none");
		}
		stop();
	}
}

static void an_answer_kept_for_the_next_card_is_noticed(void **state)
{
	(void)state;
	start("reader-split", "usb");
	station_expect_online(&seat, "split");
	say(0, "fault withhold");
	say(0, "card " A);
	station_expect(&seat, READER_EVENT_READING);
	station_expect_cause(&seat, READER_EVENT_TROUBLE, READER_CARD_MOVED);
	say(0, "card " B);
	while (station_next(&seat) == READER_EVENT_READING)
		;
	assert_int_equal(seat.event.type, READER_EVENT_CARD);
	assert_string_equal(((const struct reader_card *)seat.event.body)->card.number, number_b);
	stop();
}

/* --- the bus --------------------------------------------------------------------------------- */

static void halted_pipes_and_empty_transfers_cost_no_card(void **state)
{
	static const struct {
		const char *device, *faults[6];
	} kinds[] = {
		{ "reader-split", { "stall 81", "stall 85", "stall 02", "stall 06", "zlp 81 3" } },
		{ "reader-single", { "stall 81", "stall 02", "zlp 81 3" } },
		{ "reader-derk", { "stall 81", "stall 01", "zlp 81 3" } },
		{ "reader-miaxis", { "stall 81", "stall 01", "zlp 81 3" } },
	};

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		start(kinds[k].device, "usb");
		station_expect_online(&seat, "usb:1-1");
		say(0, "mode continuous");
		for (int i = 0; i < 6 && kinds[k].faults[i]; i++) {
			say(0, kinds[k].faults[i]);
			read_one(0, &seat, i % 2 ? A : B, i % 2 ? number_a : number_b);
		}
		stop();
	}
}

static void the_way_is_remembered_over_a_replug(void **state)
{
	int other;

	(void)state;
	start("reader-split,pairs=first", "usb");
	station_expect_online(&seat, "0400:c35a whole");
	other = virtual_usb_count(&usb, 0, "ep06");
	assert_true(other > 0); /* it was tried */
	say(0, "unplug");
	station_expect_cause(&seat, READER_EVENT_OFFLINE, READER_LOST);
	say(0, "plug");
	station_expect_online(&seat, "0400:c35a whole");
	assert_int_equal(virtual_usb_count(&usb, 0, "ep06"), other); /* and is not again */
	read_one(0, &seat, A, number_a);
	stop();
}

static void unplugged_while_reading_is_no_half_person(void **state)
{
	static const char *const kinds[] = { "reader-split", "reader-single", "reader-derk",
					     "reader-miaxis" };

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		start(kinds[k], "usb:1-1");
		station_expect_online(&seat, "usb:1-1");
		say(0, "aim 3001");
		say(0, "fault late 1000");
		say(0, "card " A);
		station_expect(&seat, READER_EVENT_READING);
		while (virtual_usb_count(&usb, 0, "read") < 1)
			;
		say(0, "unplug");
		station_expect_cause(&seat, READER_EVENT_OFFLINE, READER_LOST);
		say(0, "remove");
		say(0, "plug");
		station_expect_online(&seat, "usb:1-1");
		read_one(0, &seat, B, number_b);
		stop();
	}
}

static void a_claimed_reader_is_told_and_taken_when_it_is_free(void **state)
{
	(void)state;
	plug_in((const char *const[]){ "reader-single", NULL });
	say(0, "busy on");
	station_start(&seat, &usb, "usb");
	station_expect_cause(&seat, READER_EVENT_OFFLINE, READER_CLAIMED);
	say(0, "busy off");
	station_expect_online(&seat, "usb:1-1");
	stop();
}

static void a_silent_reader_is_reset_and_reported(void **state)
{
	(void)state;
	plug_in((const char *const[]){ "reader-single", NULL });
	say(0, "fault silent 1000");
	station_start(&seat, &usb, "usb");
	station_expect_cause(&seat, READER_EVENT_OFFLINE, READER_SILENT);
	assert_int_equal(virtual_usb_count(&usb, 0, "resets"), 1);
	say(0, "fault none");
	station_expect_online(&seat, "usb:1-1");
	read_one(0, &seat, A, number_a);
	stop();
}

/* --- several devices ------------------------------------------------------------------------- */

static void two_of_a_kind_are_told_apart_by_their_ports(void **state)
{
	(void)state;
	plug_in((const char *const[]){ "reader-split", "reader-split", NULL });
	station_start(&seat, &usb, "usb:1-2");
	station_expect_online(&seat, "usb:1-2"); /* though 1-1 was free */
	station_start(&lane, &usb, "usb:1-1");
	station_expect_online(&lane, "usb:1-1");
	read_one(0, &lane, A, number_a);
	read_one(1, &seat, B, number_b);
	say(0, "unplug");
	station_expect_cause(&lane, READER_EVENT_OFFLINE, READER_LOST);
	read_one(1, &seat, A, number_a);
	stop();
}

static void the_second_takes_what_the_first_has_left(void **state)
{
	(void)state;
	plug_in((const char *const[]){ "reader-single", "reader-single", NULL });
	station_start(&seat, &usb, "usb");
	station_expect_online(&seat, "usb:1-1");
	station_start(&lane, &usb, "usb");
	station_expect_online(&lane, "usb:1-2");
	read_one(1, &lane, A, number_a);
	stop();
}

static void other_devices_are_never_opened(void **state)
{
	(void)state;
	plug_in((const char *const[]){ "dfu", "foreign", "reader-single,vid=0425,pid=8159",
				       "reader-single,port=1-4.1.2", NULL });
	station_start(&seat, &usb, "usb");
	station_expect_online(&seat, "usb:1-4.1.2");
	read_one(3, &seat, A, number_a);
	station_stop(&seat);
	station_start(&seat, &usb, "usb:1-1");
	station_expect_cause(&seat, READER_EVENT_OFFLINE, READER_UNSUPPORTED);
	station_stop(&seat);
	station_start(&seat, &usb, "usb:1-2");
	station_expect_cause(&seat, READER_EVENT_OFFLINE, READER_NOT_FOUND);
	station_stop(&seat);
	station_start(&seat, &usb, "usb:1-3");
	station_expect_cause(&seat, READER_EVENT_OFFLINE, READER_UNSUPPORTED);
	for (int i = 0; i < 3; i++)
		assert_int_equal(virtual_usb_count(&usb, i, "opens"), 0);
	stop();
}

/* --- what staff see -------------------------------------------------------------------------- */

static void run_list(char *out, size_t size)
{
	int ends[2];
	ssize_t n;
	size_t used = 0;

	assert_int_equal(pipe(ends), 0);
	if (!fork()) {
		dup2(ends[1], 1);
		virtual_usb_enter(&usb);
		execl(beside_tests("tapshot"), "tapshot", "reader", "list", "--json", (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	while ((n = read(ends[0], out + used, size - 1 - used)) > 0)
		used += (size_t)n;
	out[used] = '\0';
	close(ends[0]);
}

static void the_list_says_what_to_write_and_what_cannot_be_used(void **state)
{
	char said[4096];

	(void)state;
	plug_in((const char *const[]){ "reader-split", "reader-miaxis,port=1-5.1", "dfu", "foreign",
				       NULL });
	run_list(said, sizeof(said));
	assert_non_null(strstr(said, "\"port\": \"usb:1-1\""));
	assert_non_null(strstr(said, "\"port\": \"usb:1-5.1\""));
	assert_non_null(strstr(said, "Miaxis"));
	assert_non_null(strstr(said, SAM_ID));
	assert_non_null(strstr(said, "\"usable\": false"));
	assert_null(strstr(said, "usb:1-4"));
	assert_int_equal(virtual_usb_count(&usb, 2, "opens"), 0);
	assert_int_equal(virtual_usb_count(&usb, 3, "opens"), 0);
	stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_reads_cards),
		cmocka_unit_test(a_spoilt_answer_never_is_somebody_else),
		cmocka_unit_test(an_answer_kept_for_the_next_card_is_noticed),
		cmocka_unit_test(halted_pipes_and_empty_transfers_cost_no_card),
		cmocka_unit_test(the_way_is_remembered_over_a_replug),
		cmocka_unit_test(unplugged_while_reading_is_no_half_person),
		cmocka_unit_test(a_claimed_reader_is_told_and_taken_when_it_is_free),
		cmocka_unit_test(a_silent_reader_is_reset_and_reported),
		cmocka_unit_test(two_of_a_kind_are_told_apart_by_their_ports),
		cmocka_unit_test(the_second_takes_what_the_first_has_left),
		cmocka_unit_test(other_devices_are_never_opened),
		cmocka_unit_test(the_list_says_what_to_write_and_what_cannot_be_used),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
