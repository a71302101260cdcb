/* `tapshot erase`: the end of a job on this machine. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/clock.h"
#include "firmware/cmd/cmd.h"
#include "firmware/office/erase.h"

static const char usage[] =
	"usage: tapshot erase --job JOB                      what stands for and against it\n"
	"       tapshot erase --job JOB --confirm JOB [--now --reason TEXT] [--lose N] [--json]\n"
	"Overwrites and removes the job's database, originals and passphrase. Refused while a picture\n"
	"is in no verified export (unless --lose names exactly how many) and before the days of\n"
	"retention are over (unless --now with a reason). A signed certificate stays in\n"
	"DATA/certificates. Interrupted, the same call ends it.\n";

struct erase_args {
	const char *confirm;
	struct erase_wish wish;
};

static int parse(int argc, char **argv, struct erase_args *a)
{
	for (int i = 1; i < argc; i++) {
		char *end;

		if (!strcmp(argv[i], "--now")) {
			a->wish.now = true;
		} else if (!strcmp(argv[i], "--confirm") && i + 1 < argc) {
			a->confirm = argv[++i];
		} else if (!strcmp(argv[i], "--reason") && i + 1 < argc) {
			a->wish.reason = argv[++i];
		} else if (!strcmp(argv[i], "--lose") && i + 1 < argc) {
			a->wish.lose = strtoll(argv[++i], &end, 10);
			if (*end || a->wish.lose <= 0)
				return -1;
		} else {
			return -1;
		}
	}
	return 0;
}

static int show(const struct erase_wish *w, bool json)
{
	struct erase_state s;
	char last[25] = "", end[25] = "";
	int rc = erase_look(w->data_dir, w->job, &s);

	if (rc < 0) {
		fprintf(stderr, "tapshot: job %s: %s\n", w->job, strerror(-rc));
		return EXIT_CANNOT;
	}
	if (s.exported_utc_ms) {
		clock_iso_utc(s.exported_utc_ms, last);
		clock_iso_utc(s.free_utc_ms, end);
	}
	if (json) {
		json_t *o = json_pack("{sb sI sI sI sI si ss ss sb}", "begun", s.begun, "people",
				      s.people, "pictures", s.pictures, "attempts", s.attempts,
				      "in_no_export", s.unsafe, "retention_days", s.retention_days,
				      "last_export", last, "free", end, "over", s.over);

		json_dumpf(o, stdout, JSON_COMPACT);
		json_decref(o);
	} else if (s.begun) {
		printf("an erase was interrupted; end it with --confirm %s\n", w->job);
	} else {
		printf("%lld people, %lld pictures, %lld attempts; %lld pictures in no verified "
		       "export; last full export %s, %d days of retention%s%s\n",
		       (long long)s.people, (long long)s.pictures, (long long)s.attempts,
		       (long long)s.unsafe, last[0] ? last : "never", s.retention_days,
		       end[0] ? " end " : "", end);
	}
	return s.begun || (s.over && !s.unsafe) ? 0 : EXIT_NO;
}

static int refuse(const struct erase_wish *w, int rc, const struct erase_report *r)
{
	const char *why = r->why[0]	  ? r->why
			  : rc == -EBUSY  ? "a kiosk or another command has it open; end that first"
			  : rc == -ENOENT ? "there is no such job"
			  : rc == -EINVAL ? "this is no usable job name"
			  : rc == -EUCLEAN ? "its database is damaged or from a newer program"
					   : strerror(-rc);

	fprintf(stderr, "tapshot: job %s is not erased: %s\n", w->job, why);
	return rc == -EPERM || rc == -EBUSY ? EXIT_NO : EXIT_CANNOT;
}

static int erase(const struct erase_wish *w, bool json)
{
	struct erase_report r;
	int rc = erase_job(w, &r);

	if (rc < 0)
		return refuse(w, rc, &r);
	if (json) {
		json_t *o = json_pack("{ss sI sI sI ss}", "certificate", r.certificate, "files",
				      r.files, "bytes", r.bytes, "linked", r.linked, "fingerprint",
				      r.fingerprint);

		json_dumpf(o, stdout, JSON_COMPACT);
		json_decref(o);
		return 0;
	}
	printf("erased: %lld files, %lld bytes overwritten. Certificate: %s (.txt and .sig beside "
	       "it), signed by %s\n",
	       (long long)r.files, (long long)r.bytes, r.certificate, r.fingerprint);
	if (r.linked)
		printf("%lld files have another name elsewhere; only the job's name is gone\n",
		       (long long)r.linked);
	return 0;
}

int cmd_erase(int argc, char **argv)
{
	struct erase_args a = { .confirm = NULL };
	struct cmd_common c;

	argc = cmd_common(argc, argv, &c);
	if (argc < 0)
		return EXIT_USAGE;
	/* Never "the only one": what is erased is named. */
	if (c.help || !c.job || parse(argc, argv, &a) < 0) {
		fputs(usage, c.help ? stdout : stderr);
		return c.help ? 0 : EXIT_USAGE;
	}
	a.wish.data_dir = c.data;
	a.wish.job = c.job;
	if (!a.confirm)
		return show(&a.wish, c.json);
	if (strcmp(a.confirm, c.job) != 0) {
		fprintf(stderr,
			"tapshot: --confirm must repeat the job's name; nothing was erased\n");
		return EXIT_NO;
	}
	return erase(&a.wish, c.json);
}
