#include "firmware/base/config.h"

#include <errno.h>
#include <ini.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"

enum { LINE_MAX_BYTES = 190 };

/* One file being read: inih asks next_line(), which counts, and calls on_pair(). */
struct reading {
	FILE *f;
	const char *path;
	int line;
	const struct config_key *keys;
	size_t count;
	void *target;
	bool seen[CONFIG_KEYS_MAX]; /* in this file */
	struct config_places *places;
	struct config_error *err;
	bool failed;
};

static void complain(struct reading *r, const char *what, const char *about)
{
	if (r->failed)
		return;
	r->failed = true;
	snprintf(r->err->text, sizeof(r->err->text), "%s:%d: %s%s%s", r->path, r->line, what,
		 about[0] ? ": " : "", about);
}

static bool set_bool(bool *out, const char *v)
{
	static const char *const yes[] = { "yes", "true", "1" }, *const no[] = { "no", "false",
										 "0" };

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		if (!strcmp(v, yes[i]) || !strcmp(v, no[i])) {
			*out = !strcmp(v, yes[i]);
			return true;
		}
	}
	return false;
}

static bool set_number(const struct config_key *k, char *field, const char *v)
{
	char *end;
	double d;

	errno = 0;
	d = k->type == CONFIG_INT ? (double)strtoll(v, &end, 10) : strtod(v, &end);
	if (end == v || *end || errno || !isfinite(d) || d < k->min || d > k->max)
		return false;
	if (k->type == CONFIG_INT)
		*(int *)(void *)field = (int)d;
	else
		*(double *)(void *)field = d;
	return true;
}

static bool set_choice(const struct config_key *k, int *out, const char *v)
{
	for (int i = 0; k->choices[i]; i++) {
		if (!strcmp(v, k->choices[i])) {
			*out = i;
			return true;
		}
	}
	return false;
}

static bool set_value(const struct config_key *k, void *target, const char *v)
{
	char *field = (char *)target + k->offset;

	switch (k->type) {
	case CONFIG_STRING:
		if (strlen(v) >= k->size || !text_valid(v, strlen(v)))
			return false;
		strcpy(field, v);
		return true;
	case CONFIG_INT:
	case CONFIG_DOUBLE:
		return set_number(k, field, v);
	case CONFIG_BOOL:
		return set_bool((bool *)(void *)field, v);
	case CONFIG_CHOICE:
		return set_choice(k, (int *)(void *)field, v);
	}
	return false;
}

/* What would be right, for the message. */
static void describe(const struct config_key *k, char *out, size_t size)
{
	int n = 0;

	out[0] = '\0';
	switch (k->type) {
	case CONFIG_STRING:
		snprintf(out, size, "text shorter than %zu bytes, UTF-8", k->size);
		break;
	case CONFIG_INT:
	case CONFIG_DOUBLE:
		snprintf(out, size, "%s from %g to %g",
			 k->type == CONFIG_INT ? "a whole number" : "a number", k->min, k->max);
		break;
	case CONFIG_BOOL:
		snprintf(out, size, "yes or no");
		break;
	case CONFIG_CHOICE:
		for (int i = 0; k->choices[i] && (size_t)n < size; i++)
			n += snprintf(out + n, size - (size_t)n, "%s%s", i ? " | " : "one of ",
				      k->choices[i]);
		break;
	}
}

static char *next_line(char *buf, int size, void *stream)
{
	struct reading *r = stream;
	size_t n;

	if (r->failed || !fgets(buf, size, r->f))
		return NULL;
	r->line++;
	n = strlen(buf);
	if (n > LINE_MAX_BYTES || (n && buf[n - 1] != '\n' && !feof(r->f))) {
		complain(r,
			 "line too long (limit 190 bytes); put long texts into a file of their own",
			 "");
		return NULL;
	}
	return buf;
}

static int on_pair(void *user, const char *section, const char *name, const char *value)
{
	struct reading *r = user;
	char right[160];

	if (section[0]) {
		complain(r, "sections are not used here; write dotted keys", section);
		return 0;
	}
	for (size_t i = 0; i < r->count; i++) {
		if (strcmp(name, r->keys[i].name))
			continue;
		if (r->seen[i])
			complain(r, "the key stands here a second time", name);
		r->seen[i] = true;
		r->places->line[i] = r->line;
		text_copy(r->places->file[i], sizeof(r->places->file[i]), r->path);
		if (!set_value(&r->keys[i], r->target, value)) {
			describe(&r->keys[i], right, sizeof(right));
			strcat(right, " is needed for ");
			strncat(right, name, sizeof(right) - strlen(right) - 1);
			complain(r, "value out of range", right);
		}
		return !r->failed;
	}
	complain(r, "unknown key", name);
	return 0;
}

void config_defaults(const struct config_key *keys, size_t count, void *target)
{
	if (count > CONFIG_KEYS_MAX)
		abort();
	for (size_t i = 0; i < count; i++)
		if (keys[i].fallback && !set_value(&keys[i], target, keys[i].fallback))
			abort();
}

int config_layer(const char *path, const struct config_key *keys, size_t count, void *target,
		 struct config_places *places, struct config_error *err)
{
	SCOPED_FILE FILE *f = fopen(path, "re");
	struct reading r = { .f = f,
			     .path = path,
			     .keys = keys,
			     .count = count,
			     .target = target,
			     .places = places,
			     .err = err };
	int bad_line;

	if (!f) {
		snprintf(err->text, sizeof(err->text), "%s: cannot be read: %s", path,
			 strerror(errno));
		return -errno;
	}
	if (count > CONFIG_KEYS_MAX)
		abort();
	bad_line = ini_parse_stream(next_line, &r, on_pair, &r);
	if (!r.failed && bad_line) {
		r.line = bad_line;
		complain(&r, "not `key = value`", "");
	}
	return r.failed ? -EINVAL : 0;
}

int config_complete(const char *path, const struct config_key *keys, size_t count,
		    const struct config_places *places, struct config_error *err)
{
	for (size_t i = 0; i < count; i++)
		if (!keys[i].fallback && !places->line[i]) {
			snprintf(err->text, sizeof(err->text), "%.180s: this key must be given: %s",
				 path, keys[i].name);
			return -EINVAL;
		}
	return 0;
}

int config_complain(const char *path, const struct config_key *keys, size_t count,
		    const struct config_places *places, const char *key, const char *what,
		    struct config_error *err)
{
	int line = 0;

	for (size_t i = 0; i < count; i++)
		if (!strcmp(keys[i].name, key) && places->line[i]) {
			line = places->line[i];
			path = places->file[i];
		}
	snprintf(err->text, sizeof(err->text), "%.120s:%d: %s: %s", path, line, key, what);
	return -EINVAL;
}

int config_load(const char *path, const struct config_key *keys, size_t count, void *target,
		struct config_error *err)
{
	SCOPED_FREE struct config_places *places = calloc(1, sizeof(*places));
	int rc = places ? config_layer(path, keys, count, target, places, err) : -ENOMEM;

	return rc < 0 ? rc : config_complete(path, keys, count, places, err);
}
