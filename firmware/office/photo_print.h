/*
 * Is it the same photograph? A picture saved again, in another size, brighter or mirrored shows the
 * same frame. It is compared as 96×128 cells of its luma without their coarse light.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware/base/image.h"

enum { PRINT_W = 96, PRINT_H = 128, PRINT_CELLS = PRINT_W * PRINT_H };

/*
 * Two prints at least this alike (correlation × 1000) are one photograph. Measured on 60 drawn people
 * at 960×1280: saved again at quality 40, halved, 20 % brighter or mirrored 994 and above; half-shut
 * eyes 985, people of the same features that differ by 3 % in width and length 989 and below, others
 * below 900. A copy cut differently is not found.
 */
enum { PRINT_SAME = 992 };

struct photo_print {
	uint64_t hash; /* signs of the lowest DCT terms; for a quick look */
	int32_t power; /* sum of squares; 0: a blank picture, like no other */
	int8_t cells[PRINT_CELLS]; /* mean 0 */
};

/** photo_print() - of @im. */
void photo_print(const struct image *im, struct photo_print *out);

/** photo_print_flip() - of the mirrored picture. */
void photo_print_flip(const struct photo_print *p, struct photo_print *out);

/** photo_print_alike() - correlation × 1000. */
int photo_print_alike(const struct photo_print *a, const struct photo_print *b);

/* Two prints that are one photograph. */
struct print_pair {
	int a, b; /* a < b */
	bool mirrored;
	int alike;
};

/**
 * photo_print_pairs() - @count prints against each other; of the last @old no two with each other
 * @prints: NULL ones are left out
 * Return: pairs written, at most @max; in order of a, then b.
 */
size_t photo_print_pairs(const struct photo_print *const *prints, int count, int old,
			 struct print_pair *out, size_t max);
