#include "firmware/store/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"

enum { NAME_BYTES = 300 };

void vault_id(const char *kiosk, int64_t n, char out[static VAULT_ID_MAX])
{
	snprintf(out, VAULT_ID_MAX, "%.10s-%06" PRId64, kiosk, n);
}

int64_t vault_parse(const char *kiosk, const char *name, const char *suffix)
{
	char again[VAULT_ID_MAX + 8], id[VAULT_ID_MAX];
	size_t k = strlen(kiosk);
	int64_t n;

	if (strncmp(name, kiosk, k) != 0 || name[k] != '-')
		return 0;
	n = strtoll(name + k + 1, NULL, 10);
	vault_id(kiosk, n, id);
	snprintf(again, sizeof(again), "%s%s", id, suffix);
	return n > 0 && !strcmp(again, name) ? n : 0;
}

int vault_begin(const struct job *j, const char *id)
{
	char name[VAULT_ID_MAX + 8];
	int fd;

	snprintf(name, sizeof(name), "%s.part", id);
	/* Always a file of its own: a camera worker of a kiosk that died may still hold the old one. */
	if (unlinkat(j->incoming, name, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(j->incoming, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

bool vault_looks_whole(int fd, int64_t bytes)
{
	uint8_t head[3], tail[2];
	struct stat st;

	if (fstat(fd, &st) < 0 || st.st_size < 8 || (bytes && st.st_size != bytes))
		return false;
	if (pread(fd, head, 3, 0) != 3 || pread(fd, tail, 2, st.st_size - 2) != 2)
		return false;
	return head[0] == 0xff && head[1] == 0xd8 && head[2] == 0xff && tail[0] == 0xff &&
	       tail[1] == 0xd9;
}

static int sync_dirs(int a, int b)
{
	return fsync(a) < 0 || fsync(b) < 0 ? -errno : 0;
}

int vault_keep(const struct job *j, const char *id, int fd, int64_t bytes, bool *unknown)
{
	char part[VAULT_ID_MAX + 8], whole[VAULT_ID_MAX + 8];
	int rc;

	*unknown = true;
	snprintf(part, sizeof(part), "%s.part", id);
	snprintf(whole, sizeof(whole), "%s.jpg", id);
	if (fsync(fd) < 0)
		return -errno;
	if (!vault_looks_whole(fd, bytes) || !faccessat(j->originals, whole, F_OK, 0)) {
		*unknown = false;
		return -EBADMSG;
	}
	if (renameat(j->incoming, part, j->originals, whole) < 0) {
		rc = -errno;
		*unknown = rc != -ENOSPC && rc != -EDQUOT;
		return rc;
	}
	return sync_dirs(j->originals, j->incoming);
}

int vault_open_original(const struct job *j, const char *id)
{
	char name[VAULT_ID_MAX + 8];
	int fd;

	snprintf(name, sizeof(name), "%s.jpg", id);
	fd = openat(j->originals, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}

int vault_quarantine(const struct job *j, int dir, const char *name)
{
	char to[NAME_BYTES];

	snprintf(to, sizeof(to), "%s", name);
	for (int i = 1; !faccessat(j->quarantine, to, F_OK, AT_SYMLINK_NOFOLLOW); i++)
		snprintf(to, sizeof(to), "%d-%.250s", i, name);
	if (renameat(dir, name, j->quarantine, to) < 0)
		return -errno;
	return sync_dirs(j->quarantine, dir);
}

int vault_drop_part(const struct job *j, const char *id)
{
	char name[VAULT_ID_MAX + 8];
	struct stat st;

	snprintf(name, sizeof(name), "%s.part", id);
	if (fstatat(j->incoming, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!st.st_size)
		return unlinkat(j->incoming, name, 0) < 0 ? -errno : 0;
	return vault_quarantine(j, j->incoming, name);
}
