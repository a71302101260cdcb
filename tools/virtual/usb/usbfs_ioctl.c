/* What a program asks of an opened device node. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/clock.h"
#include "tools/virtual/usb/usbfs_internal.h"

static const char hid_driver[] = "usbhid";

/* No use is made of splitting transfers: the kernel of today takes them whole. */
static const uint32_t capabilities = USBDEVFS_CAP_ZERO_PACKET | USBDEVFS_CAP_NO_PACKET_SIZE_LIM |
				     USBDEVFS_CAP_BULK_SCATTER_GATHER |
				     USBDEVFS_CAP_REAP_AFTER_DISCONNECT;

static bool held_by_other(const struct client *c, int interface)
{
	for (const struct client *o = c->node->clients; o; o = o->next)
		if (o != c && (o->claimed & 1u << interface))
			return true;
	return false;
}

static int claim(struct client *c, int interface)
{
	int rc;

	if (interface < 0 || interface >= VUSB_INTERFACES_MAX)
		return -EINVAL;
	if (c->claimed & 1u << interface)
		return 0;
	if (held_by_other(c, interface) || (c->node->kernel_driver & 1u << interface))
		return -EBUSY;
	rc = vusb_claim(c->node->device, interface);
	if (!rc)
		c->claimed |= 1u << interface;
	return rc;
}

int client_may_use(struct client *c, int interface)
{
	return claim(c, interface);
}

static int release(struct client *c, int interface)
{
	if (interface < 0 || interface >= VUSB_INTERFACES_MAX || !(c->claimed & 1u << interface))
		return -EINVAL;
	c->claimed &= ~(1u << interface);
	return 0;
}

static bool has_kernel_driver(const struct client *c, unsigned int interface)
{
	return interface < VUSB_INTERFACES_MAX && (c->node->kernel_driver & 1u << interface);
}

static int get_driver(struct client *c, struct usbdevfs_getdriver *g)
{
	if (g->interface >= VUSB_INTERFACES_MAX)
		return -EINVAL;
	if (has_kernel_driver(c, g->interface))
		strcpy(g->driver, hid_driver);
	else if (c->claimed & 1u << g->interface || held_by_other(c, (int)g->interface))
		strcpy(g->driver, "usbfs");
	else
		return -ENODATA;
	return 0;
}

static int disconnect_and_claim(struct client *c, const struct usbdevfs_disconnect_claim *d)
{
	if (d->interface >= VUSB_INTERFACES_MAX)
		return -EINVAL;
	if (has_kernel_driver(c, d->interface)) {
		bool same = !strncmp(d->driver, hid_driver, sizeof(d->driver));

		if (((d->flags & USBDEVFS_DISCONNECT_CLAIM_IF_DRIVER) && !same) ||
		    ((d->flags & USBDEVFS_DISCONNECT_CLAIM_EXCEPT_DRIVER) && same))
			return -EBUSY;
		c->node->kernel_driver &= ~(1u << d->interface);
	}
	return claim(c, (int)d->interface);
}

static int driver_ioctl(struct client *c, const struct usbdevfs_ioctl *i)
{
	const struct vusb_description *desc = vusb_description(c->node->device);

	if (i->ifno < 0 || i->ifno >= desc->interface_count)
		return -EINVAL;
	if (i->ioctl_code == USBDEVFS_DISCONNECT) {
		if (!has_kernel_driver(c, (unsigned int)i->ifno))
			return -ENODATA;
		c->node->kernel_driver &= ~(1u << i->ifno);
		return 0;
	}
	if (i->ioctl_code != (int)USBDEVFS_CONNECT)
		return -ENOTTY;
	if (has_kernel_driver(c, (unsigned int)i->ifno) || (c->claimed & 1u << i->ifno) ||
	    held_by_other(c, i->ifno))
		return -EBUSY;
	if (desc->interfaces[i->ifno].class != 3)
		return 0;
	c->node->kernel_driver |= 1u << i->ifno;
	return 1;
}

/* A request the kernel makes on the program's behalf and waits for. */
static int control(struct client *c, const struct vusb_setup *s, uint8_t *data)
{
	struct vusb *d = c->node->device;
	struct vusb_completion done;
	uint64_t id = ++c->node->bus->last_id;
	int rc = -ETIMEDOUT;

	vusb_submit(d, id, 0, s, data, s->length, clock_now_ms());
	while (vusb_reap(d, &done)) {
		if (done.id != id) {
			urb_complete(c->node, &done);
			continue;
		}
		rc = done.status == VUSB_OK ? (int)done.bytes : -EPIPE;
		if (rc > 0 && done.data)
			memcpy(data, done.data, done.bytes);
		free(done.data);
	}
	return rc;
}

static int clear_halt(struct client *c, unsigned int endpoint)
{
	const struct vusb_setup s = { 0x02, 1, 0, (uint16_t)endpoint, 0 };

	if (!vusb_endpoint(c->node->device, (uint8_t)endpoint, NULL))
		return -ENOENT;
	return control(c, &s, NULL);
}

static int set_configuration(struct client *c, unsigned int value)
{
	const struct vusb_setup s = { 0x00, 9, (uint16_t)value, 0, 0 };

	for (const struct client *o = c->node->clients; o; o = o->next)
		if (o->claimed)
			return -EBUSY;
	return control(c, &s, NULL) < 0 ? -EINVAL : 0;
}

static int set_interface(struct client *c, const struct usbdevfs_setinterface *i)
{
	const struct vusb_setup s = { 0x01, 11, (uint16_t)i->altsetting, (uint16_t)i->interface,
				      0 };
	int rc = client_may_use(c, (int)i->interface);

	return rc ? rc : control(c, &s, NULL) < 0 ? -EINVAL : 0;
}

static int control_transfer(struct client *c, UMockdevIoctlData *arg)
{
	const struct usbdevfs_ctrltransfer *t = (const void *)arg->data;
	const struct vusb_setup s = { t->bRequestType, t->bRequest, t->wValue, t->wIndex,
				      t->wLength };
	UMockdevIoctlData *buffer = NULL;
	int rc;

	if (s.length)
		buffer = umockdev_ioctl_data_resolve(
			arg, offsetof(struct usbdevfs_ctrltransfer, data), s.length, NULL);
	rc = control(c, &s, buffer ? buffer->data : NULL);
	g_clear_object(&buffer);
	return rc;
}

/* Bytes of the argument each request has; 0: it is a number, or none. */
static const struct {
	unsigned long request;
	size_t bytes;
} arguments[] = {
	{ USBDEVFS_GET_CAPABILITIES, sizeof(uint32_t) },
	{ USBDEVFS_CLAIMINTERFACE, sizeof(unsigned int) },
	{ USBDEVFS_RELEASEINTERFACE, sizeof(unsigned int) },
	{ USBDEVFS_CLEAR_HALT, sizeof(unsigned int) },
	{ USBDEVFS_RESETEP, sizeof(unsigned int) },
	{ USBDEVFS_SETCONFIGURATION, sizeof(unsigned int) },
	{ USBDEVFS_SETINTERFACE, sizeof(struct usbdevfs_setinterface) },
	{ USBDEVFS_GETDRIVER, sizeof(struct usbdevfs_getdriver) },
	{ USBDEVFS_IOCTL, sizeof(struct usbdevfs_ioctl) },
	{ USBDEVFS_DISCONNECT_CLAIM, sizeof(struct usbdevfs_disconnect_claim) },
	{ USBDEVFS_CONTROL, sizeof(struct usbdevfs_ctrltransfer) },
};

static int obey(struct client *c, unsigned long request, UMockdevIoctlData *a)
{
	unsigned int number = 0;

	if (a && a->data_len >= (gint)sizeof(number))
		memcpy(&number, a->data, sizeof(number));
	switch (request) {
	case USBDEVFS_GET_CAPABILITIES:
		memcpy(a->data, &capabilities, sizeof(capabilities));
		return 0;
	case USBDEVFS_CLAIMINTERFACE:
		return claim(c, (int)number);
	case USBDEVFS_RELEASEINTERFACE:
		return release(c, (int)number);
	case USBDEVFS_CLEAR_HALT:
		return clear_halt(c, number);
	case USBDEVFS_RESETEP:
		return 0;
	case USBDEVFS_SETCONFIGURATION:
		return set_configuration(c, number);
	case USBDEVFS_SETINTERFACE:
		return set_interface(c, (const void *)a->data);
	case USBDEVFS_GETDRIVER:
		return get_driver(c, (void *)a->data);
	case USBDEVFS_IOCTL:
		return driver_ioctl(c, (const void *)a->data);
	case USBDEVFS_DISCONNECT_CLAIM:
		return disconnect_and_claim(c, (const void *)a->data);
	case USBDEVFS_CONTROL:
		return control_transfer(c, a);
	case USBDEVFS_RESET:
		vusb_reset(c->node->device);
		return 0;
	default:
		return -ENOTTY;
	}
}

static void answer(struct client *c, int rc)
{
	umockdev_ioctl_client_complete(c->mock, rc < 0 ? -1 : rc, rc < 0 ? -rc : 0);
}

/* --- reaping ---------------------------------------------------------------------------------- */

static void end_reap(struct client *c, bool reaped, int rc)
{
	c->reaping = false;
	c->reaped = reaped;
	answer(c, rc);
	g_object_unref(c->mock);
}

/* Answers a REAP that waits. @give_up: it has waited long enough. */
static void try_reap(struct client *c, bool give_up)
{
	if (!c->reaping)
		return;
	if (urb_reap(c, umockdev_ioctl_client_get_arg(c->mock)))
		end_reap(c, true, 0);
	else if (c->node->gone || give_up)
		end_reap(c, false, c->node->gone ? -ENODEV : -EAGAIN);
}

static struct client *client_of(struct node *n, const UMockdevIoctlClient *mock)
{
	struct client *c = n->clients;

	while (c && c->mock != mock)
		c = c->next;
	return c;
}

static void call_later(struct usbfs *u, unsigned int ms, GSourceFunc what, gpointer p)
{
	GSource *timer = g_timeout_source_new(ms);

	g_source_set_callback(timer, what, p, g_free);
	g_source_attach(timer, u->context);
	g_source_unref(timer);
}

struct reap_end {
	struct node *node;
	UMockdevIoctlClient *mock;
};

static gboolean on_reap_end(gpointer p)
{
	struct reap_end *e = p;
	struct client *c;

	usbfs_lock(e->node->bus);
	c = client_of(e->node, e->mock);
	if (c)
		try_reap(c, true);
	usbfs_unlock(e->node->bus);
	return G_SOURCE_REMOVE;
}

/*
 * A mocked node is always "ready", so a program that waits for transfers comes asking without a
 * pause. Asked in vain twice in a row, it is kept waiting for a moment, or until something is done.
 */
static void start_reap(struct client *c)
{
	struct reap_end *e;
	bool again = !c->reaped;

	c->reaping = true;
	g_object_ref(c->mock); /* umockdev forgets a client whose request is not answered at once */
	try_reap(c, !again);
	if (!c->reaping)
		return;
	e = g_new(struct reap_end, 1);
	*e = (struct reap_end){ c->node, c->mock };
	call_later(c->node->bus, EMPTY_REAP_MS, on_reap_end, e);
}

static gboolean on_done(gpointer p)
{
	struct usbfs *u = p;

	usbfs_lock(u);
	for (int i = 0; i <= DEVNUM_MAX; i++)
		for (struct client *c = u->nodes[i] ? u->nodes[i]->clients : NULL; c; c = c->next)
			try_reap(c, false);
	usbfs_unlock(u);
	return G_SOURCE_REMOVE;
}

void usbfs_collect(struct node *n)
{
	struct vusb_completion done;
	bool any = n->gone;

	while (vusb_reap(n->device, &done)) {
		urb_complete(n, &done);
		any = true;
	}
	if (any && n->bus->context)
		g_main_context_invoke_full(n->bus->context, G_PRIORITY_HIGH, on_done, n->bus, NULL);
}

/* --- the handler ------------------------------------------------------------------------------ */

static int on_request(struct client *c, unsigned long request, UMockdevIoctlData *arg)
{
	UMockdevIoctlData *a = NULL;
	unsigned long address;
	int rc;

	if (c->node->gone)
		return -ENODEV;
	if (request == USBDEVFS_SUBMITURB)
		return urb_submit(c, arg);
	if (request == USBDEVFS_DISCARDURB) {
		memcpy(&address, arg->data, sizeof(address));
		return urb_discard(c, address);
	}
	for (size_t i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++)
		if (arguments[i].request == request) {
			a = umockdev_ioctl_data_resolve(arg, 0, arguments[i].bytes, NULL);
			if (!a)
				return -EFAULT;
		}
	rc = obey(c, request, a);
	g_clear_object(&a);
	return rc;
}

struct second_try {
	struct node *node;
	UMockdevIoctlClient *mock;
};

static gboolean on_second_try(gpointer p)
{
	struct second_try *t = p;
	unsigned long request = umockdev_ioctl_client_get_request(t->mock);
	struct client *c;

	usbfs_lock(t->node->bus);
	c = client_of(t->node, t->mock);
	if (c)
		answer(c, on_request(c, request, umockdev_ioctl_client_get_arg(t->mock)));
	else
		umockdev_ioctl_client_complete(t->mock, -1, ENODEV);
	g_object_unref(t->mock);
	usbfs_unlock(t->node->bus);
	return G_SOURCE_REMOVE;
}

/* A file another program just closed is known to be closed a moment later only. */
static void try_again_soon(struct client *c)
{
	struct second_try *t = g_new(struct second_try, 1);

	*t = (struct second_try){ c->node, g_object_ref(c->mock) };
	call_later(c->node->bus, SECOND_TRY_MS, on_second_try, t);
}

static void do_request(struct client *c, unsigned long request)
{
	int rc = on_request(c, request, umockdev_ioctl_client_get_arg(c->mock));

	if (rc == -EBUSY)
		try_again_soon(c);
	else
		answer(c, rc);
}

static gboolean on_ioctl(UMockdevIoctlBase *base, UMockdevIoctlClient *mock, gpointer p)
{
	struct node *n = p;
	unsigned long request = umockdev_ioctl_client_get_request(mock);
	struct client *c;
	uint64_t one = 1;

	(void)base;
	usbfs_lock(n->bus);
	if (!n->bus->context)
		n->bus->context = g_main_context_ref_thread_default();
	c = client_of(n, mock);
	if (!c) {
		umockdev_ioctl_client_complete(mock, -1, ENODEV);
	} else if (request == USBDEVFS_REAPURB || request == USBDEVFS_REAPURBNDELAY) {
		start_reap(c);
	} else {
		do_request(c, request);
		if (!n->gone) {
			vusb_tick(n->device, clock_now_ms());
			usbfs_collect(n);
		}
		(void)!write(n->bus->wake, &one, sizeof(one));
	}
	usbfs_unlock(n->bus);
	return TRUE;
}

static void client_free(struct client *c)
{
	if (!c->node->gone)
		for (struct urb *u = c->urbs; u; u = u->next)
			vusb_cancel(c->node->device, u->id);
	urb_free_all(c);
	if (c->reaping)
		g_object_unref(c->mock);
	free(c);
}

/* The program closed its file, or ended. umockdev's own signal for this is never sent. */
static void on_vanished(gpointer p, GObject *mock)
{
	struct node *n = p;

	usbfs_lock(n->bus);
	for (struct client **at = &n->clients, *c; (c = *at); at = &c->next)
		if ((GObject *)c->mock == mock) {
			*at = c->next;
			client_free(c);
			break;
		}
	usbfs_unlock(n->bus);
}

static void on_connected(UMockdevIoctlBase *base, UMockdevIoctlClient *mock, gpointer p)
{
	struct node *n = p;
	struct client *c = calloc(1, sizeof(*c));

	(void)base;
	if (!c)
		return;
	usbfs_lock(n->bus);
	*c = (struct client){ .next = n->clients, .mock = mock, .node = n, .reaped = true };
	n->clients = c;
	g_object_weak_ref(G_OBJECT(mock), on_vanished, n);
	vusb_note_open(n->device);
	usbfs_unlock(n->bus);
}

void usbfs_forget_clients(struct node *n)
{
	while (n->clients) {
		struct client *c = n->clients;

		n->clients = c->next;
		g_object_weak_unref(G_OBJECT(c->mock), on_vanished, n);
		client_free(c);
	}
}

void usbfs_serve(struct node *n)
{
	n->handler = umockdev_ioctl_base_new();
	g_signal_connect(n->handler, "client-connected", G_CALLBACK(on_connected), n);
	g_signal_connect(n->handler, "handle-ioctl", G_CALLBACK(on_ioctl), n);
}
