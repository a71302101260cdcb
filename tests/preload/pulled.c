/*
 * A stick under exfat-fuse that is pulled at a chosen byte (LD_PRELOAD). What was not flushed lives
 * here in memory, in pages as a kernel has it; at the pull a random part of the pages reaches the
 * device, the rest never does, and from then on the program is gone or gets I/O errors. Or each
 * write goes to the device at once and the last one is cut at a sector. Environment:
 *   PULL_AFTER=BYTES  written or flushed until the pull, none: never
 *   PULL_HOW=exit|fail
 *   PULL_AT_ONCE=1
 *   PULL_SEED=N
 *   PULL_FAKE_FROM=BYTE  the device loses what is written behind it: a false stick
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { SECTOR = 512, PAGE = 4096, PAGES = 1 << 19 };

static int device = -1;
static uint8_t *pending[PAGES];
static int64_t left = -1, fake_from = -1;
static bool pulled, at_once;
static unsigned int seed;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int64_t number(const char *name, int64_t otherwise)
{
	const char *s = getenv(name);

	return s ? strtoll(s, NULL, 10) : otherwise;
}

int open(const char *path, int flags, ...)
{
	va_list ap;
	int mode, fd;

	va_start(ap, flags);
	mode = va_arg(ap, int);
	va_end(ap);
	fd = REAL(open)(path, flags, mode);
	if (fd >= 0 && device < 0 && !strncmp(path, "/dev/loop", 9) && (flags & O_ACCMODE)) {
		device = fd;
		left = number("PULL_AFTER", -1);
		fake_from = number("PULL_FAKE_FROM", -1);
		seed = (unsigned int)number("PULL_SEED", 1);
		at_once = number("PULL_AT_ONCE", 0);
	}
	return fd;
}

static unsigned int chance(void)
{
	seed = seed * 1664525 + 1013904223;
	return seed >> 16;
}

static void write_through(size_t i)
{
	int64_t at = (int64_t)i * PAGE;

	if (fake_from < 0 || at < fake_from)
		(void)!REAL(pwrite)(device, pending[i], PAGE, at);
	free(pending[i]);
	pending[i] = NULL;
}

static void pull(void)
{
	const char *how = getenv("PULL_HOW");
	unsigned int keep = chance() % 5; /* none … all of what was under way */

	for (size_t i = 0; i < PAGES; i++)
		if (pending[i] && chance() % 4 < keep)
			write_through(i);
	pulled = true;
	if (!how || strcmp(how, "fail") != 0)
		_exit(1);
}

/* May @bytes more pass? */
static bool spend(int64_t bytes)
{
	if (pulled || left < 0)
		return !pulled;
	left -= bytes;
	if (left < 0)
		pull();
	return !pulled;
}

static void merge(uint8_t *out, size_t bytes, off_t at)
{
	for (size_t done = 0; done < bytes;) {
		size_t page = (size_t)(at + (off_t)done) / PAGE,
		       from = (size_t)(at + (off_t)done) % PAGE, n = PAGE - from;

		if (n > bytes - done)
			n = bytes - done;
		if (page < PAGES && pending[page])
			memcpy(out + done, pending[page] + from, n);
		done += n;
	}
}

ssize_t pread(int fd, void *out, size_t bytes, off_t at)
{
	ssize_t n;

	if (fd == device && pulled) {
		errno = EIO;
		return -1;
	}
	n = REAL(pread)(fd, out, bytes, at);
	if (fd == device && n > 0)
		merge(out, (size_t)n, at);
	return n;
}

/* All of it while there is something left to spend, else what is left, in whole sectors. */
static ssize_t write_at_once(const void *data, size_t bytes, off_t at)
{
	int64_t part = left;

	if (!pulled && left >= 0 && left < (int64_t)bytes) {
		part -= (at + part) % SECTOR;
		if (part > 0)
			(void)!REAL(pwrite)(device, data, (size_t)part, at);
	}
	if (!spend((int64_t)bytes)) {
		errno = EIO;
		return -1;
	}
	if (fake_from >= 0 && at >= fake_from)
		return (ssize_t)bytes;
	return REAL(pwrite)(device, data, bytes, at);
}

ssize_t pwrite(int fd, const void *data, size_t bytes, off_t at)
{
	const uint8_t *from = data;

	if (fd != device)
		return REAL(pwrite)(fd, data, bytes, at);
	if (at_once)
		return write_at_once(data, bytes, at);
	for (size_t done = 0; done < bytes;) {
		size_t page = (size_t)(at + (off_t)done) / PAGE,
		       in = (size_t)(at + (off_t)done) % PAGE, n = PAGE - in;

		if (n > bytes - done)
			n = bytes - done;
		if (page >= PAGES || !spend((int64_t)n)) {
			errno = EIO;
			return -1;
		}
		if (!pending[page]) {
			pending[page] = calloc(1, PAGE);
			(void)!REAL(pread)(fd, pending[page], PAGE, (off_t)page * PAGE);
		}
		memcpy(pending[page] + in, from + done, n);
		done += n;
	}
	return (ssize_t)bytes;
}

static int flush(void)
{
	for (size_t i = 0; i < PAGES; i++) {
		if (pending[i] && !spend(PAGE))
			break;
		if (pending[i])
			write_through(i);
	}
	if (pulled) {
		errno = EIO;
		return -1;
	}
	return 0;
}

int fsync(int fd)
{
	if (fd == device && flush() < 0)
		return -1;
	return REAL(fsync)(fd);
}

int close(int fd)
{
	if (fd == device) {
		flush();
		device = -1;
	}
	return REAL(close)(fd);
}
