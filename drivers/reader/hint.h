/*
 * What this process has learnt about a device, by its address: the way it answered last, and how
 * many opens in a row found it silent. Kept across closing and opening; a few dozen addresses, the
 * oldest is forgotten. Not thread-safe: a worker has one thread.
 */
#pragma once

enum { HINT_KEY_MAX = 160 };

struct hint {
	char key[HINT_KEY_MAX];
	int good; /* the way's own value (a speed, a kind of pipes), -1 none yet */
	int silent_opens;
	unsigned long used; /* for finding the oldest */
};

/** hint_of() - the entry of @key, a new one where there was none. Never NULL; good until the next
 * call. */
struct hint *hint_of(const char *key);
