/* Streaming a picture, from the card or from what was kept of the body's memory. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drivers/camera/gphoto.h"

#define LOG_MODULE "camera"
#include "firmware/base/log.h"

enum { FETCH_MS = 13000 };

struct stream {
	struct gphoto *g;
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
	gphoto_alive(s->g);
	if (!s->rc && *bytes)
		s->rc = s->sink->write(s->sink->ctx, data, *bytes);
	return s->rc ? GP_ERROR : GP_OK;
}

static bool whole(const struct stream *s, uint64_t expected)
{
	return s->bytes >= 4 && (!expected || s->bytes == expected) && s->first[0] == 0xff &&
	       s->first[1] == 0xd8 && s->last[0] == 0xff && s->last[1] == 0xd9;
}

/* --- pictures that never were on a card -------------------------------------------------------- */

/* The library keeps two of them, so the third takes the first away: ours are our own. */
int gphoto_hold(struct gphoto *g, const char *name, struct camera_object *out)
{
	unsigned int slot = g->held_count % GPHOTO_HELD;
	const char *data = NULL;
	CameraFile *file = NULL;
	unsigned long n = 0;

	memset(out, 0, sizeof(*out));
	if (strlen(name) >= sizeof(out->name) || gp_file_new(&file) < 0)
		return -EIO;
	if (gp_camera_file_get(g->cam, "/", name, GP_FILE_TYPE_NORMAL, file, g->ctx) < 0 ||
	    gp_file_get_data_and_size(file, &data, &n) < 0) {
		gp_file_unref(file);
		return -EIO;
	}
	if (g->held[slot].file)
		gp_file_unref(g->held[slot].file);
	g->held[slot].file = file;
	strcpy(g->held[slot].name, name);
	g->held_count++;
	strcpy(out->folder, "/");
	strcpy(out->name, name);
	out->size_bytes = n;
	out->in_memory = 1;
	return 0;
}

void gphoto_drop_held(struct gphoto *g)
{
	for (int i = 0; i < GPHOTO_HELD; i++) {
		if (g->held[i].file)
			gp_file_unref(g->held[i].file);
		g->held[i].file = NULL;
		g->held[i].name[0] = 0;
	}
}

static int read_held(struct gphoto *g, const struct camera_object *o, struct stream *s)
{
	const char *data = NULL;
	unsigned long n = 0;
	uint64_t bytes;

	for (int i = 0; i < GPHOTO_HELD; i++)
		if (g->held[i].file && !strcmp(g->held[i].name, o->name) &&
		    gp_file_get_data_and_size(g->held[i].file, &data, &n) >= 0) {
			bytes = n;
			return on_write(s, (unsigned char *)(uintptr_t)data, &bytes);
		}
	return GP_ERROR_FILE_NOT_FOUND;
}

static int read_card(struct gphoto *g, const struct camera_object *o, struct stream *s)
{
	CameraFileHandler handler = { on_size, on_read, on_write };
	CameraFile *file = NULL;
	int rc = gp_file_new_from_handler(&file, &handler, s);

	gphoto_deaf(g, true);
	if (rc >= 0)
		rc = gp_camera_file_get(g->cam, o->folder, o->name, GP_FILE_TYPE_NORMAL, file,
					g->ctx);
	gphoto_deaf(g, false);
	if (file)
		gp_file_unref(file);
	return rc;
}

int gphoto_fetch(void *priv, const struct camera_object *o, const struct camera_sink *sink,
		 enum camera_cause *cause)
{
	struct gphoto *g = priv;
	struct stream s = { .g = g, .sink = sink };
	int rc;

	if (gphoto_revive(g, cause) < 0)
		return -EIO;
	gphoto_forget(g);
	gphoto_limit(g, FETCH_MS);
	rc = o->in_memory ? read_held(g, o, &s) : read_card(g, o, &s);
	if (s.rc) {
		*cause = CAMERA_FAULT; /* the place where it goes, not the camera */
		return -EIO;
	}
	if (rc < 0) {
		gphoto_fail(g, rc, cause);
		if (*cause != CAMERA_GONE || o->in_memory)
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
