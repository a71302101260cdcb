/* Secrets from the terminal or stdin; never from the command line, which other users can see. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/** ask_line() - one line of stdin without its end; false: none, or longer than @size. */
bool ask_line(char *out, size_t size);
/** ask_hidden() - the same after @question, without showing it. */
bool ask_hidden(const char *question, char *out, size_t size);
/** ask_secret() - asked for twice on a terminal, else one line of stdin. Wipe @out after use.
 * Return: NULL or why not, in words. */
const char *ask_secret(const char *question, char *out, size_t size);
