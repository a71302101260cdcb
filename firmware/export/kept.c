#include "firmware/export/kept.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"

enum { NOTES_BYTES_MAX = 1 << 20, LINE_BYTES = 2 * (2 * SHA256_BYTES) + 2 };

static void add_text(struct hash *h, const char *text)
{
	hash_update(h, text, strlen(text) + 1);
}

static void add_picture(struct hash *h, const struct plan *p, const struct plan_person *who, int t)
{
	const struct preset *preset;
	char line[160];

	add_text(h, who->path[t]);
	add_text(h, who->s->sha256);
	if (p->preset_of[t] < 0)
		return;
	preset = &p->presets[p->preset_of[t]];
	snprintf(line, sizeof(line), "%dx%d %d..%d %d..%d %d", preset->file.width_px,
		 preset->file.height_px, preset->file.bytes_min, preset->file.bytes_max,
		 preset->file.quality_min, preset->file.quality_max, preset->file.dpi);
	add_text(h, line);
	hash_update(h, &who->crop[p->preset_of[t]], sizeof(who->crop[0]));
}

/* Everything that decides what is inside and who can open it. */
static int key_of(const struct plan *p, int part, const struct sink *s, char out[static SHA256_HEX])
{
	const struct plan_part *at = &p->parts[part];
	struct hash *h = hash_new();
	uint8_t digest[SHA256_BYTES];

	if (!h)
		return -1;
	add_text(h, "parts 1");
	add_text(h, s->passphrase);
	add_text(h, s->profile);
	add_text(h, at->name);
	for (int i = at->first; i < at->first + at->count; i++)
		for (int t = 0; t < p->profile->tree_count; t++)
			if (p->people[i].path[t])
				add_picture(h, p, &p->people[i], t);
	hash_final(h, digest);
	hash_free(h);
	hash_hex(digest, out);
	return 0;
}

static void notes_path(const struct plan *p, char out[static 600])
{
	snprintf(out, 600, "%s/derived/parts", p->job_dir);
}

/* The newest note of @key. */
static bool find(const struct plan *p, const char *key, char hex[static SHA256_HEX])
{
	char path[600], line[LINE_BYTES + 16], have[SHA256_HEX], digest[SHA256_HEX];
	SCOPED_FILE FILE *f = NULL;
	bool found = false;

	notes_path(p, path);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%64[0-9a-f] %64[0-9a-f]", have, digest) == 2 &&
		    !strcmp(have, key) && strlen(digest) == 2 * SHA256_BYTES) {
			memcpy(hex, digest, SHA256_HEX);
			found = true;
		}
	return found;
}

static void archive_path(const struct plan *p, int part, char out[static 300])
{
	snprintf(out, 300, "%s.zip", p->parts[part].name);
}

static int files_of(const struct plan *p, int part)
{
	int n = 0;

	for (int i = p->parts[part].first; i < p->parts[part].first + p->parts[part].count; i++)
		for (int t = 0; t < p->profile->tree_count; t++)
			n += p->people[i].path[t] != NULL;
	return n;
}

bool kept_part(const struct plan *p, int part, struct sink *s, int target)
{
	char key[SHA256_HEX], hex[SHA256_HEX], have[SHA256_HEX], path[300];
	uint8_t digest[SHA256_BYTES];
	SCOPED_FD int fd = -1;

	if (!s->sealed || key_of(p, part, s, key) < 0 || !find(p, key, hex))
		return false;
	archive_path(p, part, path);
	fd = openat(target, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || hash_fd(fd, digest) < 0)
		return false;
	hash_hex(digest, have);
	return !strcmp(have, hex) && writer_put(s->w, path, fd, digest) == 0 &&
	       sink_note(s, path, files_of(p, part)) == 0;
}

struct looking {
	const char *path;
	uint8_t sha256[SHA256_BYTES];
	bool found;
};

static int look(void *ctx, const char *path, int64_t bytes,
		const uint8_t sha256[static SHA256_BYTES])
{
	struct looking *l = ctx;

	(void)bytes;
	if (strcmp(path, l->path) != 0)
		return 0;
	memcpy(l->sha256, sha256, SHA256_BYTES);
	l->found = true;
	return 1;
}

void kept_note(const struct plan *p, int part, const struct sink *s)
{
	char key[SHA256_HEX], hex[SHA256_HEX], path[600], archive[300];
	struct looking l = { .path = archive };
	SCOPED_FILE FILE *f = NULL;
	struct stat st;

	archive_path(p, part, archive);
	if (!s->sealed || s->nth != 1 || key_of(p, part, s, key) < 0)
		return;
	writer_each(s->w, look, &l);
	if (!l.found)
		return;
	hash_hex(l.sha256, hex);
	notes_path(p, path);
	f = fopen(path, !stat(path, &st) && st.st_size > NOTES_BYTES_MAX ? "we" : "ae");
	if (f)
		fprintf(f, "%s %s\n", key, hex);
}
