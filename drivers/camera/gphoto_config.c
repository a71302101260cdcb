/* The body's settings, one at a time (the whole tree is slow). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/camera/gphoto.h"
#include "firmware/base/cleanup.h"

#define LOG_MODULE "camera"
#include "firmware/base/log.h"

static int get(struct gphoto *g, const char *name, CameraWidget **out)
{
	*out = NULL;
	return gp_camera_get_single_config(g->cam, name, out, g->ctx) < 0 ? -ENOENT : 0;
}

int gphoto_get_text(struct gphoto *g, const char *name, char *out, size_t size)
{
	CameraWidget *w;
	CameraWidgetType type;
	const char *value = NULL;

	if (get(g, name, &w))
		return -ENOENT;
	gp_widget_get_type(w, &type);
	if (type == GP_WIDGET_TEXT || type == GP_WIDGET_RADIO || type == GP_WIDGET_MENU)
		gp_widget_get_value(w, &value);
	snprintf(out, size, "%s", value ? value : "");
	gp_widget_free(w);
	return value ? 0 : -ENOENT;
}

int gphoto_get_number(struct gphoto *g, const char *name, int *out)
{
	CameraWidget *w;
	CameraWidgetType type;
	int rc = -ENOENT;

	if (get(g, name, &w))
		return -ENOENT;
	gp_widget_get_type(w, &type);
	if (type == GP_WIDGET_DATE || type == GP_WIDGET_TOGGLE)
		rc = gp_widget_get_value(w, out) < 0 ? -EIO : 0;
	gp_widget_free(w);
	return rc;
}

static int set(struct gphoto *g, const char *name, const void *value)
{
	CameraWidget *w;
	int rc;

	if (get(g, name, &w))
		return -ENOENT;
	rc = gp_widget_set_value(w, value);
	if (rc >= 0)
		rc = gp_camera_set_single_config(g->cam, name, w, g->ctx);
	gp_widget_free(w);
	return rc < 0 ? -EIO : 0;
}

int gphoto_set_text(struct gphoto *g, const char *name, const char *value)
{
	return set(g, name, value);
}

int gphoto_set_toggle(struct gphoto *g, const char *name, int value)
{
	return set(g, name, &value);
}

int gphoto_battery(struct gphoto *g)
{
	char text[32], *end;
	long pct;

	if (gphoto_get_text(g, "batterylevel", text, sizeof(text)))
		return -1;
	pct = strtol(text, &end, 10);
	return end != text && pct >= 0 && pct <= 100 ? (int)pct : -1;
}

/* "1/125", "0.0080s", "0,0080s", "30s"; "Bulb" and the like say nothing. */
int gphoto_exposure_ms(struct gphoto *g)
{
	char text[64], *end;
	double s, by;

	if (gphoto_get_text(g, "shutterspeed2", text, sizeof(text)) &&
	    gphoto_get_text(g, "shutterspeed", text, sizeof(text)))
		return 0;
	for (char *p = text; (p = strchr(p, ','));)
		*p = '.';
	s = strtod(text, &end);
	by = *end == '/' ? strtod(end + 1, NULL) : 1;
	return by > 0 && s > 0 && s / by < 3600 ? (int)(s / by * 1000) + 1 : 0;
}

/* How good a choice is for us; -1 not at all, 0 unknown wording: left alone. */
static long score_quality(const char *label)
{
	bool jpeg = strcasestr(label, "jpeg") || strcasestr(label, "jpg");
	bool fine = strcasestr(label, "fine") || strcasestr(label, "super");
	bool raw = strcasestr(label, "raw") || strcasestr(label, "nef") ||
		   strcasestr(label, "cr2") || strcasestr(label, "tif");

	if (raw && fine)
		return 3; /* a RAW beside a fine JPEG is the photographer's affair */
	if (raw)
		return strchr(label, '+') ? 1 : -1;
	if (jpeg || fine)
		return fine ? 3 : 1;
	return 0;
}

static long score_size(const char *label)
{
	int w, h;

	if (sscanf(label, "%dx%d", &w, &h) == 2 && w > 0 && h > 0)
		return (long)w * h;
	if (!strcasecmp(label, "large") || !strcmp(label, "L"))
		return 3;
	if (strcasestr(label, "medium") || !strcmp(label, "M"))
		return 2;
	return strcasestr(label, "small") || !strcmp(label, "S") ? 1 : 0;
}

static long score_space(const char *label)
{
	return strcasestr(label, "srgb") ? 1 : strcasestr(label, "adobe") ? -1 : 0;
}

/* Choose the best offered value of @name unless the present one is as good. False: refused. */
static bool enforce(struct gphoto *g, const char *name, long (*score)(const char *))
{
	char now[64], best[64] = "";
	const char *choice;
	CameraWidget *w;
	long top, present;
	int n, readonly = 0;

	if (gphoto_get_text(g, name, now, sizeof(now)) || get(g, name, &w))
		return true; /* the body does not offer it */
	present = top = score(now);
	n = gp_widget_count_choices(w);
	for (int i = 0; i < n; i++)
		/* RAW + JPEG is tolerated where it stands, never chosen */
		if (gp_widget_get_choice(w, i, &choice) == GP_OK && score(choice) > top &&
		    (score != score_quality || !strchr(choice, '+'))) {
			top = score(choice);
			snprintf(best, sizeof(best), "%s", choice);
		}
	gp_widget_get_readonly(w, &readonly);
	gp_widget_free(w);
	if (!present || !best[0])
		return present >= 0;
	if (!readonly)
		gphoto_set_text(g, name, best);
	if (!gphoto_get_text(g, name, now, sizeof(now)) && !strcmp(now, best)) {
		log_i("camera setting changed name=%s", name);
		return true;
	}
	log_w("camera refuses a setting name=%s", name);
	return false;
}

/* The target is a setting of the library, not of the body; a body that keeps one shows it too. */
static bool target_is_card(struct gphoto *g)
{
	char own[1024] = "", shown[64];

	gp_setting_get((char *)(uintptr_t) "ptp2", (char *)(uintptr_t) "capturetarget", own);
	if (strcmp(own, "card"))
		return false;
	if (gphoto_get_text(g, "capturetarget", shown, sizeof(shown)))
		return true;
	if (strcasestr(shown, "card"))
		return true;
	gphoto_set_text(g, "capturetarget", "Memory card");
	return !gphoto_get_text(g, "capturetarget", shown, sizeof(shown)) &&
	       strcasestr(shown, "card");
}

void gphoto_media_to_card(struct gphoto *g)
{
	char media[32];

	if (!gphoto_get_text(g, "recordingmedia", media, sizeof(media)) &&
	    strcasecmp(media, "Card"))
		gphoto_set_text(g, "recordingmedia", "Card");
}

enum camera_cause gphoto_settings(struct gphoto *g)
{
	bool quality = enforce(g, "imagequality", score_quality);
	bool size = enforce(g, "imagesize", score_size);
	bool space = enforce(g, "colorspace", score_space);

	gphoto_media_to_card(g);
	return quality && size && space && target_is_card(g) ? CAMERA_OK : CAMERA_SETTINGS;
}
