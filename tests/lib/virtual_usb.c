#include "tests/lib/virtual_usb.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "tests/lib/virtual_reader.h"

enum { READY_MS = 20000 };

/* "READY bus=DIR" */
static bool wait_ready(struct virtual_usb *v, int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };
	SCOPED_FILE FILE *f = fdopen(fd, "r");
	char line[256];

	return f && poll(&p, 1, READY_MS) == 1 && fgets(line, sizeof(line), f) &&
	       sscanf(line, "READY bus=%127s", v->bus) == 1;
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

static void run(struct virtual_usb *v, const char *const *devices, int out)
{
	const char *args[2 * VIRTUAL_USB_MAX + 2] = { "vusb" };
	static char words[VIRTUAL_USB_MAX][256];
	int n = 1;

	for (int i = 0; i < v->count; i++) {
		snprintf(words[i], sizeof(words[i]), "%s,control=%s/%d", devices[i], v->dir, i);
		args[n++] = "--device";
		args[n++] = words[i];
	}
	prctl(PR_SET_PDEATHSIG, SIGTERM); /* a test that fails stops nothing */
	dup2(out, 1);
	execv(beside_tests("vusb"), (char *const *)args);
	_exit(127);
}

bool virtual_usb_start(struct virtual_usb *v, const char *const *devices)
{
	char path[96];
	int out[2];

	memset(v, 0, sizeof(*v));
	strcpy(v->dir, "/tmp/tapshot-usb-XXXXXX");
	while (v->count < VIRTUAL_USB_MAX && devices[v->count])
		v->controls[v->count++] = -1;
	if (!mkdtemp(v->dir) || pipe2(out, O_CLOEXEC) < 0)
		return false;
	v->pid = fork();
	if (!v->pid)
		run(v, devices, out[1]);
	close(out[1]);
	if (!wait_ready(v, out[0]))
		return false;
	for (int i = 0; i < v->count; i++) {
		snprintf(path, sizeof(path), "%s/%d", v->dir, i);
		v->controls[i] = connect_to(path);
		if (v->controls[i] < 0)
			return false;
	}
	return true;
}

bool virtual_usb_say(struct virtual_usb *v, int i, const char *fmt, ...)
{
	char line[1024];
	size_t used = 0;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	line[n++] = '\n';
	if (send(v->controls[i], line, (size_t)n, MSG_NOSIGNAL) != n)
		return false;
	do {
		ssize_t got = read(v->controls[i], v->reply + used, sizeof(v->reply) - 1 - used);

		if (got <= 0)
			return false;
		used += (size_t)got;
		v->reply[used] = '\0';
	} while (!strchr(v->reply, '\n'));
	*strchr(v->reply, '\n') = '\0';
	return !strncmp(v->reply, "ok", 2);
}

int virtual_usb_count(struct virtual_usb *v, int i, const char *name)
{
	char key[32];
	const char *p;

	if (!virtual_usb_say(v, i, "stat"))
		return -1;
	snprintf(key, sizeof(key), " %s=", name);
	p = strstr(v->reply, key);
	return p ? atoi(p + strlen(key)) : -1;
}

void virtual_usb_enter(const struct virtual_usb *v)
{
	setenv("UMOCKDEV_DIR", v->bus, 1);
	setenv("LD_PRELOAD", "libumockdev-preload.so.0", 1);
	/* ASan wants to be the first library; umockdev's only passes on what it does not know. */
	setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 1);
}

void virtual_usb_stop(struct virtual_usb *v)
{
	for (int i = 0; i < v->count; i++)
		if (v->controls[i] >= 0)
			close(v->controls[i]);
	if (v->pid > 0) {
		kill(v->pid, SIGTERM);
		waitpid(v->pid, NULL, 0);
	}
	if (v->dir[0])
		rmdir(v->dir);
	memset(v, 0, sizeof(*v));
}
