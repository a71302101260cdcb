/* Labelled photographs: as they are, and made worse step by step. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "firmware/base/cleanup.h"
#include "tools/accuracy/accuracy.h"

/* Reasons that speak of the sitter's face and its light, whatever stands around. */
#define FACE_CODES                                                                                 \
	"no_face|many_faces|blurred|moved|overexposed|half_lit|tilted|turned|nodding|eyes_closed|" \
	"mouth_open"

struct album {
	const struct photo *photos;
	const int *chosen; /* of the photos made worse */
	const struct judged *plain;
};

static void judge_photo(struct judge *j, size_t i, void *arg, struct check_result *out)
{
	const struct album *a = arg;
	const char *path = a->photos[i].path, *dot = strrchr(path, '.');
	SCOPED_FREE uint8_t *data = NULL;
	SCOPED_FILE FILE *f = NULL;
	struct judge_outcome o;
	struct image *im;
	size_t bytes = 0;

	if (dot && !strcasecmp(dot, ".png")) { /* as a camera would have written it */
		im = photo_image(path);
		accuracy_judge(j, im, 95, out);
		image_unref(im);
		return;
	}
	f = fopen(path, "rb");
	if (f)
		judge_read(fileno(f), &data, &bytes);
	judge_picture(j, data, bytes, &o);
	judge_moire(j, data, bytes, &o);
	image_unref(o.crop);
	*out = o.result;
}

static void judge_worse(struct judge *j, size_t i, void *arg, struct check_result *out)
{
	const struct album *a = arg;
	struct step s = degrade_steps[i % degrade_step_count];
	int which = a->chosen[i / degrade_step_count];
	const struct check_result *was = &a->plain[which].result;
	struct image *im = photo_image(a->photos[which].path), *worse = NULL;
	double scale = im ? (double)im->width_px / was->width_px : 1;

	if (s.what == WORSE_HALF && judged_measure(was, "half_ev") > 0)
		s.strength = -s.strength; /* more of what is there, not less */
	if (im)
		worse = degrade(im, &s, judged_measure(was, "ied_px") * scale,
				judged_measure(was, "centre_px") * scale);
	accuracy_judge(j, worse, s.what == WORSE_JPEG ? (int)s.strength : 95, out);
	image_unref(worse);
	image_unref(im);
}

static bool is_good(const struct photo *p)
{
	return p->judged && p->fault_count == 0;
}

static void print_photo(const struct photo *p, const struct check_result *r)
{
	printf("%-30s [", p->name);
	for (int k = 0; k < p->fault_count; k++)
		printf("%s%s", k ? " " : "", p->faults[k].word);
	printf("%s]", is_good(p) ? "good" : p->fault_count ? "" : "unjudged");
	for (uint32_t i = 0; i < r->finding_count; i++)
		printf(" %s%s %.3g", r->findings[i].level == CHECK_FAIL ? "!" : "",
		       check_code_word((enum check_code)r->findings[i].code), r->findings[i].value);
	putchar('\n');
}

static void print_faults(const struct photo *p, const struct judged *all, int n)
{
	static const char *const words[] = { "MISSED", "warn", "fail", "" };
	int of[2] = { 0 }, found[2] = { 0 };

	puts("\nLabelled faults");
	for (int i = 0; i < n; i++)
		for (int k = 0; p[i].judged && k < p[i].fault_count; k++) {
			const struct photo_fault *f = &p[i].faults[k];
			enum check_level level = judged_level(&all[i].result, f->codes);

			of[f->gross]++;
			found[f->gross] += level != CHECK_PASS;
			printf("%-30s %-12s %s%s; main reason %s\n", p[i].name, f->word,
			       words[level], f->gross ? " (gross)" : "",
			       judged_main(&all[i].result));
		}
	printf("gross faults found as fail or warn: %d of %d (goal >= 95 %%); others %d of %d\n",
	       found[1], of[1], found[0], of[0]);
}

static void print_good(const struct photo *p, const struct judged *all, int n)
{
	SCOPED_FREE bool *good = calloc((size_t)n + 1, sizeof(*good));
	int of = 0, refused = 0, by_face = 0;

	for (int i = 0; good && i < n; i++) {
		good[i] = is_good(&p[i]);
		of += good[i];
		refused += good[i] && all[i].result.level >= CHECK_FAIL;
		by_face += good[i] && judged_level(&all[i].result, FACE_CODES) == CHECK_FAIL;
	}
	if (!good)
		return;
	print_costs(all, good, (size_t)n, "photographs without a labelled fault");
	printf("refused for the face or its light: %d of %d; for anything (frame, backdrop, "
	       "clothes too): %d\n",
	       by_face, of, refused);
}

/* At most @most of the photographs whose face is big enough to be made worse. */
static int choose(const struct photo *p, const struct judged *all, int n, int most, int *chosen)
{
	int good = 0, taken = 0;

	for (int i = 0; i < n; i++)
		good += is_good(&p[i]) && judged_measure(&all[i].result, "ied_px") >= 60;
	for (int i = 0, k = 0; i < n; i++) {
		if (!is_good(&p[i]) || !(judged_measure(&all[i].result, "ied_px") >= 60))
			continue;
		if (good <= most || k * most / good != (k + 1) * most / good)
			chosen[taken++] = i;
		k++;
	}
	return taken;
}

static const char *const what_word[] = {
	"", "blur sigma", "motion px", "exposure EV", "half light EV", "JPEG quality"
};

struct found {
	int of, found;
};

static void print_step(const struct step *s, size_t k, const struct judged *worse,
		       const struct album *a, int taken, struct found *gross)
{
	int of = 0, failed = 0, warned = 0, refused = 0;

	for (int i = 0; i < taken; i++) {
		const struct check_result *was = &a->plain[a->chosen[i]].result;
		const struct check_result *is = &worse[(size_t)i * degrade_step_count + k].result;
		enum check_level level = judged_level(is, *s->codes ? s->codes : FACE_CODES);

		if (*s->codes && judged_level(was, s->codes) == CHECK_FAIL)
			continue; /* had it from the start */
		of++;
		failed += level == CHECK_FAIL;
		warned += level == CHECK_WARN;
		refused += judged_level(is, FACE_CODES) == CHECK_FAIL;
	}
	gross->of += s->gross ? of : 0;
	gross->found += s->gross ? failed + warned : 0;
	printf("%-14s %5.2f", what_word[s->what], s->strength);
	if (s->what == WORSE_MOTION)
		printf(" at %2.0f", s->deg);
	printf("%*s %3d: fail %5.1f %%, warn %5.1f %%, refused for the face %5.1f %%\n",
	       s->what == WORSE_MOTION ? 1 : 7, "", of, 100.0 * failed / (of ? of : 1),
	       100.0 * warned / (of ? of : 1), 100.0 * refused / (of ? of : 1));
}

static int curves(struct judge *j, const struct photo *p, const struct judged *all, int n,
		  int workers, int most)
{
	SCOPED_FREE int *chosen = calloc((size_t)n + 1, sizeof(*chosen));
	struct album a = { p, chosen, all };
	struct found gross = { 0 };
	struct judged *worse;
	size_t count;
	int taken;

	if (!chosen)
		return -1;
	taken = choose(p, all, n, most, chosen);
	if (taken == 0)
		return 0;
	count = (size_t)taken * degrade_step_count;
	worse = crew_run(j, count, workers, judge_worse, &a);
	if (!worse)
		return -1;
	printf("\n%d photographs made worse: share found by the codes of that fault\n", taken);
	for (size_t k = 0; k < degrade_step_count; k++)
		print_step(&degrade_steps[k], k, worse, &a, taken, &gross);
	printf("gross (sigma >= 1.2, half light >= 1 EV) found as fail or warn: %d of %d (goal >= "
	       "95 %%)\n",
	       gross.found, gross.of);
	crew_free(worse, count);
	return 0;
}

int photos_report(struct judge *j, const char *folder, int workers, int curve, bool verbose)
{
	SCOPED_FREE struct photo *p = NULL;
	struct album a = { 0 };
	struct judged *all;
	int n = folder ? photos_load(folder, &p) : 0, rc = 0;

	if (n <= 0) {
		printf("\nSKIP photographs: no LABELS.tsv with pictures in %s (PORTRAITS=DIR)\n",
		       folder ? folder : "no folder");
		return 0;
	}
	a.photos = p;
	all = crew_run(j, (size_t)n, workers, judge_photo, &a);
	if (!all)
		return -1;
	printf("\n%d labelled photographs in %s\n", n, folder);
	for (int i = 0; verbose && i < n; i++)
		print_photo(&p[i], &all[i].result);
	print_faults(p, all, n);
	print_good(p, all, n);
	if (curve > 0)
		rc = curves(j, p, all, n, workers, curve);
	crew_free(all, (size_t)n);
	return rc;
}
