/* The engines there are, and the way to the one that was opened. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/face/face.h"

extern const struct face_ops face_dlib_ops;

const struct face_ops *const face_drivers[] = {
	&face_dlib_ops,
	NULL,
};

struct face_engine {
	const struct face_ops *ops;
	void *own;
};

static const struct face_ops *driver(const char *name)
{
	for (size_t i = 0; face_drivers[i]; i++)
		if (!strcmp(face_drivers[i]->name, name))
			return face_drivers[i];
	return NULL;
}

int face_open(const char *name, const char *model_path, struct face_engine **out)
{
	const struct face_ops *ops = driver(name);
	struct face_engine *e;
	int rc;

	if (!ops)
		return -ENODEV;
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->ops = ops;
	rc = ops->open(model_path, &e->own);
	if (rc < 0)
		free(e);
	else
		*out = e;
	return rc;
}

void face_close(struct face_engine *e)
{
	if (e)
		e->ops->close(e->own);
	free(e);
}

const char *face_version(const struct face_engine *e)
{
	return e->ops->version;
}

bool face_has_points(const struct face_engine *e)
{
	return e->ops->has_points(e->own);
}

int face_find(struct face_engine *e, const struct face_luma *luma,
	      struct face_box boxes[FACE_BOXES_MAX])
{
	return e->ops->find(e->own, luma, boxes);
}

int face_points(struct face_engine *e, const struct face_luma *luma, const struct face_box *box,
		struct face_point points[FACE_POINTS])
{
	return e->ops->points(e->own, luma, box, points);
}
