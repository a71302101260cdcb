/* Opening a body, proving it alive, and saying how it stands. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drivers/camera/gphoto.h"
#include "firmware/base/clock.h"

#define LOG_MODULE "camera"
#include "firmware/base/log.h"

enum {
	TRIAL_S = 8,
	OPEN_MS = 5000,
	STATUS_MS = 1500,
	LEAVE_MS = 800,
	KB_A_PICTURE = 20 * 1024,
};

/* gp_setting_*() are declared without const. */
static void setting(const char *key, const char *value)
{
	gp_setting_set((char *)(uintptr_t) "ptp2", (char *)(uintptr_t)key,
		       (char *)(uintptr_t)value);
}

/* libgphoto2 keeps its settings in $HOME/.gphoto, shared by all programs of a user, and translates
 * the names of choices: neither may reach us. Below /dev/null no file can be made. The times are of
 * one operation on USB; PTP/IP has 2.5 s compiled in. */
void gphoto_isolate(void)
{
	static bool done;

	if (done)
		return;
	done = true;
	signal(SIGPIPE, SIG_IGN);
	setenv("HOME", "/dev/null", 1);
	setenv("LC_ALL", "C", 1);
	unsetenv("LANGUAGE");
	setting("autofocus", "on");
	setting("cachetime", "0");
	setting("normal_timeout", "3000");
	setting("start_timeout", "3000");
	setting("canon_start_timeout", "1500");
	setting("capture_timeout", "4000");
}

/* Did the body itself say no? 2002 is what the library makes of a closed connection; with 2003 or
 * 2004 the session is over. */
static bool answered(unsigned int ptp_code)
{
	return ptp_code >= 0x2005;
}

static int room_on(const CameraStorageInformation *s)
{
	if (s->fields & GP_STORAGEINFO_FREESPACEIMAGES && s->freeimages < INT32_MAX)
		return (int)s->freeimages;
	return s->fields & GP_STORAGEINFO_FREESPACEKBYTES ? (int)(s->freekbytes / KB_A_PICTURE)
							  : -1;
}

/* Several cards: their room adds up, and one that can be written to is enough. */
static void look_at_cards(const CameraStorageInformation *info, int count, int *left,
			  enum camera_cause *card)
{
	int cards = 0, locked = 0;

	*left = -1;
	for (int i = 0; i < count; i++) {
		int room = info[i].fields ? room_on(&info[i]) : -1;

		cards += info[i].fields != 0;
		if (info[i].fields & GP_STORAGEINFO_ACCESS &&
		    info[i].access != GP_STORAGEINFO_AC_READWRITE)
			locked++;
		else if (room >= 0)
			*left = (*left < 0 ? 0 : *left) + room;
	}
	*card = !cards		  ? CAMERA_NO_CARD
		: locked == cards ? CAMERA_CARD_LOCKED
		: !*left	  ? CAMERA_CARD_FULL
				  : CAMERA_OK;
}

bool gphoto_ping(struct gphoto *g, int *shots_left, enum camera_cause *card)
{
	CameraStorageInformation *info = NULL;
	enum camera_cause state = CAMERA_OK;
	int count = 0, rc, left = -1;

	g->ptp_code = 0;
	g->pinged_ms = clock_now_ms();
	rc = g->cam ? gp_camera_get_storageinfo(g->cam, &info, &count, g->ctx) : GP_ERROR_IO;
	if (rc == GP_OK)
		look_at_cards(info, count, &left, &state);
	else if (g->ptp_code == 0x2013)
		state = CAMERA_NO_CARD;
	free(info);
	if (rc == GP_OK)
		g->shots_left = left;
	if (shots_left)
		*shots_left = left;
	if (card)
		*card = g->setup.sdram ? CAMERA_OK : state;
	/* A port that was closed makes the library say 2006. */
	return rc == GP_OK || (!g->cut && answered(g->ptp_code));
}

/* An open that fails loses 20 kB inside the library; while a body is away that happens every second
 * for hours. So a child tries first and takes the loss with it. */
static int try_in_child(struct gphoto *g)
{
	int status = 0;
	pid_t pid = fork();

	if (pid < 0)
		return GP_ERROR_NO_MEMORY;
	if (!pid) {
		signal(SIGALRM, SIG_DFL);
		alarm(TRIAL_S);
		status = gphoto_connect(g);
		gphoto_disconnect(g);
		_exit(status >= 0 ? 0 : status == GP_ERROR_IO_USB_CLAIM ? 2 : 1);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return GP_OK;
	return WIFEXITED(status) && WEXITSTATUS(status) == 2 ? GP_ERROR_IO_USB_CLAIM : GP_ERROR_IO;
}

/* On USB a body that is away is not found, and nothing is lost. */
static bool needs_trial(const struct gphoto *g)
{
	return g->absent && strncmp(g->setup.address, "usb:", 4);
}

int gphoto_reopen(struct gphoto *g, enum camera_cause *cause)
{
	int rc = GP_OK;

	gphoto_limit(g, LEAVE_MS);
	gphoto_disconnect(g);
	gphoto_drop_held(g);
	gphoto_forget(g);
	gphoto_limit(g, OPEN_MS);
	g->cut = false;
	if (needs_trial(g))
		rc = try_in_child(g);
	if (rc >= 0)
		rc = gphoto_connect(g);
	g->absent = rc < 0;
	g->discarded = g->dirty = g->mute = false;
	g->silent_ms = 0;
	if (rc >= 0)
		return 0;
	*cause = rc == GP_ERROR_IO_USB_CLAIM || rc == GP_ERROR_IO_LOCK ? CAMERA_CLAIMED
		 : g->cut && !g->mute				       ? CAMERA_BUSY
								       : CAMERA_GONE;
	return -EIO;
}

int gphoto_revive(struct gphoto *g, enum camera_cause *cause)
{
	int rc;

	if (!g->cut)
		return 0;
	log_w("the line had to be cut, opening it again times=%d", g->stuck);
	rc = gphoto_reopen(g, cause);
	if (rc >= 0)
		gphoto_settings(g);
	return rc;
}

static void read_clock(struct gphoto *g)
{
	int camera_time;

	g->clock_offset_s = INT64_MIN;
	if (!gphoto_get_number(g, "datetime", &camera_time) ||
	    !gphoto_get_number(g, "datetimeutc", &camera_time))
		g->clock_offset_s = camera_time - clock_utc_ms() / 1000;
}

static void identify(struct gphoto *g)
{
	if (gphoto_get_text(g, "cameramodel", g->model, sizeof(g->model)))
		g->model[0] = 0;
	if (gphoto_get_text(g, "serialnumber", g->serial, sizeof(g->serial)))
		g->serial[0] = 0;
	read_clock(g);
}

static void on_new(void *ctx, const struct camera_object *o)
{
	struct gphoto *g = ctx;

	if (gphoto_learn(g, o) && g->pending_count < GPHOTO_PENDING)
		g->pending[g->pending_count++] = *o;
}

/* What this body took while nobody was connected is news; what another body holds is not. */
static int take_stock(struct gphoto *g, const char *before)
{
	bool same = !strcmp(before, g->serial);
	int rc;

	if (!same) {
		g->known_count = 0;
		g->owes = false;
		g->dials[0] = 0;
	}
	gphoto_limit(g, GPHOTO_WALK_MS);
	rc = gphoto_walk(g, on_new, g);
	if (!same)
		g->pending_count = 0;
	return rc < 0 && !gphoto_ping(g, NULL, NULL) ? -EIO : 0;
}

int gphoto_open(void *priv, const struct camera_setup *setup, enum camera_cause *cause)
{
	struct gphoto *g = priv;
	char before[64];
	int rc;

	gphoto_isolate();
	g->setup = *setup;
	setting("capturetarget", setup->sdram ? "sdram" : "card");
	*cause = CAMERA_FAULT;
	if (strncmp(setup->address, "usb:", 4) && strncmp(setup->address, "ptpip:", 6))
		return -EIO;
	g->ctx = gp_context_new();
	gphoto_listen_in(g);
	rc = gphoto_reopen(g, cause);
	if (rc < 0) {
		gphoto_close(g);
		return rc;
	}
	memcpy(before, g->serial, sizeof(before));
	identify(g);
	gphoto_settings(g);
	if (take_stock(g, before) < 0 || g->cut) {
		*cause = g->cut ? CAMERA_BUSY : CAMERA_GONE;
		gphoto_close(g);
		return -EIO;
	}
	gphoto_dials(g);
	g->changed = false;
	return 0;
}

void gphoto_close(void *priv)
{
	struct gphoto *g = priv;

	gphoto_limit(g, LEAVE_MS);
	gphoto_disconnect(g);
	gphoto_drop_held(g);
	if (!g->ctx)
		return;
	gp_log_remove_func(g->log_id);
	gp_context_unref(g->ctx);
	g->ctx = NULL;
}

int gphoto_status(void *priv, struct camera_status *out, enum camera_cause *cause)
{
	struct gphoto *g = priv;
	enum camera_cause card;

	memset(out, 0, sizeof(*out));
	if (gphoto_revive(g, cause) < 0)
		return -EIO;
	gphoto_limit(g, STATUS_MS);
	snprintf(out->model, sizeof(out->model), "%s", g->model);
	snprintf(out->serial, sizeof(out->serial), "%s", g->serial);
	if (!gphoto_ping(g, &out->shots_left, &card)) {
		*cause = CAMERA_GONE;
		return -EIO;
	}
	out->battery_pct = gphoto_battery(g);
	g->exposure_ms = gphoto_exposure_ms(g);
	read_clock(g);
	gphoto_settings(g);
	if (g->dirty)
		gphoto_dials(g);
	out->clock_offset_s = g->clock_offset_s;
	out->second_copy = !g->setup.sdram;
	out->settings_changed = g->changed;
	g->changed = false;
	out->cause = card ? card : g->settings;
	if (!g->cut)
		return 0;
	*cause = CAMERA_GONE;
	return -EIO;
}
