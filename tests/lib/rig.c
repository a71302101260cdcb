#include "tests/lib/rig.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"

static void die(const char *what)
{
	fprintf(stderr, "rig: %s: %s\n", what, strerror(errno));
	abort();
}

void rig_poll_pause(void)
{
	poll(NULL, 0, 10);
}

/* --- processes ---------------------------------------------------------------------------------
 */

void rig_spawn(struct rig_process *p, char *const argv[])
{
	int out[2];

	if (pipe2(out, O_CLOEXEC) < 0)
		die("pipe");
	p->pid = fork();
	if (p->pid < 0)
		die("fork");
	if (p->pid == 0) {
		int err = open(p->log, O_WRONLY | O_CREAT | O_APPEND, 0600);
		int in = open("/dev/null", O_RDONLY);

		prctl(PR_SET_PDEATHSIG, SIGKILL); /* nothing is left behind when the test dies */
		if (p->bus) {
			setenv("UMOCKDEV_DIR", p->bus, 1);
			setenv("LD_PRELOAD", p->preload, 1);
		}
		dup2(in, 0);
		dup2(out[1], 1);
		dup2(err, 2);
		execv(argv[0], argv);
		_exit(127);
	}
	close(out[1]);
	p->out = out[0];
}

/* First line of its standard output that begins with READY; false when it ends or 20 s pass. */
bool rig_wait_ready(struct rig_process *p, char *line, size_t size)
{
	int64_t until = clock_now_ms() + 20000;
	struct pollfd fd = { .fd = p->out, .events = POLLIN };
	size_t n = 0;

	while (clock_now_ms() < until && poll(&fd, 1, 200) >= 0) {
		char c;

		if (!(fd.revents & (POLLIN | POLLHUP)))
			continue;
		if (read(p->out, &c, 1) != 1)
			return false;
		if (c != '\n') {
			if (n + 1 < size)
				line[n++] = c;
			continue;
		}
		line[n] = '\0';
		n = 0;
		if (!strncmp(line, "READY", 5))
			return true;
	}
	return false;
}

int rig_end(struct rig_process *p, int sig)
{
	int status = -1;

	if (p->pid <= 0)
		return -1;
	kill(p->pid, sig);
	for (int64_t until = clock_now_ms() + 15000;;) {
		pid_t got = waitpid(p->pid, &status, WNOHANG);

		if (got == p->pid)
			break;
		if (clock_now_ms() > until)
			kill(p->pid, SIGKILL);
		rig_poll_pause();
	}
	close(p->out);
	p->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* --- the parts ---------------------------------------------------------------------------------
 */

static void find_programs(struct rig *r)
{
	ssize_t n = readlink("/proc/self/exe", r->bin, sizeof(r->bin) - 1);
	char probe[300];

	if (n < 0)
		die("/proc/self/exe");
	r->bin[n] = '\0';
	for (int up = 0; up < 3; up++) {
		*strrchr(r->bin, '/') = '\0';
		snprintf(probe, sizeof(probe), "%.250s/tapshot", r->bin);
		if (!access(probe, X_OK))
			return;
	}
	errno = ENOENT;
	die("build/tapshot");
}

void rig_init(struct rig *r, const char *dir)
{
	r->kiosk_sock = r->reader_sock = r->lane_sock = r->camera_sock = r->spare_sock = -1;
	for (int i = 0; i < RIG_USB_MAX; i++)
		r->usb_sock[i] = -1;
	find_programs(r);
	if (dir) {
		snprintf(r->dir, sizeof(r->dir), "%s", dir);
		if (mkdir(dir, 0700) < 0 && errno != EEXIST)
			die(dir);
	} else {
		strcpy(r->dir, "/tmp/tapshot-rig-XXXXXX");
		if (!mkdtemp(r->dir))
			die("mkdtemp");
	}
	snprintf(r->data, sizeof(r->data), "%s/data", r->dir);
	snprintf(r->config, sizeof(r->config), "%s/kiosk.conf", r->dir);
	snprintf(r->reader_link, sizeof(r->reader_link), "%s/reader", r->dir);
	snprintf(r->lane_link, sizeof(r->lane_link), "%s/lane", r->dir);
	if (!r->job[0])
		strcpy(r->job, "demo");
	snprintf(r->reader.log, sizeof(r->reader.log), "%s/reader.log", r->dir);
	snprintf(r->lane.log, sizeof(r->lane.log), "%s/lane.log", r->dir);
	snprintf(r->camera.log, sizeof(r->camera.log), "%s/camera.log", r->dir);
	snprintf(r->spare.log, sizeof(r->spare.log), "%s/spare.log", r->dir);
	snprintf(r->kiosk.log, sizeof(r->kiosk.log), "%s/kiosk.log", r->dir);
}

static char *slurp(int fd)
{
	char *text = NULL, chunk[4096];
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		fwrite(chunk, 1, (size_t)n, f);
	fclose(f);
	return text;
}

int rig_run(struct rig *r, char **out, const char *arg, ...)
{
	struct rig_process p = { 0 };
	char exe[300];
	char *argv[32] = { exe };
	char *text;
	int n = 1, status;
	va_list ap;

	snprintf(exe, sizeof(exe), "%.250s/tapshot", r->bin);
	va_start(ap, arg);
	for (const char *a = arg; a && n < 31; a = va_arg(ap, const char *))
		argv[n++] = (char *)(uintptr_t)a;
	va_end(ap);
	snprintf(p.log, sizeof(p.log), "%s/commands.log", r->dir);
	rig_spawn(&p, argv);
	text = slurp(p.out);
	close(p.out);
	waitpid(p.pid, &status, 0);
	if (out)
		*out = text;
	else
		free(text);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

int rig_import(struct rig *r, const char *roster_csv)
{
	return rig_run(r, NULL, "roster", "import", roster_csv, "--job", r->job, "--data", r->data,
		       "--block", r->block ? r->block : "1-200", "--accept-rows", NULL);
}

/* Rendering them takes seconds: once per build, beside the program that does it. */
static bool portraits_stand(struct rig *r, const char *program)
{
	struct stat made, by;

	snprintf(r->portraits, sizeof(r->portraits), "%.250s/portraits-800", r->bin);
	return !stat(r->portraits, &made) && !stat(program, &by) && made.st_mtime >= by.st_mtime;
}

void rig_make_portraits(struct rig *r)
{
	char program[300], command[2048];
	SCOPED_FD int lock = -1;

	snprintf(program, sizeof(program), "%.250s/portraits", r->bin);
	lock = open(program, O_RDONLY | O_CLOEXEC);
	/* Tests run side by side: the first draws, the others wait for it. */
	if (lock < 0 || flock(lock, LOCK_EX) < 0)
		die(program);
	if (portraits_stand(r, program))
		return;
	snprintf(
		command, sizeof(command),
		"rm -rf '%s' && '%s' --out '%s' --width 800 --height 1200 >/dev/null && touch '%s'",
		r->portraits, program, r->portraits, r->portraits);
	if (system(command) != 0)
		die("portraits");
}

bool rig_picture(struct rig *r, const char *name)
{
	return rig_camera(r, "picture %s/%s.jpg", r->portraits, name);
}

static void start_reader(struct rig *r, struct rig_process *p, char *link, int *sock)
{
	char exe[300], control[340], line[256];
	char *argv[] = { exe, (char[]){ "--control" }, control, (char[]){ "--link" }, link, NULL };

	snprintf(exe, sizeof(exe), "%.250s/vreader", r->bin);
	snprintf(control, sizeof(control), "%s.ctl", link);
	rig_spawn(p, argv);
	if (!rig_wait_ready(p, line, sizeof(line)))
		die("virtual reader");
	*sock = rig_connect(control);
}

/* @port 0: any free one. @serial NULL: its own. */
static void start_camera(struct rig *r, struct rig_process *p, const char *name, int *port,
			 int *sock, const char *serial)
{
	char exe[300], control[320], number[16], line[256], answer[256];
	char folder[] = "--portraits", own[] = "--serial";
	char *argv[12] = { exe, (char[]){ "--port" }, number, (char[]){ "--control" }, control };
	const char *at;
	int n = 5;

	if (r->portraits[0]) {
		argv[n++] = folder;
		argv[n++] = r->portraits;
	}
	if (serial) {
		argv[n++] = own;
		argv[n++] = (char *)(uintptr_t)serial;
	}
	snprintf(exe, sizeof(exe), "%.250s/vcamera", r->bin);
	snprintf(control, sizeof(control), "%s/%s.ctl", r->dir, name);
	snprintf(number, sizeof(number), "%d", *port);
	rig_spawn(p, argv);
	if (!rig_wait_ready(p, line, sizeof(line)))
		die("virtual camera");
	at = strstr(line, "port=");
	*port = at ? atoi(at + 5) : 0;
	*sock = rig_connect(control);
	if (r->portraits[0])
		rig_ask(*sock, answer, sizeof(answer),
			"deck %s/good-1.jpg %s/good-2.jpg %s/good-3.jpg", r->portraits,
			r->portraits, r->portraits);
}

void rig_start_devices(struct rig *r)
{
	if (r->usb_devices[0])
		rig_usb_start(r);
	if (!rig_usb_kind(r, "reader-"))
		start_reader(r, &r->reader, r->reader_link, &r->reader_sock);
	if (r->with_lane)
		start_reader(r, &r->lane, r->lane_link, &r->lane_sock);
	if (!r->no_camera && !rig_usb_kind(r, "camera-"))
		start_camera(r, &r->camera, "camera", &r->camera_port, &r->camera_sock, NULL);
	if (r->with_spare)
		start_camera(r, &r->spare, "spare", &r->spare_port, &r->spare_sock,
			     RIG_SPARE_SERIAL);
}

static void hang_up(int *sock)
{
	if (*sock >= 0)
		close(*sock);
	*sock = -1;
}

void rig_other_camera(struct rig *r, const char *serial)
{
	hang_up(&r->camera_sock);
	rig_end(&r->camera, SIGTERM);
	start_camera(r, &r->camera, "camera", &r->camera_port, &r->camera_sock, serial);
}

static void write_config(struct rig *r)
{
	FILE *f = fopen(r->config, "w");

	if (!f)
		die(r->config);
	if (rig_usb_kind(r, "reader-"))
		fprintf(f, "reader.port = usb\n");
	else
		fprintf(f, "reader.port = serial:%s\n", r->reader_link);
	if (r->with_lane)
		fprintf(f, "lane.port = serial:%s\n", r->lane_link);
	if (rig_usb_kind(r, "camera-"))
		fprintf(f, "camera.port = usb:\n");
	else if (!r->no_camera)
		fprintf(f, "camera.port = ptpip:127.0.0.1:%d:%d\n", r->camera_port, r->camera_port);
	if (r->with_spare && !rig_usb_kind(r, "camera-"))
		fprintf(f, "camera.spare = ptpip:127.0.0.1:%d:%d\n", r->spare_port, r->spare_port);
	fprintf(f, "display.driver = %s\n", r->driver ? r->driver : "offscreen");
	fprintf(f, "%s\n", r->extra_config ? r->extra_config : "");
	fclose(f);
}

void rig_start_kiosk(struct rig *r)
{
	char exe[300], control[320];
	char *argv[] = { exe,
			 (char[]){ "kiosk" },
			 (char[]){ "--config" },
			 r->config,
			 (char[]){ "--data" },
			 r->data,
			 (char[]){ "--job" },
			 r->job,
			 (char[]){ "--control" },
			 control,
			 NULL };

	write_config(r);
	snprintf(exe, sizeof(exe), "%.250s/tapshot", r->bin);
	snprintf(control, sizeof(control), "%s/kiosk.ctl", r->dir);
	unlink(control);
	r->kiosk.bus = r->usb_root[0] ? r->usb_root : NULL;
	r->kiosk.preload = r->usb_preload;
	rig_spawn(&r->kiosk, argv);
	r->kiosk_sock = rig_connect(control);
}

int rig_try_kiosk(struct rig *r, char *said, size_t size)
{
	char exe[300], path[320];
	char *argv[] = { exe,
			 (char[]){ "kiosk" },
			 (char[]){ "--config" },
			 r->config,
			 (char[]){ "--data" },
			 r->data,
			 (char[]){ "--job" },
			 r->job,
			 NULL };
	struct rig_process p = { 0 };
	SCOPED_FILE FILE *f = NULL;
	size_t n;
	int status;

	snprintf(exe, sizeof(exe), "%.250s/tapshot", r->bin);
	snprintf(path, sizeof(path), "%s/second.log", r->dir);
	strcpy(p.log, path);
	rig_spawn(&p, argv);
	free(slurp(p.out)); /* until it ends */
	close(p.out);
	waitpid(p.pid, &status, 0);
	f = fopen(path, "re");
	n = f ? fread(said, 1, size - 1, f) : 0;
	said[n] = '\0';
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void rig_kill_kiosk(struct rig *r)
{
	hang_up(&r->kiosk_sock);
	rig_end(&r->kiosk, SIGKILL);
}

int rig_stop(struct rig *r)
{
	int status;

	hang_up(&r->kiosk_sock);
	status = rig_end(&r->kiosk, SIGTERM);
	hang_up(&r->reader_sock);
	hang_up(&r->lane_sock);
	hang_up(&r->camera_sock);
	hang_up(&r->spare_sock);
	rig_end(&r->reader, SIGTERM);
	rig_end(&r->lane, SIGTERM);
	rig_end(&r->camera, SIGTERM);
	rig_end(&r->spare, SIGTERM);
	rig_usb_stop(r);
	return status;
}

void rig_remove(struct rig *r)
{
	char command[320];

	if (strncmp(r->dir, "/tmp/tapshot-rig-", 17) || getenv("TAPSHOT_KEEP"))
		return;
	snprintf(command, sizeof(command), "rm -rf '%s'", r->dir);
	if (system(command) != 0)
		fprintf(stderr, "rig: %s is left\n", r->dir);
}

/* The kind a process was started for, if it is a worker of @parent. */
static bool is_worker_of(pid_t pid, pid_t parent, const char *kind)
{
	char path[64], line[512] = "", *at;
	SCOPED_FILE FILE *f = NULL;
	size_t n;
	int ppid;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (!f || !fgets(line, sizeof(line), f) || !(at = strrchr(line, ')')) ||
	    sscanf(at, ") %*c %d", &ppid) != 1 || ppid != parent)
		return false;
	fclose(f);
	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	f = fopen(path, "re");
	n = f ? fread(line, 1, sizeof(line) - 1, f) : 0;
	line[n] = '\0';
	at = line + strlen(line) + 1; /* "tapshot" "worker" KIND */
	return n && at < line + n && !strcmp(at + strlen(at) + 1, kind);
}

pid_t rig_worker_pid(struct rig *r, const char *kind)
{
	pid_t found = 0;
	struct dirent *e;
	DIR *d = opendir("/proc");

	while (d && (e = readdir(d)) && !found)
		if (atoi(e->d_name) > 0 && is_worker_of(atoi(e->d_name), r->kiosk.pid, kind))
			found = atoi(e->d_name);
	if (d)
		closedir(d);
	return found;
}

json_t *rig_shots(struct rig *r)
{
	char *text = NULL;
	json_t *list = NULL;

	if (rig_run(r, &text, "shots", "--job", r->job, "--data", r->data, "--json", NULL) == 0)
		list = json_loads(text, 0, NULL);
	free(text);
	return list;
}
