#include "tools/virtual/usb/usbfs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "firmware/base/clock.h"
#include "tools/virtual/usb/usbfs_internal.h"

struct usbfs *usbfs_new(void)
{
	struct usbfs *u = calloc(1, sizeof(*u));
	pthread_mutexattr_t a;

	if (!u)
		return NULL;
	pthread_mutexattr_init(&a);
	pthread_mutexattr_settype(&a, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&u->lock, &a);
	u->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	u->testbed = umockdev_testbed_new();
	u->root = umockdev_testbed_get_root_dir(u->testbed);
	u->last_devnum = 1;
	tree_add_hub(u, "usb1", 1);
	return u;
}

static void node_retire(struct node *n)
{
	if (!n)
		return;
	umockdev_testbed_detach_ioctl(n->bus->testbed, n->path, NULL);
	usbfs_lock(n->bus);
	g_signal_handlers_disconnect_by_data(n->handler, n);
	n->gone = true;
	usbfs_forget_clients(n);
	usbfs_unlock(n->bus);
	g_object_unref(n->handler);
	n->next_dead = n->bus->dead;
	n->bus->dead = n;
}

void usbfs_free(struct usbfs *u)
{
	if (!u)
		return;
	for (int i = 0; i <= DEVNUM_MAX; i++)
		node_retire(u->nodes[i]);
	g_clear_object(&u->testbed);
	while (u->dead) {
		struct node *n = u->dead;

		u->dead = n->next_dead;
		free(n);
	}
	if (u->context)
		g_main_context_unref(u->context);
	g_free(u->root);
	close(u->wake);
	free(u);
}

const char *usbfs_root(const struct usbfs *u)
{
	return u->root;
}

void usbfs_lock(struct usbfs *u)
{
	pthread_mutex_lock(&u->lock);
}

void usbfs_unlock(struct usbfs *u)
{
	pthread_mutex_unlock(&u->lock);
}

/* A number the bus is not using; one of a device long gone is used again. */
static int next_devnum(struct usbfs *u)
{
	for (;;) {
		u->last_devnum = u->last_devnum % DEVNUM_MAX + 1;
		if (u->last_devnum <= 1 + u->hub_count)
			continue;
		if (u->nodes[u->last_devnum] && !u->nodes[u->last_devnum]->gone)
			continue;
		node_retire(u->nodes[u->last_devnum]);
		u->nodes[u->last_devnum] = NULL;
		return u->last_devnum;
	}
}

static bool is_port(const char *port)
{
	return !strncmp(port, "1-", 2) && port[2] >= '1' && port[2] <= '9' &&
	       strspn(port + 2, "0123456789.") == strlen(port + 2) && strlen(port) < 32 &&
	       port[strlen(port) - 1] != '.' && !strstr(port, "..");
}

static void need_hub(struct usbfs *u, const char *port)
{
	for (int i = 0; i < u->hub_count; i++)
		if (!strcmp(u->hubs[i], port))
			return;
	if (u->hub_count == HUBS_MAX)
		return;
	strcpy(u->hubs[u->hub_count++], port);
	tree_add_hub(u, port, 1 + u->hub_count);
}

static void need_hubs(struct usbfs *u, const char *port)
{
	char upto[32];

	for (const char *dot = strchr(port, '.'); dot; dot = strchr(dot + 1, '.')) {
		snprintf(upto, sizeof(upto), "%.*s", (int)(dot - port), port);
		need_hub(u, upto);
	}
}

static bool port_taken(const struct usbfs *u, const struct slot *by, const char *port)
{
	for (int i = 0; i < u->slot_count; i++)
		if (&u->slots[i] != by && !strcmp(u->slots[i].port, port))
			return true;
	return false;
}

int usbfs_add(struct usbfs *u, struct vusb *d, const char *port)
{
	struct slot *s = &u->slots[u->slot_count];

	if (u->slot_count == SLOTS_MAX)
		return -ENOMEM;
	if (!is_port(port))
		return -EINVAL;
	if (port_taken(u, s, port))
		return -EBUSY;
	s->device = d;
	strcpy(s->port, port);
	u->slot_count++;
	need_hubs(u, port); /* before any device takes their numbers */
	return 0;
}

static void appear(struct usbfs *u, struct slot *s)
{
	struct node *n = calloc(1, sizeof(*n));
	const char *wish = vusb_port(s->device);
	int devnum;

	if (!n)
		return;
	if (is_port(wish) && !port_taken(u, s, wish))
		strcpy(s->port, wish);
	devnum = next_devnum(u);
	n->bus = u;
	n->slot = s;
	n->device = s->device;
	snprintf(n->path, sizeof(n->path), "/dev/bus/usb/001/%03d", devnum);
	tree_sys_path(s->port, n->sys, sizeof(n->sys));
	usbfs_serve(n);
	usbfs_lock(u);
	u->nodes[devnum] = n;
	s->node = n;
	usbfs_unlock(u);
	umockdev_testbed_attach_ioctl(u->testbed, n->path, n->handler, NULL);
	tree_add_device(n, s->port, devnum);
}

/* Programs keep their open files: each request gets ENODEV from now on. */
static void disappear(struct usbfs *u, struct slot *s)
{
	struct node *n = s->node;

	usbfs_lock(u);
	n->gone = true;
	usbfs_collect(n);
	s->node = NULL;
	usbfs_unlock(u);
	tree_remove_device(n);
}

int64_t usbfs_turn(struct usbfs *u)
{
	int64_t due = -1;
	uint64_t count;

	(void)!read(u->wake, &count, sizeof(count));
	for (int i = 0; i < u->slot_count; i++) {
		struct slot *s = &u->slots[i];
		bool plugged;
		int64_t next;

		usbfs_lock(u);
		next = vusb_tick(s->device, clock_now_ms());
		plugged = vusb_plugged(s->device);
		if (s->node)
			usbfs_collect(s->node);
		usbfs_unlock(u);
		due = due < 0 || (next >= 0 && next < due) ? next : due;
		if (plugged && !s->node)
			appear(u, s);
		else if (!plugged && s->node)
			disappear(u, s);
	}
	return due;
}

int usbfs_wake_fd(const struct usbfs *u)
{
	return u->wake;
}
