#include "drivers/reader/reader_list.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "drivers/reader/usb_bus.h"

/* Open it and take its words; leaves the transport as it is when it cannot be opened. */
static void try(struct reader_seen *s)
{
	struct reader *r;
	const char *words;
	int rc = reader_open(s->port, &r);

	s->cause = reader_cause_of(rc);
	if (rc < 0)
		return;
	words = strchr(reader_where(r), ' ');
	snprintf(s->identity, sizeof(s->identity), "%s", reader_identity(r));
	snprintf(s->transport, sizeof(s->transport), "%s", words ? words + 1 : "");
	reader_close(r);
}

static void seen_on_usb(struct reader_seen *s, const struct usb_seen *u)
{
	memset(s, 0, sizeof(*s));
	snprintf(s->port, sizeof(s->port), "usb:%.31s", u->path);
	snprintf(s->model, sizeof(s->model), "%s", u->row->model);
	snprintf(s->transport, sizeof(s->transport), "%04x:%04x %s", u->row->vid, u->row->pid,
		 usb_framing_words(u->row->framing));
	s->cause = READER_UNSUPPORTED;
	if (usb_device_supported(u->row))
		try(s);
}

static void seen_on_serial(struct reader_seen *s, const char *path)
{
	memset(s, 0, sizeof(*s));
	snprintf(s->port, sizeof(s->port), "serial:%.150s", path);
	snprintf(s->model, sizeof(s->model), "serial port");
	snprintf(s->transport, sizeof(s->transport), "serial");
	try(s);
}

int reader_list(struct reader_seen out[static READER_SEEN_MAX])
{
	struct usb_seen usb[USB_SEEN_MAX];
	int n = usb_bus_list(usb, USB_SEEN_MAX), found = 0;
	glob_t ports = { 0 };

	for (int i = 0; i < n; i++)
		seen_on_usb(&out[found++], &usb[i]);
	glob("/dev/ttyUSB*", 0, NULL, &ports);
	glob("/dev/ttyACM*", GLOB_APPEND, NULL, &ports);
	for (size_t i = 0; i < ports.gl_pathc && found < READER_SEEN_MAX; i++)
		seen_on_serial(&out[found++], ports.gl_pathv[i]);
	globfree(&ports);
	return found;
}
