/*
 * FAT32 as the kernel writes it: this program is its own init inside User Mode Linux, whose process
 * is killed at any moment. What its page cache held is lost, as when a stick is pulled. Needs no
 * root, and no FAT in the kernel of this machine.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "drivers/disk/disk.h"
#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/base/text.h"
#include "tests/lib/stick.h"
#include "tests/lib/stick_day.h"

#define LINUX "linux.uml"
enum { FILES = 100, BOOT_MS_MAX = 60000 };

/* --- inside ---------------------------------------------------------------------------------- */

static void load(const char *module)
{
	struct utsname u;
	char path[256];
	SCOPED_FD int fd = -1;

	uname(&u);
	snprintf(path, sizeof(path), "/usr/lib/uml/modules/%s/kernel/fs/%s.ko", u.release, module);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	syscall(SYS_finit_module, fd, "", 0);
}

static int mount_stick(void)
{
	if (mount("/dev/ubda", "/mnt", "vfat", MS_NOSUID | MS_NODEV | MS_NOEXEC, "iocharset=utf8"))
		return -1;
	return open("/mnt", O_RDONLY | O_DIRECTORY);
}

static unsigned int setting(const char *name)
{
	const char *s = getenv(name);

	return s ? (unsigned int)atoi(s) : 0;
}

static int say_safe(void *ctx, const struct writer_progress *p)
{
	static int last = -1;

	(void)ctx;
	if (p->files != last)
		printf("SAFE %d\n", last = p->files);
	return 0;
}

/* After a pull: repaired as a PC would, all that was safe is there, and the export ends. */
static bool look_after(struct stick_day *d)
{
	int at;
	bool whole;

	stick_sh("fsck.vfat -a /dev/ubda >/dev/null 2>&1");
	at = mount_stick();
	if (at < 0)
		printf("# not mounted: %s\n", strerror(errno));
	whole = at >= 0 && stick_day_check(d, "/mnt", (int)setting("SAFE"));
	d->lists++;
	if (whole && stick_day_write(d, at) < 0) {
		printf("# stopped: %s %s\n", writer_cause_word(d->cause), d->where);
		whole = false;
	}
	if (whole && !stick_day_clean(d, "/mnt")) {
		stick_sh(
			"cd /mnt/JOB && { find . -type f; sed 's/.*  /.\\//' SHA256SUMS; } | sort | "
			"uniq -u | sed 's/^/# /'");
		whole = false;
	}
	close(at);
	umount("/mnt");
	return whole;
}

static bool refuses(int at, const char *path, int64_t bytes, enum writer_cause want)
{
	enum writer_cause cause;
	char where[256];
	struct writer *w;
	bool right;

	if (writer_open(at, "JOB", NULL, &w, &cause) < 0)
		return false;
	right = writer_expect(w, path, bytes) < 0 && writer_failure(w, where) == want;
	writer_close(w);
	return right;
}

static bool crowded_folder_refused(int at)
{
	enum writer_cause cause;
	char path[64], where[256];
	struct writer *w;
	int i, rc = 0;

	if (writer_open(at, "JOB", NULL, &w, &cause) < 0)
		return false;
	for (i = 0; !rc && i < 40000; i++) {
		snprintf(path, sizeof(path), "照片/%05d.jpg", i);
		rc = writer_expect(w, path, 1);
	}
	rc = rc < 0 && i > 30000 && writer_failure(w, where) == WRITER_FULL;
	writer_close(w);
	return rc;
}

static void limits(int at)
{
	printf("LIMIT size %d\n", refuses(at, "a.zip", (int64_t)4 << 30, WRITER_TOO_LARGE));
	printf("LIMIT name %d\n", refuses(at, "a?.zip", 1, WRITER_NAME));
	printf("LIMIT folder %d\n", crowded_folder_refused(at));
	printf("LIMIT type %d\n", disk_type_mounted("/mnt") == DISK_FAT32);
}

static void inside(void)
{
	static const char *const modules[] = { "nls/nls_cp437", "nls/nls_ascii", "nls/nls_utf8",
					       "fat/fat", "fat/vfat" };
	/* The stick was used before: a folder may come back with entries made of old bytes. */
	struct stick_day d = {
		.seed = 1, .lists = setting("LISTS"), .files = FILES, .debris = true
	};
	struct stick_day next = { .seed = 1, .files = FILES, .meddle = say_safe };
	int at;

	setvbuf(stdout, NULL, _IOLBF, 0);
	text_init(NULL);
	mount("proc", "/proc", "proc", 0, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(modules); i++)
		load(modules[i]);
	if (getenv("SAFE"))
		printf("AFTER %d\n", look_after(&d));
	stick_sh("mkfs.vfat -F 32 /dev/ubda >/dev/null");
	sync(); /* the pull is to hit the export, not the formatting */
	at = mount_stick();
	if (getenv("LIMITS"))
		limits(at);
	printf("START\n");
	printf("END %d\n", stick_day_write(&next, at));
	sync();
	reboot(RB_POWER_OFF);
}

/* --- outside --------------------------------------------------------------------------------- */

static char dir[64];

static const char *why_not(void)
{
#ifdef __SANITIZE_ADDRESS__
	return "a sanitizer's shadow does not fit into this small a machine";
#endif
	if (stick_sh("command -v " LINUX " mkfs.vfat >/dev/null"))
		return "user-mode-linux or dosfstools is not installed";
	return NULL;
}

static int make(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/tapshot-fat-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	return stick_sh("truncate -s 64M %s/image", dir);
}

static int drop(void **state)
{
	(void)state;
	return stick_sh("rm -rf %s", dir);
}

struct machine {
	pid_t pid;
	FILE *out;
	/* what it said */
	int after, safe, ended, limits, right_limits; /* -1 not said */
	int64_t start_ms, end_ms;
};

static void boot(struct machine *m, const char *settings)
{
	char exe[400], cmd[1200];
	int pipes[2];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	exe[n < 0 ? 0 : n] = '\0';
	assert_int_equal(pipe(pipes), 0);
	snprintf(cmd, sizeof(cmd),
		 "exec " LINUX " rootfstype=hostfs rw init=%s mem=160M ubd0=%s/image con=null "
		 "con0=null,fd:1 quiet uml_dir=%s TAPSHOT_INSIDE=1 %s "
		 "PATH=/usr/sbin:/usr/bin:/sbin:/bin </dev/null 2>/dev/null",
		 exe, dir, dir, settings);
	*m = (struct machine){ .after = -1, .safe = -1, .ended = -1 };
	m->pid = fork();
	if (!m->pid) {
		setpgid(0, 0);
		dup2(pipes[1], 1);
		execl("/bin/sh", "sh", "-c", cmd, NULL);
		_exit(127);
	}
	setpgid(m->pid, m->pid);
	close(pipes[1]);
	m->out = fdopen(pipes[0], "r");
	setvbuf(m->out, NULL, _IONBF, 0);
}

static void hear(struct machine *m, const char *line)
{
	int right;

	if (!strncmp(line, "START", 5))
		m->start_ms = clock_now_ms();
	if (sscanf(line, "END %d", &m->ended) == 1)
		m->end_ms = clock_now_ms();
	sscanf(line, "AFTER %d", &m->after);
	sscanf(line, "SAFE %d", &m->safe);
	if (sscanf(line, "LIMIT %*s %d", &right) == 1) {
		m->limits++;
		m->right_limits += right;
	}
	if (!strncmp(line, "# ", 2) || strstr(line, "not there") || strstr(line, "differs"))
		print_message("%s", line);
}

/* Until it says END, or @kill_ms after START (-1 never). */
static void watch(struct machine *m, int64_t kill_ms)
{
	int64_t limit_ms = clock_now_ms() + BOOT_MS_MAX;
	struct pollfd p = { .fd = fileno(m->out), .events = POLLIN };
	char line[400];
	int status;

	while (m->ended < 0 && clock_now_ms() < limit_ms) {
		int64_t until_ms = m->start_ms && kill_ms >= 0 ? m->start_ms + kill_ms : limit_ms;
		int64_t wait_ms = until_ms - clock_now_ms();

		if (wait_ms <= 0 || poll(&p, 1, (int)wait_ms) == 0)
			break;
		if (!fgets(line, sizeof(line), m->out))
			break;
		hear(m, line);
	}
	kill(-m->pid, SIGKILL);
	/* what it said before it died counts too */
	while (fgets(line, sizeof(line), m->out))
		hear(m, line);
	fclose(m->out);
	waitpid(m->pid, &status, 0);
}

static void pulled_while_the_kernel_writes_fat(void **state)
{
	int pulls = getenv("TAPSHOT_SOAK") ? 200 : 2;
	unsigned int x = getenv("TAPSHOT_SEED") ? (unsigned int)atoi(getenv("TAPSHOT_SEED")) : 7;
	struct machine m;
	char settings[64];
	int64_t whole_ms;

	(void)state;
	if (why_not()) {
		print_message("%s\n", why_not());
		skip();
	}
	boot(&m, "LIMITS=1");
	watch(&m, -1);
	assert_int_equal(m.ended, 0);
	assert_int_equal(m.limits, 4);
	assert_int_equal(m.right_limits, 4);
	whole_ms = m.end_ms - m.start_ms + 20;
	/* The first one was killed after its end. */
	for (int i = 0; i < pulls; i++) {
		int safe = m.safe < 0 ? 0 : m.safe;

		snprintf(settings, sizeof(settings), "LISTS=0 SAFE=%d", safe);
		boot(&m, settings);
		x = x * 1664525 + 1013904223;
		watch(&m, (int64_t)(x >> 8) % whole_ms);
		print_message("# pull %d: %d safe, the one before was %s\n", i, m.safe,
			      m.after == 1 ? "whole" : "lost");
		assert_int_equal(m.after, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(pulled_while_the_kernel_writes_fat, make, drop),
	};

	if (getpid() == 1 || getenv("TAPSHOT_INSIDE"))
		inside();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
