#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/export/labels.h"
#include "firmware/export/sheets.h"

#define LENGTH(key, field, least, most, value)                                                     \
	{                                                                                          \
		.name = key, .type = CONFIG_DOUBLE, .offset = offsetof(struct label_spec, field),  \
		.min = least, .max = most, .fallback = value                                       \
	}
#define COUNT(key, field)                                                                          \
	{                                                                                          \
		.name = key, .type = CONFIG_INT, .offset = offsetof(struct label_spec, field),     \
		.min = 1, .max = 40                                                                \
	}

static const struct config_key keys[] = {
	{ .name = "id",
	  .type = CONFIG_STRING,
	  .offset = offsetof(struct label_spec, id),
	  .size = sizeof(((struct label_spec *)0)->id) },
	LENGTH("paper.width_mm", paper_w_mm, 40, 500, NULL),
	LENGTH("paper.height_mm", paper_h_mm, 40, 500, NULL),
	LENGTH("label.width_mm", label_w_mm, 30, 300, NULL),
	LENGTH("label.height_mm", label_h_mm, 20, 300, NULL),
	COUNT("columns", columns),
	COUNT("rows", rows),
	LENGTH("left_mm", left_mm, 0, 100, "0"),
	LENGTH("top_mm", top_mm, 0, 100, "0"),
	LENGTH("step.x_mm", step_x_mm, 0, 300, "0"), /* 0: the label's own size */
	LENGTH("step.y_mm", step_y_mm, 0, 300, "0"),
	{ .name = "frame",
	  .type = CONFIG_BOOL,
	  .offset = offsetof(struct label_spec, frame),
	  .fallback = "no" },
};

/* Labels are die-cut to a tenth of a millimetre. */
#define LEEWAY 0.1

static const char *fault_of(const struct label_spec *s, const char **key)
{
	*key = "step.x_mm";
	if (s->step_x_mm < s->label_w_mm)
		return "labels overlap";
	*key = "step.y_mm";
	if (s->step_y_mm < s->label_h_mm)
		return "labels overlap";
	*key = "columns";
	if (s->left_mm + (s->columns - 1) * s->step_x_mm + s->label_w_mm > s->paper_w_mm + LEEWAY)
		return "so many labels are wider than the paper";
	*key = "rows";
	if (s->top_mm + (s->rows - 1) * s->step_y_mm + s->label_h_mm > s->paper_h_mm + LEEWAY)
		return "so many labels are higher than the paper";
	return NULL;
}

int label_load(const char *path, struct label_spec *out, struct config_error *err)
{
	SCOPED_FREE struct config_places *places = calloc(1, sizeof(*places));
	const char *key, *fault;
	int rc;

	if (!places) {
		snprintf(err->text, sizeof(err->text), "%.200s: out of memory", path);
		return -ENOMEM;
	}
	memset(out, 0, sizeof(*out));
	config_defaults(keys, ARRAY_SIZE(keys), out);
	rc = config_layer(path, keys, ARRAY_SIZE(keys), out, places, err);
	if (rc == 0)
		rc = config_complete(path, keys, ARRAY_SIZE(keys), places, err);
	if (rc < 0)
		return rc;
	if (out->step_x_mm <= 0)
		out->step_x_mm = out->label_w_mm;
	if (out->step_y_mm <= 0)
		out->step_y_mm = out->label_h_mm;
	fault = fault_of(out, &key);
	return fault ? config_complain(path, keys, ARRAY_SIZE(keys), places, key, fault, err) : 0;
}
