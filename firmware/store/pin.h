/*
 * The photographer's PIN: DATA/kiosk.db (mode 0600) holds its Argon2id hash, never the PIN itself.
 * None comes with the program: until one is set, what needs it is not offered.
 */
#pragma once

#include <stdbool.h>

enum { PIN_MIN = 4, PIN_MAX = 12 };

/** pin_usable() - 4 to 12 digits? */
bool pin_usable(const char *pin);

/** pin_set() - make @pin the photographer's; an older one is forgotten. @data_dir is made if absent.
 * Return: 0; -EINVAL not usable; -EUCLEAN kiosk.db is of another or a newer program; other negative
 * errno. */
int pin_set(const char *data_dir, const char *pin);

/** pin_is_set() - is there one? Cheap, any thread. */
bool pin_is_set(const char *data_dir);

/** pin_check() - is @pin the photographer's? Takes about 0.1 s and 64 MiB for a moment, on purpose.
 * Return: 0; -EACCES it is not; -ENOENT none is set; -EIO, -EUCLEAN kiosk.db cannot be read. */
int pin_check(const char *data_dir, const char *pin);
