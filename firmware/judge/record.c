#include "firmware/judge/record.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "firmware/base/cleanup.h"

static json_t *measures(const struct check_result *r)
{
	json_t *o = json_object();

	for (uint32_t i = 0; i < r->measure_count; i++)
		if (isfinite(r->measures[i].value))
			json_object_set_new(o, r->measures[i].name,
					    json_real(r->measures[i].value));
	return o;
}

static json_t *findings(const struct check_result *r)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < r->finding_count; i++) {
		const struct check_finding *f = &r->findings[i];

		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:f, s:f}", "code",
						check_code_word((enum check_code)f->code), "level",
						f->level == CHECK_FAIL ? "fail" : "warn", "value",
						isfinite(f->value) ? f->value : 0, "limit",
						isfinite(f->limit) ? f->limit : 0));
	}
	return list;
}

/* Every number and level in force: a job may have changed any of them. */
static json_t *limits(const struct check_limits *l)
{
	json_t *o = json_object();

	for (size_t i = 0; i < check_limits_key_count; i++) {
		const struct config_key *k = &check_limits_keys[i];
		const void *at = (const char *)l + k->offset;

		if (k->type == CONFIG_DOUBLE)
			json_object_set_new(o, k->name, json_real(*(const double *)at));
		else if (k->type == CONFIG_CHOICE && k->fallback &&
			 strcmp(k->choices[*(const int *)at], k->fallback))
			json_object_set_new(o, k->name, json_string(k->choices[*(const int *)at]));
	}
	return o;
}

char *record_json(const struct record_by *by, const struct check_result *r)
{
	json_t *o = measures(r);
	char *text;

	json_object_set_new(o, "preset", json_string(r->preset));
	json_object_set_new(o, "limits_version", json_string(r->limits));
	json_object_set_new(o, "limits", limits(&by->preset->limits));
	json_object_set_new(o, "engine", json_string(by->engine));
	json_object_set_new(o, "model", json_string(by->model));
	json_object_set_new(o, "findings", findings(r));
	json_object_set_new(o, "size", json_pack("[i,i]", r->width_px, r->height_px));
	if (r->crop.w > 0)
		json_object_set_new(
			o, "crop",
			json_pack("[i,i,i,i]", r->crop.x, r->crop.y, r->crop.w, r->crop.h));
	if (by->finished)
		json_object_set_new(o, "finished", json_string(by->finished));
	text = json_dumps(o, JSON_SORT_KEYS | JSON_COMPACT | JSON_REAL_PRECISION(6));
	json_decref(o);
	return text;
}

void record_model(const char *path, char out[static SHA256_HEX])
{
	SCOPED_FILE FILE *f = fopen(path, "re");
	struct hash *h = f ? hash_new() : NULL;
	uint8_t piece[65536], sum[SHA256_BYTES];
	size_t n;

	out[0] = '\0';
	if (!h)
		return;
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		hash_update(h, piece, n);
	hash_final(h, sum);
	hash_free(h);
	hash_hex(sum, out);
}
