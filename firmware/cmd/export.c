/* `tapshot export`: packages onto a stick or folder, as the job's profiles say. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/base/text.h"
#include "firmware/cmd/cmd.h"
#include "firmware/export/export.h"

static const char usage[] =
	"usage: tapshot export [--job JOB] --to DIR [--profile NAME]... [--plain] [--leave-out]\n"
	"                      [--originals now|later|only] [--person NUMBER] [--kiosk K1] [--json]\n"
	"Without a profile here and in the job (导出方案) the plain export: DIR/JOB/: 照片/NUMBER.jpg,\n"
	"名单.csv, 未采集名单.csv, SHA256SUMS. With one: DIR/JOB-NAME/, its files sealed with the job's\n"
	"passphrase unless --plain; the originals follow in DIR/JOB-originals/ where the profile asks.\n"
	"  --profile NAME  xinhua, chsi-id, chsi-class, originals, archive, single, grad, full, plain,\n"
	"                  or a file with a slash in its path; may be given several times\n"
	"  --plain         do NOT seal: names, numbers and faces are readable by whoever holds the stick\n"
	"  --leave-out     people whose file names cannot be are left out and listed, not refused\n"
	"  --originals     now: as last package; later: not this time; only: nothing but them\n"
	"  --person        whom a package for one person (single) is about\n"
	"Everything is read back and compared before it says done. Check it anywhere with:\n"
	"cd DIR/JOB && sha256sum -c SHA256SUMS, or tapshot verify DIR/JOB-NAME\n";

enum { PROFILES_MAX = 8 };

struct args {
	const char *to, *originals;
	const char *profiles[PROFILES_MAX];
	int count;
	struct export_wish wish;
	char fields[512]; /* the job's own profiles, cut into words */
};

/* --- progress ----------------------------------------------------------------------------------- */

static int show(void *ctx, const struct writer_progress *p)
{
	(void)ctx;
	fprintf(stderr, "\r%-9s %d/%d files, %lld of about %lld MB", p->phase, p->files,
		p->total_files, (long long)(p->done_bytes >> 20),
		(long long)(p->total_bytes >> 20));
	if (p->left_s >= 0)
		fprintf(stderr, ", %d:%02d left ", p->left_s / 60, p->left_s % 60);
	fputs("   ", stderr);
	fflush(stderr);
	return 0;
}

/* --- telling ------------------------------------------------------------------------------------ */

static void tell_faults(const struct export_report *r)
{
	for (int i = 0; i < r->fault_count && r->faults && i < EXPORT_FAULTS_MAX; i++) {
		const struct export_fault *f = &r->faults[i];

		fprintf(stderr, "  %s: %s: %s%s%s: %s\n", f->who, f->field, f->word,
			f->other[0] ? " with " : "", f->other, export_fault_words(f->word));
	}
	if (r->fault_count > EXPORT_FAULTS_MAX)
		fprintf(stderr, "  … and %d more\n", r->fault_count - EXPORT_FAULTS_MAX);
}

static void tell_failure(const struct export_report *r)
{
	fprintf(stderr, "tapshot: export stopped at %s%s%s: %s%s%s%s\n", r->path,
		r->where[0] ? "/" : "", r->where, export_words(r->cause), r->detail[0] ? " (" : "",
		r->detail, r->detail[0] ? ")" : "");
	tell_faults(r);
}

/* What somebody must look at, loudly. */
static void tell_doubts(const struct export_report *r)
{
	if (r->uncut)
		fprintf(stderr,
			"ATTENTION: %d people have no finished picture; see 需人工处理.xlsx\n",
			r->uncut);
	if (r->left_out)
		fprintf(stderr,
			"ATTENTION: %d people were left out because of their file names; "
			"see 需人工处理.xlsx\n",
			r->left_out);
	if (r->left_out)
		tell_faults(r);
	if (r->outside_window)
		fprintf(stderr,
			"ATTENTION: pictures of %d people miss the byte window; see "
			"需人工处理.xlsx\n",
			r->outside_window);
	if (r->unprinted)
		fprintf(stderr,
			"ATTENTION: %d people are on no print sheet: no place for the "
			"photo in their picture\n",
			r->unprinted);
	if (r->blank)
		fprintf(stderr,
			"ATTENTION: %d people have an empty cell in a column this package asks "
			"for (学历层次, 学号 …); complete the roster or the job, then export again\n",
			r->blank);
	if (r->lost_chars)
		fprintf(stderr,
			"ATTENTION: %d characters of lists do not exist in their encoding "
			"and are shown as 〓; the .xlsx has them\n",
			r->lost_chars);
}

static void tell_done(const struct export_report *r)
{
	if (!strcmp(r->profile, "plain")) {
		printf("done: %d pictures, %d people not captured, %d files written, %d already "
		       "there; read back and compared: %s\n",
		       r->photos, r->missing, r->written, r->kept, r->path);
		tell_doubts(r);
		return;
	}
	printf("deliverables safe: %d people, %d pictures, %d people not captured, %d files "
	       "written, %d already there; read back and compared: %s\n",
	       r->photos, r->pictures, r->missing, r->written, r->kept, r->path);
	if (r->sealed)
		printf("sealed: %d parts, AES-256; 7-Zip opens them with the job's passphrase; without "
		       "it the names of the files in them can be read, nothing else\n",
		       r->parts);
	else
		fprintf(stderr,
			"ATTENTION: NOT SEALED: whoever holds this stick reads everything\n");
	if (!r->recorded)
		fprintf(stderr,
			"tapshot: the package is whole, but the job's ledger could not note "
			"it; run the same command again when the kiosk is idle\n");
	tell_doubts(r);
}

static void tell_json(const struct export_report *r, int rc)
{
	json_t *faults = json_array(), *o;

	for (int i = 0; i < r->fault_count && r->faults && i < EXPORT_FAULTS_MAX; i++)
		json_array_append_new(faults,
				      json_pack("{s:s, s:s, s:s, s:s}", "who", r->faults[i].who,
						"other", r->faults[i].other, "field",
						r->faults[i].field, "word", r->faults[i].word));
	o = json_pack("{s:b, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:i}", "done", !rc,
		      "profile", r->profile, "path", r->path, "where", r->where, "detail",
		      r->detail, "words", export_words(r->cause), "people", r->photos, "pictures",
		      r->pictures, "missing", r->missing, "written", r->written, "kept", r->kept);
	json_object_update_new(
		o, json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:b, s:b, s:b, s:i, s:o}",
			     "blank", r->blank, "unprinted", r->unprinted, "uncut", r->uncut,
			     "left_out", r->left_out, "outside_window", r->outside_window,
			     "lost_chars", r->lost_chars, "parts", r->parts, "sealed", r->sealed,
			     "safe", r->safe, "recorded", r->recorded, "fault_count",
			     r->fault_count, "faults", faults));
	json_dumpf(o, stdout, 0);
	putchar('\n');
	json_decref(o);
}

/* A path mistyped, or a stick that is not mounted, ends on the kiosk's own disk. */
static void tell_place(const struct args *a, const struct export_report *r)
{
	struct stat data, to;

	if (!stat(a->wish.data_dir, &data) && !stat(r->path, &to) && data.st_dev == to.st_dev)
		fprintf(stderr,
			"note: %s is on the same disk as the job: this is no copy on a stick\n",
			r->path);
}

/* --- running ------------------------------------------------------------------------------------ */

static int run(const struct args *a, const char *profile, bool json)
{
	struct export_wish w = a->wish;
	struct export_report r;
	int rc;

	w.profile = profile;
	if (isatty(STDERR_FILENO) && !json)
		w.progress = show;
	rc = export_package(&w, &r);
	if (w.progress)
		fputs("\r\033[K", stderr);
	if (json)
		tell_json(&r, rc);
	else if (rc < 0)
		tell_failure(&r);
	else
		tell_done(&r);
	if (!json && !rc)
		tell_place(a, &r);
	export_report_fini(&r);
	return rc < 0 ? EXIT_CANNOT : 0;
}

static bool originals_wanted(const struct args *a)
{
	bool given = a->originals && !strcmp(a->originals, "now"), asked = given;

	for (int i = 0; i < a->count; i++) {
		if (!strcmp(a->profiles[i], "originals"))
			return false;
		asked |= export_originals_after(a->profiles[i]);
	}
	return asked && !(a->originals && !strcmp(a->originals, "later"));
}

static int run_all(const struct args *a, bool json)
{
	int status = 0;

	if (a->originals && !strcmp(a->originals, "only"))
		return run(a, "originals", json);
	for (int i = 0; i < a->count && !status; i++)
		status = run(a, a->profiles[i], json);
	if (!status && originals_wanted(a)) {
		if (!json)
			puts("the originals follow; the stick may already go");
		status = run(a, "originals", json);
	}
	return status;
}

/* --- arguments ---------------------------------------------------------------------------------- */

static int take_value(struct args *a, const char *name, const char *v)
{
	if (!strcmp(name, "--to"))
		a->to = v;
	else if (!strcmp(name, "--profile") && a->count < PROFILES_MAX)
		a->profiles[a->count++] = v;
	else if (!strcmp(name, "--originals"))
		a->originals = v;
	else if (!strcmp(name, "--person"))
		a->wish.person = v;
	else if (!strcmp(name, "--kiosk"))
		a->wish.kiosk = v;
	else
		return -1;
	return 0;
}

static int take(struct args *a, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		char *is = strchr(argv[i], '=');

		if (!strcmp(argv[i], "--plain")) {
			a->wish.plain = true;
		} else if (!strcmp(argv[i], "--leave-out")) {
			a->wish.leave_out = true;
		} else if (!strncmp(argv[i], "--", 2) && is) {
			*is = '\0';
			if (take_value(a, argv[i], is + 1) < 0)
				return -1;
		} else if (i + 1 >= argc || take_value(a, argv[i], argv[i + 1]) < 0) {
			return -1;
		} else {
			i++;
		}
	}
	if (a->originals && strcmp(a->originals, "now") && strcmp(a->originals, "later") &&
	    strcmp(a->originals, "only"))
		return -1;
	return a->to ? 0 : -1;
}

/* The job's own profiles: "xinhua, chsi-id". */
static void from_job(struct args *a)
{
	export_profiles(a->wish.data_dir, a->wish.job, a->fields, sizeof(a->fields));
	for (char *p = a->fields; *p; p++) /* 、 and ， as people type them */
		if (!strncmp(p, "、", 3) || !strncmp(p, "，", 3))
			memset(p, ' ', 3);
	for (char *p = strtok(a->fields, ", ;"); p && a->count < PROFILES_MAX;
	     p = strtok(NULL, ", ;"))
		a->profiles[a->count++] = p;
	if (!a->count)
		a->profiles[a->count++] = "plain";
}

int cmd_export(int argc, char **argv)
{
	struct args a = { .to = NULL };
	struct cmd_common c;
	char job[64];

	argc = cmd_common(argc, argv, &c);
	if (c.help) {
		fputs(usage, stdout);
		return 0;
	}
	if (argc < 0 || take(&a, argc, argv) < 0) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	if (cmd_pick_job(&c, job) < 0)
		return EXIT_CANNOT;
	a.wish.data_dir = c.data;
	a.wish.job = job;
	a.wish.to = a.to;
	if (!a.count)
		from_job(&a);
	return run_all(&a, c.json);
}
