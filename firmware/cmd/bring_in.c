/* A job comes back from archive packages, when the kiosk it was made on is erased. */
#include <stdio.h>
#include <string.h>

#include "firmware/cmd/cmd.h"
#include "firmware/office/merge.h"

int cmd_bring_in(const char *data, const char *job, const char *const *from, int count)
{
	const struct merge_options o = { .signers = NULL };
	struct merge_report report;
	struct job j;
	int rc = count ? job_open(data, job, true, &j) : 0;

	if (!count)
		return 0;
	if (rc < 0) {
		fprintf(stderr, "tapshot: job %s: %s\n", job, strerror(-rc));
		return EXIT_CANNOT;
	}
	for (int i = 0; i < count && rc == 0; i++) {
		rc = merge_package(&j, from[i], &o, &report);
		if (rc < 0)
			fprintf(stderr, "tapshot: %s: %s\n", from[i],
				report.why[0] ? report.why : strerror(-rc));
		else if (!report.known)
			fprintf(stderr, "%s: in, signed by %s\n", from[i], report.fingerprint);
	}
	job_close(&j);
	return rc < 0 ? EXIT_CANNOT : 0;
}
