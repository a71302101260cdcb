/* build/vusb: devices on a virtual USB, for any program of this machine. See README.md. */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "tools/virtual/usb/gadget.h"
#include "tools/virtual/usb/lines.h"
#include "tools/virtual/usb/redir.h"
#include "tools/virtual/usb/usbfs.h"

#define AGAIN "TAPSHOT_VUSB_AGAIN"

enum { GADGETS_MAX = 8, WAIT_MS = 20, END_MS = 5000 };

/* umockdev 0.17 aborts when a program closes its uevent socket in the very moment an event is sent to
 * it: the socket's file is gone (ENOENT), and only a refusal is taken for that. */
int connect(int fd, const struct sockaddr *address, socklen_t bytes)
{
	int rc = (int)syscall(SYS_connect, fd, address, bytes);

	if (rc < 0 && errno == ENOENT && address->sa_family == AF_UNIX)
		errno = ECONNREFUSED;
	return rc;
}

struct seat { /* a device and its control socket */
	struct gadget *gadget;
	struct lines lines;
	struct redir *redir; /* it is for a virtual machine, not on this bus */
	int asker; /* client whose line is answered later */
	struct station *station;
};

struct station {
	struct usbfs *bus;
	struct seat seats[GADGETS_MAX];
	int count;
	pid_t child;
};

static volatile sig_atomic_t stopping;

static void on_signal(int sig)
{
	(void)sig;
	stopping = 1;
}

static void on_child(int sig)
{
	(void)sig; /* poll() returns */
}

static int usage(int status)
{
	fprintf(status ? stderr : stdout,
		"usage: vusb [--device KIND[,KEY[=VALUE]…]]… [-- COMMAND…]\n"
		"Kinds: %s\n"
		"Keys: control=PATH port=1-1.2 serial=TEXT packet=N absent …: see README.md\n"
		"Prints READY bus=DIR; with COMMAND, runs it on the bus and ends with its status.\n",
		gadget_kinds());
	return status;
}

/* In a build with sanitizers theirs comes first, or it would miss calls that umockdev makes. */
static const char *preload(void)
{
	static char names[600];
	Dl_info asan = { 0 };
	void *init = dlsym(RTLD_DEFAULT, "__asan_init");

	if (init)
		dladdr(init, &asan);
	snprintf(names, sizeof(names), "%s%slibumockdev-preload.so.0",
		 asan.dli_fname ? asan.dli_fname : "", asan.dli_fname ? ":" : "");
	return names;
}

/* Uevents are sent by libudev, which must see the mocked /sys too. The program inherits it all. */
static void start_again(char **argv)
{
	if (getenv(AGAIN))
		return;
	setenv(AGAIN, "1", 1);
	setenv("LD_PRELOAD", preload(), 1);
	execv("/proc/self/exe", argv);
	perror("vusb");
}

static bool on_line(void *ctx, int client, char *line, char *out, size_t size)
{
	struct seat *s = ctx;
	bool now;

	usbfs_lock(s->station->bus);
	now = gadget_line(s->gadget, clock_now_ms(), line, out, size);
	if (!now)
		s->asker = client;
	usbfs_unlock(s->station->bus);
	usbfs_turn(s->station->bus); /* plugged and unplugged in one breath is seen as both */
	if (s->redir)
		redir_turn(s->redir);
	return now;
}

/* To a virtual machine, to the port it asks for, or to the first free one of the root hub. */
static int connect_device(struct station *st, struct seat *s)
{
	struct gadget *g = s->gadget;
	char port[16];
	int rc;

	if (gadget_redir(g)) {
		s->redir = redir_new(gadget_bus(g), gadget_redir(g));
		return s->redir ? 0 : -EINVAL;
	}
	if (gadget_port(g))
		return usbfs_add(st->bus, gadget_bus(g), gadget_port(g));
	for (int i = 1;; i++) {
		snprintf(port, sizeof(port), "1-%d", i);
		rc = usbfs_add(st->bus, gadget_bus(g), port);
		if (rc != -EBUSY)
			return rc;
	}
}

static int add_device(struct station *st, const char *words)
{
	struct seat *s = &st->seats[st->count];
	char wrong[512];
	int rc;

	if (st->count == GADGETS_MAX) {
		fprintf(stderr, "vusb: too many devices\n");
		return -1;
	}
	s->gadget = gadget_new(words, wrong, sizeof(wrong));
	if (!s->gadget) {
		fprintf(stderr, "vusb: %s: %s\n", words, wrong);
		return -1;
	}
	s->station = st;
	s->lines.obey = on_line;
	s->lines.ctx = s;
	s->lines.listener = -1;
	st->count++;
	rc = connect_device(st, s);
	if (!rc && gadget_control(s->gadget))
		rc = lines_open(&s->lines, gadget_control(s->gadget));
	if (rc)
		fprintf(stderr, "vusb: %s: %s\n", words, strerror(-rc));
	return rc;
}

static void plug_in(struct station *st)
{
	usbfs_lock(st->bus);
	for (int i = 0; i < st->count; i++)
		if (!gadget_absent(st->seats[i].gadget))
			vusb_plug(gadget_bus(st->seats[i].gadget), true);
	usbfs_unlock(st->bus);
	usbfs_turn(st->bus);
}

static int start(struct station *st, char **command, const sigset_t *unblocked)
{
	st->child = fork();
	if (st->child < 0)
		return -errno;
	if (st->child)
		return 0;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	sigprocmask(SIG_SETMASK, unblocked, NULL);
	signal(SIGPIPE, SIG_DFL);
	unsetenv(AGAIN);
	setenv("SDL_AUDIODRIVER", "dummy", 0); /* ALSA's search for cards overflows umockdev */
	execvp(command[0], command);
	perror(command[0]);
	_exit(127);
}

static void answer_later(struct station *st)
{
	for (int i = 0; i < st->count; i++) {
		struct seat *s = &st->seats[i];
		char answer[512];
		bool now;

		usbfs_lock(st->bus);
		now = gadget_later(s->gadget, clock_now_ms(), answer, sizeof(answer));
		usbfs_unlock(st->bus);
		if (now)
			lines_say(&s->lines, s->asker, answer);
	}
}

static int wait_ms(const struct station *st, int64_t due, int at_most_ms)
{
	int64_t now = clock_now_ms();
	int ms = due < 0 ? -1 : due > now ? (int)(due - now) : 0;

	for (int i = 0; i < st->count; i++)
		if (gadget_waits(st->seats[i].gadget) && (ms < 0 || ms > WAIT_MS))
			ms = WAIT_MS;
	return at_most_ms >= 0 && (ms < 0 || ms > at_most_ms) ? at_most_ms : ms;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

static int64_t work(struct station *st)
{
	int64_t due = usbfs_turn(st->bus);

	for (int i = 0; i < st->count; i++)
		if (st->seats[i].redir)
			due = earlier(due, redir_turn(st->seats[i].redir));
	return due;
}

static void turn(struct station *st, const sigset_t *unblocked, int at_most_ms)
{
	struct pollfd fds[1 + GADGETS_MAX * (LINES_FDS + 1)], *at = fds + 1;
	int ms = wait_ms(st, work(st), at_most_ms);
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	fds[0] = (struct pollfd){ usbfs_wake_fd(st->bus), POLLIN, 0 };
	for (int i = 0; i < st->count; i++, at += LINES_FDS + 1) {
		lines_poll(&st->seats[i].lines, at);
		at[LINES_FDS] = st->seats[i].redir ? redir_poll(st->seats[i].redir)
						   : (struct pollfd){ -1, 0, 0 };
	}
	if (ppoll(fds, (nfds_t)(at - fds), ms < 0 ? NULL : &t, unblocked) < 0)
		return;
	for (int i = 0; i < st->count; i++)
		lines_serve(&st->seats[i].lines, fds + 1 + i * (LINES_FDS + 1));
	answer_later(st);
}

/* The bus goes on while the program comes to its end, but not for ever. */
static void end_child(struct station *st, const sigset_t *unblocked)
{
	int64_t until = clock_now_ms() + END_MS;

	kill(st->child, SIGTERM);
	while (waitpid(st->child, NULL, WNOHANG) == 0) {
		if (clock_now_ms() > until)
			kill(st->child, SIGKILL);
		turn(st, unblocked, WAIT_MS);
	}
}

/* Return: exit status of the command, or 0 when told to stop. */
static int serve(struct station *st, const sigset_t *unblocked)
{
	int status;

	while (!stopping) {
		if (st->child > 0 && waitpid(st->child, &status, WNOHANG) == st->child)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		turn(st, unblocked, -1);
	}
	if (st->child > 0)
		end_child(st, unblocked);
	return 0;
}

static void catch_signals(sigset_t *unblocked)
{
	struct sigaction stop = { .sa_handler = on_signal }, child = { .sa_handler = on_child };
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGCHLD);
	sigprocmask(SIG_BLOCK, &blocked, unblocked); /* umockdev's threads inherit it */
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGCHLD, &child, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int main(int argc, char **argv)
{
	static struct station st;
	sigset_t unblocked;
	int status = 0, i;

	if (argc > 1 && !strcmp(argv[1], "--help"))
		return usage(0);
	start_again(argv);
	catch_signals(&unblocked);
	st.bus = usbfs_new();
	if (!st.bus)
		return 1;
	for (i = 1; i + 1 < argc && !strcmp(argv[i], "--device") && !status; i += 2)
		status = add_device(&st, argv[i + 1]) ? 64 : 0;
	if (!status && i < argc && strcmp(argv[i], "--"))
		status = usage(64);
	if (!status) {
		plug_in(&st);
		printf("READY bus=%s preload=%s\n", usbfs_root(st.bus), getenv("LD_PRELOAD"));
		fflush(stdout);
		if (i + 1 < argc && start(&st, argv + i + 1, &unblocked) < 0)
			perror("vusb");
		status = serve(&st, &unblocked);
	}
	for (int k = 0; k < st.count; k++)
		lines_close(&st.seats[k].lines);
	usbfs_free(st.bus);
	for (int k = 0; k < st.count; k++) {
		redir_free(st.seats[k].redir);
		gadget_free(st.seats[k].gadget);
	}
	return status;
}
