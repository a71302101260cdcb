/*
 * Verdict and finished pictures from one decode. The crop of each comes from its own preset's
 * windows, or from outside (a recorded one). Given the same bytes, crop and preset a file is the
 * same wherever it is cut.
 */
#pragma once

#include "firmware/judge/judge.h"
#include "firmware/picture/key.h"
#include "firmware/picture/picture.h"

/* One finished picture that is wanted. */
struct judge_order {
	const struct preset *preset;
	struct image_crop crop; /* w 0: where the preset's windows put it */
	bool replace; /* also one before the preset's own backdrop colour */
};

struct judge_piece {
	struct image_crop crop; /* w 0: nowhere */
	/* Why there is none: the check's own finding, as in its report. Set when crop.w is 0. */
	uint32_t code; /* enum check_code */
	double value, limit;
	enum picture_cause cause; /* when there is a crop; PICTURE_OK: file is set */
	struct picture_file file; /* free(file.data) */
	enum key_cause key; /* when a replaced backdrop was asked for; KEY_OK: replaced is set */
	struct picture_file replaced; /* free(replaced.data) */
};

/**
 * judge_cut() - judge the JPEG in @data and cut @count pictures out of it
 * @j: NULL: no verdict; every order has its crop then
 * @out: as from judge_picture(), or NULL without @j
 * Return: PICTURE_OK when it could be decoded, whatever became of the pieces; else all pieces have
 * this cause and @out says undecodable.
 */
enum picture_cause judge_cut(struct judge *j, const uint8_t *data, size_t bytes,
			     const struct judge_order *orders, int count, struct judge_outcome *out,
			     struct judge_piece *pieces);
