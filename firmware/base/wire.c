#include "firmware/base/wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "firmware/base/clock.h"

int wire_pair(int ends[static 2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0 ? -errno : 0;
}

int wire_send(int sock, uint16_t type, uint32_t id, const void *body, size_t length, const int *fds,
	      int fd_count)
{
	struct wire_head head = {
		.magic = WIRE_MAGIC, .type = type, .id = id, .length = (uint32_t)length
	};
	struct iovec iov[2] = { { &head, sizeof(head) }, { (void *)(uintptr_t)body, length } };
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(WIRE_FDS_MAX * sizeof(int))] = { 0 };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = length ? 2 : 1 };
	ssize_t n;

	if (length > WIRE_BODY_MAX || fd_count < 0 || fd_count > WIRE_FDS_MAX)
		return -EMSGSIZE;
	if (fd_count > 0) {
		struct cmsghdr *c;
		size_t bytes = (size_t)fd_count * sizeof(int);

		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE(bytes);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(bytes);
		memcpy(CMSG_DATA(c), fds, bytes);
	}
	do
		n = sendmsg(sock, &msg, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	return 0;
}

static void take_descriptors(struct msghdr *msg, struct wire_msg *m)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t bytes = c->cmsg_len - CMSG_LEN(0);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		m->fd_count = (int)(bytes / sizeof(int));
		memcpy(m->fds, CMSG_DATA(c), bytes);
	}
}

int wire_wait_readable(int fd, int timeout_ms)
{
	int64_t until = clock_now_ms() + timeout_ms;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int left = timeout_ms;
	int n;

	while ((n = poll(&p, 1, left)) < 0 && errno == EINTR) {
		if (timeout_ms >= 0)
			left = until > clock_now_ms() ? (int)(until - clock_now_ms()) : 0;
	}
	return n > 0 ? 0 : n == 0 ? -EAGAIN : -errno;
}

int wire_recv(int sock, int timeout_ms, struct wire_msg *m)
{
	struct wire_head head;
	struct iovec iov[2] = { { &head, sizeof(head) }, { m->body, sizeof(m->body) } };
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(WIRE_FDS_MAX * sizeof(int))];
	struct msghdr msg = { .msg_iov = iov,
			      .msg_iovlen = 2,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	ssize_t n;
	int rc;

	m->fd_count = 0;
	m->fds[0] = m->fds[1] = -1;
	rc = wire_wait_readable(sock, timeout_ms);
	if (rc < 0)
		return rc;
	do
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return -EPIPE;
	if (n < 0)
		return -errno;
	take_descriptors(&msg, m);
	if ((size_t)n < sizeof(head) || head.magic != WIRE_MAGIC || head.reserved ||
	    (size_t)n != sizeof(head) + head.length || (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
		wire_close_fds(m);
		return -EPROTO;
	}
	m->type = head.type;
	m->id = head.id;
	m->length = head.length;
	return 0;
}

int wire_take_fd(struct wire_msg *m, int i)
{
	int fd;

	if (i < 0 || i >= m->fd_count)
		return -1;
	fd = m->fds[i];
	m->fds[i] = -1;
	return fd;
}

void wire_close_fds(struct wire_msg *m)
{
	for (int i = 0; i < m->fd_count; i++) {
		if (m->fds[i] >= 0)
			close(m->fds[i]);
		m->fds[i] = -1;
	}
	m->fd_count = 0;
}

const void *wire_body(const struct wire_msg *m, size_t size)
{
	return m->length == size ? m->body : NULL;
}
