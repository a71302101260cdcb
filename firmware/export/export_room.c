/* Is there room, and does the target take every name and size? Before the first byte. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/export/export_inside.h"

#define SCRATCH_SPARE ((uint64_t)1 << 30)

static int64_t there_already(int dir, const char *path)
{
	struct stat st;

	return !fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) && S_ISREG(st.st_mode) ? st.st_size
										    : 0;
}

/* What an earlier export left is written over or kept: it needs no room of its own. */
static int64_t kept_bytes(const struct export_going *g, int to)
{
	SCOPED_FD int dir = openat(to, g->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int64_t bytes = 0;

	for (int i = 0; dir >= 0 && !g->sink.sealed && i < g->plan.count; i++)
		for (int t = 0; t < g->profile.tree_count; t++)
			if (g->plan.people[i].path[t])
				bytes += there_already(dir, g->plan.people[i].path[t]);
	for (int i = 0; dir >= 0 && g->sink.sealed && i < g->plan.part_count; i++) {
		char path[300];

		snprintf(path, sizeof(path), "%s.zip", g->plan.parts[i].name);
		bytes += there_already(dir, path);
	}
	return bytes;
}

int export_room(struct export_going *g, int to)
{
	int64_t need = g->plan.bytes + g->file_bytes + (int64_t)g->plan.files * 1024;
	struct statvfs fs;

	if (fstatvfs(to, &fs) < 0)
		return 0;
	need -= kept_bytes(g, to);
	/* Some programs' file systems say nothing of their room. */
	if (need < 0 || !fs.f_blocks || (uint64_t)need <= (uint64_t)fs.f_bavail * fs.f_frsize)
		return 0;
	snprintf(g->report->detail, sizeof(g->report->detail), "needs %lld MB, free are %lld MB",
		 (long long)(need >> 20),
		 (long long)((int64_t)fs.f_bavail * (int64_t)fs.f_frsize >> 20));
	return export_stop(g, EXPORT_FULL, "");
}

/* --- what will be put, told to the writer ------------------------------------------------------- */

static int expect_files(struct export_going *g)
{
	char path[300];

	for (int i = 0; i < g->file_count; i++) {
		const struct export_file *f = &g->files[i];
		int64_t bytes = (int64_t)f->bytes;

		if (!g->sink.sealed && writer_expect(g->sink.w, f->path, bytes) < 0)
			return export_failed(g);
		if (!g->sink.sealed || (i && !strcmp(g->files[i - 1].part, f->part)))
			continue;
		for (int k = i + 1; k < g->file_count && !strcmp(g->files[k].part, f->part); k++)
			bytes += (int64_t)g->files[k].bytes;
		snprintf(path, sizeof(path), "%s.zip", f->part);
		if (writer_expect(g->sink.w, path, bytes) < 0)
			return export_failed(g);
	}
	return 0;
}

static int expect_person(struct export_going *g, const struct plan_person *who)
{
	int rc = 0;

	for (int t = 0; t < g->profile.tree_count && !rc; t++)
		if (who->path[t])
			rc = writer_expect(g->sink.w, who->path[t], plan_bytes(&g->plan, who, t));
	return rc ? export_failed(g) : 0;
}

static int64_t part_bytes(const struct export_going *g, const struct plan_part *part)
{
	int64_t bytes = 0;

	for (int i = part->first; i < part->first + part->count; i++)
		for (int t = 0; t < g->profile.tree_count; t++)
			if (g->plan.people[i].path[t])
				bytes += plan_bytes(&g->plan, &g->plan.people[i], t) + 1024;
	return bytes;
}

/* As many archives as its pictures may fill. */
static int expect_part(struct export_going *g, const struct plan_part *part)
{
	int64_t bytes = part_bytes(g, part), one;
	char path[320];

	for (int n = 1; bytes > 0; n++, bytes -= one) {
		one = bytes < SEAL_PART_BYTES_MAX ? bytes : SEAL_PART_BYTES_MAX;
		if (n > 1)
			snprintf(path, sizeof(path), "%s-%d.zip", part->name, n);
		else
			snprintf(path, sizeof(path), "%s.zip", part->name);
		if (writer_expect(g->sink.w, path, one) < 0)
			return export_failed(g);
	}
	return 0;
}

int export_expect(struct export_going *g)
{
	int rc = expect_files(g);

	for (int i = 0; i < g->plan.count && !g->sink.sealed && !rc; i++)
		rc = expect_person(g, &g->plan.people[i]);
	for (int i = 0; i < g->plan.part_count && g->sink.sealed && !rc; i++)
		rc = expect_part(g, &g->plan.parts[i]);
	return rc;
}

/* The kiosk goes on taking pictures meanwhile: a good deal stays free. */
bool export_scratch_room(const struct export_going *g, const char *dir)
{
	int64_t most = g->file_bytes, bytes;
	struct statvfs fs;

	for (int i = 0; i < g->plan.part_count; i++) {
		bytes = part_bytes(g, &g->plan.parts[i]);
		if (bytes > most)
			most = bytes;
	}
	if (most > SEAL_PART_BYTES_MAX || g->profile.archive)
		most = SEAL_PART_BYTES_MAX;
	return !access(dir, W_OK) && !statvfs(dir, &fs) &&
	       (uint64_t)most + SCRATCH_SPARE < (uint64_t)fs.f_bavail * fs.f_frsize;
}
