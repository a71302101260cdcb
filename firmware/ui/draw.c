#include "firmware/ui/draw.h"

/* Student and operator side by side, or above and below on a portrait screen. */
static void split(enum ui_layout layout, double w, double h, struct rect out[static 2])
{
	struct rect all = { 0, 0, w, h };

	out[VIEW_STUDENT] = out[VIEW_OPERATOR] = (struct rect){ 0, 0, 0, 0 };
	if (layout == UI_STUDENT) {
		out[VIEW_STUDENT] = all;
	} else if (layout == UI_OPERATOR) {
		out[VIEW_OPERATOR] = all;
	} else {
		/* On portrait no taller than lets seven characters of an eighth stand in a line. */
		out[VIEW_STUDENT] = w >= h ? cut_left(&all, (double)(int)(w * 0.62))
					   : cut_top(&all, (double)(int)MIN(h * 0.55, w * 0.96));
		out[VIEW_OPERATOR] = all;
	}
}

static void draw_view(cairo_t *cr, enum draw_view view, struct rect area, const struct scene *scene,
		      bool alone, struct draw_probe *probe)
{
	struct canvas c = {
		.cr = cr, .scene = scene, .view = view, .area = area, .alone = alone, .probe = probe
	};

	if (area.w <= 0)
		return;
	if (probe) {
		probe->view[view] = area;
		probe->drawn[view] = true;
	}
	c.lang = view == VIEW_STUDENT ? scene->lang : scene->staff_lang;
	c.layout = text_layout_new(cr);
	cairo_save(cr);
	cairo_rectangle(cr, area.x, area.y, area.w, area.h);
	cairo_clip(cr);
	if (view == VIEW_STUDENT)
		draw_student(&c);
	else
		draw_operator(&c);
	cairo_restore(cr);
	g_object_unref(c.layout);
}

bool ui_draw_into(struct image *im, const struct scene *scene, enum ui_layout layout,
		  struct draw_probe *probe)
{
	struct rect views[2];
	cairo_surface_t *surface;
	cairo_t *cr;
	bool fine;

	fonts_init();
	surface =
		cairo_image_surface_create_for_data((unsigned char *)im->px, CAIRO_FORMAT_RGB24,
						    im->width_px, im->height_px, im->stride_bytes);
	cr = cairo_create(surface);
	split(layout, im->width_px, im->height_px, views);
	for (int v = VIEW_STUDENT; v <= VIEW_OPERATOR; v++)
		draw_view(cr, v, views[v], scene, layout != UI_SPLIT, probe);
	fine = cairo_status(cr) == CAIRO_STATUS_SUCCESS;
	cairo_destroy(cr);
	cairo_surface_destroy(surface);
	return fine;
}

struct image *ui_draw_probed(const struct scene *scene, enum ui_layout layout, int width_px,
			     int height_px, struct draw_probe *probe)
{
	struct image *im = image_new(width_px, height_px);

	if (im && !ui_draw_into(im, scene, layout, probe)) {
		image_unref(im);
		return NULL;
	}
	return im;
}

struct image *ui_draw(const struct scene *scene, enum ui_layout layout, int width_px, int height_px)
{
	return ui_draw_probed(scene, layout, width_px, height_px, NULL);
}
