#include "drivers/camera/camera_worker.h"

#include <string.h>

static bool ends(const char *field, size_t size)
{
	return memchr(field, 0, size) != NULL;
}

#define ENDS(field) ends(field, sizeof(field))

static bool object_ok(const struct camera_object *o)
{
	return o && ENDS(o->folder) && ENDS(o->name) && ENDS(o->raw_name) &&
	       o->pair <= PAIR_PARTIAL && o->in_memory <= 1;
}

static bool done_ok(const struct camera_done *d)
{
	return d && d->cause < CAMERA_CAUSE_COUNT && object_ok(&d->object);
}

static bool status_ok(const struct camera_status *s)
{
	return s && s->cause < CAMERA_CAUSE_COUNT && ENDS(s->model) && ENDS(s->serial);
}

static bool frame_ok(const struct camera_frame *f)
{
	return f && f->width_px >= 1 && f->width_px <= IMAGE_SIDE_MAX && f->height_px >= 1 &&
	       f->height_px <= CAMERA_FRAME_PIXELS_MAX / f->width_px;
}

static bool body_ok(const struct wire_msg *m)
{
	const struct camera_trouble *t;

	switch (m->type) {
	case CAMERA_DONE:
		return done_ok(wire_body(m, sizeof(struct camera_done)));
	case CAMERA_OBJECT:
	case CAMERA_STRAY:
		return object_ok(wire_body(m, sizeof(struct camera_object)));
	case CAMERA_FRAME:
		return frame_ok(wire_body(m, sizeof(struct camera_frame)));
	case CAMERA_ONLINE:
		return status_ok(wire_body(m, sizeof(struct camera_status)));
	case CAMERA_OFFLINE:
		t = wire_body(m, sizeof(*t));
		return t && t->cause < CAMERA_CAUSE_COUNT;
	case CAMERA_TRIGGERED:
		return wire_body(m, sizeof(struct camera_triggered)) != NULL;
	default:
		return false;
	}
}

bool camera_msg_ok(const struct wire_msg *m)
{
	return m->fd_count == (m->type == CAMERA_FRAME) && body_ok(m);
}
