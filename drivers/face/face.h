/*
 * Contract of the face engine: grey pixels in, face boxes and 68 points out. Slow to open (the
 * model is 100 MB), then fast; used only by workers and command-line tools. One thread per handle.
 *
 * Points are numbered as in iBUG 300-W: 0-16 jaw from the picture's left ear to its right, 17-26
 * brows, 27-35 nose, 36-41 and 42-47 eyes (36 and 45 the outer corners), 48-67 lips (60-67 inner).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { FACE_BOXES_MAX = 16, FACE_POINTS = 68 };

struct face_luma { /* borrowed */
	const uint8_t *px;
	int width_px, height_px;
	size_t stride_bytes;
};

enum face_view { FACE_FRONT, FACE_LEFT, FACE_RIGHT, FACE_TILT_LEFT, FACE_TILT_RIGHT };

struct face_box { /* pixels of the picture given; may reach outside it */
	double x, y, w, h;
	double score; /* above 0; about 1…3 for a clear face */
	int view; /* enum face_view: which of the engine's filters saw it */
};

struct face_point {
	double x, y; /* pixels of the picture given */
};

/* What a driver provides; the functions below say what each means. @e is its own handle. */
struct face_ops {
	const char *name; /* of the key `face.engine` */
	const char *version; /* "dlib 19.24" */
	int (*open)(const char *model_path, void **e);
	void (*close)(void *e);
	bool (*has_points)(const void *e);
	int (*find)(void *e, const struct face_luma *luma, struct face_box boxes[FACE_BOXES_MAX]);
	int (*points)(void *e, const struct face_luma *luma, const struct face_box *box,
		      struct face_point points[FACE_POINTS]);
};

extern const struct face_ops *const face_drivers[]; /* table.c; NULL-terminated */

struct face_engine; /* opaque */

/**
 * face_open() - build the detector and load the 68-point model
 * @name: of a driver of the table
 * @model_path: NULL, "" or a file that is not there: boxes only
 *
 * Blocks 1-2 s with a model. Return: 0; -ENOMEM; -EINVAL the file is not such a model; -ENODEV no
 * such driver.
 */
int face_open(const char *name, const char *model_path, struct face_engine **out);

/** face_version() - "dlib 19.24"; static. */
const char *face_version(const struct face_engine *e);

/** face_close() - NULL is allowed. */
void face_close(struct face_engine *e);

/** face_has_points() - was a model loaded? */
bool face_has_points(const struct face_engine *e);

/**
 * face_find() - boxes of all faces, widest first
 * Faces from 80 px of width are found: scale the picture to about 480×640 first.
 * Return: how many stand in @boxes (≤ FACE_BOXES_MAX), or -ENOMEM.
 */
int face_find(struct face_engine *e, const struct face_luma *luma,
	      struct face_box boxes[FACE_BOXES_MAX]);

/**
 * face_points() - the 68 points of the face in @box
 * The engine cuts and scales by itself (box ≈ 320 px); give the finest picture at hand.
 * Return: 0; -ENODATA without a model; -ENOMEM.
 */
int face_points(struct face_engine *e, const struct face_luma *luma, const struct face_box *box,
		struct face_point points[FACE_POINTS]);

#ifdef __cplusplus
}
#endif
