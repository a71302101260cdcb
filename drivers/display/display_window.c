/*
 * A window (or the whole screen) through SDL2, pixels by a streaming texture. The window's video
 * driver belongs to the thread that opened it; only wake() may be called from another.
 */
#include <SDL.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/display/display_drivers.h"

static int open_windows; /* the second opens on the second screen */

struct window {
	SDL_Window *window;
	SDL_Renderer *renderer;
	SDL_Texture *texture;
	int texture_w, texture_h;
	Uint32 wake_event;
};

static void window_close(void *priv)
{
	struct window *w = priv;

	if (w->texture)
		SDL_DestroyTexture(w->texture);
	if (w->renderer)
		SDL_DestroyRenderer(w->renderer);
	if (w->window) {
		SDL_DestroyWindow(w->window);
		open_windows--;
	}
	SDL_QuitSubSystem(SDL_INIT_VIDEO);
}

static int window_open(void *priv, int *width_px, int *height_px)
{
	struct window *w = priv;
	bool kiosk = getenv("TAPSHOT_FULLSCREEN") != NULL;
	Uint32 flags = SDL_WINDOW_RESIZABLE | (kiosk ? SDL_WINDOW_FULLSCREEN_DESKTOP : 0);

	/* The kiosk's loop owns the signals. */
	SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
	SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "0");
	if (SDL_InitSubSystem(SDL_INIT_VIDEO) < 0)
		return -ENODEV;
	w->window = SDL_CreateWindow("Tapshot", SDL_WINDOWPOS_CENTERED_DISPLAY(open_windows),
				     SDL_WINDOWPOS_CENTERED_DISPLAY(open_windows), *width_px,
				     *height_px, flags);
	if (w->window)
		w->renderer = SDL_CreateRenderer(w->window, -1, SDL_RENDERER_SOFTWARE);
	open_windows += w->window != NULL;
	w->wake_event = SDL_RegisterEvents(1);
	if (!w->renderer || w->wake_event == (Uint32)-1) {
		window_close(w);
		return -ENODEV;
	}
	if (kiosk)
		SDL_ShowCursor(SDL_DISABLE);
	SDL_GetRendererOutputSize(w->renderer, width_px, height_px);
	return 0;
}

static int fit_texture(struct window *w, const struct image *im)
{
	if (w->texture && w->texture_w == im->width_px && w->texture_h == im->height_px)
		return 0;
	if (w->texture)
		SDL_DestroyTexture(w->texture);
	w->texture = SDL_CreateTexture(w->renderer, SDL_PIXELFORMAT_RGB888,
				       SDL_TEXTUREACCESS_STREAMING, im->width_px, im->height_px);
	w->texture_w = im->width_px;
	w->texture_h = im->height_px;
	return w->texture ? 0 : -ENOMEM;
}

static int window_present(void *priv, const struct image *im)
{
	struct window *w = priv;

	if (fit_texture(w, im) < 0)
		return -ENOMEM;
	SDL_UpdateTexture(w->texture, NULL, im->px, im->stride_bytes);
	SDL_RenderCopy(w->renderer, w->texture, NULL, NULL);
	SDL_RenderPresent(w->renderer);
	return 0;
}

/* SDL's names in lower case without spaces; the key pad's signs as words: "kp_plus". */
static bool key_name(SDL_Keycode code, struct display_key *key)
{
	static const struct {
		const char *sign, *word;
	} words[] = { { "+", "plus" },
		      { "-", "minus" },
		      { "*", "multiply" },
		      { "/", "divide" },
		      { ".", "period" } };
	const char *name = SDL_GetKeyName(code);
	bool pad = !strncmp(name, "Keypad ", 7);
	size_t n;

	name += pad ? 7 : 0;
	for (size_t i = 0; pad && i < SDL_arraysize(words); i++)
		if (!strcmp(name, words[i].sign))
			name = words[i].word;
	SDL_snprintf(key->name, sizeof(key->name), "%s%s", pad ? "kp_" : "", name);
	for (n = 0; key->name[n]; n++)
		key->name[n] =
			key->name[n] == ' ' ? '_' : (char)tolower((unsigned char)key->name[n]);
	return n > 0;
}

static bool on_event(struct window *w, const SDL_Event *e, struct display_key *key, bool *resized,
		     int *width_px, int *height_px)
{
	switch (e->type) {
	case SDL_KEYDOWN:
		return !e->key.repeat && key_name(e->key.keysym.sym, key);
	case SDL_QUIT:
		SDL_strlcpy(key->name, "quit", sizeof(key->name));
		return true;
	case SDL_WINDOWEVENT:
		if (e->window.event == SDL_WINDOWEVENT_CLOSE) {
			SDL_strlcpy(key->name, "quit", sizeof(key->name));
			return true;
		}
		if (e->window.windowID != SDL_GetWindowID(w->window))
			return false; /* the other screen: its picture is scaled to fit */
		if (e->window.event != SDL_WINDOWEVENT_SIZE_CHANGED &&
		    e->window.event != SDL_WINDOWEVENT_EXPOSED)
			return false;
		SDL_GetRendererOutputSize(w->renderer, width_px, height_px);
		*resized = true;
		return false;
	default:
		return false;
	}
}

static bool window_wait(void *priv, int timeout_ms, struct display_key *key, bool *resized,
			int *width_px, int *height_px)
{
	struct window *w = priv;
	SDL_Event e;

	if (!SDL_WaitEventTimeout(&e, timeout_ms))
		return false;
	return on_event(w, &e, key, resized, width_px, height_px);
}

static void window_wake(void *priv)
{
	struct window *w = priv;
	SDL_Event e = { .type = w->wake_event };

	SDL_PushEvent(&e);
}

const struct display_ops display_window = {
	.name = "window",
	.priv_size = sizeof(struct window),
	.open = window_open,
	.close = window_close,
	.present = window_present,
	.wait = window_wait,
	.wake = window_wake,
};
