#include "tools/virtual/usb/lines.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"

enum { ANSWER_MAX = 16384 };

int lines_open(struct lines *l, const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	SCOPED_FD int fd = -1;

	for (int i = 0; i < LINES_CLIENTS_MAX; i++)
		l->clients[i].fd = -1;
	l->listener = -1;
	if (strlen(path) >= sizeof(a.sun_path))
		return -ENAMETOOLONG;
	strcpy(a.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || chmod(path, 0600) < 0 ||
	    listen(fd, LINES_CLIENTS_MAX) < 0)
		return -errno;
	strcpy(l->path, path);
	l->listener = steal_fd(&fd);
	return 0;
}

static void hang_up(struct lines *l, int client)
{
	if (l->clients[client].fd >= 0)
		close(l->clients[client].fd);
	l->clients[client].fd = -1;
	l->clients[client].used = 0;
}

void lines_close(struct lines *l)
{
	if (l->listener < 0)
		return;
	for (int i = 0; i < LINES_CLIENTS_MAX; i++)
		hang_up(l, i);
	close(l->listener);
	l->listener = -1;
	unlink(l->path);
}

void lines_say(struct lines *l, int client, const char *answer)
{
	int fd = l->clients[client].fd;
	size_t n = strlen(answer);

	if (fd >= 0 && (send(fd, answer, n, MSG_NOSIGNAL | MSG_MORE) != (ssize_t)n ||
			send(fd, "\n", 1, MSG_NOSIGNAL) != 1))
		hang_up(l, client);
}

static void hear(struct lines *l, int client)
{
	char *line = l->clients[client].line, *end, answer[ANSWER_MAX];
	size_t *used = &l->clients[client].used;
	ssize_t n = read(l->clients[client].fd, line + *used, LINES_LINE_MAX - 1 - *used);

	if (n <= 0) {
		hang_up(l, client);
		return;
	}
	*used += (size_t)n;
	line[*used] = '\0';
	while (l->clients[client].fd >= 0 && (end = strchr(line, '\n'))) {
		*end = '\0';
		if (l->obey(l->ctx, client, line, answer, sizeof(answer)))
			lines_say(l, client, answer);
		*used -= (size_t)(end + 1 - line);
		memmove(line, end + 1, *used + 1);
	}
	if (*used == LINES_LINE_MAX - 1)
		hang_up(l, client);
}

static void greet(struct lines *l)
{
	int fd = accept4(l->listener, NULL, NULL, SOCK_CLOEXEC);

	for (int i = 0; fd >= 0 && i < LINES_CLIENTS_MAX; i++)
		if (l->clients[i].fd < 0) {
			l->clients[i].fd = fd;
			return;
		}
	if (fd >= 0)
		close(fd);
}

void lines_poll(const struct lines *l, struct pollfd *out)
{
	out[0] = (struct pollfd){ l->listener, POLLIN, 0 };
	for (int i = 0; i < LINES_CLIENTS_MAX; i++)
		out[1 + i] = (struct pollfd){ l->listener < 0 ? -1 : l->clients[i].fd, POLLIN, 0 };
}

void lines_serve(struct lines *l, const struct pollfd *fds)
{
	for (int i = 0; i < LINES_CLIENTS_MAX; i++)
		if (fds[1 + i].revents && l->clients[i].fd == fds[1 + i].fd)
			hear(l, i);
	if (fds[0].revents)
		greet(l);
}
