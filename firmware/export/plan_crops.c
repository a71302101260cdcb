/* Where the finished pictures lie: from what was recorded; who has no record is looked at again. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/export/crop.h"
#include "firmware/export/plan.h"
#include "firmware/judge/judge.h"

struct looking {
	struct judge j;
	bool open, failed;
	const struct plan *p;
	const struct plan_wish *w;
};

static bool ready(struct looking *g)
{
	char path[600], job[600];
	struct config_error err;

	if (g->open || g->failed)
		return g->open;
	snprintf(job, sizeof(job), "%s/jobs/%s/job.conf", g->w->data_dir, g->w->job);
	g->open = preset_path(g->p->presets[0].limits.id, path, sizeof(path)) == 0 &&
		  judge_open(path, job, JUDGE_MODEL, &g->j, &err) == 0;
	g->failed = !g->open;
	return g->open;
}

/* The face of an original nobody measured. Return: a reason word, NULL: found. */
static const char *look(struct looking *g, const struct subject *s, struct crop_seen *out)
{
	SCOPED_FREE uint8_t *data = NULL;
	struct judge_outcome seen;
	size_t bytes = 0;
	char path[700];
	SCOPED_FD int fd = -1;

	memset(out, 0, sizeof(*out));
	subject_original(s, g->p->job_dir, path, sizeof(path));
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (!ready(g) || fd < 0 || judge_read(fd, &data, &bytes) < 0)
		return "no_face"; /* a missing original stops the export later */
	judge_picture(&g->j, data, bytes, &seen);
	image_unref(seen.crop);
	if (seen.result.level == CHECK_ERROR)
		return "undecodable";
	out->m = seen.measures;
	out->width_px = seen.result.width_px;
	out->height_px = seen.result.height_px;
	return out->m.face_width_px >= 1 ? NULL : "no_face";
}

/* Return: is every picture the original itself? */
static bool mark_whole(const struct plan *p, struct plan_person *who)
{
	bool all = true;

	for (int i = 0; i < p->preset_count; i++) {
		who->whole[i] = crop_finished(who->s->measures, &p->presets[i]);
		all &= who->whole[i];
	}
	return all;
}

static void crops_of(struct looking *g, struct plan_person *who)
{
	const struct plan *p = g->p;
	struct crop_seen seen;
	const char *why = NULL, *bad;

	if (mark_whole(p, who))
		return;
	if (!crop_recorded(who->s->measures, &seen))
		why = look(g, who->s, &seen);
	for (int i = 0; i < p->preset_count; i++) {
		if (who->whole[i])
			continue;
		bad = why ? why : crop_for(&seen, &p->presets[i], &who->crop[i]);
		if (bad && !who->uncut)
			who->uncut = bad;
	}
}

int plan_crops(struct plan *p, const struct plan_wish *wish)
{
	struct looking g = { .p = p, .w = wish };

	for (int i = 0; p->preset_count && i < p->count; i++)
		crops_of(&g, &p->people[i]);
	if (g.open)
		judge_close(&g.j);
	return 0;
}
