#include "drivers/reader/usb_line.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "firmware/base/clock.h"

enum { OUT_MS = 1000, PROBE_MS = 500 };

static struct usb_line *usb(struct line *l)
{
	return (struct usb_line *)l;
}

void usb_line_wipe(struct usb_line *l)
{
	explicit_bzero(l->buf, sizeof(l->buf));
	explicit_bzero(l->report, sizeof(l->report));
	memset(&l->state, 0, sizeof(l->state));
	frame_track_reset(&l->track);
	l->at = l->used = l->report_used = 0;
}

static bool present(struct line *line)
{
	return !usb(line)->usb.gone;
}

static void drain(struct line *line)
{
	usb_line_wipe(usb(line));
	usb_bus_drain(&usb(line)->usb);
}

static int rest(struct line *line, int ms)
{
	poll(NULL, 0, ms);
	return present(line) ? 0 : -ENODEV;
}

/* All of it; a halted pipe once more. 0, -ENODEV, -ETIMEDOUT. */
static int send_on(struct usb_line *l, int pipe, const uint8_t *data, size_t bytes)
{
	int ms = l->line.probing ? PROBE_MS : OUT_MS;
	uint8_t copy[HID_REPORT_BYTES]; /* libusb's OUT buffers are not const */
	int rc;

	memcpy(copy, data, bytes);
	rc = usb_bus_move(&l->usb, &l->usb.out[pipe], copy, (int)bytes, ms);
	if (rc == -EPIPE)
		rc = usb_bus_move(&l->usb, &l->usb.out[pipe], copy, (int)bytes, ms);
	if (rc == -ENODEV)
		return rc;
	return rc == (int)bytes ? 0 : -ETIMEDOUT;
}

/* Hand on what was taken from the device before. */
static int hand_on(struct usb_line *l, uint8_t *out, size_t size)
{
	size_t n = l->used - l->at < size ? l->used - l->at : size;

	memcpy(out, l->buf + l->at, n);
	explicit_bzero(l->buf + l->at, n);
	l->at += n;
	return (int)n;
}

/* An IN transfer's failure as line_ops.read() has it. */
static int not_read(int rc)
{
	return rc == -ENODEV ? rc : rc == -EPIPE || rc == -EOVERFLOW ? -EBADMSG : -EAGAIN;
}

/* --- frames on pipes ------------------------------------------------------------------------- */

enum usb_pipes usb_line_pipes(const struct usb_line *l)
{
	return l->order[l->line.way];
}

static int bulk_write(struct line *line, const uint8_t *frame, size_t bytes)
{
	struct usb_line *l = usb(line);
	int rc;

	if (bytes > HID_REPORT_BYTES || bytes < SAM_HEAD_BYTES)
		return -ETIMEDOUT;
	if (usb_line_pipes(l) != USB_PIPES_SPLIT)
		return send_on(l, usb_line_pipes(l) == USB_PIPES_LAST ? l->usb.outs - 1 : 0, frame,
			       bytes);
	rc = send_on(l, l->head_out, frame, SAM_HEAD_BYTES);
	return rc ? rc : send_on(l, l->body_out, frame + SAM_HEAD_BYTES, bytes - SAM_HEAD_BYTES);
}

static const struct usb_pipe *answer_pipe(const struct usb_line *l)
{
	switch (usb_line_pipes(l)) {
	case USB_PIPES_SPLIT:
		return &l->usb.in[frame_track_left(&l->track) ? l->body_in : l->head_in];
	case USB_PIPES_LAST:
		return &l->usb.in[l->usb.ins - 1];
	case USB_PIPES_FIRST:
		break;
	}
	return &l->usb.in[0];
}

/* What is left of the frame, in whole packets: one that ends with a full packet is followed by
 * nothing, so more must not be asked for. */
static int to_ask_for(const struct usb_line *l, int packet_bytes)
{
	size_t left = frame_track_left(&l->track), packet = (size_t)packet_bytes;
	size_t packets =
		left ? (left + packet - 1) / packet : (SAM_HEAD_BYTES + packet - 1) / packet;

	if (packets * packet > sizeof(l->buf))
		packets = sizeof(l->buf) / packet;
	return (int)(packets * packet);
}

static int bulk_read(struct line *line, uint8_t *out, size_t size, int timeout_ms)
{
	struct usb_line *l = usb(line);
	const struct usb_pipe *p = answer_pipe(l);
	int rc;

	if (l->at < l->used)
		return hand_on(l, out, size);
	rc = usb_bus_move(&l->usb, p, l->buf, to_ask_for(l, p->packet_bytes), timeout_ms);
	if (rc <= 0)
		return not_read(rc ? rc : -EAGAIN);
	l->at = 0;
	l->used = (size_t)rc;
	frame_track_feed(&l->track, l->buf, l->used);
	return hand_on(l, out, size);
}

static void use_way(struct line *l, int way)
{
	l->way = way;
}

static const struct line_ops bulk_ops = {
	.present = present,
	.drain = drain,
	.write = bulk_write,
	.read = bulk_read,
	.pause = rest,
	.use_way = use_way,
};

static int index_of(const struct usb_pipe *pipes, int n, uint8_t address)
{
	while (n-- && pipes[n].address != address)
		;
	return n;
}

static void add_way(struct usb_line *l, enum usb_pipes pipes)
{
	for (int i = 0; i < l->line.ways; i++)
		if (l->order[i] == pipes)
			return;
	l->order[l->line.ways++] = pipes;
}

void usb_line_bulk(struct usb_line *l, int good)
{
	bool split;

	l->head_out = index_of(l->usb.out, l->usb.outs, 0x02);
	l->body_out = index_of(l->usb.out, l->usb.outs, 0x06);
	l->head_in = index_of(l->usb.in, l->usb.ins, 0x81);
	l->body_in = index_of(l->usb.in, l->usb.ins, 0x85);
	split = l->head_out >= 0 && l->body_out >= 0 && l->head_in >= 0 && l->body_in >= 0;
	l->line = (struct line){ .ops = &bulk_ops, .probe_ms = PROBE_MS };
	if (good >= 0 && (split || good == USB_PIPES_FIRST))
		add_way(l, (enum usb_pipes)good);
	if (split)
		add_way(l, USB_PIPES_SPLIT);
	if (l->usb.ins > 1 || l->usb.outs > 1)
		add_way(l, USB_PIPES_LAST);
	add_way(l, USB_PIPES_FIRST);
	usb_line_wipe(l);
}

/* --- frames in HID reports ------------------------------------------------------------------- */

static int hid_write(struct line *line, const uint8_t *frame, size_t bytes)
{
	struct usb_line *l = usb(line);
	uint8_t report[HID_REPORT_BYTES];

	if (!l->codec->wrap(frame, bytes, report))
		return -ETIMEDOUT;
	return send_on(l, 0, report, sizeof(report));
}

/* The report in the making is whole, or the device ended it early: the rest is zero. */
static int take_report(struct usb_line *l)
{
	int rc;

	memset(l->report + l->report_used, 0, sizeof(l->report) - l->report_used);
	l->report_used = 0;
	rc = l->codec->unwrap(&l->state, l->report, l->buf);
	explicit_bzero(l->report, sizeof(l->report));
	l->at = 0;
	l->used = rc > 0 ? (size_t)rc : 0;
	return rc;
}

static int hid_read(struct line *line, uint8_t *out, size_t size, int timeout_ms)
{
	struct usb_line *l = usb(line);
	const struct usb_pipe *p = &l->usb.in[0];
	int64_t until = clock_now_ms() + timeout_ms;
	size_t room = sizeof(l->report) - l->report_used;
	int packet = p->packet_bytes, ask = ((int)room + packet - 1) / packet * packet, rc;

	if (l->at < l->used)
		return hand_on(l, out, size);
	rc = usb_bus_move(&l->usb, p, l->buf, ask, timeout_ms);
	if (rc <= 0)
		return not_read(rc ? rc : -EAGAIN);
	if ((size_t)rc > room)
		return -EBADMSG; /* no report of this kind is longer */
	memcpy(l->report + l->report_used, l->buf, (size_t)rc);
	l->report_used += (size_t)rc;
	if (rc < ask && rc % packet == 0 && clock_now_ms() >= until)
		return -EAGAIN; /* time was up in the middle of it */
	rc = take_report(l);
	return rc > 0 ? hand_on(l, out, size) : rc ? rc : -EAGAIN;
}

static const struct line_ops hid_ops = {
	.present = present,
	.drain = drain,
	.write = hid_write,
	.read = hid_read,
	.pause = rest,
};

void usb_line_hid(struct usb_line *l, const struct hid_codec *codec)
{
	l->line = (struct line){ .ops = &hid_ops, .ways = 1, .probe_ms = PROBE_MS };
	l->codec = codec;
	usb_line_wipe(l);
}
