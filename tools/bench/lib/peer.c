#include "tools/bench/lib/peer.h"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "tests/lib/rig.h"
#include "tools/bench/lib/results.h"

enum { PATIENCE_MS = 20000 };

static char home[256]; /* ours is not to be trusted: the camera driver hides it from the library */

/* --- the camera -------------------------------------------------------------------------------- */

static int read_port(int fd)
{
	char line[256] = "";
	size_t n = 0;

	while (n + 1 < sizeof(line) && read(fd, line + n, 1) == 1 && line[n] != '\n')
		n++;
	line[n] = '\0';
	return strstr(line, "port=") ? atoi(strstr(line, "port=") + 5) : 0;
}

void camera_start(struct bench_camera *c, const char *bin, const char *dir, const char *name,
		  const char *portraits)
{
	char exe[400], control[400], folder[400];
	int out[2];

	snprintf(exe, sizeof(exe), "%s/vcamera", bin);
	snprintf(control, sizeof(control), "%s/%s.ctl", dir, name);
	snprintf(folder, sizeof(folder), "%s", portraits);
	if (pipe(out) < 0)
		abort();
	c->pid = fork();
	if (c->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(out[1], 1);
		execl(exe, exe, "--port", "0", "--control", control, "--portraits", folder,
		      (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	c->port = read_port(out[0]);
	close(out[0]);
	c->control = c->port ? rig_connect(control) : -1;
	if (c->control < 0) {
		fprintf(stderr, "bench: %s does not start\n", exe);
		abort();
	}
}

bool camera_say(struct bench_camera *c, const char *fmt, ...)
{
	char line[512], answer[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	return rig_ask(c->control, answer, sizeof(answer), "%s", line) && !strncmp(answer, "ok", 2);
}

bool camera_free(struct bench_camera *c)
{
	double until = bench_now_ms() + 5000;
	char answer[4096];

	while (rig_ask(c->control, answer, sizeof(answer), "stat")) {
		if (strstr(answer, " session=0"))
			return true;
		if (bench_now_ms() > until)
			break;
		rig_poll_pause();
	}
	return false;
}

void camera_stop(struct bench_camera *c)
{
	if (c->control >= 0)
		close(c->control);
	if (c->pid > 0) {
		kill(c->pid, SIGTERM);
		waitpid(c->pid, NULL, 0);
	}
	c->pid = 0;
	c->control = -1;
}

/* --- gphoto2 ----------------------------------------------------------------------------------- */

void peer_home(const char *dir)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/.gphoto", dir);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/.gphoto/settings", dir);
	f = fopen(path, "w");
	if (f) {
		fputs("ptp2=capturetarget=card\nptp2=autofocus=on\n", f);
		fclose(f);
	}
	snprintf(home, sizeof(home), "%s", dir);
}

bool peer_there(void)
{
	return system("command -v gphoto2 >/dev/null") == 0;
}

/* Started on a pseudo-terminal, so that it writes each line when it has come that far. */
static pid_t start(int *pty, const char *dir, int port, const char *action)
{
	struct winsize size = { .ws_row = 50, .ws_col = 200 };
	char address[64];
	struct termios t;
	pid_t pid;

	snprintf(address, sizeof(address), "ptpip:127.0.0.1:%d:%d", port, port);
	pid = forkpty(pty, NULL, NULL, &size);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setenv("HOME", home, 1);
		setenv("LC_ALL", "C", 1);
		if (chdir(dir) == 0)
			execlp("gphoto2", "gphoto2", "--port", address, "--force-overwrite",
			       "--filename", "peer.jpg", action, (char *)NULL);
		_exit(127);
	}
	if (pid > 0 && !tcgetattr(*pty, &t)) {
		t.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(*pty, TCSANOW, &t);
	}
	return pid;
}

/* Read until @word has come. */
static bool hear(int pty, const char *word)
{
	double until = bench_now_ms() + PATIENCE_MS;
	struct pollfd p = { .fd = pty, .events = POLLIN };
	char text[8192] = "";
	size_t n = 0;

	while (bench_now_ms() < until) {
		ssize_t got;

		if (poll(&p, 1, 1000) <= 0)
			continue;
		got = read(pty, text + n, sizeof(text) - 1 - n);
		if (got <= 0)
			return false;
		n += (size_t)got;
		text[n] = '\0';
		if (strstr(text, word))
			return true;
		if (n > sizeof(text) / 2) {
			memmove(text, text + n - 256, 257);
			n = 256;
		}
	}
	return false;
}

static void finish(pid_t pid, int pty, int sig)
{
	if (pid <= 0)
		return;
	kill(pid, sig);
	waitpid(pid, NULL, 0);
	close(pty);
}

bool peer_shell_ready(struct peer_shell *s)
{
	return hear(s->pty, "} /");
}

bool peer_shell_start(struct peer_shell *s, const char *dir, int port)
{
	s->pid = start(&s->pty, dir, port, "--shell");
	return s->pid > 0 && peer_shell_ready(s);
}

/* "Deleting file" is said after the file has its name, before the camera's copy goes. */
bool peer_shell_shoot(struct peer_shell *s, double *saved_ms)
{
	static const char command[] = "capture-image-and-download\n";
	double began = bench_now_ms();

	if (write(s->pty, command, strlen(command)) < 0 || !hear(s->pty, "Deleting file"))
		return false;
	*saved_ms = bench_now_ms() - began;
	return true;
}

void peer_shell_stop(struct peer_shell *s)
{
	finish(s->pid, s->pty, SIGKILL);
	s->pid = 0;
}

bool peer_durable(const char *dir, double *ms)
{
	double began = bench_now_ms();
	char command[1024];

	snprintf(command, sizeof(command),
		 "cd '%s' && sync peer.jpg && sync . && sha256sum peer.jpg >/dev/null", dir);
	if (system(command) != 0)
		return false;
	*ms = bench_now_ms() - began;
	return true;
}

bool peer_cold(const char *dir, int port, double *saved_ms)
{
	double began = bench_now_ms();
	int pty = -1;
	pid_t pid = start(&pty, dir, port, "--capture-image-and-download");
	bool good = pid > 0 && hear(pty, "Deleting file");

	*saved_ms = bench_now_ms() - began;
	finish(pid, pty, SIGKILL); /* it would wait three seconds for a second file */
	return good;
}
