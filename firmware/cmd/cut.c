/* `tapshot cut`: finished pictures from one original. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/hash.h"
#include "firmware/base/text.h"
#include "firmware/cmd/cmd.h"
#include "firmware/judge/judge_cut.h"

enum { ORDERS_MAX = 12, PATH_BYTES = 1024 };

static const char *const levels[] = { "pass", "warn", "fail", "error" };
static const char *const people[] = { "student", "photographer", "setup" };

struct wanted {
	const char *preset, *out; /* as given; out: file or directory */
	struct preset loaded;
};

struct cutting {
	const char *photo, *landmarks;
	char job[600]; /* the job's own settings, "" none */
	int json, replace; /* replace: -1 as the preset says */
	int count;
	bool geometry; /* every order has its crop */
	struct wanted wanted[ORDERS_MAX];
	struct judge_order orders[ORDERS_MAX];
	struct judge_piece pieces[ORDERS_MAX];
	struct judge_outcome outcome;
	json_t *list;
};

static int usage(FILE *to, int status)
{
	fprintf(to,
		"usage: tapshot cut PHOTO --preset NAME -o OUT [--geometry X,Y,W,H]\n"
		"                   [--preset NAME -o OUT ...] [--background keep|replace]\n"
		"                   [--landmarks FILE] [--job JOB [--data DIR]] [--json]\n\n"
		"Cuts finished pictures from the original by their presets (tapshot check\n"
		"--list-presets). OUT is a file, or a directory: then the name is PHOTO's and the\n"
		"extension the preset's.\n"
		"  --geometry    the crop in 1/16 px of the upright picture, as recorded; belongs to\n"
		"                the --preset before it; without it the face decides\n"
		"  --background  replace: beside OUT also NAME-replaced, before the preset's colour\n"
		"  --job         with the job's own settings, DATA/jobs/JOB/job.conf\n"
		"Exit status: 0 all written, 1 a picture cannot be placed or cut, 2 PHOTO cannot be read\n"
		"or OUT not be written.\n");
	return status;
}

/* --- writing ---------------------------------------------------------------------------------- */

static int write_all(int fd, const uint8_t *data, size_t bytes)
{
	while (bytes) {
		ssize_t n = write(fd, data, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		bytes -= (size_t)n;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

static int sync_directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_BYTES];
	SCOPED_FD int fd = -1;

	snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

static bool same_bytes(int fd, const struct picture_file *f)
{
	SCOPED_FREE uint8_t *back = malloc(f->bytes + 1);

	return back && pread(fd, back, f->bytes + 1, 0) == (ssize_t)f->bytes &&
	       !memcmp(back, f->data, f->bytes);
}

/* The name holds the old file or the whole new one, and what stands there was read again. */
static int write_file(const char *path, const struct picture_file *f)
{
	char tmp[PATH_BYTES + 8];
	SCOPED_FD int fd = -1;
	int rc;

	snprintf(tmp, sizeof(tmp), "%s.XXXXXX", path);
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = fchmod(fd, 0644) < 0 ? -errno : write_all(fd, f->data, f->bytes);
	if (rc == 0 && !same_bytes(fd, f))
		rc = -EIO;
	if (rc == 0 && rename(tmp, path) < 0)
		rc = -errno;
	if (rc < 0)
		unlink(tmp);
	return rc < 0 ? rc : sync_directory_of(path);
}

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* A name given by mistake must not cost the original, nor /dev/null its device. */
static int may_stand(const struct cutting *c, const char *path)
{
	struct stat st, photo;

	if (stat(path, &st) < 0)
		return 0;
	if (stat(c->photo, &photo) == 0 && st.st_dev == photo.st_dev && st.st_ino == photo.st_ino)
		return -EEXIST;
	return S_ISREG(st.st_mode) ? 0 : -ENOTSUP;
}

/* Length of @name without the extension. */
static int stem(const char *name)
{
	const char *dot = strrchr(name, '.');

	return (int)(dot && dot != name ? (size_t)(dot - name) : strlen(name));
}

/* DIR/PHOTO.jpg; DIR/PHOTO-PRESET.jpg when there are several. @label: "" or "-replaced". */
static int out_path(const struct cutting *c, int i, const char *label, char out[PATH_BYTES])
{
	const struct wanted *w = &c->wanted[i];
	const char *slash = strrchr(c->photo, '/'), *name = slash ? slash + 1 : c->photo;
	const char *base = strrchr(w->out, '/');
	int n, head = (int)(base ? base + 1 - w->out : 0);

	if (is_directory(w->out))
		n = snprintf(out, PATH_BYTES, "%s/%.*s%s%s%s.%s", w->out, stem(name), name,
			     c->count > 1 ? "-" : "", c->count > 1 ? w->loaded.limits.id : "",
			     label, w->loaded.file.extension);
	else
		n = snprintf(out, PATH_BYTES, "%.*s%s%s", head + stem(w->out + head), w->out, label,
			     w->out + head + stem(w->out + head));
	return n >= PATH_BYTES ? -ENAMETOOLONG : may_stand(c, out);
}

/* --- telling ---------------------------------------------------------------------------------- */

static void digest(const struct picture_file *f, char hex[SHA256_HEX])
{
	uint8_t sum[SHA256_BYTES] = { 0 };
	struct hash *h = hash_new();

	if (h) {
		hash_update(h, f->data, f->bytes);
		hash_final(h, sum);
		hash_free(h);
	}
	hash_hex(sum, hex);
}

static void tell_file(struct cutting *c, int i, const char *path, const struct picture_file *f,
		      bool replaced)
{
	const struct preset *p = &c->wanted[i].loaded;
	const struct image_crop *g = &c->pieces[i].crop;
	char hex[SHA256_HEX], sampling[40];

	digest(f, hex);
	snprintf(sampling, sizeof(sampling), "%d:%d:%d", f->subsampling / 100,
		 f->subsampling / 10 % 10, f->subsampling % 10);
	json_array_append_new(
		c->list,
		json_pack(
			"{s:s, s:s, s:s%, s:[i,i,i,i], s:i, s:i, s:i, s:i, s:s, s:I, s:b, s:s, s:s}",
			"preset", p->limits.id, "version", p->limits.version, "out", path,
			strlen(path), "geometry", g->x, g->y, g->w, g->h, "width_px", f->width_px,
			"height_px", f->height_px, "dpi", p->file.dpi, "quality", f->quality,
			"subsampling", sampling, "bytes", (json_int_t)f->bytes, "in_window",
			f->in_window, "background", replaced ? "replace" : "keep", "sha256", hex));
	if (!c->json)
		printf("%s: %dx%d, %zu bytes, quality %d, %s, crop %d,%d,%d,%d%s\n", path,
		       f->width_px, f->height_px, f->bytes, f->quality, sampling, g->x, g->y, g->w,
		       g->h, replaced ? ", backdrop replaced" : "");
	if (!f->in_window)
		fprintf(stderr, "tapshot cut: %s: %zu bytes, asked for %d to %d: %s\n", path,
			f->bytes, p->file.bytes_min, p->file.bytes_max,
			text_get(LANG_EN, "cut.window"));
}

/* @id: of the catalogue. */
static void tell_refusal(struct cutting *c, int i, const char *code, const char *who,
			 const char *id)
{
	const char *preset = c->wanted[i].loaded.limits.id;

	json_array_append_new(c->list,
			      json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "preset", preset,
					"version", c->wanted[i].loaded.limits.version, "error",
					code, "who", who, "text_zh", text_get(LANG_ZH, id),
					"text_en", text_get(LANG_EN, id)));
	if (!c->json)
		fprintf(stderr, "tapshot cut: %s: %s: %s: %s\n", c->photo, preset, code,
			text_get(LANG_EN, id));
}

/* --- cutting ---------------------------------------------------------------------------------- */

static int save(struct cutting *c, int i, const struct picture_file *f, bool replaced)
{
	char path[PATH_BYTES];
	int rc = out_path(c, i, replaced ? "-replaced" : "", path);

	if (rc == -EEXIST) {
		fprintf(stderr, "tapshot cut: %s is the original: give another OUT\n", path);
		return EXIT_CANNOT;
	}
	if (rc == 0)
		rc = write_file(path, f);
	if (rc < 0) {
		fprintf(stderr, "tapshot cut: %s: %s\n", path, strerror(-rc));
		return EXIT_CANNOT;
	}
	tell_file(c, i, path, f, replaced);
	return 0;
}

static int finish(struct cutting *c, int i)
{
	const struct judge_piece *p = &c->pieces[i];
	char id[48];
	int status;

	if (!p->crop.w) {
		snprintf(id, sizeof(id), "cure.%s", check_code_word((enum check_code)p->code));
		tell_refusal(c, i, check_code_word((enum check_code)p->code),
			     people[check_code_who((enum check_code)p->code)], id);
		return EXIT_NO;
	}
	if (p->cause != PICTURE_OK) {
		snprintf(id, sizeof(id), "cut.%s", picture_cause_word(p->cause));
		tell_refusal(c, i, picture_cause_word(p->cause), people[CHECK_PHOTOGRAPHER], id);
		return EXIT_NO;
	}
	status = save(c, i, &p->file, false);
	if (status || !c->orders[i].replace)
		return status;
	if (p->key == KEY_OK)
		return save(c, i, &p->replaced, true);
	snprintf(id, sizeof(id), "cut.%s", key_cause_word(p->key));
	tell_refusal(c, i, key_cause_word(p->key), people[CHECK_SETUP], id);
	return EXIT_NO;
}

static int finish_all(struct cutting *c, bool judged)
{
	int status = 0;
	json_t *j;

	for (int i = 0; i < c->count; i++) {
		int one = finish(c, i);

		status = one > status ? one : status;
		free(c->pieces[i].file.data);
		free(c->pieces[i].replaced.data);
	}
	j = json_pack("{s:s%, s:s?, s:O}", "file", c->photo, strlen(c->photo), "verdict",
		      judged ? levels[c->outcome.result.level] : NULL, "cuts", c->list);
	if (c->json && j) {
		json_dumpf(j, stdout, 0);
		putchar('\n');
	}
	json_decref(j);
	return status;
}

static int read_photo(const char *path, uint8_t **data, size_t *bytes)
{
	SCOPED_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc = fd < 0 ? -errno : judge_read(fd, data, bytes);

	if (rc < 0)
		fprintf(stderr, "tapshot cut: %s: %s\n", path, strerror(-rc));
	return rc < 0 ? EXIT_CANNOT : 0;
}

/* The file is cut all the same: whether it is used, people decide. */
static void tell_verdict(const struct cutting *c)
{
	const struct check_result *r = &c->outcome.result;
	char id[48];
	int way;

	if (r->level != CHECK_FAIL)
		return;
	check_reason_id(r, 0, id, &way);
	fprintf(stderr, "tapshot cut: %s: the check says fail: %s\n", c->photo,
		text_get(LANG_EN, id));
}

static int cut(struct cutting *c, struct judge *j)
{
	SCOPED_FREE uint8_t *data = NULL;
	size_t bytes = 0;
	enum picture_cause cause;
	int status = read_photo(c->photo, &data, &bytes);

	if (status)
		return status;
	cause = judge_cut(j, data, bytes, c->orders, c->count, &c->outcome, c->pieces);
	image_unref(c->outcome.crop);
	for (int i = 0; i < c->count && cause != PICTURE_OK; i++)
		c->pieces[i].crop.w = 1; /* the cause says why, not the check */
	status = finish_all(c, j != NULL);
	if (j && cause == PICTURE_OK)
		tell_verdict(c);
	return cause == PICTURE_OK ? status : EXIT_CANNOT;
}

static int cut_judged(struct cutting *c)
{
	struct config_error err;
	struct judge j;
	char path[PATH_BYTES];
	int status;

	if (preset_path(c->wanted[0].preset, path, sizeof(path)) < 0)
		return EXIT_USAGE;
	if (judge_open(path, c->job[0] ? c->job : NULL, c->landmarks, &j, &err) < 0) {
		fprintf(stderr, "tapshot cut: %s\n", err.text);
		return EXIT_CANNOT;
	}
	status = cut(c, &j);
	judge_close(&j);
	return status;
}

static int load(struct cutting *c, int i)
{
	struct wanted *w = &c->wanted[i];
	struct config_error err;
	char path[PATH_BYTES];

	if (!w->out)
		return usage(stderr, EXIT_USAGE);
	if (preset_path(w->preset, path, sizeof(path)) < 0) {
		fprintf(stderr, "tapshot cut: no preset “%s” (see tapshot check --list-presets)\n",
			w->preset);
		return EXIT_USAGE;
	}
	if (preset_load(path, c->job[0] ? c->job : NULL, &w->loaded, &err) < 0) {
		fprintf(stderr, "tapshot cut: %s\n", err.text);
		return EXIT_CANNOT;
	}
	c->orders[i].preset = &w->loaded;
	c->orders[i].replace =
		c->replace < 0 ? w->loaded.background == BACKGROUND_REPLACE : c->replace;
	return 0;
}

/* --- arguments -------------------------------------------------------------------------------- */

static int take_geometry(struct cutting *c, const char *v)
{
	struct image_crop g;
	char rest;

	if (!c->count || sscanf(v, "%d,%d,%d,%d%c", &g.x, &g.y, &g.w, &g.h, &rest) != 4 || g.w < 1)
		return -1;
	c->orders[c->count - 1].crop = g;
	return 0;
}

static int take_option(struct cutting *c, const char *name, const char *v)
{
	if (!strcmp(name, "--preset")) {
		if (c->count == ORDERS_MAX)
			return -1;
		c->wanted[c->count++].preset = v;
	} else if (!strcmp(name, "-o") || !strcmp(name, "--out")) {
		if (!c->count)
			return -1;
		c->wanted[c->count - 1].out = v;
	} else if (!strcmp(name, "--geometry")) {
		return take_geometry(c, v);
	} else if (!strcmp(name, "--background")) {
		c->replace = !strcmp(v, "replace");
		return c->replace || !strcmp(v, "keep") ? 0 : -1;
	} else if (!strcmp(name, "--landmarks")) {
		c->landmarks = v;
	} else {
		return -1;
	}
	return 0;
}

static int take(struct cutting *c, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (argv[i][0] != '-') {
			if (c->photo)
				return -1;
			c->photo = argv[i];
		} else if (i + 1 >= argc || take_option(c, argv[i], argv[i + 1]) < 0) {
			return -1;
		} else {
			i++;
		}
	}
	c->geometry = true;
	for (int i = 0; i < c->count; i++)
		c->geometry &= c->orders[i].crop.w > 0;
	return c->photo && c->count ? 0 : -1;
}

int cmd_cut(int argc, char **argv)
{
	SCOPED_FREE struct cutting *c = calloc(1, sizeof(*c));
	struct cmd_common common;
	int status = 0;

	argc = cmd_common(argc, argv, &common);
	if (argc < 0)
		return EXIT_USAGE;
	if (common.help)
		return usage(stdout, 0);
	if (!c)
		return EXIT_CANNOT;
	c->landmarks = JUDGE_MODEL;
	c->json = common.json;
	c->replace = -1;
	if (take(c, argc, argv) < 0)
		return usage(stderr, EXIT_USAGE);
	if (cmd_job_settings(&common, c->job, sizeof(c->job)) < 0)
		return EXIT_USAGE;
	for (int i = 0; i < c->count && !status; i++)
		status = load(c, i);
	if (status)
		return status;
	c->list = json_array();
	status = c->geometry ? cut(c, NULL) : cut_judged(c);
	json_decref(c->list);
	return status;
}
