/* Pictures on the card: describing, streaming, removing, listing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/camera/gphoto.h"
#include "firmware/base/clock.h"

#define LOG_MODULE "camera"
#include "firmware/base/log.h"

enum { DEPTH_MAX = 6 };

bool gphoto_is_jpeg(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && (!strcasecmp(dot, ".jpg") || !strcasecmp(dot, ".jpeg"));
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

	if (!strcmp(o->folder, "/")) /* SDRAM: the names begin anew with each session */
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

static int walk(struct gphoto *g, const char *folder, int depth,
		void (*each)(void *ctx, const struct camera_object *), void *ctx)
{
	CameraList *list = NULL;
	const char *name;
	int rc = gp_list_new(&list);

	if (rc >= 0)
		rc = gp_camera_folder_list_files(g->cam, folder, list, g->ctx);
	for (int i = 0; rc >= 0 && i < gp_list_count(list); i++) {
		struct camera_object o;

		gp_list_get_name(list, i, &name);
		if (gphoto_is_jpeg(name) && !gphoto_describe(g, folder, name, &o))
			each(ctx, &o);
	}
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
	rc = gphoto_walk(g, each, ctx);
	return rc < 0 ? gphoto_fail(g, rc, cause) : 0;
}

struct stream {
	const struct camera_sink *sink;
	uint64_t bytes;
	int rc;
	uint8_t first[2], last[2];
};

static int on_size(void *priv, uint64_t *size)
{
	*size = ((struct stream *)priv)->bytes;
	return GP_OK;
}

static int on_read(void *priv, unsigned char *data, uint64_t *bytes)
{
	(void)priv;
	(void)data;
	*bytes = 0;
	return GP_ERROR_NOT_SUPPORTED;
}

static int on_write(void *priv, unsigned char *data, uint64_t *bytes)
{
	struct stream *s = priv;

	for (uint64_t i = 0; i < *bytes && s->bytes + i < 2; i++)
		s->first[s->bytes + i] = data[i];
	for (uint64_t i = *bytes > 2 ? *bytes - 2 : 0; i < *bytes; i++) {
		s->last[0] = s->last[1];
		s->last[1] = data[i];
	}
	s->bytes += *bytes;
	if (!s->rc && *bytes)
		s->rc = s->sink->write(s->sink->ctx, data, *bytes);
	return s->rc ? GP_ERROR : GP_OK;
}

static bool whole(const struct stream *s, uint64_t expected)
{
	return s->bytes >= 4 && (!expected || s->bytes == expected) && s->first[0] == 0xff &&
	       s->first[1] == 0xd8 && s->last[0] == 0xff && s->last[1] == 0xd9;
}

int gphoto_fetch(void *priv, const struct camera_object *o, const struct camera_sink *sink,
		 enum camera_cause *cause)
{
	CameraFileHandler handler = { on_size, on_read, on_write };
	struct stream s = { .sink = sink };
	struct gphoto *g = priv;
	CameraFile *file = NULL;
	int rc;

	gphoto_forget(g);
	rc = gp_file_new_from_handler(&file, &handler, &s);
	if (rc >= 0)
		rc = gp_camera_file_get(g->cam, o->folder, o->name, GP_FILE_TYPE_NORMAL, file,
					g->ctx);
	if (file)
		gp_file_unref(file);
	if (s.rc) {
		*cause = CAMERA_FAULT; /* the place where it goes, not the camera */
		return -EIO;
	}
	if (rc < 0) {
		gphoto_fail(g, rc, cause);
		if (*cause != CAMERA_GONE)
			*cause = CAMERA_TRANSFER;
		return -EIO;
	}
	if (!whole(&s, o->size_bytes)) {
		log_w("picture came damaged bytes=%llu expected=%llu", (unsigned long long)s.bytes,
		      (unsigned long long)o->size_bytes);
		*cause = CAMERA_TRANSFER;
		return -EIO;
	}
	return 0;
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

	gphoto_forget(g);
	*cause = CAMERA_OK;
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
