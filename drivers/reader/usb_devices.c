#include "drivers/reader/usb_devices.h"

/* clang-format off */
const struct usb_device_row usb_devices[] = {
	{ 0x0316, 0x5020, "Synjones multi-function reader", USB_FRAMES_BULK, "public drivers" },
	{ 0x0400, 0xc35a, "Routon iDR200/iDR210, Synjones, Shensi and others (one id for all)", USB_FRAMES_BULK, "module vendor's protocol description, public drivers" },
	{ 0x0425, 0x8159, "Routon HIDIDR", USB_FRAMES_UNKNOWN, "vendor's sample program" },
	{ 0x0483, 0x572b, "Derk DK26ME, DK200ZK", USB_FRAMES_DERK, "public drivers" },
	{ 0x0483, 0xdf11, "STM32 boot loader, also of Routon readers", USB_NO_READER, "vendor's sample program" },
	{ 0x10c4, 0x0007, "Miaxis MR-300", USB_FRAMES_MIAXIS, "public drivers" },
	{ 0x10c4, 0x8a1b, "Senter", USB_FRAMES_UNKNOWN, "public drivers (ids only)" },
	{ 0x2015, 0x0008, "Senrui", USB_FRAMES_UNKNOWN, "public drivers (ids only)" },
	{ 0x203b, 0x0101, "Miaxis MR-300 (older)", USB_FRAMES_MIAXIS, "public drivers" },
	{ 0x9573, 0x4836, "Yishu", USB_FRAMES_UNKNOWN, "public drivers (ids only)" },
	{ 0, 0, NULL, USB_NO_READER, NULL },
};
/* clang-format on */

const struct usb_device_row *usb_device_known(uint16_t vid, uint16_t pid)
{
	for (const struct usb_device_row *r = usb_devices; r->model; r++)
		if (r->vid == vid && r->pid == pid)
			return r;
	return NULL;
}

const char *usb_framing_words(enum usb_framing framing)
{
	switch (framing) {
	case USB_FRAMES_BULK:
		return "bulk";
	case USB_FRAMES_DERK:
		return "HID (Derk)";
	case USB_FRAMES_MIAXIS:
		return "HID (Miaxis)";
	case USB_FRAMES_UNKNOWN:
		return "known reader, framing unknown";
	case USB_NO_READER:
		break;
	}
	return "firmware update mode, never opened";
}

int usb_device_supported(const struct usb_device_row *row)
{
	return row->framing != USB_FRAMES_UNKNOWN && row->framing != USB_NO_READER;
}

void usb_devices_udev(FILE *to)
{
	fprintf(to,
		"# Card readers on USB may be opened by the group tapshot. Exact ids only: vendor 0400, "
		"for one, also made\n# oscilloscopes. Written by `tapshot reader devices --udev`; "
		"do not edit. Readers that cannot be read and\n# boot loaders have no rule.\n");
	for (const struct usb_device_row *r = usb_devices; r->model; r++) {
		if (!usb_device_supported(r))
			continue;
		fprintf(to,
			"\n# %s\nSUBSYSTEM==\"usb\", ENV{DEVTYPE}==\"usb_device\", "
			"ATTR{idVendor}==\"%04x\", ATTR{idProduct}==\"%04x\", \\\n"
			"  GROUP=\"tapshot\", MODE=\"0660\", SYMLINK+=\"tapshot/reader-%%k\"\n",
			r->model, r->vid, r->pid);
	}
}

void usb_devices_markdown(FILE *to)
{
	fprintf(to, "| USB id | reader | how | known from |\n|---|---|---|---|\n");
	for (const struct usb_device_row *r = usb_devices; r->model; r++)
		fprintf(to, "| %04x:%04x | %s | %s%s | %s |\n", r->vid, r->pid, r->model,
			usb_device_supported(r) ? "" : "not supported: ",
			usb_framing_words(r->framing), r->source);
}
