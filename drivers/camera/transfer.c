#include "drivers/camera/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { PUSH_BYTES = 1 << 20 };

struct transfer {
	int fd;
	struct hash *hash;
	uint64_t bytes, pushed;
};

static int write_all(int fd, const char *p, size_t bytes)
{
	while (bytes) {
		ssize_t n = write(fd, p, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		p += n;
		bytes -= (size_t)n;
	}
	return 0;
}

static int on_bytes(void *ctx, const void *data, size_t bytes)
{
	struct transfer *t = ctx;
	int rc = write_all(t->fd, data, bytes);

	hash_update(t->hash, data, bytes);
	t->bytes += bytes;
	if (t->bytes - t->pushed >= PUSH_BYTES) { /* the disk writes while the camera sends */
		sync_file_range(t->fd, (off_t)t->pushed, (off_t)(t->bytes - t->pushed),
				SYNC_FILE_RANGE_WRITE);
		t->pushed = t->bytes;
	}
	return rc;
}

int transfer_fetch(const struct camera_ops *ops, void *priv, const struct camera_object *o, int fd,
		   uint8_t sha256[static SHA256_BYTES], uint64_t *bytes, enum camera_cause *cause)
{
	struct transfer t = { .fd = fd, .hash = hash_new() };
	struct camera_sink sink = { .write = on_bytes, .ctx = &t };
	int rc = -EIO;

	*cause = CAMERA_FAULT;
	*bytes = 0;
	if (t.hash && !ftruncate(fd, 0) && !lseek(fd, 0, SEEK_SET)) {
		rc = ops->fetch(priv, o, &sink, cause);
		*bytes = t.bytes;
		hash_final(t.hash, sha256);
	}
	hash_free(t.hash);
	return rc;
}
