/* What we insist on, and what the photographer turned. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drivers/camera/gphoto.h"
#include "firmware/base/cleanup.h"

#define LOG_MODULE "camera"
#include "firmware/base/log.h"

static bool any_of(const char *label, const char *const *words)
{
	for (; *words; words++)
		if (strcasestr(label, *words))
			return true;
	return false;
}

static bool means_raw(const char *label)
{
	static const char *const words[] = { "raw", "nef", "cr2", "cr3", "arw", "tif", NULL };

	return any_of(label, words);
}

static bool means_jpeg(const char *label)
{
	static const char *const words[] = { "jpeg",  "jpg",   "fine",	"normal",
					     "basic", "super", "large", NULL };

	return any_of(label, words);
}

static bool means_both(const char *label)
{
	return means_raw(label) && (means_jpeg(label) || strchr(label, '+'));
}

static long score_size(const char *label)
{
	int w, h;

	if (sscanf(label, "%dx%d", &w, &h) == 2 && w > 0 && h > 0)
		return (long)w * h;
	if (strcasestr(label, "large") || !strcmp(label, "L"))
		return 3;
	if (strcasestr(label, "medium") || !strcmp(label, "M"))
		return 2;
	return strcasestr(label, "small") || !strcmp(label, "S") ? 1 : 0;
}

/* How good a choice is for us; -1 not at all, 0 unknown wording: left alone. A Nikon says "JPEG Fine"
 * and "NEF+Fine", an EOS "Large Fine JPEG" and "RAW + Large Fine JPEG". */
static long score_quality(const char *label)
{
	bool fine = strcasestr(label, "fine") || strcasestr(label, "super");

	if (means_raw(label) && !means_both(label))
		return -1;
	if (!means_raw(label) && !means_jpeg(label))
		return 0;
	return (fine ? 20 : 10) + score_size(label);
}

static long score_space(const char *label)
{
	return strcasestr(label, "srgb") ? 1 : strcasestr(label, "adobe") ? -1 : 0;
}

/* The best choice offered that is better than @now. A raw beside the JPEG is the photographer's
 * affair: kept where it stands, never chosen. */
static bool better(CameraWidget *w, const char *now, long (*score)(const char *), char best[64])
{
	long top = score(now);
	const char *choice;

	best[0] = 0;
	for (int i = 0; i < gp_widget_count_choices(w); i++) {
		if (gp_widget_get_choice(w, i, &choice) < 0 || score(choice) <= top)
			continue;
		if (score == score_quality && means_both(choice) != means_both(now))
			continue;
		top = score(choice);
		snprintf(best, 64, "%s", choice);
	}
	return best[0];
}

/* Choose the best offered value of @name unless the present one is as good. False: refused. */
static bool enforce(struct gphoto *g, const char *name, long (*score)(const char *))
{
	char now[64], best[64];
	CameraWidget *w = NULL;
	int readonly = 0;
	bool wanted;

	if (gphoto_get_text(g, name, now, sizeof(now)) ||
	    gp_camera_get_single_config(g->cam, name, &w, g->ctx) < 0)
		return true; /* the body does not offer it */
	wanted = score(now) && better(w, now, score, best);
	gp_widget_get_readonly(w, &readonly);
	gp_widget_free(w);
	if (!wanted)
		return score(now) >= 0;
	if (!readonly)
		gphoto_set_text(g, name, best);
	if (!gphoto_get_text(g, name, now, sizeof(now)) && !strcmp(now, best)) {
		log_i("camera setting changed name=%s", name);
		g->changed = true;
		return true;
	}
	log_w("camera refuses a setting name=%s", name);
	return false;
}

/* The target is a setting of the library, never set by the name of a choice: those are translated. A
 * body that keeps one shows it too. */
static bool target_is_right(struct gphoto *g)
{
	const char *want = g->setup.sdram ? "sdram" : "card";
	const char *word = g->setup.sdram ? "RAM" : "card"; /* in the shown choice */
	char own[1024] = "", shown[64];

	gp_setting_get((char *)(uintptr_t) "ptp2", (char *)(uintptr_t) "capturetarget", own);
	if (strcmp(own, want))
		return false;
	if (gphoto_get_text(g, "capturetarget", shown, sizeof(shown)))
		return true;
	return strcasestr(shown, word) != NULL;
}

void gphoto_media_to_card(struct gphoto *g)
{
	char media[32];

	if (!g->setup.sdram && !gphoto_get_text(g, "recordingmedia", media, sizeof(media)) &&
	    strcasecmp(media, "Card"))
		gphoto_set_text(g, "recordingmedia", "Card");
}

static enum gphoto_writes read_writes(struct gphoto *g)
{
	char now[64];

	if (gphoto_get_text(g, "imagequality", now, sizeof(now)) &&
	    gphoto_get_text(g, "imageformat", now, sizeof(now)))
		return WRITES_UNKNOWN;
	if (means_both(now))
		return WRITES_BOTH;
	return means_raw(now) ? WRITES_RAW : means_jpeg(now) ? WRITES_JPEG : WRITES_UNKNOWN;
}

void gphoto_settings(struct gphoto *g)
{
	bool quality = enforce(g, "imagequality", score_quality) &&
		       enforce(g, "imageformat", score_quality);
	bool size = enforce(g, "imagesize", score_size);
	bool space = enforce(g, "colorspace", score_space);

	if (!g->live)
		gphoto_media_to_card(g);
	g->writes = read_writes(g);
	g->settings = quality && size && space && target_is_right(g) ? CAMERA_OK : CAMERA_SETTINGS;
}

/* In the automatic modes the body turns these by itself; in M they are somebody's hand. */
static bool is_manual(const char *mode)
{
	return !strcmp(mode, "M") || !strcasecmp(mode, "manual");
}

void gphoto_dials(struct gphoto *g)
{
	static const char *const modes[] = { "expprogram", "autoexposuremode" };
	static const char *const always[] = { "iso", "whitebalance", "exposurecompensation" };
	static const char *const in_m[] = { "shutterspeed", "f-number", "aperture" };
	char now[sizeof(g->dials)] = "", mode[64] = "", text[64];
	size_t used = 0;

	for (size_t i = 0; i < ARRAY_SIZE(modes) && !mode[0]; i++)
		if (gphoto_get_text(g, modes[i], mode, sizeof(mode)))
			mode[0] = 0;
	used = (size_t)snprintf(now, sizeof(now), "%.40s|", mode);
	for (size_t i = 0; i < ARRAY_SIZE(always) + ARRAY_SIZE(in_m); i++) {
		if (i >= ARRAY_SIZE(always) && !is_manual(mode))
			break;
		if (!gphoto_get_text(g, i < ARRAY_SIZE(always) ? always[i] : in_m[i - 3], text,
				     sizeof(text)) &&
		    used + 32 < sizeof(now))
			used += (size_t)snprintf(now + used, 32, "%.30s|", text);
	}
	if (g->dials[0] && strcmp(now, g->dials)) {
		log_i("somebody turned a dial on the camera");
		g->changed = true;
	}
	memcpy(g->dials, now, sizeof(now));
	g->dirty = false;
}
