/* A small package as export writes it, to be spoilt: two plain files, one of them in a folder with a
 * Chinese name, and (when a passphrase is given) a sealed part. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** packed_make() - DATA/jobs/J and the package in @folder, which is made; @part_files go into
 * 一班.zip. Return: 0 or negative errno. */
int packed_make(const char *data_dir, const char *folder, const char *passphrase, int part_files);

/** packed_read(), packed_write() - a whole file. free() the first. */
char *packed_read(const char *path, size_t *bytes);
void packed_write(const char *path, const void *data, size_t bytes);
