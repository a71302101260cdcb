/* The body's settings, one at a time (the whole tree is slow). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/camera/gphoto.h"
#include "firmware/base/cleanup.h"

enum { LOW_PCT = 4 }; /* what an EOS calls low, it refuses to go on with soon */

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
	if (!strcasecmp(text, "low")) /* an EOS knows five steps */
		return LOW_PCT;
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
