/* `tapshot merge`: packages of several kiosks into one job. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/cmd/cmd.h"
#include "firmware/export/seal.h"
#include "firmware/identity/identity.h"
#include "firmware/office/merge.h"

static const char usage[] =
	"usage: tapshot merge PACKAGE... --job JOB [--signer FINGERPRINT]... [--passphrase-file FILE]\n"
	"                     [--json]\n"
	"       tapshot merge --doubles [--job JOB] [--json]\n"
	"A PACKAGE is a folder that an export with archive = yes wrote, sealed or not. Each goes in whole or not at\n"
	"all; the same call once more goes on where it stopped. --doubles lists what two kiosks say\n"
	"differently: pictures (* counts now; tapshot errata choose picks another), numbers, records,\n"
	"names.\n";

enum { PACKAGES_MAX = 256, SIGNERS_MAX = 64 };

struct merge_args {
	const char *packages[PACKAGES_MAX], *signers[SIGNERS_MAX];
	size_t count, signer_count;
	const char *passphrase_file;
	bool doubles;
};

int cmd_package_passphrase(const struct cmd_common *c, const char *job, const char *file, char *out)
{
	SCOPED_FILE FILE *f = file ? fopen(file, "re") : NULL;

	out[0] = '\0';
	if (!file) {
		if (seal_passphrase(c->data, job, out) < 0)
			out[0] = '\0';
		return 0;
	}
	if (!f || !fgets(out, SEAL_PASSPHRASE_MAX + 1, f)) {
		fprintf(stderr, "tapshot: %s: no passphrase in it\n", file);
		return -1;
	}
	out[strcspn(out, "\r\n")] = '\0';
	return 0;
}

static int show_progress(void *ctx, int64_t done, int64_t total)
{
	(void)ctx;
	if (isatty(2) && (done % 64 == 0 || done == total))
		fprintf(stderr, "\r%lld of %lld pictures%s", (long long)done, (long long)total,
			done == total ? "\n" : "");
	return 0;
}

static void tell(const char *path, int rc, const struct merge_report *r, json_t *list)
{
	if (list) {
		json_array_append_new(
			list,
			json_pack("{ss ss ss sb sb sb sI sI sI sI sI sI sI ss}", "package", path,
				  "kiosks", r->kiosks, "fingerprint", r->fingerprint, "merged",
				  rc == 0, "known", r->known, "trusted", r->trusted, "people",
				  r->people, "joined", r->joined, "visits", r->visits, "shots",
				  r->shots, "pictures", r->pictures, "bytes", r->bytes, "events",
				  r->events, "why", rc ? r->why[0] ? r->why : strerror(-rc) : ""));
		return;
	}
	if (rc)
		fprintf(stderr, "tapshot: %s: refused, nothing of it is in: %s\n", path,
			r->why[0] ? r->why : strerror(-rc));
	else if (r->known)
		printf("%s: is in already\n", path);
	else
		printf("%s: %s: %lld people new, %lld already here, %lld visits, %lld shots, "
		       "%lld pictures copied%s%s\n",
		       path, r->kiosks, (long long)r->people, (long long)r->joined,
		       (long long)r->visits, (long long)r->shots, (long long)r->pictures,
		       r->trusted ? "" : "; whole, origin not proven: signed by ",
		       r->trusted ? "" : r->fingerprint);
}

static int count_double(void *ctx, const struct merge_double *d)
{
	(void)d;
	++*(int *)ctx;
	return 0;
}

static int merge_all(const struct merge_args *a, const struct cmd_common *c)
{
	char passphrase[SEAL_PASSPHRASE_MAX + 1];
	struct merge_options o = { .signers = a->signers,
				   .signer_count = a->signer_count,
				   .passphrase = passphrase,
				   .progress = show_progress };
	json_t *list = c->json ? json_array() : NULL;
	struct merge_report report;
	int rc, status = 0, doubles = 0;
	struct job j;

	if (cmd_package_passphrase(c, c->job, a->passphrase_file, passphrase) < 0)
		return EXIT_CANNOT;
	if (!passphrase[0])
		o.passphrase = NULL;
	rc = job_open(c->data, c->job, true, &j);
	if (rc < 0) {
		fprintf(stderr, "tapshot: job %s: %s\n", c->job,
			rc == -EBUSY ? "a kiosk or another command has it open; end that first"
				     : strerror(-rc));
		json_decref(list);
		return EXIT_CANNOT;
	}
	for (size_t i = 0; i < a->count; i++) {
		rc = merge_package(&j, a->packages[i], &o, &report);
		tell(a->packages[i], rc, &report, list);
		if (rc == -EEXIST || rc == -EBADMSG)
			status = status ? status : EXIT_NO;
		else if (rc < 0)
			status = EXIT_CANNOT;
	}
	if (list)
		json_dumpf(list, stdout, JSON_COMPACT);
	else if (!merge_doubles(j.db, count_double, &doubles) && doubles)
		printf("%d cases for you to look at: tapshot merge --doubles --job %s\n", doubles,
		       c->job);
	json_decref(list);
	merge_close(&j);
	explicit_bzero(passphrase, sizeof(passphrase));
	return status;
}

static int print_double(void *ctx, const struct merge_double *d)
{
	char masked[IDENTITY_MAX];

	identity_mask(d->id_no, masked);
	if (ctx)
		json_array_append_new(ctx, json_pack("{ss sI sI ss ss ss ss}", "kind",
						     merge_double_word(d->kind), "person",
						     d->person, "other", d->other, "name", d->name,
						     "student_no", d->student_no, "masked_id",
						     masked, "what", d->what));
	else
		printf("%-9s %-14s %-20s %s  %s\n", merge_double_word(d->kind), d->student_no,
		       masked, d->name, d->what);
	return 0;
}

static int list_doubles(const struct cmd_common *c)
{
	json_t *list = c->json ? json_array() : NULL;
	sqlite3 *db = NULL;
	char job[64];
	int rc;

	if (cmd_pick_job(c, job) < 0)
		return EXIT_CANNOT;
	rc = job_open_reader(c->data, job, &db);
	if (!rc)
		rc = merge_doubles(db, print_double, list);
	if (rc < 0)
		fprintf(stderr, "tapshot: job %s: %s\n", job, strerror(-rc));
	if (list)
		json_dumpf(list, stdout, JSON_COMPACT);
	json_decref(list);
	sqlite3_close(db);
	return rc < 0 ? EXIT_CANNOT : 0;
}

static int parse(int argc, char **argv, struct merge_args *a)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--doubles"))
			a->doubles = true;
		else if (!strcmp(argv[i], "--signer") && i + 1 < argc &&
			 a->signer_count < SIGNERS_MAX)
			a->signers[a->signer_count++] = argv[++i];
		else if (!strcmp(argv[i], "--passphrase-file") && i + 1 < argc)
			a->passphrase_file = argv[++i];
		else if (argv[i][0] == '-' || a->count == PACKAGES_MAX)
			return -1;
		else
			a->packages[a->count++] = argv[i];
	}
	return a->doubles != (a->count > 0) ? 0 : -1;
}

int cmd_merge(int argc, char **argv)
{
	struct merge_args a = { 0 };
	struct cmd_common c;

	argc = cmd_common(argc, argv, &c);
	if (argc < 0)
		return EXIT_USAGE;
	if (c.help || parse(argc, argv, &a) < 0 || (!a.doubles && !c.job)) {
		fputs(usage, c.help ? stdout : stderr);
		return c.help ? 0 : EXIT_USAGE;
	}
	return a.doubles ? list_doubles(&c) : merge_all(&a, &c);
}
