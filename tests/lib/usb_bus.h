/*
 * For tests that use libusb or libgphoto2 themselves: the test program runs again below build/vusb,
 * where its own libraries see the virtual bus. (The rig starts a kiosk on a bus; see rig.h.)
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/** usb_bus_enter() - first in main(). Starts the program anew on a bus with @devices (as for
 * `vusb --device`, NULL at the end; their control sockets are added) and returns there. */
void usb_bus_enter(char **argv, const char *const devices[]);
/** usb_bus_ask() - a control line to the @device-th, counted from 0. false: no answer. */
bool usb_bus_ask(int device, char *answer, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/** usb_bus_say() - as above; true when it said ok. */
bool usb_bus_say(int device, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** usb_bus_count() - a counter from its "stat", -1 none of this name. */
long usb_bus_count(int device, const char *name);
/** usb_bus_leave() - at the end of main(): deletes the sockets' folder. */
void usb_bus_leave(void);
