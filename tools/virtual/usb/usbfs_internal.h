/* Shared by the files of the umockdev transport only. */
#pragma once

#include <pthread.h>
#include <stdio.h>
#include <sys/ioctl.h> /* before usbdevice_fs.h, which needs its macros */

#include <linux/usbdevice_fs.h>
#include <umockdev.h>

#include "tools/virtual/usb/usbfs.h"

enum { SLOTS_MAX = 8, DEVNUM_MAX = 127, HUBS_MAX = 8, EMPTY_REAP_MS = 2, SECOND_TRY_MS = 20 };

struct urb { /* one the program submitted and has not reaped */
	struct urb *next;
	uint64_t id;
	UMockdevIoctlData *data; /* struct usbdevfs_urb in the program's memory */
	UMockdevIoctlData *buffer;
	struct vusb_completion c;
	bool done;
};

struct client { /* one open file */
	struct client *next;
	UMockdevIoctlClient *mock;
	struct node *node;
	uint32_t claimed; /* bit by interface */
	struct urb *urbs; /* oldest first; done ones are reaped in order of @done_next */
	bool reaping, reaped; /* a REAP waits; the last one brought something */
};

struct node { /* one appearance of a device under one number */
	struct usbfs *bus;
	struct slot *slot;
	struct vusb *device;
	UMockdevIoctlBase *handler;
	char path[64], sys[160]; /* /dev/bus/usb/001/005, /sys/devices/… */
	uint32_t kernel_driver; /* bit by interface: usbhid holds it */
	bool gone;
	struct client *clients;
	struct node *next_dead;
};

struct slot { /* a device and the port it is for */
	struct vusb *device;
	char port[32];
	struct node *node; /* NULL: not plugged in */
};

struct usbfs {
	UMockdevTestbed *testbed;
	char *root;
	pthread_mutex_t lock;
	GMainContext *context; /* of the thread that answers; NULL before the first request */
	int wake;
	uint64_t last_id;
	struct slot slots[SLOTS_MAX];
	int slot_count, last_devnum;
	struct node *nodes[DEVNUM_MAX + 1]; /* by number, also those that are gone */
	struct node *dead; /* their numbers are used again; late calls may still name them */
	char hubs[HUBS_MAX][32];
	int hub_count;
};

/* --- requests (usbfs_ioctl.c): all with the lock held --- */

/** usbfs_serve() - connect @n's handler to the requests of programs. */
void usbfs_serve(struct node *n);
/** usbfs_collect() - move the device's completions to the programs' URBs, wake waiting reaps. */
void usbfs_collect(struct node *n);
/** usbfs_forget_clients() - when the handler is no more. */
void usbfs_forget_clients(struct node *n);

/* --- URBs (usbfs_urb.c): with the lock held --- */
int urb_submit(struct client *c, UMockdevIoctlData *arg);
int urb_discard(struct client *c, unsigned long address);
/** urb_reap() - true: one was handed to @arg. */
bool urb_reap(struct client *c, UMockdevIoctlData *arg);
void urb_complete(struct node *n, struct vusb_completion *done);
void urb_free_all(struct client *c);
/** client_may_use() - the interface is this file's (taken if free). 0, -EBUSY, -EINVAL, -ENOENT. */
int client_may_use(struct client *c, int interface);

/* --- what the bus looks like (usbfs_tree.c): without the lock --- */
void tree_add_hub(struct usbfs *u, const char *port, int devnum);
void tree_add_device(struct node *n, const char *port, int devnum);
void tree_remove_device(struct node *n);
/** tree_sys_path() - where a port's device stands below /sys. */
void tree_sys_path(const char *port, char *out, size_t size);
