/*
 * One flat INI dialect (inih) for kiosk.conf, presets, profiles and jobs: `dotted.key = value`, `#`
 * and `;` comments, no sections, UTF-8 without surprises. One table row per key; an unknown key, a
 * value out of range, a repeated key or a line inih cannot parse refuses the whole file.
 */
#pragma once

#include <stddef.h>

enum config_type {
	CONFIG_STRING, /* char[size], UTF-8, zero-terminated */
	CONFIG_INT, /* int within min…max */
	CONFIG_DOUBLE, /* double within min…max */
	CONFIG_BOOL, /* bool: yes/no/true/false/1/0 */
	CONFIG_CHOICE, /* int: index into choices */
};

struct config_key {
	const char *name; /* dotted, lower case, unit as suffix: "framing.limit_s" */
	enum config_type type;
	size_t offset; /* of the field in the target struct */
	size_t size; /* bytes of a CONFIG_STRING field */
	double min, max; /* inclusive, CONFIG_INT and CONFIG_DOUBLE */
	const char *const *choices; /* NULL-terminated, CONFIG_CHOICE */
	const char *fallback; /* default, as it would stand in the file; NULL: must be given */
};

enum { CONFIG_KEYS_MAX = 192 };

/* Where each key was last given; zeroed before the first layer. */
struct config_places {
	int line[CONFIG_KEYS_MAX]; /* 0: not yet */
	char file[CONFIG_KEYS_MAX][128];
};

struct config_error {
	char text[256]; /* "FILE:LINE: what is wrong; what to do" — for a person, English */
};

/**
 * config_defaults() - fill @target with every key's default
 * Rows without a default are left alone. Programmer's errors in the table abort.
 */
void config_defaults(const struct config_key *keys, size_t count, void *target);

/**
 * config_load() - read @path into @target, which config_defaults() has filled
 * On failure @target is unspecified and @err says why, with file and line.
 * Return: 0; -ENOENT and other errnos of open; -EINVAL for content.
 */
int config_load(const char *path, const struct config_key *keys, size_t count, void *target,
		struct config_error *err);

/**
 * config_layer() - as config_load(), for a file that builds on another: a key without a default may
 * be missing here, and @places remembers where each one stood
 */
int config_layer(const char *path, const struct config_key *keys, size_t count, void *target,
		 struct config_places *places, struct config_error *err);

/** config_complete() - were all keys without a default given in some layer?
 * @path: the last file, for the message. Return: 0; -EINVAL. */
int config_complete(const char *path, const struct config_key *keys, size_t count,
		    const struct config_places *places, struct config_error *err);

/** config_complain() - "FILE:LINE: KEY: @what" with the place of @key. Return: -EINVAL. */
int config_complain(const char *path, const struct config_key *keys, size_t count,
		    const struct config_places *places, const char *key, const char *what,
		    struct config_error *err);
