/* A reader unplugged and plugged in again, 60 times (1,000 with TAPSHOT_SOAK): each time it is online
 * again, and the worker has grown neither in memory nor in descriptors. */
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "firmware/base/cleanup.h"
#include "tests/lib/reader_station.h"

enum {
	CYCLES = 60,
	SOAK_CYCLES = 1000,
	WARM = 30, /* after these everything that is kept has been made */
	GROWTH_KB = 1024,
	GROWTH_FDS = 2, /* libusb closes a lost device a moment later */
};

static struct virtual_usb usb;
static struct reader_station seat;

static int descriptors(pid_t pid)
{
	char path[64];
	int n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	d = opendir(path);
	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static long resident_kb(pid_t pid)
{
	SCOPED_FILE FILE *f = NULL;
	char path[64];
	long pages = 0;

	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	f = fopen(path, "re");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%*d %ld", &pages), 1);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void plugging_costs_nothing_that_stays(void **state)
{
	int cycles = getenv("TAPSHOT_SOAK") ? SOAK_CYCLES : CYCLES, fds = 0;
	long kb = 0;

	(void)state;
	assert_true(virtual_usb_start(&usb, (const char *const[]){ "reader-split", NULL }));
	station_start(&seat, &usb, "usb:1-1");
	station_expect_online(&seat, "split");
	for (int i = 0; i < cycles; i++) {
		assert_true(virtual_usb_say(&usb, 0, "unplug"));
		station_expect_cause(&seat, READER_EVENT_OFFLINE, READER_LOST);
		assert_true(virtual_usb_say(&usb, 0, "plug"));
		station_expect_online(&seat, "split");
		if (i != WARM)
			continue;
		fds = descriptors(seat.pid);
		kb = resident_kb(seat.pid);
	}
	assert_in_range(descriptors(seat.pid), 1, fds + GROWTH_FDS);
#ifndef __SANITIZE_ADDRESS__ /* which keeps what was freed; it looks for leaks at the end */
	assert_in_range(resident_kb(seat.pid), 0, kb + GROWTH_KB);
#endif
	assert_true(kb > 0);
	assert_true(virtual_usb_say(&usb, 0, "tap resident name=测试甲 number=110199199001010010"));
	station_expect_card(&seat, "110199199001010010");
	station_stop(&seat);
	virtual_usb_stop(&usb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plugging_costs_nothing_that_stays),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
