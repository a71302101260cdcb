/*
 * What is sitter and what is backdrop: a coarse grid of mean colours around the head, a smooth model
 * of the backdrop (degree-2 surface per channel of CIELAB, fitted with re-weighting from the
 * commonest colour beside and above the head), and what differs from it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/check/lab.h"
#include "firmware/check/measures.h"

enum ground_flag {
	GROUND_ZONE = 1, /* beside or above the head, where the finished picture shows backdrop */
	GROUND_FORE = 2, /* differs from the model */
	GROUND_SITTER = 4, /* and hangs together with the head or body */
	GROUND_OBJECT = 8, /* in the zone, differs, and is none of the sitter's */
};

enum { GROUND_TERMS = 6, GROUND_SIDE_MAX = 320 };

/* L of a backdrop in which dark hair cannot be told from it */
#define GROUND_DARK 15

struct ground {
	const struct check_input *in;
	const struct check_axes *axes;
	/* all px of the picture in hand */
	double cx, eye_y, chin_y, face_w, tall; /* tall: eye line to chin */
	int cell_px, x0_px, y0_px; /* of the grid */
	int w, h; /* cells */
	struct lab *mean;
	uint8_t *flag;
	bool cut_left, cut_right; /* the picture ends there, not only the grid */
	double coef[3][GROUND_TERMS]; /* L, a, b over x, y = −1…1 across the grid */
	double noise; /* 90th percentile of dE between backdrop cells and model */
	int zone_cells;
	double plain; /* share of the zone, without the sitter, that obeys the model */
	bool single; /* the backdrop has one colour */
	struct lab colour; /* its median */
	double patch; /* largest GROUND_OBJECT, cells */
};

/** ground_open() - measure the grid, fit, mark. ground_close() in any case.
 * Return: 0; -1 without memory or face, or when nothing of the backdrop is in the picture. */
int ground_open(struct ground *gr, const struct check_input *in, const struct check_axes *a,
		const struct check_measures *m);
void ground_close(struct ground *gr);

/** ground_model() - backdrop expected at a cell; fractions allowed. */
struct lab ground_model(const struct ground *gr, double x, double y);

/** ground_differs() - is this colour no backdrop, at that cell? */
bool ground_differs(const struct ground *gr, double x, double y, struct lab c);

/** ground_fit() - coef from the grid, in ground_fit.c; needs mean and GROUND_ZONE. */
int ground_fit(struct ground *gr);

/** ground_mark() - GROUND_FORE, GROUND_SITTER, GROUND_OBJECT and what is counted from them, in ground_mark.c. */
int ground_mark(struct ground *gr);

static inline int ground_at(const struct ground *gr, int x, int y)
{
	return y * gr->w + x;
}

static inline double ground_px_x(const struct ground *gr, double x)
{
	return gr->x0_px + (x + 0.5) * gr->cell_px;
}

static inline double ground_px_y(const struct ground *gr, double y)
{
	return gr->y0_px + (y + 0.5) * gr->cell_px;
}

/** ground_axes() - middle of a cell in face axes. */
static inline struct check_point ground_axes(const struct ground *gr, int x, int y)
{
	const struct check_axes *a = gr->axes;
	double dx = (ground_px_x(gr, x) - a->ox) / a->ied,
	       dy = (ground_px_y(gr, y) - a->oy) / a->ied;

	return (struct check_point){ dx * a->c + dy * a->s, dy * a->c - dx * a->s };
}

/* The parts of check_measure_surroundings(). */
void ground_crown(const struct ground *gr, struct check_measures *m);
void ground_backdrop(const struct ground *gr, struct check_measures *m);
void ground_clothes(const struct ground *gr, struct check_measures *m);
void ground_body(const struct ground *gr, struct check_measures *m);
