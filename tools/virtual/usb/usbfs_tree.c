/* Directories below /sys, device nodes and uevents of the virtual bus. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "tools/virtual/usb/usbfs_internal.h"

#define ROOT_HUB "/devices/pci0000:00/0000:00:14.0/usb1"

enum { CLASS_HID = 3 };

void tree_sys_path(const char *port, char *out, size_t size)
{
	size_t n = (size_t)snprintf(out, size, "%s", ROOT_HUB);

	if (!strcmp(port, "usb1"))
		return;
	/* 1-1.2.3 stands in 1-1/1-1.2/1-1.2.3 */
	for (const char *dot = strchr(port, '.');; dot = strchr(dot + 1, '.')) {
		int len = dot ? (int)(dot - port) : (int)strlen(port);

		if (n < size)
			n += (size_t)snprintf(out + n, size - n, "/%.*s", len, port);
		if (!dot)
			return;
	}
}

static void announce(struct usbfs *u, const char *text)
{
	GError *error = NULL;

	if (!umockdev_testbed_add_from_string(u->testbed, text, &error)) {
		fprintf(stderr, "vusb: %s\n", error ? error->message : "umockdev refused a device");
		g_clear_error(&error);
	}
}

static void put_attribute(FILE *f, const char *name, const char *text)
{
	if (text)
		fprintf(f, "A: %s=%s\\n\n", name, text);
}

static void put_device(FILE *f, const struct vusb *d, const char *port, int devnum)
{
	const struct vusb_description *desc = vusb_description(d);
	uint8_t raw[1024];
	size_t n = vusb_descriptors(d, raw, sizeof(raw));

	fprintf(f,
		"E: DEVTYPE=usb_device\nE: SUBSYSTEM=usb\nE: DEVNAME=/dev/bus/usb/001/%03d\n"
		"E: BUSNUM=001\nE: DEVNUM=%03d\nE: MAJOR=189\nE: MINOR=%d\nE: PRODUCT=%x/%x/%x\n"
		"E: ID_VENDOR_ID=%04x\nE: ID_MODEL_ID=%04x\nE: TYPE=%d/0/0\n",
		devnum, devnum, devnum - 1, desc->vid, desc->pid, desc->bcd_device, desc->vid,
		desc->pid, desc->class);
	fprintf(f,
		"A: busnum=1\\n\nA: devnum=%d\\n\nA: idVendor=%04x\\n\nA: idProduct=%04x\\n\n"
		"A: bcdDevice=%04x\\n\nA: speed=%s\\n\nA: bDeviceClass=%02x\\n\n"
		"A: bConfigurationValue=1\\n\nA: bNumConfigurations=1\\n\nA: bNumInterfaces=%2d\\n\n"
		"A: devpath=%s\\n\nA: version= 2.00\\n\n",
		devnum, desc->vid, desc->pid, desc->bcd_device, desc->high_speed ? "480" : "12",
		desc->class, desc->interface_count, strchr(port, '-') + 1);
	put_attribute(f, "manufacturer", desc->manufacturer);
	put_attribute(f, "product", desc->product);
	put_attribute(f, "serial", desc->serial);
	fprintf(f, "H: descriptors=");
	for (size_t i = 0; i < n; i++)
		fprintf(f, "%02X", raw[i]);
	fprintf(f, "\n");
}

static void put_interface(FILE *f, const struct vusb_interface *i, int number)
{
	fprintf(f,
		"E: DEVTYPE=usb_interface\nE: SUBSYSTEM=usb\nE: INTERFACE=%d/%d/%d\n"
		"A: bInterfaceNumber=%02x\\n\nA: bAlternateSetting= 0\\n\nA: bNumEndpoints=%02x\\n\n"
		"A: bInterfaceClass=%02x\\n\nA: bInterfaceSubClass=%02x\\n\n"
		"A: bInterfaceProtocol=%02x\\n\n",
		i->class, i->subclass, i->protocol, number, i->endpoint_count, i->class,
		i->subclass, i->protocol);
}

void tree_add_device(struct node *n, const char *port, int devnum)
{
	const struct vusb_description *desc = vusb_description(n->device);
	SCOPED_FREE char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	fprintf(f, "P: %s\nN: bus/usb/001/%03d\n", n->sys, devnum);
	put_device(f, n->device, port, devnum);
	for (int i = 0; i < desc->interface_count; i++) {
		fprintf(f, "\nP: %s/%s:1.%d\n", n->sys, port, i);
		put_interface(f, &desc->interfaces[i], i);
		if (desc->interfaces[i].class == CLASS_HID)
			n->kernel_driver |= 1u << i;
	}
	fclose(f);
	announce(n->bus, text);
}

/* A hub is there to be seen in the tree only; nobody opens it. */
void tree_add_hub(struct usbfs *u, const char *port, int devnum)
{
	static const char descriptors[] = "12010002090000406B1D02000606030201010902190001"
					  "0100E000090400000109000000070581030400FF";
	char text[1400], sys[160];
	bool root = !strcmp(port, "usb1");

	tree_sys_path(port, sys, sizeof(sys));
	snprintf(text, sizeof(text),
		 "P: %s\nN: bus/usb/001/%03d\nE: DEVTYPE=usb_device\nE: SUBSYSTEM=usb\n"
		 "E: DEVNAME=/dev/bus/usb/001/%03d\nE: BUSNUM=001\nE: DEVNUM=%03d\n"
		 "E: MAJOR=189\nE: MINOR=%d\nE: PRODUCT=1d6b/2/606\nE: TYPE=9/0/0\n"
		 "A: busnum=1\\n\nA: devnum=%d\\n\nA: idVendor=1d6b\\n\nA: idProduct=0002\\n\n"
		 "A: bcdDevice=0606\\n\nA: speed=480\\n\nA: bDeviceClass=09\\n\n"
		 "A: bConfigurationValue=1\\n\nA: maxchild=4\\n\nA: devpath=%s\\n\n"
		 "A: product=Virtual hub\\n\nH: descriptors=%s\n",
		 sys, devnum, devnum, devnum, devnum - 1, devnum,
		 root ? "0" : strchr(port, '-') + 1, descriptors);
	announce(u, text);
}

/* The interfaces go first. umockdev tells of an arrival by itself, not of a departure. */
void tree_remove_device(struct node *n)
{
	const char *name = strrchr(n->sys, '/') + 1;
	int interfaces = vusb_description(n->device)->interface_count;
	char path[220];

	for (int i = 0; i <= interfaces; i++) {
		if (i < interfaces)
			snprintf(path, sizeof(path), "/sys%s/%s:1.%d", n->sys, name, i);
		else
			snprintf(path, sizeof(path), "/sys%s", n->sys);
		umockdev_testbed_uevent(n->bus->testbed, path, "remove");
		umockdev_testbed_remove_device(n->bus->testbed, path);
	}
}
