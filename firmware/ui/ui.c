#define LOG_MODULE "ui"
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "drivers/display/display.h"
#include "drivers/sound/sound.h"
#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/base/log.h"
#include "firmware/ui/draw.h"

enum { KEYS_WAITING_MAX = 32, SOUNDS_WAITING_MAX = 8, SHOTS_WAITING_MAX = 8, CARD_BLIP_MS = 1500 };

struct screenshot {
	char path[512];
	void (*done)(void *ctx, int rc);
	void *ctx;
	uint64_t scene; /* the newest when it was asked for: drawn before it is saved */
};

struct ui {
	struct ui_config config;
	char driver[32];
	pthread_t thread;
	int key_fd;

	/* the thread's own */
	struct output {
		struct display *display;
		struct image *picture;
		enum ui_layout layout;
	} outputs[2]; /* keys come from the first; the second only with UI_TWO */
	int output_count;
	struct scene shown;
	int64_t next_blip_ms;

	/* shared */
	pthread_mutex_t lock;
	pthread_cond_t started;
	int start_rc; /* 1 until the display is open or refused */
	bool stop;
	uint64_t newest_n, shown_n; /* scenes are counted; differing: one is to be drawn */
	struct scene newest;
	struct ui_key keys[KEYS_WAITING_MAX];
	int key_first, key_count;
	int sounds[SOUNDS_WAITING_MAX], sound_count;
	struct screenshot shots[SHOTS_WAITING_MAX];
	int shot_count;
	struct ui_drawn drawn;
};

static void scene_copy(struct scene *to, const struct scene *from)
{
	struct image *live = to->live, *shot = to->shot;

	*to = *from;
	image_ref(to->live);
	image_ref(to->shot);
	image_unref(live);
	image_unref(shot);
}

static void scene_clear(struct scene *s)
{
	image_unref(s->live);
	image_unref(s->shot);
	s->live = s->shot = NULL;
}

/* --- thread ---------------------------------------------------------------------------- */

static bool fit_picture(struct output *o, int width_px, int height_px)
{
	struct image *im = o->picture;

	if (im && im->width_px == width_px && im->height_px == height_px)
		return true;
	im = image_new(width_px, height_px);
	if (!im)
		return false;
	image_unref(o->picture);
	o->picture = im;
	return true;
}

static void draw(struct ui *ui)
{
	for (int i = 0; i < ui->output_count; i++) {
		struct output *o = &ui->outputs[i];

		if (!ui_draw_into(o->picture, &ui->shown, o->layout, NULL) ||
		    display_present(o->display, o->picture) < 0)
			log_w("a screen could not be drawn");
	}
}

static void play_waiting(struct ui *ui)
{
	int sounds[SOUNDS_WAITING_MAX], count;
	int64_t now = clock_now_ms();

	pthread_mutex_lock(&ui->lock);
	count = ui->sound_count;
	memcpy(sounds, ui->sounds, sizeof(sounds));
	ui->sound_count = 0;
	pthread_mutex_unlock(&ui->lock);
	for (int i = 0; i < count && ui->config.sound; i++)
		sound_play((enum sound)sounds[i]);
	/* "Take your card" repeats by itself until it is taken. */
	if (!ui->shown.take_card) {
		ui->next_blip_ms = now + CARD_BLIP_MS;
	} else if (now >= ui->next_blip_ms) {
		ui->next_blip_ms = now + CARD_BLIP_MS;
		if (ui->config.sound)
			sound_play(SOUND_TAKE_CARD);
	}
}

/* Take the oldest screenshot whose scene has been drawn. */
static bool next_shot(struct ui *ui, struct screenshot *out)
{
	bool got = false;

	pthread_mutex_lock(&ui->lock);
	if (ui->shot_count > 0 && ui->shots[0].scene <= ui->shown_n) {
		*out = ui->shots[0];
		memmove(&ui->shots[0], &ui->shots[1], sizeof(*out) * (size_t)--ui->shot_count);
		got = true;
	}
	pthread_mutex_unlock(&ui->lock);
	return got;
}

/* What stands on the screen; with two screens both views in one picture. */
static int save(struct ui *ui, const char *path)
{
	struct image *first = ui->outputs[0].picture, *both;
	int rc;

	if (ui->output_count == 1)
		return ui_write_png(first, path);
	both = ui_draw(&ui->shown, UI_SPLIT, first->width_px, first->height_px);
	rc = both ? ui_write_png(both, path) : -ENOMEM;
	image_unref(both);
	return rc;
}

static void save_waiting(struct ui *ui)
{
	struct screenshot shot;

	while (next_shot(ui, &shot))
		shot.done(shot.ctx, save(ui, shot.path));
}

/* What of it is new to whoever looks at the screen. */
struct news {
	bool scene, name, frame;
};

static struct news take_newest(struct ui *ui)
{
	struct news n = { 0 };

	pthread_mutex_lock(&ui->lock);
	n.scene = ui->newest_n != ui->shown_n;
	if (n.scene) {
		n.name = ui->newest.name[0] && strcmp(ui->newest.name, ui->shown.name) != 0;
		n.frame = ui->newest.live && ui->newest.live != ui->shown.live;
		scene_copy(&ui->shown, &ui->newest);
	}
	ui->shown_n = ui->newest_n;
	pthread_mutex_unlock(&ui->lock);
	return n;
}

static void count(struct ui *ui, const struct news *n)
{
	pthread_mutex_lock(&ui->lock);
	ui->drawn.screens++;
	ui->drawn.live_frames += n->frame;
	if (n->name)
		ui->drawn.name_ms = clock_now_ms();
	pthread_mutex_unlock(&ui->lock);
}

static bool must_stop(struct ui *ui)
{
	bool stop;

	pthread_mutex_lock(&ui->lock);
	stop = ui->stop;
	pthread_mutex_unlock(&ui->lock);
	return stop;
}

static void run(struct ui *ui)
{
	struct output *first = &ui->outputs[0];
	bool redraw = true, resized = false;
	struct display_key key;

	while (!must_stop(ui)) {
		int w = first->picture->width_px, h = first->picture->height_px;
		struct news fresh = take_newest(ui);

		if (fresh.scene || redraw) {
			draw(ui);
			count(ui, &fresh);
		}
		redraw = false;
		play_waiting(ui);
		save_waiting(ui);
		if (display_wait(first->display, ui->shown.take_card ? 250 : 1000, &key, &resized,
				 &w, &h))
			ui_press(ui, key.name);
		if (resized)
			redraw = fit_picture(first, w, h);
	}
}

static int open_output(struct ui *ui, enum ui_layout layout)
{
	struct output *o = &ui->outputs[ui->output_count];
	int w = ui->config.width_px, h = ui->config.height_px;
	int rc = display_open(ui->driver, &w, &h, &o->display);

	if (rc < 0)
		return rc;
	ui->output_count++;
	o->layout = layout;
	return fit_picture(o, w, h) ? 0 : -ENOMEM;
}

static void close_outputs(struct ui *ui)
{
	while (ui->output_count > 0)
		display_close(ui->outputs[--ui->output_count].display);
}

static int open_outputs(struct ui *ui)
{
	bool two = ui->config.layout == UI_TWO;
	int rc = open_output(ui, two ? UI_STUDENT : ui->config.layout);

	if (rc == 0 && two)
		rc = open_output(ui, UI_OPERATOR);
	if (rc < 0)
		close_outputs(ui);
	return rc;
}

static void *ui_main(void *arg)
{
	struct ui *ui = arg;
	int rc = open_outputs(ui);

	pthread_mutex_lock(&ui->lock);
	ui->start_rc = rc;
	pthread_cond_signal(&ui->started);
	pthread_mutex_unlock(&ui->lock);
	if (rc < 0)
		return NULL;
	if (ui->config.sound && !sound_open())
		log_i("no audio device: tones are off");
	run(ui);
	if (ui->config.sound)
		sound_close();
	close_outputs(ui);
	pango_cairo_font_map_set_default(NULL); /* this thread's own */
	return NULL;
}

/* --- the kiosk's side
 * ----------------------------------------------------------------------------- */

static void ui_free(struct ui *ui)
{
	scene_clear(&ui->shown);
	scene_clear(&ui->newest);
	image_unref(ui->outputs[0].picture);
	image_unref(ui->outputs[1].picture);
	if (ui->key_fd >= 0)
		close(ui->key_fd);
	pthread_mutex_destroy(&ui->lock);
	pthread_cond_destroy(&ui->started);
	free(ui);
}

static int wait_started(struct ui *ui)
{
	int rc;

	pthread_mutex_lock(&ui->lock);
	while (ui->start_rc > 0)
		pthread_cond_wait(&ui->started, &ui->lock);
	rc = ui->start_rc;
	pthread_mutex_unlock(&ui->lock);
	return rc;
}

int ui_start(const struct ui_config *config, struct ui **out)
{
	struct ui *ui = calloc(1, sizeof(*ui));
	int rc;

	if (!ui)
		return -ENOMEM;
	ui->config = *config;
	text_copy(ui->driver, sizeof(ui->driver), config->driver);
	ui->start_rc = 1;
	ui->newest.verdict = ui->shown.verdict = -1;
	pthread_mutex_init(&ui->lock, NULL);
	pthread_cond_init(&ui->started, NULL);
	ui->key_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
	rc = ui->key_fd < 0 ? -errno : -pthread_create(&ui->thread, NULL, ui_main, ui);
	if (rc < 0) {
		ui_free(ui);
		return rc;
	}
	rc = wait_started(ui);
	if (rc < 0) {
		pthread_join(ui->thread, NULL);
		ui_free(ui);
		return rc;
	}
	*out = ui;
	return 0;
}

void ui_stop(struct ui *ui)
{
	if (!ui)
		return;
	pthread_mutex_lock(&ui->lock);
	ui->stop = true;
	pthread_mutex_unlock(&ui->lock);
	display_wake(ui->outputs[0].display);
	pthread_join(ui->thread, NULL);
	for (int i = 0; i < ui->shot_count; i++)
		ui->shots[i].done(ui->shots[i].ctx, -ECANCELED);
	ui_free(ui);
}

void ui_show(struct ui *ui, const struct scene *scene)
{
	bool same;

	pthread_mutex_lock(&ui->lock);
	same = ui->newest_n && !memcmp(&ui->newest, scene, sizeof(*scene));
	if (!same) {
		scene_copy(&ui->newest, scene);
		ui->newest_n++;
	}
	pthread_mutex_unlock(&ui->lock);
	if (!same)
		display_wake(ui->outputs[0].display);
}

void ui_drawn(struct ui *ui, struct ui_drawn *out)
{
	pthread_mutex_lock(&ui->lock);
	*out = ui->drawn;
	pthread_mutex_unlock(&ui->lock);
}

void ui_sound(struct ui *ui, int sound)
{
	pthread_mutex_lock(&ui->lock);
	if (ui->sound_count < SOUNDS_WAITING_MAX)
		ui->sounds[ui->sound_count++] = sound;
	pthread_mutex_unlock(&ui->lock);
	display_wake(ui->outputs[0].display);
}

void ui_press(struct ui *ui, const char *name)
{
	uint64_t one = 1;

	pthread_mutex_lock(&ui->lock);
	if (ui->key_count < KEYS_WAITING_MAX) {
		int at = (ui->key_first + ui->key_count++) % KEYS_WAITING_MAX;

		text_copy(ui->keys[at].name, sizeof(ui->keys[at].name), name);
		if (write(ui->key_fd, &one, sizeof(one)) < 0)
			log_w("a key was lost");
	}
	pthread_mutex_unlock(&ui->lock);
}

int ui_fd(const struct ui *ui)
{
	return ui->key_fd;
}

bool ui_next_key(struct ui *ui, struct ui_key *out)
{
	bool got = false;
	uint64_t n;

	pthread_mutex_lock(&ui->lock);
	if (ui->key_count > 0 && read(ui->key_fd, &n, sizeof(n)) == sizeof(n)) {
		*out = ui->keys[ui->key_first];
		ui->key_first = (ui->key_first + 1) % KEYS_WAITING_MAX;
		ui->key_count--;
		got = true;
	}
	pthread_mutex_unlock(&ui->lock);
	return got;
}

void ui_screenshot(struct ui *ui, const char *path, void (*done)(void *ctx, int rc), void *ctx)
{
	bool taken = false;

	pthread_mutex_lock(&ui->lock);
	if (ui->shot_count < SHOTS_WAITING_MAX && strlen(path) < sizeof(ui->shots[0].path)) {
		struct screenshot *s = &ui->shots[ui->shot_count++];

		text_copy(s->path, sizeof(s->path), path);
		s->done = done;
		s->ctx = ctx;
		s->scene = ui->newest_n;
		taken = true;
	}
	pthread_mutex_unlock(&ui->lock);
	if (!taken)
		done(ctx, -EAGAIN);
	else
		display_wake(ui->outputs[0].display);
}
