#include "tests/lib/collected.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/judge/judge_cut.h"
#include "tests/lib/school.h"
#include "tools/virtual/portraits/portrait.h"

enum { SEED = 11 };

static void die(const char *what)
{
	fprintf(stderr, "collected: %s\n", what);
	abort();
}

void collected_init(struct collected *c, int people)
{
	snprintf(c->dir, sizeof(c->dir), "/tmp/tapshot-collected-XXXXXX");
	if (!mkdtemp(c->dir))
		die("mkdtemp");
	snprintf(c->folder, sizeof(c->folder), "%s/in", c->dir);
	snprintf(c->old, sizeof(c->old), "%s/old", c->dir);
	snprintf(c->roster, sizeof(c->roster), "%s/r.csv", c->dir);
	if (mkdir(c->folder, 0700) < 0 || mkdir(c->old, 0700) < 0 ||
	    school_roster(c->roster, SEED, 1, people, true) < 0)
		die(c->dir);
}

void collected_drop(struct collected *c)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", c->dir);
	if (system(command))
		die(command);
}

/* --- pictures ---------------------------------------------------------------------------------- */

static struct bad_jpeg drawn[COLLECTED_PEOPLE];
static struct judge judge; /* for all of them */

static void open_judge(void)
{
	struct config_error err;
	char path[800];

	if (judge.face)
		return;
	if (preset_path("chsi-480", path, sizeof(path)) < 0 ||
	    judge_open(path, NULL, JUDGE_MODEL, &judge, &err) < 0)
		die("no judge");
}

static void draw(int which)
{
	struct portrait_scene s = portrait_plain(which);
	struct image *im = portrait_draw(&s, 800, 1200);
	SCOPED_FREE uint8_t *jpeg = NULL;
	struct judge_outcome o;
	struct judge_piece piece;
	size_t bytes = im ? portrait_jpeg(im, 97, &jpeg) : 0;

	image_unref(im);
	if (!bytes)
		die("no picture");
	open_judge();
	judge_cut(&judge, jpeg, bytes, &(struct judge_order){ .preset = &judge.preset }, 1, &o,
		  &piece);
	image_unref(o.crop);
	if (!piece.file.data || !piece.file.in_window)
		die("no finished picture");
	drawn[which] = (struct bad_jpeg){ piece.file.data, piece.file.bytes };
}

static void put_number(uint8_t *at, uint32_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		at[i] = (uint8_t)(v >> (8 * (bytes - 1 - i)));
}

static void entry(uint8_t *at, uint32_t tag, uint32_t type, uint32_t count, uint32_t value)
{
	put_number(at, tag, 2);
	put_number(at + 2, type, 2);
	put_number(at + 4, count, 4);
	put_number(at + 8, value, 4);
}

void collected_exif(struct bad_jpeg *b, const char *taken, const char *software)
{
	uint8_t exif[200] = "Exif\0\0MM\0*\0\0\0\x08";
	uint8_t *tiff = exif + 6;

	put_number(tiff + 8, 2, 2);
	entry(tiff + 10, 0x0131, 2, 40, 80);
	entry(tiff + 22, 0x8769, 4, 1, 40);
	put_number(tiff + 40, 1, 2);
	entry(tiff + 42, taken[0] ? 0x9003 : 0x9999, 2, 20, 60);
	snprintf((char *)tiff + 60, 20, "%s", taken);
	snprintf((char *)tiff + 80, 40, "%s", software);
	bad_insert(b, 0xe1, exif, 126);
}

void collected_picture(int which, struct bad_jpeg *out)
{
	char now[25], taken[20];

	if (!drawn[which].data)
		draw(which);
	out->bytes = drawn[which].bytes;
	out->data = malloc(out->bytes);
	if (!out->data)
		die("memory");
	memcpy(out->data, drawn[which].data, out->bytes);
	clock_iso_utc(clock_utc_ms(), now);
	snprintf(taken, sizeof(taken), "%.4s:%.2s:%.2s 10:00:00", now, now + 5, now + 8);
	collected_exif(out, taken, "");
}

void collected_put(const char *folder, const char *name, const struct bad_jpeg *b)
{
	char path[400], *slash;
	SCOPED_FILE FILE *f = NULL;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	slash = strrchr(path, '/');
	*slash = '\0';
	mkdir(path, 0700);
	*slash = '/';
	f = fopen(path, "we");
	if (!f || fwrite(b->data, 1, b->bytes, f) != b->bytes || fflush(f))
		die(path);
}

void collected_put_person(const char *folder, const char *name, int which, const char *mark)
{
	struct bad_jpeg b;

	collected_picture(which, &b);
	if (mark[0])
		bad_insert(&b, 0xfe, mark, strlen(mark));
	collected_put(folder, name, &b);
	free(b.data);
}

/* --- the run ----------------------------------------------------------------------------------- */

struct collect *collected_run(const struct collected *c, struct collect_wish *w)
{
	struct collect *out;
	char why[256];

	w->data_dir = c->dir;
	w->job = "J";
	w->kiosk = "C1";
	w->folder = c->folder;
	w->roster = c->roster;
	w->preset = "chsi-480";
	w->processes = 1;
	w->landmarks = w->landmarks ? w->landmarks : JUDGE_MODEL;
	if (collect_run(w, &out, why) < 0)
		die(why);
	return out;
}

const struct collect_photo *collected_photo(const struct collect *r, const char *path)
{
	for (int i = 0; i < r->count; i++)
		if (!strcmp(r->photos[i].path, path))
			return &r->photos[i];
	die(path);
	return NULL;
}

bool collected_has(const struct collect *r, const char *path, enum collect_code code)
{
	const struct collect_photo *p = collected_photo(r, path);

	for (int i = 0; i < p->finding_count; i++)
		if (p->findings[i].code == code)
			return true;
	return false;
}
