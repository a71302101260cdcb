#include "tests/lib/stick.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"

int stick_sh(const char *fmt, ...)
{
	char cmd[2048];
	va_list ap;
	int rc;

	va_start(ap, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);
	rc = system(cmd);
	return WIFEXITED(rc) ? WEXITSTATUS(rc) : -1;
}

const char *stick_why_not(void)
{
	if (geteuid() != 0)
		return "only root mounts sticks";
	if (access("/dev/fuse", R_OK | W_OK) < 0 || access("/dev/loop-control", R_OK) < 0)
		return "this machine has no loop devices or no FUSE";
	if (stick_sh("command -v mount.exfat-fuse mkfs.exfat fsck.exfat losetup >/dev/null"))
		return "exfat-fuse or exfatprogs is not installed";
	return NULL;
}

int stick_make(struct stick *s, int megabytes)
{
	memset(s, 0, sizeof(*s));
	/* In memory where there is room: waiting for this machine's disk proves nothing here. */
	strcpy(s->dir, "/dev/shm/tapshot-stick-XXXXXX");
	if (!mkdtemp(s->dir)) {
		strcpy(s->dir, "/tmp/tapshot-stick-XXXXXX");
		if (!mkdtemp(s->dir))
			return -1;
	}
	snprintf(s->image, sizeof(s->image), "%s/image", s->dir);
	snprintf(s->at, sizeof(s->at), "%s/at", s->dir);
	if (mkdir(s->at, 0755) < 0)
		return -1;
	return stick_sh("truncate -s %dM %s && mkfs.exfat %s >/dev/null", megabytes, s->image,
			s->image);
}

static int attach(struct stick *s)
{
	char cmd[160];
	FILE *f;
	int ok;

	snprintf(cmd, sizeof(cmd), "losetup -f --show %s", s->image);
	f = popen(cmd, "r");
	ok = f && fscanf(f, "%31s", s->device) == 1;
	if (f)
		pclose(f);
	return ok ? 0 : -1;
}

static void preload_path(char *out, size_t size)
{
	char exe[400];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *slash;

	exe[n < 0 ? 0 : n] = '\0';
	slash = strrchr(exe, '/');
	snprintf(out, size, "%.*s/pulled.so", slash ? (int)(slash - exe) : 0, exe);
}

static void describe(const struct stick_fault *f, char *out, size_t size)
{
	char preload[500];

	*out = '\0';
	if (!f)
		return;
	preload_path(preload, sizeof(preload));
	snprintf(out, size,
		 "LD_PRELOAD=%s PULL_AFTER=%lld PULL_HOW=%s PULL_AT_ONCE=%d PULL_SEED=%u "
		 "PULL_FAKE_FROM=%lld",
		 preload, (long long)f->pull_after, f->answers_errors ? "fail" : "exit", f->at_once,
		 f->seed, (long long)f->fake_from);
}

int stick_mount(struct stick *s, const struct stick_fault *fault)
{
	char env[800];

	describe(fault, env, sizeof(env));
	if (attach(s) < 0)
		return -1;
	if (stick_sh("env %s mount.exfat-fuse -o nosuid,nodev,noexec %s %s >/dev/null 2>%s/words",
		     env, s->device, s->at, s->dir)) {
		stick_sh("losetup -d %s; cat %s/words >&2", s->device, s->dir);
		return -1;
	}
	s->mounted = true;
	return 0;
}

void stick_unmount(struct stick *s)
{
	if (!s->mounted)
		return;
	s->mounted = false;
	/* On a block device umount waits until the program has written everything. */
	if (umount2(s->at, 0) < 0)
		umount2(s->at, MNT_DETACH);
	stick_sh("losetup -d %s", s->device);
}

int stick_repair(struct stick *s)
{
	return stick_sh("fsck.exfat -y %s >%s/fsck 2>&1", s->image, s->dir);
}

void stick_drop(struct stick *s)
{
	stick_unmount(s);
	stick_sh("rm -rf %s", s->dir);
}
