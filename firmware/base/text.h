/*
 * Sentences. They live only in config/locale/LANG.po (gettext, one domain per language, looked up
 * under C.UTF-8); code names them by message id, for example "prompt.idle". Placeholders are {name}
 * and are replaced here: no catalogue string is ever a printf format.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum lang { LANG_ZH, LANG_EN, LANG_COUNT };

struct text_arg {
	const char *name; /* as in the catalogue, without braces */
	const char *value; /* UTF-8, put in as it is */
};

/**
 * text_init() - where the compiled catalogues are (directory holding C/LC_MESSAGES/tapshot-zh.mo)
 * @dir NULL: TAPSHOT_LOCALE, else locale/ beside the executable, else /usr/share/tapshot/locale.
 * Sets LC_CTYPE and LC_MESSAGES to C.UTF-8. Call once at start, before threads.
 * Return: 0; -ENOENT when a catalogue is missing (texts then appear as their ids).
 */
int text_init(const char *dir);

/** text_get() - the sentence for @id in @lang; @id itself when it is not in the catalogue.
 * Thread-safe; the string lives for ever. */
const char *text_get(enum lang lang, const char *id);

/** text_format() - text_get() with {placeholders} replaced; cut at a character boundary to fit.
 * @args NULL-name-terminated or NULL. Return: @out. */
char *text_format(char *out, size_t size, enum lang lang, const char *id,
		  const struct text_arg *args);

/** text_copy() - copy UTF-8 and cut at a character boundary; always terminated. Return: @out. */
char *text_copy(char *out, size_t size, const char *utf8);

/** text_valid() - is it strict UTF-8 (no overlong forms, surrogates or values above 10FFFF)? */
bool text_valid(const char *utf8, size_t bytes);

/** text_length() - number of characters (code points) of valid UTF-8. */
size_t text_length(const char *utf8);
