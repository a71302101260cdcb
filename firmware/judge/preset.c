#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/judge/preset.h"

enum { OWN_KEYS = 16 };

static const char *const backgrounds[] = { "keep", "replace", NULL };
static const char *const warns[] = { "pass", "ask", NULL };

#define INT(key, field, least, most)                                                               \
	{                                                                                          \
		.name = key, .type = CONFIG_INT, .offset = offsetof(struct preset, field),         \
		.min = least, .max = most                                                          \
	}

#define TAKE(key, field, most)                                                                     \
	{                                                                                          \
		.name = key, .type = CONFIG_INT, .offset = offsetof(struct preset, take.field),    \
		.min = 0, .max = most, .fallback = "0"                                             \
	}

/* Beside those of the limits. */
static const struct config_key own_keys[OWN_KEYS] = {
	INT("file.dpi", file.dpi, 72, 1200),
	INT("file.bytes_min", file.bytes_min, 1, 100000000),
	INT("file.bytes_max", file.bytes_max, 1, 100000000),
	INT("file.quality_min", file.quality_min, 1, 100),
	INT("file.quality_max", file.quality_max, 1, 100),
	{ .name = "file.extension",
	  .type = CONFIG_STRING,
	  .offset = offsetof(struct preset, file.extension),
	  .size = sizeof(((struct preset *)0)->file.extension) },
	TAKE("take.width_min_px", width_min_px, IMAGE_SIDE_MAX),
	TAKE("take.width_max_px", width_max_px, IMAGE_SIDE_MAX),
	TAKE("take.bytes_min", bytes_min, 100000000),
	TAKE("take.bytes_max", bytes_max, 100000000),
	TAKE("take.bytes_floor", bytes_floor, 100000000),
	INT("replace.red", replace_red, 0, 255),
	INT("replace.green", replace_green, 0, 255),
	INT("replace.blue", replace_blue, 0, 255),
	{ .name = "background",
	  .type = CONFIG_CHOICE,
	  .offset = offsetof(struct preset, background),
	  .choices = backgrounds,
	  .fallback = "keep" },
	{ .name = "warn",
	  .type = CONFIG_CHOICE,
	  .offset = offsetof(struct preset, warn),
	  .choices = warns,
	  .fallback = "pass" },
};

/* Limits come first in struct preset: their offsets hold as they are. */
_Static_assert(offsetof(struct preset, limits) == 0, "one table for both");

struct loading {
	struct config_key keys[CONFIG_KEYS_MAX];
	size_t count;
	struct config_places places;
	char preset[128], job[128]; /* as places has them */
};

static void start(struct loading *g, struct preset *out)
{
	memset(out, 0, sizeof(*out));
	if (check_limits_key_count + OWN_KEYS > CONFIG_KEYS_MAX)
		abort();
	memcpy(g->keys, check_limits_keys, check_limits_key_count * sizeof(*g->keys));
	memcpy(g->keys + check_limits_key_count, own_keys, sizeof(own_keys));
	g->count = check_limits_key_count + OWN_KEYS;
	config_defaults(g->keys, g->count, out);
}

/* Beside the preset, else in the directory of presets. */
static int limits_path(const char *preset, const char *name, char *out, size_t size)
{
	const char *slash = strrchr(preset, '/');
	char dir[512];

	snprintf(out, size, "%.*s%s.limits", slash ? (int)(slash - preset) + 1 : 0, preset, name);
	if (access(out, R_OK) == 0)
		return 0;
	if (preset_dir(dir, sizeof(dir)) < 0)
		return -ENOENT;
	snprintf(out, size, "%s/%s.limits", dir, name);
	return access(out, R_OK) ? -ENOENT : 0;
}

static const char *file_fault(const struct preset *p, const char **key)
{
	*key = "file.bytes_min";
	if (p->file.bytes_min > p->file.bytes_max)
		return "the minimum lies above its maximum";
	*key = "file.quality_min";
	if (p->file.quality_min > p->file.quality_max)
		return "the minimum lies above its maximum";
	*key = "take.width_min_px";
	if (p->take.width_max_px && p->take.width_min_px > p->take.width_max_px)
		return "the minimum lies above its maximum";
	*key = "take.bytes_min";
	if (p->take.bytes_max && p->take.bytes_min > p->take.bytes_max)
		return "the minimum lies above its maximum";
	*key = "file.extension";
	if (strcmp(p->file.extension, "jpg") && strcmp(p->file.extension, "JPG"))
		return "jpg or JPG is needed";
	return NULL;
}

/* In which layer a key was given last: 0 limits, 1 preset, 2 job. */
static int layer_of(const struct loading *g, const char *key)
{
	for (size_t i = 0; i < g->count; i++)
		if (!strcmp(g->keys[i].name, key))
			return !strcmp(g->places.file[i], g->job)      ? 2
			       : !strcmp(g->places.file[i], g->preset) ? 1
								       : 0;
	return 0;
}

static int sound(const char *path, const struct loading *g, const struct preset *p,
		 struct config_error *err)
{
	const char *key, *other, *fault = check_limits_fault(&p->limits, &key, &other);

	if (!fault)
		fault = file_fault(p, &key);
	else if (other &&
		 layer_of(g, other) > layer_of(g, key)) /* the newer word is the wrong one */
		key = other;
	return fault ? config_complain(path, g->keys, g->count, &g->places, key, fault, err) : 0;
}

static void fill_in(int *value, int usual)
{
	if (!*value)
		*value = usual;
}

static void finish(struct preset *p)
{
	struct preset_take *t = &p->take;

	p->file.width_px = p->limits.window.width_px;
	p->file.height_px = p->limits.window.height_px;
	p->file.width_min_px = p->limits.window.width_min_px;
	p->file.backdrop = (uint32_t)p->replace_red << 16 | (uint32_t)p->replace_green << 8 |
			   (uint32_t)p->replace_blue;
	fill_in(&t->width_min_px, p->file.width_min_px);
	fill_in(&t->width_max_px, p->file.width_px);
	fill_in(&t->bytes_min, p->file.bytes_min);
	fill_in(&t->bytes_max, p->file.bytes_max);
}

bool preset_finished(const struct preset *p, int width_px, int height_px)
{
	/* the height of a proportion that does not come out even is rounded either way */
	int64_t off = (int64_t)height_px * p->file.width_px - (int64_t)width_px * p->file.height_px;

	return width_px >= p->take.width_min_px && width_px <= p->take.width_max_px &&
	       off < p->file.width_px && -off < p->file.width_px;
}

/* What the record names must be what judged: a job changes values, not names. */
static int job_layer(struct loading *g, const char *job, struct preset *out,
		     struct config_error *err)
{
	const struct check_limits before = out->limits, *l = &out->limits;
	const char *key = NULL;
	int rc = config_layer(job, g->keys, g->count, out, &g->places, err);

	if (rc < 0)
		return rc;
	if (strcmp(before.id, l->id))
		key = "id";
	else if (strcmp(before.version, l->version))
		key = "version";
	else if (strcmp(before.base, l->base))
		key = "limits";
	else if (strcmp(before.base_version, l->base_version))
		key = "limits.version";
	return key ? config_complain(job, g->keys, g->count, &g->places, key,
				     "a job may not change it", err)
		   : 0;
}

static int layers(struct loading *g, const char *path, const char *job, struct preset *out,
		  struct config_error *err)
{
	char base[800];
	int rc;

	rc = config_layer(path, g->keys, g->count, out, &g->places, err); /* to learn `limits` */
	if (rc < 0)
		return rc;
	if (!out->limits.base[0])
		return config_complete(path, g->keys, g->count, &g->places, err);
	if (limits_path(path, out->limits.base, base, sizeof(base)) < 0)
		return config_complain(path, g->keys, g->count, &g->places, "limits",
				       "there is no such .limits file", err);
	rc = config_layer(base, g->keys, g->count, out, &g->places, err);
	if (rc == 0)
		rc = config_layer(path, g->keys, g->count, out, &g->places, err);
	if (rc == 0 && job && access(job, F_OK) == 0)
		rc = job_layer(g, job, out, err);
	return rc < 0 ? rc : config_complete(path, g->keys, g->count, &g->places, err);
}

int preset_load(const char *path, const char *job, struct preset *out, struct config_error *err)
{
	SCOPED_FREE struct loading *g = calloc(1, sizeof(*g));
	int rc;

	if (!g) {
		snprintf(err->text, sizeof(err->text), "%.200s: out of memory", path);
		return -ENOMEM;
	}
	start(g, out);
	text_copy(g->preset, sizeof(g->preset), path);
	text_copy(g->job, sizeof(g->job), job ? job : "");
	rc = layers(g, path, job, out, err);
	if (rc == 0)
		rc = sound(path, g, out, err);
	if (rc == 0)
		finish(out);
	return rc;
}

static int beside_program(char *out, size_t size)
{
	char exe[512];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *cut;

	if (n < 0)
		return -errno;
	exe[n] = 0;
	while ((cut = strrchr(exe, '/')) && cut != exe) { /* build/tapshot, build/tests/test_x */
		*cut = 0;
		if ((size_t)snprintf(out, size, "%s/config/presets", exe) < size &&
		    access(out, R_OK) == 0)
			return 0;
	}
	return -ENOENT;
}

int preset_dir(char *out, size_t size)
{
	const char *dir = getenv("TAPSHOT_PRESETS");

	if (dir) {
		snprintf(out, size, "%s", dir);
		return access(out, R_OK) ? -ENOENT : 0;
	}
	snprintf(out, size, "/usr/share/tapshot/presets");
	if (access(out, R_OK) == 0)
		return 0;
	return beside_program(out, size);
}

int preset_path(const char *name, char *out, size_t size)
{
	char dir[512];

	if (strchr(name, '/')) {
		snprintf(out, size, "%s", name);
	} else {
		if (preset_dir(dir, sizeof(dir)) < 0)
			return -ENOENT;
		snprintf(out, size, "%s/%s.conf", dir, name);
	}
	return access(out, R_OK) ? -ENOENT : 0;
}
