/* Contract of a display driver: pixels out, keys in. Called from the UI thread only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "firmware/base/image.h"

struct display_key {
	char name[24]; /* SDL key name in lower case: "return", "escape", "kp_plus", "7" */
};

struct display_ops {
	const char *name;
	size_t priv_size;

	/* Open a screen of about this size; *width_px, *height_px return the real one.
	 * 0, -ENODEV (no display there), -ENOMEM. Blocks up to 2 s. */
	int (*open)(void *priv, int *width_px, int *height_px);
	void (*close)(void *priv);
	/* Show this picture (size as opened or as the last resize said). Blocks up to one frame. */
	int (*present)(void *priv, const struct image *im);
	/* Wait up to @timeout_ms for a key or for wake(). true: *key is set.
	 * *resized is set when the size changed. */
	bool (*wait)(void *priv, int timeout_ms, struct display_key *key, bool *resized,
		     int *width_px, int *height_px);
	/* End a wait() early; any thread. */
	void (*wake)(void *priv);
};

struct display; /* opaque */
int display_open(const char *driver, int *width_px, int *height_px, struct display **out);
void display_close(struct display *d);
int display_present(struct display *d, const struct image *im);
bool display_wait(struct display *d, int timeout_ms, struct display_key *key, bool *resized,
		  int *width_px, int *height_px);
void display_wake(struct display *d);

/* Every driver, ended by NULL: drivers/display/table.c */
extern const struct display_ops *const display_drivers[];
