/* Where an export's files go: folders on the target, or sealed parts. Private to the room. */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>

#include "firmware/export/seal.h"
#include "firmware/export/writer.h"

/* An archive that is whole. */
struct sink_part {
	char *path;
	int files;
};

struct sink {
	struct writer *w;
	bool sealed;
	const char *passphrase, *data_dir, *job, *kiosk, *profile;
	sqlite3 *db;
	struct seal *seal; /* the part being made */
	int fd;
	char part[256]; /* its name, without -2 and .zip */
	int nth, parts;
	struct sink_part *done; /* @parts of them */
	int error; /* negative errno of our own side: memory, key, scratch */
	bool bad_source;
};

/** sink_part() - what follows belongs into the archive @name (without ending). Plain: nothing. */
int sink_part(struct sink *s, const char *name);
int sink_put_bytes(struct sink *s, const char *path, const void *data, size_t bytes);
/** sink_put() - @fd's bytes must have the digest @want. */
int sink_put(struct sink *s, const char *path, int fd, const uint8_t want[static SHA256_BYTES]);
/** sink_end() - the last part is whole. */
int sink_end(struct sink *s);
/** sink_note() - an archive that is whole: made here, or kept from an earlier export. */
int sink_note(struct sink *s, const char *path, int files);
/** sink_files() - how many the archive @path holds; 0: it is none. */
int sink_files(const struct sink *s, const char *path);
/** sink_drop() - after a failure or at the end. */
void sink_drop(struct sink *s);
