/*
 * What the kernel knows of a USB device without anybody speaking to it: its descriptors in sysfs, and
 * who has its node open.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct usb_facts {
	unsigned int vendor;
	char serial[64]; /* "" none */
	bool phone; /* a phone, tablet or player by vendor, name or interfaces */
};

struct usb_owner {
	char comm[32];
	pid_t pid;
};

/**
 * usb_facts_read() - facts about the device at @path, libgphoto2's "usb:BUS,DEVICE"
 * Return: 0; -ENOENT there is no such device, or no sysfs.
 */
int usb_facts_read(const char *path, struct usb_facts *out);

/** usb_owner_find() - another process that has the node of @path open. False: none we may see. */
bool usb_owner_find(const char *path, struct usb_owner *out);

/** usb_same_serial() - the same number, however many zeros a descriptor puts in front of it. */
bool usb_same_serial(const char *a, const char *b);
