#include "tests/lib/vcamera.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/virtual/camera/ptpip.h"

/* Also tools link this, so no test framework here. */
static void must_be(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "virtual camera: not so: %s\n", what);
	abort();
}
#define must(x) must_be(x, #x)

static void child(const struct vcamera *v, const struct vcam_options *o, int ready)
{
	struct vcam *cam = vcam_new(o);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	_exit(ptpip_serve(cam, 0, v->control, ready) ? 1 : 0);
}

void vcamera_start(struct vcamera *v)
{
	vcamera_start_as(v, NULL, NULL);
}

void vcamera_start_as(struct vcamera *v, const char *body, const char *serial)
{
	const struct vcam_options o = { .body = body, .serial = serial };
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	char line[64] = "";
	int ready[2];

	memset(v, 0, sizeof(*v));
	strcpy(v->dir, "/tmp/tapshot-vcamera-XXXXXX");
	must(mkdtemp(v->dir) != NULL);
	snprintf(v->control, sizeof(v->control), "%s/control", v->dir);
	must(pipe(ready) == 0);
	fflush(NULL);
	v->pid = fork();
	must(v->pid >= 0);
	if (!v->pid)
		child(v, &o, ready[1]);
	close(ready[1]);
	must(read(ready[0], line, sizeof(line) - 1) > 0);
	close(ready[0]);
	must(sscanf(line, "READY port=%d", &v->port) == 1);
	snprintf(v->address, sizeof(v->address), "ptpip:127.0.0.1:%d:%d", v->port, v->port);
	v->control_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	strcpy(a.sun_path, v->control);
	must(connect(v->control_fd, (struct sockaddr *)&a, sizeof(a)) == 0);
}

void vcamera_stop(struct vcamera *v)
{
	close(v->control_fd);
	kill(v->pid, SIGTERM);
	waitpid(v->pid, NULL, 0);
	unlink(v->control);
	rmdir(v->dir);
}

const char *vcamera_say(struct vcamera *v, const char *fmt, ...)
{
	char line[512];
	size_t have = 0;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	strcat(line, "\n");
	must(write(v->control_fd, line, (size_t)n + 1) == n + 1);
	do {
		ssize_t got = read(v->control_fd, v->answer + have, sizeof(v->answer) - 1 - have);

		must(got > 0);
		have += (size_t)got;
		v->answer[have] = 0;
	} while (!strchr(v->answer, '\n'));
	must(!strncmp(v->answer, "ok", 2));
	return v->answer;
}

unsigned int vcamera_stat(struct vcamera *v, const char *name)
{
	const char *text = vcamera_say(v, "stat");
	char key[32];

	snprintf(key, sizeof(key), " %s=", name);
	text = strstr(text, key);
	return text ? (unsigned int)strtoul(text + strlen(key), NULL, 10) : 0;
}
