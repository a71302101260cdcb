/*
 * The vault: files of a job, named KIOSK-NNNNNN. A file is incoming/ID.part until it is whole and
 * durable, then originals/ID.jpg for ever, or quarantine/ when nobody claims it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/store/job.h"

enum { VAULT_ID_MAX = 32 };

void vault_id(const char *kiosk, int64_t n, char out[static VAULT_ID_MAX]);
/** vault_parse() - n of "KIOSK-NNNNNN<suffix>"; 0 when @name is not one of this kiosk. */
int64_t vault_parse(const char *kiosk, const char *name, const char *suffix);

/** vault_begin() - an empty incoming/ID.part. Return: descriptor for writing, or negative errno. */
int vault_begin(const struct job *j, const char *id);

/** vault_looks_whole() - @fd has exactly @bytes (0: any), starts as a JPEG and ends as one. */
bool vault_looks_whole(int fd, int64_t bytes);

/**
 * vault_keep() - make incoming/ID.part the original: fsync, check, rename, fsync directories
 * @fd: the .part, the descriptor it was written through if possible
 * @unknown: set when a step failed after which nobody can say what is on the disk; never retry
 * Return: 0; -EBADMSG not a whole picture (file untouched); negative errno.
 */
int vault_keep(const struct job *j, const char *id, int fd, int64_t bytes, bool *unknown);

/** vault_open_original() - for reading. Return: descriptor or negative errno. */
int vault_open_original(const struct job *j, const char *id);

/** vault_quarantine() - move @dir/@name to quarantine/, never over another file; durable.
 * Return: 0, -ENOENT, negative errno. */
int vault_quarantine(const struct job *j, int dir, const char *name);

/** vault_drop_part() - an unfinished .part: removed when empty, else quarantined. */
int vault_drop_part(const struct job *j, const char *id);
