#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/export/seal.h"
#include "firmware/store/job.h"

bool seal_passphrase_ok(const char *passphrase)
{
	size_t n = strlen(passphrase);

	if (n < SEAL_PASSPHRASE_MIN || n > SEAL_PASSPHRASE_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if (passphrase[i] < 0x20 || passphrase[i] > 0x7e)
			return false;
	return passphrase[0] != ' ' && passphrase[n - 1] != ' ';
}

static int job_dir(const char *data_dir, const char *job)
{
	char path[JOB_PATH_MAX];
	int fd;

	if (!job_name_ok(job))
		return -EINVAL;
	if (snprintf(path, sizeof(path), "%s/jobs/%s", data_dir, job) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int write_line(int fd, const char *passphrase)
{
	size_t n = strlen(passphrase);

	if (fchmod(fd, 0600) < 0)
		return -errno;
	if (write(fd, passphrase, n) != (ssize_t)n || write(fd, "\n", 1) != 1 || fsync(fd) < 0)
		return -EIO;
	return 0;
}

int seal_passphrase_set(const char *data_dir, const char *job, const char *passphrase)
{
	SCOPED_FD int dir = -1, fd = -1;
	int rc;

	if (!seal_passphrase_ok(passphrase))
		return -EINVAL;
	dir = job_dir(data_dir, job);
	if (dir < 0)
		return dir;
	unlinkat(dir, "seal.part", 0);
	fd = openat(dir, "seal.part", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	rc = write_line(fd, passphrase);
	if (!rc && renameat(dir, "seal.part", dir, "seal") < 0)
		rc = -errno;
	if (rc < 0)
		unlinkat(dir, "seal.part", 0);
	else if (fsync(dir) < 0)
		rc = -EIO;
	return rc;
}

int seal_passphrase(const char *data_dir, const char *job, char out[static SEAL_PASSPHRASE_MAX + 1])
{
	SCOPED_FD int dir = job_dir(data_dir, job), fd = -1;
	char line[SEAL_PASSPHRASE_MAX + 2];
	ssize_t n;
	int rc = -EUCLEAN;

	if (dir < 0)
		return dir;
	fd = openat(dir, "seal", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	n = read(fd, line, sizeof(line));
	if (n > 0 && line[n - 1] == '\n') {
		line[n - 1] = 0;
		memcpy(out, line, (size_t)n);
		rc = seal_passphrase_ok(out) ? 0 : -EUCLEAN;
	}
	explicit_bzero(line, sizeof(line));
	return rc;
}
