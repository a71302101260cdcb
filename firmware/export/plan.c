#include "firmware/export/plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"

int plan_complain(struct plan *p, const struct plan_fault *fault)
{
	if (!(p->fault_count & (p->fault_count - 1)) || p->fault_count < 2) {
		size_t size = p->fault_count ? 2 * (size_t)p->fault_count : 2;
		struct plan_fault *more = realloc(p->faults, size * sizeof(*more));

		if (!more)
			return -ENOMEM;
		p->faults = more;
	}
	p->faults[p->fault_count++] = *fault;
	return 0;
}

/* --- presets ------------------------------------------------------------------------------------ */

static int load_preset(struct plan *p, const struct plan_wish *w, const char *name,
		       char why[static 256])
{
	char path[600], job[600];
	struct config_error err;

	for (int i = 0; i < p->preset_count; i++)
		if (!strcmp(p->presets[i].limits.id, name))
			return i;
	snprintf(job, sizeof(job), "%s/jobs/%s/job.conf", w->data_dir, w->job);
	if (preset_path(name, path, sizeof(path)) < 0) {
		snprintf(why, 256, "no preset “%s”", name);
		return -1;
	}
	if (preset_load(path, job, &p->presets[p->preset_count], &err) < 0) {
		text_copy(why, 256, err.text);
		return -1;
	}
	return p->preset_count++;
}

static enum plan_cause load_presets(struct plan *p, const struct plan_wish *w, char why[static 256])
{
	for (int t = 0; t < p->profile->tree_count; t++) {
		const char *name = p->profile->trees[t].preset;

		p->preset_of[t] = -1;
		if (!strcmp(name, "original"))
			continue;
		p->preset_of[t] = load_preset(p, w, name, why);
		if (p->preset_of[t] < 0)
			return PLAN_PRESET;
	}
	return PLAN_OK;
}

/* --- people ------------------------------------------------------------------------------------- */

static int choose(struct plan *p, const struct people *people, const struct plan_wish *w)
{
	p->people = calloc((size_t)people->count + 1, sizeof(*p->people));
	if (!p->people)
		return -ENOMEM;
	for (int i = 0; i < people->count; i++) {
		const struct subject *s = &people->all[i];

		if (!s->shot || (w->only && w->only != s))
			continue;
		if (p->count && strcmp(p->people[0].s->series, s->series) != 0)
			p->several_series = true;
		p->people[p->count++].s = s;
	}
	return 0;
}

/* Not a legal folder name: a school's own names stay readable all the same. */
static void folder_name(const char *text, const char *fallback, char out[static 128])
{
	size_t n = 0;

	for (const char *c = text; *c && n < 100; c++) {
		bool bad = (unsigned char)*c < 0x20 || *c == 0x7f || strchr("/\\:*?\"<>|", *c);

		out[n++] = bad ? '_' : *c;
	}
	while (n && (out[n - 1] == ' ' || out[n - 1] == '.' ||
		     ((unsigned char)out[n - 1] & 0xc0) == 0x80))
		if (((unsigned char)out[n - 1] & 0xc0) == 0x80 && text[n] == '\0')
			break; /* a whole character */
		else
			n--;
	out[n] = '\0';
	if (!text_valid(out, n) || template_path(out) != TEMPLATE_FINE)
		text_copy(out, 128, fallback);
}

void plan_folder(const struct plan *p, int split, const struct subject *s, char out[static 160])
{
	char name[128];

	out[0] = '\0';
	if (split == SPLIT_JOB)
		split = p->job_split;
	if (split == SPLIT_SERIES && p->several_series) {
		folder_name(s->series, "1", name);
		snprintf(out, 160, "%s%s/", text_get(LANG_ZH, "export.series"), name);
	} else if (split == SPLIT_STATION) {
		folder_name(s->station, text_get(LANG_ZH, "export.no_station"), name);
		snprintf(out, 160, "%s/", name);
	} else if (split == SPLIT_CLASS) {
		folder_name(s->class_name, text_get(LANG_ZH, "export.no_class"), name);
		snprintf(out, 160, "%s/", name);
	}
}

/* --- parts -------------------------------------------------------------------------------------- */

/* The first tree's split decides which archive somebody is in; then the class. */
static void part_key(const struct plan *p, const struct subject *s, char folder[static 160],
		     char class_name[static 160])
{
	char name[128];

	plan_folder(p, p->profile->tree_count ? p->profile->trees[0].split : SPLIT_NONE, s, folder);
	folder_name(s->class_name, text_get(LANG_ZH, "export.no_class"), name);
	snprintf(class_name, 160, "%s", name);
}

struct sorting {
	char *key; /* folder, class */
	struct plan_person person;
};

static int by_part(const void *left, const void *right)
{
	const struct sorting *a = left, *b = right;
	int d = strcmp(a->key, b->key);

	if (!d)
		d = a->person.s->seq - b->person.s->seq;
	return d ? d : (a->person.s > b->person.s) - (a->person.s < b->person.s);
}

static int add_part(struct plan *p, const struct subject *s, int first)
{
	struct plan_part *part = &p->parts[p->part_count++];
	char folder[160], class_name[160];

	part_key(p, s, folder, class_name);
	part->first = first;
	part->folder = strdup(folder);
	if (asprintf(&part->name, "%s%s/%s", folder, text_get(LANG_ZH, "export.pictures"),
		     class_name) < 0)
		part->name = NULL;
	return part->folder && part->name ? 0 : -ENOMEM;
}

static int cut_parts(struct plan *p, struct sorting *all)
{
	int rc = 0;

	p->parts = calloc((size_t)p->count + 1, sizeof(*p->parts));
	for (int i = 0; p->parts && i < p->count && !rc; i++) {
		if (!i || strcmp(all[i].key, all[i - 1].key) != 0)
			rc = add_part(p, all[i].person.s, i);
		all[i].person.part = p->part_count - 1;
		p->people[i] = all[i].person;
		p->parts[p->part_count - 1].count++;
	}
	return p->parts ? rc : -ENOMEM;
}

int plan_parts(struct plan *p)
{
	struct sorting *all = calloc((size_t)p->count + 1, sizeof(*all));
	int rc = all ? 0 : -ENOMEM;

	for (int i = 0; i < p->count && !rc; i++) {
		char folder[160], class_name[160], both[330];

		part_key(p, p->people[i].s, folder, class_name);
		snprintf(both, sizeof(both), "%s\001%s", folder, class_name);
		all[i].person = p->people[i];
		all[i].key = plan_key(both); /* one archive where a stick sees one name */
		rc = all[i].key ? 0 : -ENOMEM;
	}
	if (!rc) {
		qsort(all, (size_t)p->count, sizeof(*all), by_part);
		rc = cut_parts(p, all);
	}
	for (int i = 0; all && i < p->count; i++)
		free(all[i].key);
	free(all);
	return rc;
}

/* --- all of it ---------------------------------------------------------------------------------- */

int64_t plan_bytes(const struct plan *p, const struct plan_person *who, int t)
{
	int preset = p->preset_of[t];

	return preset < 0 || who->whole[preset] ? who->s->bytes : p->presets[preset].file.bytes_max;
}

static void sum_up(struct plan *p)
{
	for (int i = 0; i < p->count; i++) {
		const struct plan_person *who = &p->people[i];

		p->uncut += who->uncut != NULL;
		p->left_out += who->left_out;
		for (int t = 0; t < p->profile->tree_count; t++)
			if (who->path[t]) {
				p->files++;
				p->bytes += plan_bytes(p, who, t);
			}
	}
}

/* A field of the job's own columns must be in somebody's row, or the profile has a slip of the pen. */
static enum plan_cause check_fields(const struct plan *p, const struct people *people,
				    char why[static 256])
{
	char header[96], buf[64];

	for (int t = 0; t < p->profile->tree_count; t++) {
		size_t where;

		if (template_check(p->profile->trees[t].name, &where) != TEMPLATE_UNKNOWN_FIELD)
			continue;
		text_copy(header, sizeof(header), p->profile->trees[t].name + where + 1);
		header[strcspn(header, ":}")] = '\0';
		for (int i = 0; i <= people->count; i++) {
			if (i == people->count) {
				snprintf(
					why, 256,
					"tree%d.name: {%s} is no column of this job; correct the "
					"profile, or name it in 另存栏目 and import the roster again",
					t + 1, header);
				return PLAN_FIELD;
			}
			if (subject_field(&people->all[i], header, buf))
				break;
		}
	}
	return PLAN_OK;
}

enum plan_cause plan_make(const struct profile *profile, const struct people *people,
			  const struct plan_wish *wish, struct plan *out, char why[static 256])
{
	enum plan_cause cause;

	memset(out, 0, sizeof(*out));
	out->profile = profile;
	out->job_split = wish->job_split;
	out->several_series = wish->several_series;
	snprintf(out->job_dir, sizeof(out->job_dir), "%s/jobs/%s", wish->data_dir, wish->job);
	cause = load_presets(out, wish, why);
	if (!cause)
		cause = check_fields(out, people, why);
	if (cause)
		return cause;
	if (choose(out, people, wish) || plan_parts(out) || plan_crops(out, wish) ||
	    plan_names(out, wish))
		return PLAN_MEMORY;
	sum_up(out);
	return out->fault_count && !wish->leave_out ? PLAN_NAMES : PLAN_OK;
}

void plan_free(struct plan *p)
{
	for (int i = 0; i < p->count; i++)
		for (int t = 0; t < PROFILE_TREES_MAX; t++)
			free(p->people[i].path[t]);
	for (int i = 0; i < p->part_count; i++) {
		free(p->parts[i].folder);
		free(p->parts[i].name);
	}
	free(p->people);
	free(p->parts);
	free(p->faults);
	memset(p, 0, sizeof(*p));
}
