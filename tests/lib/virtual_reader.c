#include "tests/lib/virtual_reader.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"

const char *beside_tests(const char *program)
{
	static char path[512];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 64);
	char *slash;

	path[n > 0 ? n : 0] = '\0';
	for (int up = 0; up < 2 && (slash = strrchr(path, '/')); up++)
		*slash = '\0';
	strcat(path, "/");
	return strcat(path, program);
}

static bool wait_ready(int fd)
{
	SCOPED_FILE FILE *f = fdopen(fd, "r");
	char line[256];

	return f && fgets(line, sizeof(line), f) && !strncmp(line, "READY ", 6);
}

static int connect_to(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	SCOPED_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		return -1;
	return steal_fd(&fd);
}

bool virtual_reader_start(struct virtual_reader *v)
{
	char socket_path[96];
	int out[2];

	memset(v, 0, sizeof(*v));
	v->control = -1;
	strcpy(v->dir, "/tmp/tapshot-reader-XXXXXX");
	if (!mkdtemp(v->dir) || pipe2(out, O_CLOEXEC) < 0)
		return false;
	snprintf(v->tty, sizeof(v->tty), "%s/tty", v->dir);
	snprintf(v->port, sizeof(v->port), "serial:%s", v->tty);
	snprintf(socket_path, sizeof(socket_path), "%s/control", v->dir);
	v->pid = fork();
	if (!v->pid) {
		dup2(out[1], 1);
		execl(beside_tests("vreader"), "vreader", "--link", v->tty, "--control",
		      socket_path, (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	if (!wait_ready(out[0]))
		return false;
	v->control = connect_to(socket_path);
	return v->control >= 0;
}

bool virtual_reader_say(struct virtual_reader *v, const char *fmt, ...)
{
	char line[1024];
	size_t used = 0;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	line[n++] = '\n';
	if (send(v->control, line, (size_t)n, MSG_NOSIGNAL) != n)
		return false;
	do {
		ssize_t got = read(v->control, v->reply + used, sizeof(v->reply) - 1 - used);

		if (got <= 0)
			return false;
		used += (size_t)got;
		v->reply[used] = '\0';
	} while (!strchr(v->reply, '\n'));
	*strchr(v->reply, '\n') = '\0';
	return !strncmp(v->reply, "ok", 2);
}

int virtual_reader_count(struct virtual_reader *v, const char *name)
{
	char key[32];
	const char *p;

	if (!virtual_reader_say(v, "stat"))
		return -1;
	snprintf(key, sizeof(key), " %s=", name);
	p = strstr(v->reply, key);
	return p ? atoi(p + strlen(key)) : -1;
}

void virtual_reader_stop(struct virtual_reader *v)
{
	if (v->control >= 0)
		close(v->control);
	if (v->pid > 0) {
		kill(v->pid, SIGTERM);
		waitpid(v->pid, NULL, 0);
	}
	unlink(v->tty);
	if (v->dir[0])
		rmdir(v->dir);
	memset(v, 0, sizeof(*v));
	v->control = -1;
}
