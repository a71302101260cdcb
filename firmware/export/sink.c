#include "firmware/export/sink.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "firmware/base/text.h"

static int fail(struct sink *s, int error)
{
	if (!s->error)
		s->error = error;
	return -1;
}

static void part_path(const struct sink *s, char out[static 300])
{
	if (s->nth > 1)
		snprintf(out, 300, "%s-%d.zip", s->part, s->nth);
	else
		snprintf(out, 300, "%s.zip", s->part);
}

static int open_part(struct sink *s)
{
	struct manifest *m = manifest_new(s->db, s->job, s->kiosk, s->profile, json_object());
	char path[300];

	if (!m)
		return fail(s, -ENOMEM);
	part_path(s, path);
	s->fd = writer_create(s->w, path);
	if (s->fd < 0) {
		manifest_free(m);
		return -1;
	}
	s->seal = seal_open(s->fd, s->passphrase, m);
	return s->seal ? 0 : fail(s, -ENOMEM);
}

int sink_note(struct sink *s, const char *path, int files)
{
	struct sink_part *more = realloc(s->done, (size_t)(s->parts + 1) * sizeof(*more));

	if (!more)
		return fail(s, -ENOMEM);
	s->done = more;
	more[s->parts].path = strdup(path);
	more[s->parts].files = files;
	return more[s->parts++].path ? 0 : fail(s, -ENOMEM);
}

int sink_files(const struct sink *s, const char *path)
{
	for (int i = 0; i < s->parts; i++)
		if (!strcmp(s->done[i].path, path))
			return s->done[i].files;
	return 0;
}

int sink_end(struct sink *s)
{
	char path[300];
	int rc, files;

	if (!s->seal)
		return 0;
	files = seal_files(s->seal);
	rc = seal_close(s->seal, s->data_dir);
	s->seal = NULL;
	if (rc < 0)
		return fail(s, rc);
	part_path(s, path);
	rc = writer_add(s->w, path, s->fd);
	close(s->fd);
	s->fd = -1;
	return rc ? rc : sink_note(s, path, files);
}

int sink_part(struct sink *s, const char *name)
{
	if (!s->sealed)
		return 0;
	if (sink_end(s) < 0)
		return -1;
	text_copy(s->part, sizeof(s->part), name);
	s->nth = 1;
	return 0;
}

/* What @put returned: the next part when this one is full. Return: 1 again, 0 done, -1. */
static int overflowing(struct sink *s, int rc, const char *path)
{
	(void)path;
	if (!rc)
		return 0;
	if (rc != -E2BIG)
		return fail(s, rc);
	if (sink_end(s) < 0)
		return -1;
	s->nth++;
	return open_part(s) < 0 ? -1 : 1;
}

int sink_put_bytes(struct sink *s, const char *path, const void *data, size_t bytes)
{
	int more;

	if (!s->sealed)
		return writer_put_bytes(s->w, path, data, bytes);
	if (!s->seal && open_part(s) < 0)
		return -1;
	do
		more = overflowing(s, seal_put_bytes(s->seal, path, data, bytes), path);
	while (more > 0);
	return more;
}

int sink_put(struct sink *s, const char *path, int fd, const uint8_t want[static SHA256_BYTES])
{
	uint8_t have[SHA256_BYTES];
	int more;

	if (!s->sealed)
		return writer_put(s->w, path, fd, want);
	if (hash_fd(fd, have) < 0 || memcmp(have, want, SHA256_BYTES) != 0) {
		s->bad_source = true;
		return -1;
	}
	if (!s->seal && open_part(s) < 0)
		return -1;
	do
		more = overflowing(s, seal_put(s->seal, path, fd), path);
	while (more > 0);
	return more;
}

void sink_drop(struct sink *s)
{
	seal_drop(s->seal);
	s->seal = NULL;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	for (int i = 0; i < s->parts; i++)
		free(s->done[i].path);
	free(s->done);
	s->done = NULL;
	s->parts = 0;
}
