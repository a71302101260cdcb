/*
 * Deliverables onto a slow stick, against what a careful person would type. The stick: nbdkit's memory
 * behind its rate and delay filters, nbdfuse, a loop device, exfat-fuse. Every bench_round() writes
 * the same files three ways: one sequential file, our writer, cp and sha256sum.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/export/writer.h"
#include "tools/bench/lib/results.h"

/* The line of a whole school is scaled: writing as measured, reading twice as fast, as sticks do. */
enum { RATE_BYTES = 10000000, SCHOOL = 3000, SCHOOL_S_MAX = 360 };
/* A picture of 480×640 and one of 960×1280 a person; a stick of 10 MB/s, 1 ms a request. */
enum { PEOPLE = 75, SMALL_BYTES = 38000, LARGE_BYTES = 600000, ROUNDS = 3 };

static char dir[300];

static int sh(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static int sh(const char *fmt, ...)
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

static const char *why_not(void)
{
	if (geteuid() != 0)
		return "only root mounts sticks";
	if (access("/dev/fuse", R_OK | W_OK) < 0 || access("/dev/loop-control", R_OK) < 0)
		return "this machine has no loop devices or no FUSE";
	if (sh("command -v nbdkit nbdfuse mount.exfat-fuse mkfs.exfat losetup >/dev/null"))
		return "nbdkit, nbdfuse or exfat-fuse is not installed";
	return NULL;
}

static int plug_in(void)
{
	return sh("cd %s && mkdir -p nbd at && "
		  "nbdkit -U $PWD/sock -P $PWD/nbdkit.pid --filter=delay --filter=rate memory 256M "
		  "rate=%d burstiness=0.2 rdelay=1ms wdelay=1ms && "
		  "{ nbdfuse nbd/disk --unix $PWD/sock >nbdfuse.log 2>&1 & } && "
		  "for i in $(seq 100); do [ -e nbd/disk ] && break; sleep 0.05; done && "
		  "losetup -f --show nbd/disk >loop && mkfs.exfat $(cat loop) >/dev/null && "
		  "mount.exfat-fuse $(cat loop) at >/dev/null 2>&1",
		  dir, RATE_BYTES * 8);
}

static void pull_out(void)
{
	sh("cd %s && umount at; losetup -d $(cat loop); umount nbd; kill $(cat nbdkit.pid)", dir);
}

static int make_files(void)
{
	return sh("cd %s && mkdir -p src/a src/b && for i in $(seq %d); do "
		  "head -c %d /dev/urandom >src/a/$i.jpg; head -c %d /dev/urandom >src/b/$i.jpg; "
		  "done && cd src && sha256sum a/* b/* >SHA256SUMS && sync -f .",
		  dir, PEOPLE, SMALL_BYTES, LARGE_BYTES);
}

/* An empty stick, the originals in memory, nothing of the stick in any cache. */
static int prepare(void)
{
	return sh("cd %s && rm -rf at/* && sync -f at && echo 3 >/proc/sys/vm/drop_caches && "
		  "cat src/*/* >/dev/null && sleep 0.5",
		  dir);
}

static int put_file(struct writer *w, const char *folder, int i)
{
	uint8_t want[SHA256_BYTES];
	char path[400];
	SCOPED_FD int fd = -1;

	snprintf(path, sizeof(path), "%s/src/%s/%d.jpg", dir, folder, i);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || hash_fd(fd, want) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/%d.jpg", folder, i);
	return writer_put(w, path, fd, want);
}

static int put_files(struct writer *w)
{
	if (writer_phase(w, "pictures", 2 * PEOPLE, (int64_t)PEOPLE * (SMALL_BYTES + LARGE_BYTES)) <
	    0)
		return -1;
	for (int i = 1; i <= PEOPLE; i++)
		if (put_file(w, "a", i) < 0 || put_file(w, "b", i) < 0)
			return -1;
	return writer_drop_stale(w);
}

/* Ours: whole time, and without reading back. */
static int ours(struct samples *all, struct samples *writing)
{
	char path[320], where[256];
	SCOPED_FD int at = -1;
	enum writer_cause cause;
	struct writer *w;
	double t, ms;
	int rc;

	snprintf(path, sizeof(path), "%s/at", dir);
	at = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	t = bench_now_ms();
	if (at < 0 || writer_open(at, "JOB", NULL, &w, &cause) < 0)
		return -1;
	rc = put_files(w);
	ms = bench_now_ms() - t;
	if (rc)
		fprintf(stderr, "stick: %s %s\n", writer_cause_word(writer_failure(w, where)),
			where);
	samples_add(all, ms);
	samples_add(writing, ms - (double)writer_verify_ms(w));
	writer_close(w);
	return rc;
}

static int timed(struct samples *out, const char *command)
{
	double t = bench_now_ms();
	int rc = sh("cd %s && %s", dir, command);

	samples_add(out, bench_now_ms() - t);
	return rc;
}

static int bench_round(struct samples *raw, struct samples *peer, struct samples *all,
		       struct samples *writing)
{
	char dd[200];

	snprintf(dd, sizeof(dd),
		 "head -c %d /dev/zero | dd of=at/raw bs=1M iflag=fullblock conv=fsync 2>/dev/null",
		 PEOPLE * (SMALL_BYTES + LARGE_BYTES));
	if (prepare() || timed(raw, dd) || prepare() || ours(all, writing) || prepare())
		return -1;
	return timed(peer, "cp -r src at/JOB && sync && echo 3 >/proc/sys/vm/drop_caches && "
			   "(cd at/JOB && sha256sum --quiet -c SHA256SUMS)");
}

static void lines(const struct samples *raw, const struct samples *peer, const struct samples *all,
		  const struct samples *writing)
{
	static struct samples school;

	bench_line(&(struct bench_line){ .id = "stick-write",
					 .what = "stick: write phase",
					 .fs = "exfat",
					 .unit = "ms",
					 .ours = writing,
					 .theirs = raw,
					 .peer = "dd of one file, synced",
					 .kind = LIMIT_RATIO,
					 .limit = 1 / 0.9 });
	bench_line(&(struct bench_line){ .id = "stick-verified",
					 .what = "stick: write and verify",
					 .fs = "exfat",
					 .unit = "ms",
					 .ours = all,
					 .theirs = peer,
					 .peer = "cp -r, sync, drop caches, sha256sum -c",
					 .kind = LIMIT_RATIO,
					 .limit = 1.1 });
	for (int i = 0; i < all->count; i++)
		samples_add(&school, (writing->v[i] + (all->v[i] - writing->v[i]) / 2) / 1e3 /
					     PEOPLE * SCHOOL);
	bench_line(&(struct bench_line){ .id = "stick-school",
					 .what = "stick: 3,000 people, 10 MB/s, read 20",
					 .fs = "exfat",
					 .unit = "s",
					 .ours = &school,
					 .kind = LIMIT_P50,
					 .limit = SCHOOL_S_MAX });
}

int main(int argc, char **argv)
{
	static struct samples raw, peer, all, writing;
	int rc = 0;

	if (argc != 2)
		return 64;
	if (why_not()) {
		printf("  stick: SKIP, %s\n", why_not());
		return 0;
	}
	snprintf(dir, sizeof(dir), "%s", argv[1]);
	if (mkdir(dir, 0755) < 0 || make_files() || plug_in()) {
		fprintf(stderr, "stick: the slow stick could not be made\n");
		pull_out();
		return 1;
	}
	for (int i = 0; i < ROUNDS && !rc; i++)
		rc = bench_round(&raw, &peer, &all, &writing);
	pull_out();
	if (!rc)
		lines(&raw, &peer, &all, &writing);
	sh("rm -rf %s/src", dir);
	return rc ? 1 : 0;
}
