/* One export's files on the target. Private to the room. */
#pragma once

#include "firmware/export/export.h"

struct target {
	int dir; /* TO/JOB */
	struct export_report *report;
	char *old_sums; /* SHA256SUMS of an earlier export, "" none */
	char *sums; /* of this one, grows */
	size_t sums_bytes;
};

int target_fail(struct target *t, enum export_cause cause, const char *where);
int target_fail_errno(struct target *t, int error, const char *where);

/** target_put() - @name (may hold one folder) gets the bytes of @from, whose digest is @want.
 * Return: 0, or -1 with the report filled. */
int target_put(struct target *t, const char *name, int from,
	       const uint8_t want[static SHA256_BYTES]);
/** target_put_text() - same from memory; @listed: it gets a line in SHA256SUMS. */
int target_put_text(struct target *t, const char *name, const char *text, size_t bytes, int listed);
