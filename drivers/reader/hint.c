#include "drivers/reader/hint.h"

#include <stdio.h>
#include <string.h>

#include "firmware/base/cleanup.h"

struct hint *hint_of(const char *key)
{
	static struct hint hints[32];
	static unsigned long clock;
	struct hint *oldest = &hints[0];

	clock++;
	for (size_t i = 0; i < ARRAY_SIZE(hints); i++) {
		if (hints[i].used && !strcmp(hints[i].key, key)) {
			hints[i].used = clock;
			return &hints[i];
		}
		if (hints[i].used < oldest->used)
			oldest = &hints[i];
	}
	snprintf(oldest->key, sizeof(oldest->key), "%s", key);
	oldest->good = -1;
	oldest->silent_opens = 0;
	oldest->used = clock;
	return oldest;
}
