/* Transfers as usbfs has them: submitted, reaped, discarded. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/bytes.h"
#include "firmware/base/clock.h"
#include "tools/virtual/usb/usbfs_internal.h"

enum { SETUP_BYTES = 8, URB_BYTES_MAX = 64 << 20 };

static struct usbdevfs_urb *fields(const struct urb *u)
{
	return (struct usbdevfs_urb *)(void *)u->data->data;
}

static void urb_free(struct urb *u)
{
	g_clear_object(&u->buffer);
	g_clear_object(&u->data);
	free(u->c.data);
	free(u);
}

void urb_free_all(struct client *c)
{
	while (c->urbs) {
		struct urb *u = c->urbs;

		c->urbs = u->next;
		urb_free(u);
	}
}

/* An interface nobody claimed is taken by its first transfer, as the kernel does it. */
static int endpoint_may_be_used(struct client *c, uint8_t endpoint)
{
	int interface;

	if (!endpoint)
		return 0;
	if (!vusb_endpoint(c->node->device, endpoint, &interface))
		return -ENOENT;
	return client_may_use(c, interface);
}

static struct urb *urb_new(struct client *c, UMockdevIoctlData *arg)
{
	struct urb *u = calloc(1, sizeof(*u)), **end = &c->urbs;

	if (!u)
		return NULL;
	u->data = umockdev_ioctl_data_resolve(arg, 0, sizeof(struct usbdevfs_urb), NULL);
	if (!u->data || fields(u)->buffer_length < 0 || fields(u)->buffer_length > URB_BYTES_MAX) {
		urb_free(u);
		return NULL;
	}
	if (fields(u)->buffer_length > 0)
		u->buffer =
			umockdev_ioctl_data_resolve(u->data, offsetof(struct usbdevfs_urb, buffer),
						    (gsize)fields(u)->buffer_length, NULL);
	u->id = ++c->node->bus->last_id;
	while (*end)
		end = &(*end)->next;
	*end = u;
	return u;
}

static void urb_drop(struct client *c, struct urb *u)
{
	for (struct urb **at = &c->urbs; *at; at = &(*at)->next)
		if (*at == u) {
			*at = u->next;
			break;
		}
	urb_free(u);
}

static int submit_control(struct client *c, struct urb *u, int64_t now_ms)
{
	const uint8_t *b = u->buffer ? u->buffer->data : NULL;
	struct vusb_setup s;

	if (!b || u->buffer->data_len < SETUP_BYTES)
		return -EINVAL;
	s = (struct vusb_setup){ b[0], b[1], get_le16(b + 2), get_le16(b + 4), get_le16(b + 6) };
	if (s.length > u->buffer->data_len - SETUP_BYTES)
		return -EINVAL;
	vusb_submit(c->node->device, u->id, 0, &s, b + SETUP_BYTES, s.length, now_ms);
	return 0;
}

int urb_submit(struct client *c, UMockdevIoctlData *arg)
{
	struct urb *u = urb_new(c, arg);
	int64_t now_ms = clock_now_ms();
	int rc;

	if (!u)
		return -EFAULT;
	rc = endpoint_may_be_used(c, fields(u)->endpoint);
	if (!rc && fields(u)->type == USBDEVFS_URB_TYPE_ISO)
		rc = -EINVAL;
	if (!rc && fields(u)->type == USBDEVFS_URB_TYPE_CONTROL)
		rc = submit_control(c, u, now_ms);
	else if (!rc)
		vusb_submit(c->node->device, u->id, fields(u)->endpoint, NULL,
			    u->buffer ? u->buffer->data : NULL, (size_t)fields(u)->buffer_length,
			    now_ms);
	if (rc)
		urb_drop(c, u);
	return rc;
}

int urb_discard(struct client *c, unsigned long address)
{
	for (struct urb *u = c->urbs; u; u = u->next)
		if (u->data->client_addr == address && !u->done) {
			vusb_cancel(c->node->device, u->id);
			return 0;
		}
	return -EINVAL;
}

void urb_complete(struct node *n, struct vusb_completion *done)
{
	for (struct client *c = n->clients; c; c = c->next)
		for (struct urb *u = c->urbs; u; u = u->next)
			if (u->id == done->id) {
				u->c = *done;
				u->done = true;
				return;
			}
	free(done->data);
}

static int status_of(enum vusb_status s)
{
	switch (s) {
	case VUSB_OK:
		return 0;
	case VUSB_STALL:
		return -EPIPE;
	case VUSB_CANCELLED:
		return -ENOENT;
	case VUSB_GONE:
		return -ESHUTDOWN;
	case VUSB_OVERFLOW:
		return -EOVERFLOW;
	}
	return -EPROTO;
}

bool urb_reap(struct client *c, UMockdevIoctlData *arg)
{
	UMockdevIoctlData *where;
	struct urb *u = c->urbs;
	size_t at;

	while (u && !u->done)
		u = u->next;
	if (!u)
		return false;
	at = fields(u)->type == USBDEVFS_URB_TYPE_CONTROL ? SETUP_BYTES : 0;
	fields(u)->status = status_of(u->c.status);
	fields(u)->actual_length = (int)u->c.bytes;
	if (u->c.data && u->c.bytes && u->buffer && at + u->c.bytes <= (size_t)u->buffer->data_len)
		umockdev_ioctl_data_update(u->buffer, at, u->c.data, (gint)u->c.bytes);
	where = umockdev_ioctl_data_resolve(arg, 0, sizeof(void *), NULL);
	if (where)
		umockdev_ioctl_data_set_ptr(where, 0, u->data);
	g_clear_object(&where);
	urb_drop(c, u);
	return true;
}
