/* The camera's faults that look different on the cable itself, on the virtual USB: libusb, libgphoto2's
 * usb1 and hotplug are real. And camera.spare = auto: any other body on the bus. */
#include <stdio.h>
#include <string.h>

#include "firmware/base/clock.h"
#include "tests/lib/flow.h"

static struct rig one = { .extra_config = FLOW_QUICK,
			  .usb_devices = { "camera-nikon,serial=6000199" } };
static struct rig two = { .extra_config = FLOW_QUICK,
			  .usb_devices = { "camera-nikon,serial=6000199",
					   "camera-nikon,serial=2000299" } };
static struct rig *r = &one;
static char text[256];

enum { BACK_MS = 5000 };

static void fault_13_unplugged_and_back(void **state)
{
	long long visit;

	(void)state;
	flow_framed(r, 0);
	visit = flow_value(r, "visit");
	flow_camera(r, "unplug");
	flow_state(r, "fault");
	assert_string_equal(flow_text(r, "reason", text), "camera_gone");
	flow_camera(r, "plug");
	assert_true(rig_wait(r, "camera", "ok", BACK_MS));
	flow_state(r, "framing");
	assert_int_equal(flow_value(r, "visit"), visit);
	flow_pass(r, true);
}

static void fault_14_the_cable_goes_in_the_transfer(void **state)
{
	long long visit;

	(void)state;
	flow_framed(r, 1);
	visit = flow_value(r, "visit");
	flow_camera(r, "unplugmid 20000");
	flow_key(r, "shoot");
	flow_state(r, "fault");
	flow_camera(r, "plug");
	flow_state(r, "passed"); /* from its card */
	assert_int_equal(flow_value(r, "visit"), visit);
	flow_state(r, "idle");
}

static void fault_15_claimed_by_another_process(void **state)
{
	(void)state;
	flow_camera(r, "busy on");
	flow_camera(r, "unplug");
	flow_is(r, "camera", "offline");
	flow_camera(r, "plug");
	flow_is(r, "banner", "fault.camera_claimed");
	flow_tap(r, 2);
	flow_state(r, "fault");
	assert_string_equal(flow_text(r, "reason", text), "camera_claimed");
	flow_camera(r, "busy off");
	assert_true(rig_wait(r, "camera", "ok", BACK_MS));
	flow_state(r, "framing");
	flow_pass(r, true);
}

static void fault_17_no_focus(void **state)
{
	(void)state;
	flow_camera(r, "afail 1");
	flow_framed(r, 3);
	flow_key(r, "shoot");
	flow_state(r, "failed");
	assert_string_equal(flow_text(r, "reason", text), "camera_no_focus");
	flow_key(r, "shoot");
	flow_state(r, "passed");
	flow_state(r, "idle");
}

static void the_other_body_on_the_bus_is_the_spare(void **state)
{
	char first[256], second[256];
	int used;

	(void)state;
	flow_is(r, "spare", "ok");
	flow_text(r, "body", first);
	flow_framed(r, 4);
	used = strcmp(first, "0199") ? 1 : 0;
	assert_true(rig_usb(r, used, "unplug"));
	while (!flow_value(r, "second_body"))
		rig_poll_pause();
	flow_state(r, "framing");
	flow_is(r, "camera", "ok");
	assert_string_not_equal(flow_text(r, "body", second), first);
	flow_pass(r, true);
	assert_true(rig_usb(r, used, "plug"));
	flow_is(r, "spare", "ok");
	assert_string_equal(flow_text(r, "body", text), second); /* it stays */
}

static void the_body_used_last_is_taken_first(void **state)
{
	char last[256];

	(void)state;
	flow_framed(r, 5);
	flow_pass(r, true);
	flow_text(r, "body", last);
	rig_kill_kiosk(r);
	flow_restart(r);
	assert_string_equal(flow_text(r, "body", text), last);
	assert_int_equal(flow_value(r, "second_body"), 0);
}

int main(void)
{
	const struct CMUnitTest alone[] = {
		FLOW(fault_13_unplugged_and_back),
		FLOW(fault_14_the_cable_goes_in_the_transfer),
		FLOW(fault_15_claimed_by_another_process),
		FLOW(fault_17_no_focus),
	};
	const struct CMUnitTest pair[] = {
		FLOW(the_other_body_on_the_bus_is_the_spare),
		FLOW(the_body_used_last_is_taken_first),
	};
	int failed = FLOW_MAIN(r, alone);

	r = &two;
	return failed + FLOW_MAIN(r, pair);
}
