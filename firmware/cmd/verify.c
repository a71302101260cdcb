/* `tapshot verify`: is a package what its kiosk wrote? */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/cmd/ask.h"
#include "firmware/cmd/cmd.h"
#include "firmware/export/seal.h"
#include "firmware/export/verify.h"
#include "firmware/store/kiosk_key.h"

static const char usage[] =
	"usage: tapshot verify DIR|ZIP [--signer FINGERPRINT] [--passphrase-file FILE] [--json]\n"
	"Names every missing, altered or extra file of a package, or of one sealed part of it. The\n"
	"fingerprint stands on the kiosk's help page and on the signed 核对单; take it from there, not from\n"
	"the stick. Sealed parts are looked into with their passphrase: FILE, else asked for on a terminal\n"
	"(empty: only their sums are compared).\n"
	"exit: 0 whole and by that signer, 1 something is wrong, 2 could not be read, 3 whole, origin\n"
	"not proven (no signer given)\n";

struct request {
	const char *path, *signer, *passphrase_file;
	struct cmd_common common;
};

struct output {
	json_t *list; /* NULL: words */
	bool progress, shown;
	char passphrase[SEAL_PASSPHRASE_MAX + 2];
};

/* Names come from the package: no byte of theirs may steer the terminal. */
static char *printable(const char *name, char *out, size_t size)
{
	size_t at = 0;

	for (const unsigned char *p = (const unsigned char *)name; *p && at + 8 < size;) {
		size_t n = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
		size_t have = strnlen((const char *)p, n);
		bool control = n == 1 ? *p < 0x20 || *p == 0x7f
				      : (p[0] == 0xc2 && p[1] < 0xa0) ||
						(p[0] == 0xe2 && p[1] == 0x80 && have == 3 &&
						 ((p[2] >= 0x8e && p[2] <= 0x8f) ||
						  (p[2] >= 0xa8 && p[2] <= 0xae)));

		if (have < n || control || !text_valid((const char *)p, n)) {
			at += (size_t)snprintf(out + at, size - at, "\\x%02X", *p++);
			continue;
		}
		memcpy(out + at, p, n);
		at += n;
		p += n;
	}
	out[at] = 0;
	return out;
}

static const char *sentence(enum verify_what what)
{
	static const char *const words[VERIFY_WHAT_COUNT] = {
		[VERIFY_MISSING] = "missing",
		[VERIFY_ALTERED] = "altered",
		[VERIFY_EXTRA] = "extra: the package does not list it",
		[VERIFY_LINK] = "no file but a link or device",
		[VERIFY_MANIFEST] = "altered: it is no manifest any more",
		[VERIFY_SIGNATURE] = "altered: the signature does not hold",
		[VERIFY_SIGNER] = "signed by another kiosk",
		[VERIFY_ARCHIVE] = "altered: not as a sealed part was written",
		[VERIFY_PASSPHRASE] = "could not be opened with the passphrase",
		[VERIFY_UNREADABLE] = "could not be read",
		[VERIFY_NO_PACKAGE] =
			"no package here; name the folder that holds manifest.json, or a sealed part",
	};

	return words[what];
}

static void on_found(void *ctx, enum verify_what what, const char *part, const char *path,
		     const char *detail)
{
	struct output *o = ctx;
	char p[1400], f[1400], d[300];

	printable(part, p, sizeof(p));
	printable(path, f, sizeof(f));
	printable(detail, d, sizeof(d));
	if (o->list) {
		json_array_append_new(o->list,
				      json_pack("{s:s, s:s, s:s, s:s}", "what", verify_word(what),
						"part", p, "path", f, "detail", d));
		return;
	}
	if (o->shown)
		fputs("\r\033[K", stderr);
	o->shown = false;
	printf("%-10s %s%s%s: %s%s%s%s\n", verify_word(what), p, p[0] && f[0] ? " → " : "", f,
	       sentence(what), d[0] ? " (" : "", d, d[0] ? ")" : "");
}

static int on_progress(void *ctx, int64_t done, int64_t total)
{
	struct output *o = ctx;

	if (!o->progress)
		return 0;
	fprintf(stderr, "\r\033[K%lld of %lld MB", (long long)(done >> 20),
		(long long)(total >> 20));
	o->shown = true;
	return 0;
}

/* --- passphrase ------------------------------------------------------------------------------- */

static bool read_passphrase_file(const char *path, char *out, size_t size)
{
	SCOPED_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out, size - 1);

	if (n < 0) {
		fprintf(stderr, "tapshot verify: %s: %s\n", path, strerror(errno));
		return false;
	}
	out[n] = 0;
	out[strcspn(out, "\r\n")] = 0;
	return true;
}

static const char *on_ask(void *ctx)
{
	struct output *o = ctx;

	if (!ask_hidden("Passphrase of the sealed parts (empty: do not look inside): ",
			o->passphrase, sizeof(o->passphrase)))
		o->passphrase[0] = 0;
	return o->passphrase[0] ? o->passphrase : NULL;
}

/* --- the answer ------------------------------------------------------------------------------- */

static void print_parts(const struct verify_report *r)
{
	if (r->opened)
		printf("%d of %d sealed parts were looked into: %d files\n", r->opened, r->parts,
		       r->inside);
	if (r->parts > r->opened)
		printf("%d sealed parts were not looked into; only their own sums were compared\n",
		       r->parts - r->opened);
}

static void print_words(const struct verify_report *r)
{
	char job[400], kiosk[200], made[100];

	printable(r->job, job, sizeof(job));
	printable(r->kiosk, kiosk, sizeof(kiosk));
	printable(r->made, made, sizeof(made));
	if (r->fingerprint[0])
		printf("job %s, kiosk %s, made %s, %d files\n", job, kiosk, made, r->files);
	print_parts(r);
	switch (r->result) {
	case VERIFY_WHOLE:
		printf("whole, signed by %s\n", r->fingerprint);
		break;
	case VERIFY_UNPROVEN:
		printf("whole, origin not proven: it says it is by %s; compare that with the "
		       "kiosk's help page\nor the signed paper, and give it as --signer\n",
		       r->fingerprint);
		break;
	case VERIFY_WRONG:
		printf("NOT whole: %d findings\n", r->found);
		break;
	case VERIFY_CANNOT:
		printf("could not be checked\n");
		break;
	}
}

static void print_json(const struct verify_report *r, json_t *list)
{
	static const char *const words[] = { "whole", "wrong", "cannot", "origin_not_proven" };
	char job[400], kiosk[200], profile[200], made[100];
	json_t *o =
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:i, s:i, s:i, s:i, s:O}", "result",
			  words[r->result], "job", printable(r->job, job, sizeof(job)), "kiosk",
			  printable(r->kiosk, kiosk, sizeof(kiosk)), "profile",
			  printable(r->profile, profile, sizeof(profile)), "made",
			  printable(r->made, made, sizeof(made)), "fingerprint", r->fingerprint,
			  "signature_holds", r->signed_by, "files", r->files, "parts", r->parts,
			  "parts_opened", r->opened, "files_inside", r->inside, "findings", list);

	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

static int run(const struct request *q)
{
	struct output out = { .list = q->common.json ? json_array() : NULL,
			      .progress = isatty(STDERR_FILENO) };
	struct verify_options o = {
		.signer = q->signer, .found = on_found, .progress = on_progress, .ctx = &out
	};
	struct verify_report r;

	if (q->passphrase_file) {
		if (!read_passphrase_file(q->passphrase_file, out.passphrase,
					  sizeof(out.passphrase)))
			return EXIT_CANNOT;
		o.passphrase = out.passphrase;
	} else if (isatty(STDIN_FILENO) && !q->common.json) {
		o.ask = on_ask;
	}
	verify_package(q->path, &o, &r);
	explicit_bzero(out.passphrase, sizeof(out.passphrase));
	if (out.shown)
		fputs("\r\033[K", stderr);
	if (out.list)
		print_json(&r, out.list);
	else
		print_words(&r);
	json_decref(out.list);
	return r.result;
}

/* Return: how many arguments were taken, 0 for a wrong one. */
static int take(int argc, char **argv, int i, const char *name, const char **out)
{
	size_t n = strlen(name);

	if (!strncmp(argv[i], name, n) && argv[i][n] == '=') {
		*out = argv[i] + n + 1;
		return 1;
	}
	if (strcmp(argv[i], name) != 0 || i + 1 >= argc)
		return 0;
	*out = argv[i + 1];
	return 2;
}

static bool parse(int argc, char **argv, struct request *q)
{
	for (int i = 1, took; i < argc; i += took) {
		took = take(argc, argv, i, "--signer", &q->signer);
		if (!took)
			took = take(argc, argv, i, "--passphrase-file", &q->passphrase_file);
		if (!took && argv[i][0] != '-' && !q->path) {
			q->path = argv[i];
			took = 1;
		}
		if (!took)
			return false;
	}
	return q->path != NULL;
}

int cmd_verify(int argc, char **argv)
{
	struct request q = { .path = NULL };

	argc = cmd_common(argc, argv, &q.common);
	if (argc < 0)
		return EXIT_USAGE;
	if (!parse(argc, argv, &q) || q.common.help) {
		fputs(usage, q.common.help ? stdout : stderr);
		return q.common.help ? 0 : EXIT_USAGE;
	}
	if (q.signer && !kiosk_fingerprint_same(q.signer, q.signer)) {
		fprintf(stderr, "tapshot verify: a fingerprint has six groups of four digits and "
				"letters A to F\n");
		return EXIT_USAGE;
	}
	return run(&q);
}
