/* One picture from bytes to verdict: decode, face, check, crop. Used by the worker and `check`. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware/base/config.h"
#include "firmware/base/image.h"
#include "firmware/check/verdict.h"
#include "firmware/judge/preset.h"
#include "drivers/face/face.h"

struct judge {
	struct preset preset;
	struct face_engine *face;
	char landmarks[256]; /* path of its model */
	bool finished; /* pictures of a finished one's size are taken as finished: judged as they are */
};

struct judge_outcome {
	struct check_result result;
	struct check_measures measures;
	struct check_input seen; /* faces and points in px of the picture: im NULL, scale 1 */
	struct image *crop; /* ≤ 480×640 for the screen, NULL when undecodable; image_unref() */
	int decode_ms, judge_ms;
};

enum { JUDGE_BYTES_MAX = 64 * 1024 * 1024 };

#define JUDGE_MODEL "/usr/share/dlib/shape_predictor_68_face_landmarks.dat"

/** judge_open() - preset and job as in preset_load(), engine with @landmarks (see face_open()).
 * Blocks 2 s. Return: 0 or negative errno with @err. */
int judge_open(const char *preset, const char *job, const char *landmarks, struct judge *j,
	       struct config_error *err);
void judge_close(struct judge *j);

/** judge_picture() - judge the JPEG in @data. Never fails: what cannot be read is a verdict. */
void judge_picture(struct judge *j, const uint8_t *data, size_t bytes, struct judge_outcome *out);

/**
 * judge_moire() - afterwards: what shows only at the picture's native size
 * Decodes a window around the face again (as long as a full decode of a big file at worst), sets
 * measures.moire and decides once more. Does nothing without a face or where the picture is small.
 * @out: as judge_picture() left it
 */
void judge_moire(struct judge *j, const uint8_t *data, size_t bytes, struct judge_outcome *out);

/** judge_read() - the whole file behind @fd into memory (free it), at most JUDGE_BYTES_MAX.
 * Return: 0; -EFBIG, -ENOMEM or pread's errno. */
int judge_read(int fd, uint8_t **data, size_t *bytes);
