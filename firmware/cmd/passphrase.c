/* `tapshot job passphrase`: what opens a job's sealed parts. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "firmware/cmd/ask.h"
#include "firmware/cmd/cmd.h"
#include "firmware/export/seal.h"

static int say(int rc, const char *job)
{
	if (!rc) {
		printf("the passphrase of job %s is set; tell it to the school by another way than "
		       "the stick\n",
		       job);
		return 0;
	}
	if (rc == -EINVAL)
		fprintf(stderr,
			"tapshot job passphrase: %d to %d characters of letters, digits, signs and "
			"inner blanks as on an English keyboard\n",
			SEAL_PASSPHRASE_MIN, SEAL_PASSPHRASE_MAX);
	else
		fprintf(stderr, "tapshot job passphrase: job %s: %s\n", job,
			rc == -ENOENT ? "there is no such job" : strerror(-rc));
	return rc == -EINVAL ? EXIT_NO : EXIT_CANNOT;
}

int cmd_job_passphrase(const struct cmd_common *c)
{
	char job[64], passphrase[SEAL_PASSPHRASE_MAX + 2] = "";
	const char *why;
	int rc;

	if (cmd_pick_job(c, job) < 0)
		return EXIT_CANNOT;
	why = ask_secret("Passphrase of the sealed parts: ", passphrase, sizeof(passphrase));
	rc = why ? 0 : seal_passphrase_set(c->data, job, passphrase);
	explicit_bzero(passphrase, sizeof(passphrase));
	if (why) {
		fprintf(stderr, "tapshot job passphrase: %s\n", why);
		return EXIT_NO;
	}
	return say(rc, job);
}
