#include "tools/virtual/usb/redir.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "tools/virtual/usb/redir_internal.h"

enum { AGAIN_MS = 100 };

static int on_read(void *priv, uint8_t *data, int count)
{
	struct redir *r = priv;
	ssize_t n = recv(r->fd, data, (size_t)count, MSG_DONTWAIT);

	if (n > 0)
		return (int)n;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	r->broken = true;
	return -1;
}

static int on_write(void *priv, uint8_t *data, int count)
{
	struct redir *r = priv;
	ssize_t n = send(r->fd, data, (size_t)count, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n >= 0)
		return (int)n;
	if (errno == EAGAIN || errno == EINTR)
		return 0;
	r->broken = true;
	return -1;
}

static void on_log(void *priv, int level, const char *message)
{
	(void)priv;
	if (level <= usbredirparser_warning)
		fprintf(stderr, "vusb: %s\n", message);
}

static struct usbredirparser *new_parser(struct redir *r)
{
	static const int caps[] = { usb_redir_cap_connect_device_version,
				    usb_redir_cap_ep_info_max_packet_size, usb_redir_cap_64bits_ids,
				    usb_redir_cap_32bits_bulk_length,
				    usb_redir_cap_device_disconnect_ack };
	uint32_t bits[USB_REDIR_CAPS_SIZE] = { 0 };
	struct usbredirparser *p = usbredirparser_create();

	if (!p)
		return NULL;
	p->priv = r;
	p->log_func = on_log;
	p->read_func = on_read;
	p->write_func = on_write;
	redir_wire(p);
	for (size_t i = 0; i < ARRAY_SIZE(caps); i++)
		usbredirparser_caps_set_cap(bits, caps[i]);
	usbredirparser_init(p, "vusb", bits, USB_REDIR_CAPS_SIZE, usbredirparser_fl_usb_host);
	return p;
}

static int connect_unix(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	SCOPED_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(a.sun_path, path);
	return fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0 ? steal_fd(&fd) : -1;
}

static int connect_tcp(const char *where)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	SCOPED_FD int fd = -1;
	char host[108];
	char *colon;
	int rc = -1;

	strcpy(host, where);
	colon = strrchr(host, ':');
	*colon = '\0';
	if (getaddrinfo(host, colon + 1, &hints, &list))
		return -1;
	fd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		rc = connect(fd, list->ai_addr, list->ai_addrlen);
	freeaddrinfo(list);
	return rc ? -1 : steal_fd(&fd);
}

static void hang_up(struct redir *r)
{
	close(r->fd);
	r->fd = -1;
	usbredirparser_destroy(r->parser);
	r->parser = NULL;
	r->greeted = r->broken = false;
	r->listening = 0;
	while (r->flights) {
		struct flight *f = r->flights;

		r->flights = f->next;
		vusb_cancel(r->d, f->id);
		free(f);
	}
	if (vusb_plugged(r->d))
		vusb_reset(r->d); /* the next guest finds it as it comes from the box */
	redir_hand_out(r);
}

static void follow_plug(struct redir *r, int64_t now_ms)
{
	if (r->fd >= 0 && (r->broken || !vusb_plugged(r->d)))
		hang_up(r);
	if (r->fd >= 0 || !vusb_plugged(r->d) || now_ms < r->again_ms)
		return;
	r->again_ms = now_ms + AGAIN_MS;
	r->fd = strchr(r->where, '/') ? connect_unix(r->where) : connect_tcp(r->where);
	r->parser = r->fd >= 0 ? new_parser(r) : NULL;
	if (r->fd >= 0 && !r->parser) {
		close(r->fd);
		r->fd = -1;
	}
}

int64_t redir_turn(struct redir *r)
{
	int64_t now = clock_now_ms(), due;

	follow_plug(r, now);
	if (r->fd < 0)
		return vusb_plugged(r->d) ? r->again_ms : -1;
	while (usbredirparser_do_read(r->parser) == usbredirparser_read_parse_error)
		r->broken = true;
	due = vusb_tick(r->d, now);
	redir_hand_out(r);
	if (usbredirparser_has_data_to_write(r->parser))
		usbredirparser_do_write(r->parser);
	return r->broken || !vusb_plugged(r->d) ? now : due;
}

struct pollfd redir_poll(const struct redir *r)
{
	short events = POLLIN;

	if (r->parser && usbredirparser_has_data_to_write(r->parser))
		events |= POLLOUT;
	return (struct pollfd){ r->fd, events, 0 };
}

struct redir *redir_new(struct vusb *d, const char *where)
{
	struct redir *r;

	if (strlen(where) >= sizeof(r->where) || (!strchr(where, '/') && !strchr(where, ':')))
		return NULL;
	r = calloc(1, sizeof(*r));
	if (!r)
		return NULL;
	r->d = d;
	r->fd = -1;
	strcpy(r->where, where);
	return r;
}

void redir_free(struct redir *r)
{
	if (!r)
		return;
	if (r->fd >= 0)
		hang_up(r);
	free(r);
}
