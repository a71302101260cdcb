/*
 * A batch of pictures into the vault, byte for byte: written, synced, renamed, directories synced;
 * only then may rows speak of them. Shots have the numbers after the newest one, so that whoever is
 * killed in between writes the same names again.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/judge/judge.h"
#include "firmware/office/collect_inside.h"
#include "firmware/store/vault.h"

static int write_all(int fd, const uint8_t *data, size_t bytes)
{
	while (bytes) {
		ssize_t n = write(fd, data, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		data += n;
		bytes -= (size_t)n;
	}
	return 0;
}

static bool is_what_was_seen(const struct collect_seen *s, const uint8_t *data, size_t bytes)
{
	uint8_t sum[SHA256_BYTES];
	struct hash *h = hash_new();

	if (!h)
		return false;
	hash_update(h, data, bytes);
	hash_final(h, sum);
	hash_free(h);
	return !memcmp(sum, s->sha256, SHA256_BYTES);
}

/* Return: the descriptor of the .part, not yet synced; -ESTALE: the file changed meanwhile. */
static int write_part(struct collecting *g, const struct collect_file *f, const char *id)
{
	SCOPED_FD int from = open(f->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	SCOPED_FREE uint8_t *data = NULL;
	SCOPED_FD int to = -1;
	size_t bytes;
	int rc;

	if (from < 0)
		return -ESTALE;
	rc = judge_read(from, &data, &bytes);
	if (rc < 0)
		return rc == -ENOMEM ? rc : -ESTALE;
	if (!is_what_was_seen(f->seen, data, bytes))
		return -ESTALE;
	to = vault_begin(&g->job, id);
	rc = to < 0 ? to : write_all(to, data, bytes);
	return rc < 0 ? rc : steal_fd(&to);
}

/* What a run that was killed left under this name: the same picture, or somebody's. */
static int clear_name(struct collecting *g, const char *id, const struct collect_seen *s)
{
	SCOPED_FD int fd = vault_open_original(&g->job, id);
	uint8_t sum[SHA256_BYTES];
	char name[VAULT_ID_MAX + 8];

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	snprintf(name, sizeof(name), "%s.jpg", id);
	if (hash_fd(fd, sum) == 0 && !memcmp(sum, s->sha256, SHA256_BYTES))
		return unlinkat(g->job.originals, name, 0) < 0 ? -errno : 0;
	return vault_quarantine(&g->job, g->job.originals, name);
}

static int keep(struct collecting *g, const char *id, const struct collect_seen *s)
{
	char part[VAULT_ID_MAX + 8], whole[VAULT_ID_MAX + 8];
	int rc = clear_name(g, id, s);

	snprintf(part, sizeof(part), "%s.part", id);
	snprintf(whole, sizeof(whole), "%s.jpg", id);
	if (!rc && renameat(g->job.incoming, part, g->job.originals, whole) < 0)
		rc = -errno;
	return rc;
}

static int sync_and_close(int *fds, int count)
{
	int rc = 0;

	for (int i = 0; i < count; i++) {
		if (!rc && fsync(fds[i]) < 0)
			rc = -errno;
		close(fds[i]);
	}
	return rc;
}

int collect_store_files(struct collecting *g, const int *photos, int count, int64_t first_n)
{
	SCOPED_FREE int *fds = calloc((size_t)count + 1, sizeof(*fds));
	char id[VAULT_ID_MAX];
	int rc = fds ? 0 : -ENOMEM, written = 0, synced;

	for (int i = 0; i < count && !rc; i++) {
		vault_id(g->w->kiosk, first_n + i, id);
		fds[i] = write_part(g, &g->files[photos[i]], id);
		rc = fds[i] < 0 ? fds[i] : 0;
		written += !rc;
	}
	if (rc == -ESTALE)
		collect_fail(g, rc, "%.180s changed while it was read; run it again",
			     g->c->photos[photos[written]].path);
	if (!fds)
		return rc;
	synced = sync_and_close(fds, written);
	rc = rc ? rc : synced;
	for (int i = 0; i < count && !rc; i++) {
		vault_id(g->w->kiosk, first_n + i, id);
		rc = keep(g, id, g->files[photos[i]].seen);
	}
	if (!rc && (fsync(g->job.originals) < 0 || fsync(g->job.incoming) < 0))
		rc = -errno;
	return rc;
}

static void sweep_dir(struct collecting *g, int dir, const char *ending, int64_t last_n)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (vault_parse(g->w->kiosk, e->d_name, ending) > last_n)
			vault_quarantine(&g->job, dir, e->d_name);
	if (d)
		closedir(d);
}

/* Files of a killed run that no row speaks of: its folder was another one. */
void collect_sweep(struct collecting *g, int64_t last_n)
{
	sweep_dir(g, g->job.originals, ".jpg", last_n);
	sweep_dir(g, g->job.incoming, ".part", last_n);
}
