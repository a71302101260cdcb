/* Pictures on the card: describing, removing, listing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/camera/gphoto.h"
#include "firmware/base/cleanup.h"

#define LOG_MODULE "camera"
#include "firmware/base/log.h"

enum { DEPTH_MAX = 6, REMOVE_MS = 5000 };

bool gphoto_is_jpeg(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && (!strcasecmp(dot, ".jpg") || !strcasecmp(dot, ".jpeg"));
}

bool gphoto_is_raw(const char *name)
{
	static const char *const raws[] = { ".nef", ".nrw", ".cr2", ".cr3", ".crw", ".arw",
					    ".raf", ".orf", ".rw2", ".dng", ".pef" };
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < ARRAY_SIZE(raws); i++)
		if (!strcasecmp(dot, raws[i]))
			return true;
	return false;
}

int gphoto_describe(struct gphoto *g, const char *folder, const char *name,
		    struct camera_object *out)
{
	CameraFileInfo info;
	int rc;

	memset(out, 0, sizeof(*out));
	if (strlen(folder) >= sizeof(out->folder) || strlen(name) >= sizeof(out->name))
		return -ENOENT;
	strcpy(out->folder, folder);
	strcpy(out->name, name);
	memset(&info, 0, sizeof(info));
	rc = gp_camera_file_get_info(g->cam, folder, name, &info, g->ctx);
	if (rc < 0)
		return gphoto_ping(g, NULL, NULL) ? -ENOENT : -EIO;
	if (info.file.fields & GP_FILE_INFO_SIZE)
		out->size_bytes = info.file.size;
	if (info.file.fields & GP_FILE_INFO_MTIME && info.file.mtime > 0)
		out->taken_s = info.file.mtime;
	return 0;
}

/* FNV-1a over what tells two files apart, also when a new card starts their numbers again. Not the
 * time: the library puts the host's clock into what it learns from an event. */
static uint64_t fingerprint(const struct camera_object *o)
{
	char text[224];
	int n = snprintf(text, sizeof(text), "%s/%s %llu", o->folder, o->name,
			 (unsigned long long)o->size_bytes);
	uint64_t h = 14695981039346656037u;

	for (int i = 0; i < n; i++)
		h = (h ^ (uint8_t)text[i]) * 1099511628211u;
	return h;
}

bool gphoto_learn(struct gphoto *g, const struct camera_object *o)
{
	size_t have = g->known_count < GPHOTO_KNOWN ? g->known_count : GPHOTO_KNOWN;
	uint64_t mark = fingerprint(o);

	if (o->in_memory) /* the names begin anew with each session */
		return true;
	for (size_t i = 0; i < have; i++)
		if (g->known[i] == mark)
			return false;
	g->known[g->known_count++ % GPHOTO_KNOWN] = mark;
	return true;
}

/* A removed picture's number may be given again. */
static void unlearn(struct gphoto *g, const struct camera_object *o)
{
	size_t have = g->known_count < GPHOTO_KNOWN ? g->known_count : GPHOTO_KNOWN;
	uint64_t mark = fingerprint(o);

	for (size_t i = 0; i < have; i++)
		if (g->known[i] == mark)
			g->known[i] = 0;
}

static bool same_stem(const char *a, const char *b)
{
	const char *dot = strrchr(a, '.');
	size_t n = dot ? (size_t)(dot - a) : strlen(a);

	return !strncmp(a, b, n) && b[n] == '.';
}

/* In a sorted list the companion is a neighbour. */
static void add_raw(CameraList *list, int i, struct camera_object *o)
{
	const char *name;

	for (int k = i - 1; k <= i + 1; k += 2) {
		if (k < 0 || k >= gp_list_count(list) || gp_list_get_name(list, k, &name) < 0 ||
		    !gphoto_is_raw(name) || !same_stem(o->name, name) ||
		    strlen(name) >= sizeof(o->raw_name))
			continue;
		strcpy(o->raw_name, name);
		o->pair = PAIR_WHOLE;
	}
}

static void walk_files(struct gphoto *g, const char *folder, CameraList *list,
		       void (*each)(void *ctx, const struct camera_object *), void *ctx)
{
	const char *name;

	gp_list_sort(list);
	for (int i = 0; i < gp_list_count(list); i++) {
		struct camera_object o;

		gp_list_get_name(list, i, &name);
		if (!gphoto_is_jpeg(name) || gphoto_describe(g, folder, name, &o))
			continue;
		add_raw(list, i, &o);
		each(ctx, &o);
	}
}

static int walk(struct gphoto *g, const char *folder, int depth,
		void (*each)(void *ctx, const struct camera_object *), void *ctx)
{
	CameraList *list = NULL;
	const char *name;
	int rc = gp_list_new(&list);

	if (rc >= 0)
		rc = gp_camera_folder_list_files(g->cam, folder, list, g->ctx);
	if (rc >= 0 && folder[1]) /* in "/" are only pictures from memory */
		walk_files(g, folder, list, each, ctx);
	if (rc >= 0)
		gp_list_reset(list);
	if (rc >= 0 && depth < DEPTH_MAX)
		rc = gp_camera_folder_list_folders(g->cam, folder, list, g->ctx);
	if (rc >= 0)
		gp_list_sort(list);
	for (int i = 0; rc >= 0 && i < gp_list_count(list); i++) {
		char below[512];

		gp_list_get_name(list, i, &name);
		snprintf(below, sizeof(below), "%s%s%s", folder, folder[1] ? "/" : "", name);
		rc = walk(g, below, depth + 1, each, ctx);
	}
	gp_list_free(list);
	return rc;
}

int gphoto_walk(struct gphoto *g, void (*each)(void *ctx, const struct camera_object *), void *ctx)
{
	return walk(g, "/", 0, each, ctx);
}

int gphoto_list(void *priv, void (*each)(void *ctx, const struct camera_object *), void *ctx,
		enum camera_cause *cause)
{
	struct gphoto *g = priv;
	int rc = gphoto_reopen(g, cause); /* the library's own list is not told everything */

	if (rc < 0)
		return rc;
	gphoto_settings(g);
	gphoto_limit(g, GPHOTO_WALK_MS);
	rc = gphoto_walk(g, each, ctx);
	return rc < 0 ? gphoto_fail(g, rc, cause) : 0;
}

/* The library answers GP_OK although the camera refused, but then keeps the file in its own list;
 * dropping only the upper cache and asking again shows which it was. */
static bool still_there(struct gphoto *g, const struct camera_object *o)
{
	struct camera_object again;

	gp_filesystem_reset(g->cam->fs);
	return gphoto_describe(g, o->folder, o->name, &again) == 0;
}

int gphoto_remove(void *priv, const struct camera_object *o, enum camera_cause *cause)
{
	struct gphoto *g = priv;
	struct camera_object now;
	int rc;

	*cause = CAMERA_OK;
	if (gphoto_revive(g, cause) < 0)
		return -EIO;
	if (!g->cam) {
		*cause = CAMERA_GONE;
		return -EIO;
	}
	gphoto_forget(g);
	gphoto_limit(g, REMOVE_MS);
	if (o->in_memory || !gphoto_is_jpeg(o->name)) /* a raw is never ours to delete */
		return -ENOENT;
	gp_filesystem_reset(g->cam->fs);
	rc = gphoto_describe(g, o->folder, o->name, &now); /* also: never the handle of all files */
	if (rc == -ENOENT)
		return -ENOENT;
	if (rc < 0) {
		*cause = CAMERA_GONE;
		return -EIO;
	}
	if (o->size_bytes && now.size_bytes && now.size_bytes != o->size_bytes)
		return -ENOENT; /* another picture under this name */
	gphoto_forget(g);
	rc = gp_camera_file_delete(g->cam, o->folder, o->name, g->ctx);
	if (rc < 0)
		return gphoto_fail(g, rc, cause);
	if (!still_there(g, o)) {
		unlearn(g, &now);
		return 0;
	}
	gphoto_fail(g, GP_ERROR, cause);
	return -EIO;
}
