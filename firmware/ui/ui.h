/*
 * The UI thread: sole caller of Pango, Cairo and the display driver. It draws the newest scene at
 * its own pace and hands back keys.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/ui/scene.h"

struct ui; /* opaque */

/* Both views side by side, only one of them, or each on a screen of its own. */
enum ui_layout { UI_SPLIT, UI_STUDENT, UI_OPERATOR, UI_TWO };

struct ui_config {
	const char *driver; /* "window" or "offscreen" */
	int width_px, height_px; /* 800×480 … 1920×1080, portrait too */
	enum ui_layout layout;
	bool sound;
};

/* A key as the person pressed it: SDL key names in lower case ("return", "escape", "kp_plus", "a",
 * "7"); the kiosk's key map gives it meaning. */
struct ui_key {
	char name[24];
};

/** ui_start() - open the display and start the thread. Return: 0 or negative errno. */
int ui_start(const struct ui_config *config, struct ui **out);
void ui_stop(struct ui *ui);

/** ui_show() - make @scene the newest; one that equals the last is not drawn again, so fill it from
 * zeroed memory. Takes its own references to the pictures. Never blocks. */
void ui_show(struct ui *ui, const struct scene *scene);

/* What has been on the screen since the start: for measurements. */
struct ui_drawn {
	int64_t name_ms; /* monotonic, when the newest person's name stood there; 0 none yet */
	int64_t screens, live_frames; /* pictures drawn; those of them with a new live frame */
};
void ui_drawn(struct ui *ui, struct ui_drawn *out);

/** ui_sound() - play one of the sounds of drivers/sound/sound.h. Never blocks. */
void ui_sound(struct ui *ui, int sound);

/** ui_press() - hand in a key as if it had been pressed (control socket, tests). Any thread. */
void ui_press(struct ui *ui, const char *name);

/** ui_fd() - readable when ui_next_key() has one. */
int ui_fd(const struct ui *ui);
bool ui_next_key(struct ui *ui, struct ui_key *out);

/**
 * ui_screenshot() - write what is shown for the newest scene as PNG, after it is drawn
 * @done is called once, on the UI thread: 0 or negative errno. -EAGAIN (at once, on the caller's
 * thread) when 8 are waiting; -ECANCELED from ui_stop().
 */
void ui_screenshot(struct ui *ui, const char *path, void (*done)(void *ctx, int rc), void *ctx);

/**
 * ui_draw() - draw @scene into a new image, on the caller's thread (`tapshot screens`, tests)
 * Return: NULL without memory. image_unref() it.
 */
struct image *ui_draw(const struct scene *scene, enum ui_layout layout, int width_px,
		      int height_px);

/** ui_write_png() - Return: 0 or negative errno. */
int ui_write_png(const struct image *im, const char *path);
