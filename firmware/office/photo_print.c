#include "firmware/office/photo_print.h"

#include <math.h>
#include <string.h>

enum {
	BLUR = 1, /* cells each way that make the coarse light */
	DCT = 8,
	HASH_NEAR = 20, /* of 64 bits: further apart is not looked at closely */
};

static int luma(uint32_t p)
{
	return (int)(77 * (p >> 16 & 255) + 150 * (p >> 8 & 255) + 29 * (p & 255));
}

static double mean(const struct image *im, int x0, int x1, int y0, int y1)
{
	int64_t sum = 0, n = 0;

	for (int y = y0; y < (y1 > y0 ? y1 : y0 + 1); y++)
		for (int x = x0; x < (x1 > x0 ? x1 : x0 + 1); x++, n++)
			sum += luma(image_row(im, y)[x]);
	return (double)sum / (double)n / 256;
}

static double around(const double *cells, int x, int y)
{
	double sum = 0;
	int n = 0;

	for (int b = y - BLUR; b <= y + BLUR; b++)
		for (int a = x - BLUR; a <= x + BLUR; a++) {
			if (a < 0 || b < 0 || a >= PRINT_W || b >= PRINT_H)
				continue;
			sum += cells[b * PRINT_W + a];
			n++;
		}
	return sum / n;
}

/* Without its coarse light, and as strong as any other. */
static void normalise(const double cells[PRINT_CELLS], int8_t out[PRINT_CELLS])
{
	double fine[PRINT_CELLS], power = 0, gain;

	for (int i = 0; i < PRINT_CELLS; i++) {
		fine[i] = cells[i] - around(cells, i % PRINT_W, i / PRINT_W);
		power += fine[i] * fine[i];
	}
	power = sqrt(power / PRINT_CELLS);
	gain = power > 0.2 ? 24 / power : 0;
	for (int i = 0; i < PRINT_CELLS; i++)
		out[i] = (int8_t)fmin(fmax(rint(fine[i] * gain), -127), 127);
}

/* One bit a term: is it positive? */
static uint64_t dct_hash(const int8_t cells[PRINT_CELLS])
{
	double wave_x[DCT][PRINT_W], wave_y[DCT][PRINT_H], rows[DCT][PRINT_H];
	uint64_t hash = 0;

	for (int k = 0; k < DCT; k++) {
		for (int x = 0; x < PRINT_W; x++)
			wave_x[k][x] = cos(M_PI * (k + 2) * (x + 0.5) / PRINT_W);
		for (int y = 0; y < PRINT_H; y++)
			wave_y[k][y] = cos(M_PI * (k + 2) * (y + 0.5) / PRINT_H);
	}
	for (int k = 0; k < DCT; k++)
		for (int y = 0; y < PRINT_H; y++) {
			rows[k][y] = 0;
			for (int x = 0; x < PRINT_W; x++)
				rows[k][y] += cells[y * PRINT_W + x] * wave_x[k][x];
		}
	for (int i = 0; i < DCT * DCT; i++) {
		double sum = 0;

		for (int y = 0; y < PRINT_H; y++)
			sum += rows[i % DCT][y] * wave_y[i / DCT][y];
		hash |= (uint64_t)(sum > 0) << i;
	}
	return hash;
}

void photo_print(const struct image *im, struct photo_print *out)
{
	double cells[PRINT_CELLS];

	for (int i = 0; i < PRINT_CELLS; i++) {
		int x = i % PRINT_W, y = i / PRINT_W, w = im->width_px, h = im->height_px;

		cells[i] = mean(im, x * w / PRINT_W, (x + 1) * w / PRINT_W, y * h / PRINT_H,
				(y + 1) * h / PRINT_H);
	}
	normalise(cells, out->cells);
	out->hash = dct_hash(out->cells);
	out->power = 0;
	for (int i = 0; i < PRINT_CELLS; i++)
		out->power += out->cells[i] * out->cells[i];
}

void photo_print_flip(const struct photo_print *p, struct photo_print *out)
{
	for (int i = 0; i < PRINT_CELLS; i++)
		out->cells[i] = p->cells[i / PRINT_W * PRINT_W + PRINT_W - 1 - i % PRINT_W];
	out->hash = dct_hash(out->cells);
	out->power = p->power;
}

int photo_print_alike(const struct photo_print *a, const struct photo_print *b)
{
	double power = sqrt((double)a->power) * sqrt((double)b->power);
	int32_t ab = 0;

	for (int i = 0; i < PRINT_CELLS; i++)
		ab += a->cells[i] * b->cells[i];
	return power > 0 ? (int)(1000.0 * ab / power) : 0;
}

/* Cheap first: 64 bits that differ in many places are two photographs. */
static int alike(const struct photo_print *a, const struct photo_print *b)
{
	if (__builtin_popcountll(a->hash ^ b->hash) > HASH_NEAR)
		return 0;
	return photo_print_alike(a, b);
}

static bool one_photograph(const struct photo_print *a, const struct photo_print *flipped,
			   const struct photo_print *b, struct print_pair *out)
{
	out->mirrored = false;
	out->alike = alike(a, b);
	if (out->alike >= PRINT_SAME)
		return true;
	out->mirrored = true;
	out->alike = alike(flipped, b);
	return out->alike >= PRINT_SAME;
}

size_t photo_print_pairs(const struct photo_print *const *prints, int count, int old,
			 struct print_pair *out, size_t max)
{
	struct photo_print flipped;
	size_t n = 0;

	for (int a = 0; a < count - old; a++) {
		if (!prints[a])
			continue;
		photo_print_flip(prints[a], &flipped);
		for (int b = a + 1; b < count && n < max; b++) {
			struct print_pair pair = { .a = a, .b = b };

			if (prints[b] && one_photograph(prints[a], &flipped, prints[b], &pair))
				out[n++] = pair;
		}
	}
	return n;
}
