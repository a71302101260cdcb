#include "drivers/reader/reader_usb.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drivers/reader/hint.h"
#include "drivers/reader/reader_sam.h"
#include "drivers/reader/usb_line.h"
#include "firmware/base/clock.h"

#define LOG_MODULE "reader"
#include "firmware/base/log.h"

enum {
	CLASS_HID = 0x03,
	CLASS_VENDOR = 0xff,
	RESET_EVERY = 5, /* opens that found a device silent: the first and then every fifth */
	SEARCH_MS = 10000, /* no further device is tried after that */
};

struct usb_reader {
	struct sam_reader sam;
	struct usb_line line;
	char where[READER_WHERE];
};

static void usb_close(void *priv)
{
	struct usb_reader *r = priv;

	reader_sam_forget(&r->sam);
	usb_line_wipe(&r->line);
	usb_bus_close(&r->line.usb);
}

static struct hint *hint_for(const struct usb_seen *s)
{
	char key[HINT_KEY_MAX];

	snprintf(key, sizeof(key), "usb %04x:%04x %.31s", s->row->vid, s->row->pid, s->path);
	return hint_of(key);
}

static const char *way_words(const struct usb_reader *r)
{
	static const char *const words[] = { "split", "whole, last pair", "whole" };

	return r->line.codec ? r->line.codec->name : words[usb_line_pipes(&r->line)];
}

static void make_line(struct usb_reader *r, const struct hint *h)
{
	switch (r->line.usb.seen.row->framing) {
	case USB_FRAMES_DERK:
		usb_line_hid(&r->line, &hid_derk);
		break;
	case USB_FRAMES_MIAXIS:
		usb_line_hid(&r->line, &hid_miaxis);
		break;
	case USB_FRAMES_BULK:
	case USB_FRAMES_UNKNOWN:
	case USB_NO_READER:
		usb_line_bulk(&r->line, h->good);
		break;
	}
}

/* A device that is claimed and does not answer is reset, and asked once more. */
static int bring_up(struct usb_reader *r, struct hint *h)
{
	int rc = reader_sam_open(&r->sam, &r->line.line);

	if (rc == -ETIMEDOUT && h->silent_opens++ % RESET_EVERY == 0) {
		rc = usb_bus_reset(&r->line.usb);
		if (!rc)
			rc = reader_sam_open(&r->sam, &r->line.line);
	}
	return rc;
}

static int open_one(struct usb_reader *r, const struct usb_seen *s)
{
	struct hint *h = hint_for(s);
	int rc;

	if (!usb_device_supported(s->row))
		return -ENOTSUP;
	rc = usb_bus_open(&r->line.usb, s,
			  s->row->framing == USB_FRAMES_BULK ? CLASS_VENDOR : CLASS_HID);
	if (rc < 0)
		return rc;
	make_line(r, h);
	rc = bring_up(r, h);
	if (rc < 0) {
		usb_close(r);
		return rc;
	}
	h->silent_opens = 0;
	h->good = r->line.codec ? -1 : (int)usb_line_pipes(&r->line);
	snprintf(r->where, sizeof(r->where), "usb:%.31s %04x:%04x %s", s->path, s->row->vid,
		 s->row->pid, way_words(r));
	return 0;
}

/* What is worth telling when no device could be opened: the one closest to working. */
static int worse(int rc, int than)
{
	static const int telling[] = { -EIO, -ETIMEDOUT, -EBUSY, -EACCES, -ENOTSUP };

	for (size_t i = 0; i < sizeof(telling) / sizeof(telling[0]); i++)
		if (rc == telling[i] || than == telling[i])
			return telling[i];
	return than;
}

static int usb_open(void *priv, const char *address)
{
	int64_t until = clock_now_ms() + SEARCH_MS;
	struct usb_seen seen[USB_SEEN_MAX];
	struct usb_reader *r = priv;
	int n = usb_bus_list(seen, USB_SEEN_MAX), rc = -ENODEV;

	for (int i = 0; i < n && clock_now_ms() < until; i++) {
		int one;

		if (address[0] && strcmp(address, seen[i].path) != 0)
			continue;
		one = open_one(r, &seen[i]);
		if (!one)
			return 0;
		rc = worse(one, rc);
	}
	return rc;
}

static const char *usb_where(void *priv)
{
	return ((struct usb_reader *)priv)->where;
}

const struct reader_ops reader_usb_ops = {
	.name = "usb",
	.priv_size = sizeof(struct usb_reader),
	.open = usb_open,
	.close = usb_close,
	.find = reader_sam_find,
	.read = reader_sam_read,
	.poll_removed = reader_sam_poll_removed,
	.bare = true,
	.where = usb_where,
	.identity = reader_sam_identity,
};
