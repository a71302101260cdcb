/*
 * Sealed parts as raw bytes. A part is laid out one way only: local headers with their data one
 * after the other from the first byte, the directory, its end record, nothing else; what is not an
 * entry's name, size, sum or data has one value. Whoever accepts a part by this walk knows that
 * every byte outside the encrypted data is the one that was written, or that an entry's own check
 * (HMAC, SHA-256 of the part's manifest) fails.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 1980-01-01 00:00:00, a plain file: seal.c sets them, the walk compares. */
enum { ZIP_WALK_TIME = 0, ZIP_WALK_DATE = 0x21 };
#define ZIP_WALK_ATTRIBUTES (0100644u << 16)

struct zip_entry {
	char *name;
	int64_t bytes; /* claimed; of the plain file */
	bool deflated;
};

struct zip_walk {
	struct zip_entry *entries;
	size_t count;
	char why[96]; /* what is wrong, where */
};

/** zip_walk() - Return: 0; -EBADMSG not laid out so, see why; -EIO, -ENOMEM. */
int zip_walk(int fd, struct zip_walk *out);
void zip_walk_free(struct zip_walk *w);
