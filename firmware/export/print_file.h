/* Files a command writes where it is told to: whole or not at all. Private to the room. */
#pragma once

#include <stddef.h>

/** print_file_begin() - PATH.part beside @path, empty. Return: descriptor or negative errno. */
int print_file_begin(const char *path);
/** print_file_end() - synced and renamed, or with @failed removed. Closes @fd.
 * Return: 0, @failed, negative errno. */
int print_file_end(const char *path, int fd, int failed);
/** print_file_write() - all @bytes to @fd. Return: 0, negative errno. */
int print_file_write(int fd, const void *data, size_t bytes);
/** print_file_put() - all of it. */
int print_file_put(const char *path, const void *data, size_t bytes);
