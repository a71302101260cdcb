/* portraits: write the invented people as JPEG files, as a camera would deliver them. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "firmware/base/cleanup.h"
#include "tools/virtual/portraits/portrait.h"

enum { USAGE = 64, LIVE_FRAMES = 12 };

static int usage(FILE *to, int status)
{
	fprintf(to,
		"usage: portraits --out DIR [--width PX] [--height PX] [--megapixels N]\n"
		"                 [--live] [--only NAME] [--quality Q] [--list]\n"
		"                 [--scene NAME,KEY=VALUE,… --name FILE]\n\n"
		"  default 2000x3000; --megapixels 24 gives 4000x6000\n"
		"  --live  instead writes %d frames of 640x424, as live view shows them\n"
		"  --scene writes one picture put together from these keys, see --keys\n"
		"  --list  prints NAME and the reason the check must give (- none)\n",
		LIVE_FRAMES);
	return status;
}

static int save(const struct portrait_scene *s, const char *path, int w, int h, int quality)
{
	struct image *im = portrait_draw(s, w, h);
	SCOPED_FREE uint8_t *jpeg = NULL;
	size_t bytes = im ? portrait_jpeg(im, quality, &jpeg) : 0;
	SCOPED_FILE FILE *f = bytes ? fopen(path, "wb") : NULL;

	image_unref(im);
	if (!f || fwrite(jpeg, 1, bytes, f) != bytes || fflush(f)) {
		fprintf(stderr, "portraits: %s: %s\n", path, strerror(errno));
		return -1;
	}
	printf("%s %dx%d %zu bytes\n", path, w, h, bytes);
	return 0;
}

static int live(const char *dir)
{
	char path[512];

	for (int i = 0; i < LIVE_FRAMES; i++) {
		struct portrait_scene s = *portrait_scene_find("good-2");

		s.shift_u = 0.5 * sin(i * 0.52);
		s.roll_deg = 2 * sin(i * 0.8);
		s.eyes = i == LIVE_FRAMES - 3 ? 0 : 1;
		snprintf(path, sizeof(path), "%s/live-%02d.jpg", dir, i);
		if (save(&s, path, 640, 424, 80) < 0)
			return 1;
	}
	return 0;
}

static int list(void)
{
	for (size_t i = 0; i < portrait_scene_count; i++)
		printf("%s\t%s\n", portrait_scenes[i].name,
		       *portrait_scenes[i].reason ? portrait_scenes[i].reason : "-");
	return 0;
}

static int list_keys(void)
{
	for (size_t i = 0; portrait_keys(i); i++)
		puts(portrait_keys(i));
	return 0;
}

struct wishes {
	const char *dir, *only, *scene, *name;
	int width, height, quality, live, list, keys;
};

static int parse(int argc, char **argv, struct wishes *o)
{
	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";

		if (!strcmp(argv[i], "--live")) {
			o->live = 1;
			continue;
		}
		if (!strcmp(argv[i], "--list")) {
			o->list = 1;
			continue;
		}
		if (!strcmp(argv[i], "--keys")) {
			o->keys = 1;
			continue;
		}
		if (!*value)
			return -1;
		if (!strcmp(argv[i], "--out"))
			o->dir = value;
		else if (!strcmp(argv[i], "--only"))
			o->only = value;
		else if (!strcmp(argv[i], "--scene"))
			o->scene = value;
		else if (!strcmp(argv[i], "--name"))
			o->name = value;
		else if (!strcmp(argv[i], "--width"))
			o->width = atoi(value);
		else if (!strcmp(argv[i], "--height"))
			o->height = atoi(value);
		else if (!strcmp(argv[i], "--quality"))
			o->quality = atoi(value);
		else if (!strcmp(argv[i], "--megapixels"))
			o->height = (o->width = (int)lround(sqrt(atof(value) * 1e6 / 1.5))) * 3 / 2;
		else
			return -1;
		i++;
	}
	return o->list || o->keys || (o->dir && o->width >= 64 && o->height >= 64) ? 0 : -1;
}

static int composed(const struct wishes *o)
{
	struct portrait_scene s = portrait_plain(0);
	const char *fault = NULL;
	char path[512];

	if (portrait_scene_set(&s, o->scene, &fault) < 0) {
		fprintf(stderr, "portraits: not understood: %s\n", fault);
		return USAGE;
	}
	snprintf(path, sizeof(path), "%s/%s.jpg", o->dir, o->name);
	return save(&s, path, o->width, o->height, o->quality) < 0;
}

int main(int argc, char **argv)
{
	struct wishes o = { .width = 2000, .height = 3000, .quality = 92, .name = "scene" };
	char path[512];

	if (argc > 1 && (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help")))
		return usage(stdout, 0);
	if (parse(argc, argv, &o) < 0)
		return usage(stderr, USAGE);
	if (o.list)
		return list();
	if (o.keys)
		return list_keys();
	mkdir(o.dir, 0755);
	if (o.scene)
		return composed(&o);
	if (o.live)
		return live(o.dir);
	for (size_t i = 0; i < portrait_scene_count; i++) {
		const struct portrait_scene *s = &portrait_scenes[i];

		if (o.only && strcmp(o.only, s->name))
			continue;
		snprintf(path, sizeof(path), "%s/%s.jpg", o.dir, s->name);
		if (save(s, path, o.width, o.height, o.quality) < 0)
			return 1;
	}
	return 0;
}
