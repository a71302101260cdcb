#include "firmware/export/sheet_cut.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/hash.h"
#include "firmware/base/text.h"
#include "firmware/judge/judge_cut.h"

/* Above it a print shows no difference, and a school's PDF doubles. */
enum { PRINT_QUALITY_MAX = 95, PRINT_BYTES_MAX = 8 << 20 };

struct sheet_cutter {
	char job_dir[512], job_conf[560], preset_file[512], landmarks[256];
	struct preset preset; /* as scaled */
	struct judge judge; /* opened for the first picture that needs it */
	bool judging;
	int width_px, height_px;
};

/* Heads are as high in the picture whatever its width. */
void sheet_scale(struct preset *p, int width_px, int height_px)
{
	struct check_window *w = &p->limits.window;
	double k = (double)height_px / w->height_px;
	double *const lengths[] = { &w->crown_min_px, &w->crown_max_px, &w->crown_aim_px,
				    &w->eyes_min_px,  &w->eyes_max_px,	&w->eyes_aim_px,
				    &w->face_min_px,  &w->face_max_px,	&w->face_aim_px,
				    &w->centre_px };

	/* A crop on record for the preset itself is none for another size. */
	if (width_px != w->width_px || height_px != w->height_px)
		snprintf(p->limits.id, sizeof(p->limits.id), "sheet-%dx%d", width_px, height_px);
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++)
		*lengths[i] *= k;
	w->width_px = w->width_min_px = width_px;
	w->height_px = height_px;
	p->file.width_px = p->file.width_min_px = width_px;
	p->file.height_px = height_px;
	p->file.dpi = SHEET_DPI;
	p->file.bytes_min = 1;
	p->file.bytes_max = PRINT_BYTES_MAX;
	if (p->file.quality_max > PRINT_QUALITY_MAX)
		p->file.quality_max = PRINT_QUALITY_MAX;
	if (p->file.quality_min > p->file.quality_max)
		p->file.quality_min = p->file.quality_max;
}

int sheet_cutter_new(const struct sheet_spec *s, const char *job_dir, const char *landmarks,
		     struct sheet_cutter **out, struct config_error *err)
{
	struct sheet_cutter *c = calloc(1, sizeof(*c));
	int rc;

	if (!c)
		return -ENOMEM;
	text_copy(c->job_dir, sizeof(c->job_dir), job_dir);
	text_copy(c->landmarks, sizeof(c->landmarks), landmarks ? landmarks : JUDGE_MODEL);
	snprintf(c->job_conf, sizeof(c->job_conf), "%s/job.conf", c->job_dir);
	c->width_px = sheet_px(s->photo_w_mm);
	c->height_px = sheet_px(s->photo_h_mm);
	rc = preset_path(s->preset, c->preset_file, sizeof(c->preset_file));
	if (rc < 0)
		snprintf(err->text, sizeof(err->text), "no preset “%s”", s->preset);
	else
		rc = preset_load(c->preset_file, c->job_conf, &c->preset, err);
	if (rc < 0) {
		free(c);
		return rc;
	}
	sheet_scale(&c->preset, c->width_px, c->height_px);
	*out = c;
	return 0;
}

void sheet_cutter_free(struct sheet_cutter *c)
{
	if (c && c->judging)
		judge_close(&c->judge);
	free(c);
}

static int read_original(const struct sheet_cutter *c, const struct subject *s, uint8_t **data,
			 size_t *bytes)
{
	SCOPED_FD int fd = -1;
	uint8_t digest[SHA256_BYTES];
	char path[1024], hex[SHA256_HEX];
	struct hash *h;
	int rc;

	subject_original(s, c->job_dir, path, sizeof(path));
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	rc = fd < 0 ? -errno : judge_read(fd, data, bytes);
	if (rc < 0)
		return rc;
	h = hash_new();
	if (!h)
		return -ENOMEM;
	hash_update(h, *data, *bytes);
	hash_final(h, digest);
	hash_free(h);
	hash_hex(digest, hex);
	return strcmp(hex, s->sha256) ? -EUCLEAN : 0;
}

/* The record holds no face: somebody accepted the picture by hand. */
static int look_again(struct sheet_cutter *c)
{
	struct config_error err;

	if (c->judging)
		return 0;
	if (judge_open(c->preset_file, c->job_conf, c->landmarks, &c->judge, &err) < 0)
		return -ERANGE;
	c->judging = true;
	return 0;
}

static int cause_error(const struct judge_piece *p)
{
	if (!p->crop.w)
		return p->code == CHECK_FACE_SMALL ? -EDOM : -ERANGE;
	if (p->cause == PICTURE_OK)
		return 0;
	return p->cause == PICTURE_NO_MEMORY  ? -ENOMEM
	       : p->cause == PICTURE_ENLARGED ? -EDOM
					      : -EBADMSG;
}

int sheet_cutter_cut(void *ctx, const struct subject *s, int width_px, int height_px, void **jpeg,
		     size_t *bytes)
{
	struct sheet_cutter *c = ctx;
	SCOPED_FREE uint8_t *data = NULL;
	struct judge_order order = { .preset = &c->preset };
	struct judge_outcome *seen = NULL;
	struct judge_piece piece;
	enum picture_cause cause;
	size_t size = 0;
	int rc;

	if (width_px != c->width_px || height_px != c->height_px)
		return -EINVAL;
	rc = read_original(c, s, &data, &size);
	if (rc == 0 && !subject_crop(s, &c->preset, &order.crop)) {
		order.crop.w = 0;
		rc = look_again(c);
		seen = rc ? NULL : calloc(1, sizeof(*seen));
		rc = rc ? rc : seen ? 0 : -ENOMEM;
	}
	if (rc < 0)
		return rc;
	cause = judge_cut(seen ? &c->judge : NULL, data, size, &order, 1, seen, &piece);
	if (seen)
		image_unref(seen->crop);
	free(seen);
	rc = cause == PICTURE_OK ? cause_error(&piece) : -EBADMSG;
	if (rc == 0 && (piece.file.width_px != width_px || piece.file.height_px != height_px))
		rc = -EDOM;
	if (rc < 0) {
		free(piece.file.data);
		return rc;
	}
	*jpeg = piece.file.data;
	*bytes = piece.file.bytes;
	return 0;
}

const char *sheet_cut_word(int error)
{
	switch (error) {
	case -ENOENT:
		return "the original is missing";
	case -EUCLEAN:
		return "the original was altered";
	case -EBADMSG:
		return "the original cannot be read as a picture";
	case -ERANGE:
		return "no face was found, or it leaves no room for this photo";
	case -EDOM:
		return "the original has too few pixels for this photo";
	default:
		return strerror(error < 0 ? -error : error);
	}
}
