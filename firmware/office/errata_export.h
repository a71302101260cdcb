/*
 * The delta of chosen errata: the changed people's files cut once more by the profile they were
 * delivered with, print sheet, before and after as a list and as pictures, the log of all
 * replacements; in a signed package of its own. Once verified the errata count as delivered.
 */
#pragma once

#include "firmware/export/export.h"

struct errata_wish {
	const char *data_dir, *job, *to;
	const char *profile; /* NULL: that of the last full export */
	const char *sheet; /* print sheet; NULL: the profile's, else six-35x49 */
	bool plain;
	int (*progress)(void *ctx, const struct writer_progress *p);
	void *ctx;
};

struct errata_delta {
	int people; /* 0: nothing is chosen that was not delivered */
	char why[256]; /* when it did not come to an export */
	struct export_report report; /* export_report_fini() */
};

/** errata_export() - Return: 0; -ENODATA nothing to deliver; -EINVAL with out->why (profile, sheet); -EIO
 * with out->report.cause. */
int errata_export(const struct errata_wish *w, struct errata_delta *out);
