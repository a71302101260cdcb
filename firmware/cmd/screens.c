/* `tapshot screens`: every screen as PNG, with invented people. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "firmware/base/cleanup.h"
#include "firmware/cmd/cmd.h"
#include "firmware/ui/samples.h"
#include "firmware/ui/ui.h"

struct job {
	const char *out;
	enum lang lang_first, lang_last;
	int size_count;
	int size[4][2];
};

static int usage(int status)
{
	fprintf(status ? stderr : stdout,
		"usage: tapshot screens --out DIR [--size WxH] [--lang zh|en]\n"
		"Draws every screen as DIR/WxH/LANG/NN-name.png (default: 800x480, 1024x600,\n"
		"1080x1920; both languages) and a contact sheet DIR/contact-WxH-LANG.png.\n");
	return status;
}

static bool take(struct job *j, const char *name, const char *value)
{
	if (!strcmp(name, "--out")) {
		j->out = value;
	} else if (!strcmp(name, "--lang") && (!strcmp(value, "zh") || !strcmp(value, "en"))) {
		j->lang_first = j->lang_last = !strcmp(value, "zh") ? LANG_ZH : LANG_EN;
	} else if (!strcmp(name, "--size")) {
		int *s = j->size[0];

		j->size_count = 1;
		return sscanf(value, "%dx%d", &s[0], &s[1]) == 2 && s[0] >= 320 && s[1] >= 320 &&
		       s[0] <= 4096 && s[1] <= 4096;
	} else {
		return false;
	}
	return true;
}

static bool make_dirs(const char *out, const char *size, const char *lang)
{
	char path[512];

	mkdir(out, 0777);
	snprintf(path, sizeof(path), "%s/%s", out, size);
	mkdir(path, 0777);
	snprintf(path, sizeof(path), "%s/%s/%s", out, size, lang);
	return !mkdir(path, 0777) || errno == EEXIST;
}

static int draw_all(const struct job *j, const int size[2], enum lang lang)
{
	const char *code = lang == LANG_ZH ? "zh" : "en";
	struct image *sheet = sample_sheet_new(size[0], size[1]);
	char dims[24], path[512];
	int rc = sheet ? 0 : -ENOMEM;

	snprintf(dims, sizeof(dims), "%dx%d", size[0], size[1]);
	if (!make_dirs(j->out, dims, code))
		rc = -EIO;
	for (int i = 0; i < sample_count() && !rc; i++) {
		struct image *im;
		struct scene scene;

		sample_scene(i, lang, &scene);
		im = ui_draw(&scene, UI_SPLIT, size[0], size[1]);
		sample_release(&scene);
		snprintf(path, sizeof(path), "%s/%s/%s/%02d-%s.png", j->out, dims, code, i,
			 sample_name(i));
		rc = im ? ui_write_png(im, path) : -ENOMEM;
		if (im)
			sample_sheet_put(sheet, im, i);
		image_unref(im);
	}
	snprintf(path, sizeof(path), "%s/contact-%s-%s.png", j->out, dims, code);
	if (!rc)
		rc = ui_write_png(sheet, path);
	image_unref(sheet);
	return rc;
}

int cmd_screens(int argc, char **argv)
{
	struct job j = { .lang_last = LANG_EN,
			 .size_count = 3,
			 .size = { { 800, 480 }, { 1024, 600 }, { 1080, 1920 } } };

	if (argc == 2 && (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help")))
		return usage(0);
	for (int i = 1; i < argc; i += 2)
		if (i + 1 == argc || !take(&j, argv[i], argv[i + 1]))
			return usage(EXIT_USAGE);
	if (!j.out)
		return usage(EXIT_USAGE);
	for (int s = 0; s < j.size_count; s++)
		for (int lang = (int)j.lang_first; lang <= (int)j.lang_last; lang++)
			if (draw_all(&j, j.size[s], (enum lang)lang) < 0) {
				fprintf(stderr, "tapshot: could not write into %s\n", j.out);
				return EXIT_CANNOT;
			}
	printf("%d screens in %s\n", sample_count(), j.out);
	return 0;
}
