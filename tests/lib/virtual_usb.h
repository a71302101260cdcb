/* build/vusb as a child of a test: devices on a virtual USB that the test commands, and programs of
 * this build that run on it. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

enum { VIRTUAL_USB_MAX = 6 };

struct virtual_usb {
	pid_t pid;
	char dir[64]; /* scratch, removed at the end */
	char bus[128]; /* for UMOCKDEV_DIR */
	int controls[VIRTUAL_USB_MAX]; /* sockets, one a device, -1 none */
	int count;
	char reply[1024]; /* to the last command */
};

/** virtual_usb_start() - with devices in vusb's words, ended by NULL; they are on ports 1-1, 1-2 …
 * Return: false when it does not start. */
bool virtual_usb_start(struct virtual_usb *v, const char *const *devices);

/** virtual_usb_say() - one control line to device @i; its reply stands in v->reply.
 * Return: whether it is "ok…". */
bool virtual_usb_say(struct virtual_usb *v, int i, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** virtual_usb_count() - a counter of `stat` of device @i, for example "opens"; -1 there is none. */
int virtual_usb_count(struct virtual_usb *v, int i, const char *name);

/** virtual_usb_enter() - in a child, before exec: the program to come sees this bus. */
void virtual_usb_enter(const struct virtual_usb *v);

void virtual_usb_stop(struct virtual_usb *v);
