/* The camera on the network: PTP/IP on loopback, and a control socket. One thread, one poll. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "firmware/base/bytes.h"
#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "tools/virtual/camera/ptpip.h"

enum { PEERS_MAX = 8, CONTROLS_MAX = 8, IN_BYTES = PTPIP_PACKET_MAX };

struct peer { /* one TCP connection */
	int fd;
	bool is_command, is_event;
	uint8_t *in;
	size_t have;
	/* a transaction under way */
	bool awaiting_data, answering;
	struct vcam_request rq;
	uint8_t *data;
	size_t data_bytes;
	struct vcam_reply rp;
};

struct server {
	struct vcam *v;
	int listener, control;
	struct peer peers[PEERS_MAX];
	struct {
		int fd;
		char line[4096];
		size_t have;
	} controls[CONTROLS_MAX];
};

static volatile sig_atomic_t stopping;

static void on_signal(int sig)
{
	(void)sig;
	stopping = 1;
}

static void peer_close(struct server *s, struct peer *p)
{
	if (p->is_command)
		vcam_disconnected(s->v);
	close(p->fd);
	free(p->in);
	free(p->data);
	vcam_reply_free(&p->rp);
	memset(p, 0, sizeof(*p));
	p->fd = -1;
}

static int send_all(int fd, const void *data, size_t bytes)
{
	const char *p = data;

	while (bytes) {
		ssize_t n = send(fd, p, bytes, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -EPIPE;
		p += n;
		bytes -= (size_t)n;
	}
	return 0;
}

static int send_packet(int fd, uint32_t type, const void *payload, size_t bytes)
{
	uint8_t buf[256];
	size_t n = ptpip_frame(buf, sizeof(buf), type, payload, bytes);

	return n ? send_all(fd, buf, n) : -EMSGSIZE;
}

/* Data phase: start, chunks, end. Stops after rp->cut_after bytes when the link is to break. */
static int send_data(int fd, uint32_t transaction, const struct vcam_reply *rp)
{
	size_t limit = rp->cut ? rp->cut_after : rp->bytes;
	uint8_t head[PTPIP_HEAD_BYTES + 4], start[12];
	size_t sent = 0;

	put_le32(start, transaction);
	put_le64(start + 4, rp->bytes + (uint64_t)rp->claim);
	if (send_packet(fd, PTPIP_START_DATA, start, sizeof(start)))
		return -EPIPE;
	do {
		size_t n =
			rp->bytes - sent < PTPIP_CHUNK_BYTES ? rp->bytes - sent : PTPIP_CHUNK_BYTES;
		size_t now = n;

		if (sent + now > limit)
			now = limit - sent;
		put_le32(head, (uint32_t)(sizeof(head) + n));
		put_le32(head + 4, sent + n == rp->bytes ? PTPIP_END_DATA : PTPIP_DATA);
		put_le32(head + 8, transaction);
		if (send_all(fd, head, sizeof(head)) || send_all(fd, rp->data + sent, now) ||
		    now < n)
			return -EPIPE;
		sent += n;
	} while (sent < rp->bytes);
	return 0;
}

/* Instead of the rest. Return: -EPIPE to close. */
static int cut(struct server *s, struct peer *p)
{
	bool stall = p->rp.cut == VCAM_CUT_STALL;

	if (p->rp.cut == VCAM_CUT_UNPLUG)
		vcam_plug(s->v, false);
	vcam_reply_free(&p->rp);
	p->rp.due_ms = INT64_MAX;
	p->answering = stall;
	return stall ? 0 : -EPIPE;
}

/* The answer's time has come. */
static int finish(struct server *s, struct peer *p)
{
	uint8_t buf[64];
	size_t n;
	int rc = 0;

	p->answering = false;
	if (!p->rp.drop && p->rp.has_data)
		rc = send_data(p->fd, p->rq.transaction, &p->rp);
	if (p->rp.cut)
		return cut(s, p);
	if (!rc && !p->rp.drop) {
		n = ptpip_response(buf, sizeof(buf), p->rq.transaction, &p->rp);
		rc = send_all(p->fd, buf, n);
	}
	vcam_reply_free(&p->rp);
	return rc;
}

static void start_request(struct server *s, struct peer *p)
{
	p->awaiting_data = false;
	p->rq.data = p->data;
	p->rq.bytes = p->data_bytes;
	vcam_request(s->v, &p->rq, &p->rp);
	p->answering = true;
}

static int accept_data(struct server *s, struct peer *p, const struct ptpip_packet *k)
{
	uint8_t *grown;

	if (!p->awaiting_data || k->bytes < 4)
		return -EPROTO;
	if (k->type == PTPIP_START_DATA)
		return 0;
	if (p->data_bytes + k->bytes > PTPIP_PACKET_MAX)
		return -EPROTO;
	grown = realloc(p->data, p->data_bytes + k->bytes);
	if (!grown)
		return -ENOMEM;
	p->data = grown;
	memcpy(p->data + p->data_bytes, k->payload + 4, k->bytes - 4);
	p->data_bytes += k->bytes - 4;
	if (k->type == PTPIP_END_DATA)
		start_request(s, p);
	return 0;
}

static int init_command(struct server *s, struct peer *p)
{
	const char *model = vcam_identity(s->v)->model;
	uint8_t ack[4 + 16 + 2 * 40 + 4] = { 0 };
	size_t n = strlen(model) + 1;

	p->is_command = true;
	put_le32(ack, 1); /* connection number */
	memcpy(ack + 4, "tapshot-vcamera!", 16);
	for (size_t i = 0; i < n && i < 40; i++)
		ack[20 + 2 * i] = (uint8_t)model[i];
	put_le32(ack + 20 + 2 * n, 0x00010000);
	return send_packet(p->fd, PTPIP_INIT_COMMAND_ACK, ack, 24 + 2 * n);
}

static int on_packet(struct server *s, struct peer *p, const struct ptpip_packet *k)
{
	uint32_t phase;

	switch (k->type) {
	case PTPIP_INIT_COMMAND:
		return init_command(s, p);
	case PTPIP_INIT_EVENT:
		p->is_event = true;
		return send_packet(p->fd, PTPIP_INIT_EVENT_ACK, NULL, 0);
	case PTPIP_PROBE:
		return send_packet(p->fd, PTPIP_PROBE_ANSWER, NULL, 0);
	case PTPIP_PROBE_ANSWER:
	case PTPIP_CANCEL:
		return 0;
	case PTPIP_START_DATA:
	case PTPIP_DATA:
	case PTPIP_END_DATA:
		return accept_data(s, p, k);
	case PTPIP_REQUEST:
		if (!p->is_command || ptpip_request(k, &p->rq, &phase))
			return -EPROTO;
		free(p->data);
		p->data = NULL;
		p->data_bytes = 0;
		p->awaiting_data = phase == 2;
		if (!p->awaiting_data)
			start_request(s, p);
		return 0;
	default:
		return -EPROTO;
	}
}

/* Packets wait in the buffer while an answer is due. */
static int digest(struct server *s, struct peer *p)
{
	struct ptpip_packet k;
	size_t used = 0;
	long n = 0;
	int rc = 0;

	while (!rc && !p->answering && (n = ptpip_parse(p->in + used, p->have - used, &k)) > 0) {
		used += (size_t)n;
		rc = on_packet(s, p, &k);
	}
	memmove(p->in, p->in + used, p->have - used);
	p->have -= used;
	return n < 0 ? (int)n : rc;
}

static int on_readable(struct server *s, struct peer *p)
{
	ssize_t n = recv(p->fd, p->in + p->have, IN_BYTES - p->have, 0);
	int one = 1;

	if (n <= 0)
		return -EPIPE;
	/* the initiator never sets TCP_NODELAY: without this each write waits 40 ms for our ack */
	setsockopt(p->fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof(one));
	p->have += (size_t)n;
	return digest(s, p);
}

static void on_connect(struct server *s)
{
	struct timeval limit = { .tv_sec = 10 };
	int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
	int one = 1;

	if (fd < 0)
		return;
	for (int i = 0; vcam_plugged(s->v) && i < PEERS_MAX; i++) {
		struct peer *p = &s->peers[i];

		if (p->fd >= 0)
			continue;
		p->in = malloc(IN_BYTES);
		if (!p->in)
			break;
		p->fd = fd;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof(one));
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
		return;
	}
	close(fd);
}

static void on_control(struct server *s, int i)
{
	char out[16384], *end;
	ssize_t n = read(s->controls[i].fd, s->controls[i].line + s->controls[i].have,
			 sizeof(s->controls[i].line) - 1 - s->controls[i].have);

	if (n <= 0) {
		close(s->controls[i].fd);
		s->controls[i].fd = -1;
		return;
	}
	s->controls[i].have += (size_t)n;
	s->controls[i].line[s->controls[i].have] = 0;
	while ((end = strchr(s->controls[i].line, '\n'))) {
		size_t used = (size_t)(end - s->controls[i].line) + 1;

		*end = 0;
		vcam_control(s->v, s->controls[i].line, out, sizeof(out) - 1);
		strcat(out, "\n");
		send_all(s->controls[i].fd, out, strlen(out));
		memmove(s->controls[i].line, s->controls[i].line + used,
			s->controls[i].have - used + 1);
		s->controls[i].have -= used;
	}
}

static void on_control_connect(struct server *s)
{
	int fd = accept4(s->control, NULL, NULL, SOCK_CLOEXEC);

	for (int i = 0; fd >= 0 && i < CONTROLS_MAX; i++)
		if (s->controls[i].fd < 0) {
			s->controls[i].fd = fd;
			s->controls[i].have = 0;
			return;
		}
	if (fd >= 0)
		close(fd);
}

static int listen_tcp(int *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons((uint16_t)*port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&a, n) || listen(fd, 8) ||
	    getsockname(fd, (struct sockaddr *)&a, &n)) {
		int rc = -errno;

		close(fd);
		return rc;
	}
	*port = ntohs(a.sin_port);
	return fd;
}

static int listen_control(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd;

	if (!path)
		return -1;
	if (strlen(path) >= sizeof(a.sun_path))
		return -ENAMETOOLONG;
	strcpy(a.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) || chmod(path, 0600) ||
	    listen(fd, 8)) {
		int rc = -errno;

		if (fd >= 0)
			close(fd);
		return rc;
	}
	return fd;
}

/* Until the next answer is due, in ms; -1 none. */
static int next_due(const struct server *s)
{
	int64_t now = clock_now_ms(), best = vcam_event_due(s->v);

	if (best < 0)
		best = INT64_MAX;
	for (int i = 0; i < PEERS_MAX; i++)
		if (s->peers[i].fd >= 0 && s->peers[i].answering &&
		    vcam_due(s->v, &s->peers[i].rp) < best)
			best = vcam_due(s->v, &s->peers[i].rp);
	if (best == INT64_MAX)
		return -1;
	return best > now ? (int)(best - now) : 0;
}

static void answer_due(struct server *s)
{
	for (int i = 0; i < PEERS_MAX; i++) {
		struct peer *p = &s->peers[i];

		if (p->fd < 0)
			continue;
		if (!vcam_plugged(s->v))
			peer_close(s, p);
		else if (p->answering && vcam_due(s->v, &p->rp) <= clock_now_ms() &&
			 (finish(s, p) || digest(s, p)))
			peer_close(s, p);
	}
}

/* To the connection for events; lost when there is none. */
static void push_events(struct server *s)
{
	struct vcam_event e;

	while (vcam_event(s->v, clock_now_ms(), &e)) {
		uint8_t payload[6 + 4 * ARRAY_SIZE(e.param)];

		put_le16(payload, e.code);
		put_le32(payload + 2, 0);
		for (int i = 0; i < e.count; i++)
			put_le32(payload + 6 + 4 * i, e.param[i]);
		for (int i = 0; i < PEERS_MAX; i++)
			if (s->peers[i].fd >= 0 && s->peers[i].is_event &&
			    send_packet(s->peers[i].fd, PTPIP_EVENT, payload,
					6 + 4 * (size_t)e.count))
				peer_close(s, &s->peers[i]);
	}
}

static int turn(struct server *s, const sigset_t *unblocked)
{
	int wait_ms = next_due(s);
	struct timespec wait = { .tv_sec = wait_ms / 1000, .tv_nsec = wait_ms % 1000 * 1000000L };
	struct pollfd f[2 + PEERS_MAX + CONTROLS_MAX] = { { s->listener, POLLIN, 0 },
							  { s->control, POLLIN, 0 } };

	for (int i = 0; i < PEERS_MAX; i++)
		f[2 + i] = (struct pollfd){ s->peers[i].fd, POLLIN, 0 };
	for (int i = 0; i < CONTROLS_MAX; i++)
		f[2 + PEERS_MAX + i] = (struct pollfd){ s->controls[i].fd, POLLIN, 0 };
	if (ppoll(f, ARRAY_SIZE(f), wait_ms < 0 ? NULL : &wait, unblocked) < 0)
		return errno == EINTR ? 0 : -errno;
	if (f[0].revents)
		on_connect(s);
	if (f[1].revents)
		on_control_connect(s);
	for (int i = 0; i < CONTROLS_MAX; i++)
		if (f[2 + PEERS_MAX + i].revents)
			on_control(s, i);
	for (int i = 0; i < PEERS_MAX; i++)
		if (f[2 + i].revents && s->peers[i].fd == f[2 + i].fd &&
		    on_readable(s, &s->peers[i]) < 0)
			peer_close(s, &s->peers[i]);
	push_events(s);
	answer_due(s);
	return 0;
}

/* They come only inside ppoll(): one between a look at `stopping` and the wait would be slept over,
 * and who waits for this process to end waits for ever. */
static void catch_signals(sigset_t *unblocked)
{
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigprocmask(SIG_BLOCK, &blocked, unblocked);
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	signal(SIGPIPE, SIG_IGN);
}

int ptpip_serve(struct vcam *v, int port, const char *control, int ready_fd)
{
	struct server s = { .v = v };
	sigset_t unblocked;
	int rc = 0;

	for (int i = 0; i < PEERS_MAX; i++)
		s.peers[i].fd = -1;
	for (int i = 0; i < CONTROLS_MAX; i++)
		s.controls[i].fd = -1;
	catch_signals(&unblocked);
	s.listener = listen_tcp(&port);
	if (s.listener < 0)
		return s.listener;
	s.control = listen_control(control);
	if (control && s.control < 0)
		return s.control;
	dprintf(ready_fd, "READY port=%d\n", port);
	while (!stopping && !rc)
		rc = turn(&s, &unblocked);
	for (int i = 0; i < PEERS_MAX; i++)
		if (s.peers[i].fd >= 0)
			peer_close(&s, &s.peers[i]);
	for (int i = 0; i < CONTROLS_MAX; i++)
		cleanup_fd(&s.controls[i].fd);
	close(s.listener);
	cleanup_fd(&s.control);
	if (control)
		unlink(control);
	return rc;
}
