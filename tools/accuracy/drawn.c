/* Drawn people: judged, counted, printed. */
#include <math.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "tools/accuracy/accuracy.h"

enum { WIDE = 1000, HIGH = 1500, SMALL_WIDE = 667, SMALL_HIGH = 1000, QUALITY = 92 };

struct studio {
	const struct drawn *list;
	int w, h;
};

static void draw_and_judge(struct judge *j, size_t i, void *arg, struct check_result *out)
{
	const struct studio *st = arg;
	struct image *im = portrait_draw(&st->list[i].scene, st->w, st->h);

	accuracy_judge(j, im, QUALITY, out);
	image_unref(im);
}

struct judged *drawn_run(struct judge *j, const struct drawn *d, size_t n, bool small, int workers)
{
	struct studio st = { d, small ? SMALL_WIDE : WIDE, small ? SMALL_HIGH : HIGH };

	return crew_run(j, n, workers, draw_and_judge, &st);
}

struct tally cell_tally(const struct drawn *d, const struct judged *all, size_t n, size_t cell)
{
	const char *codes = accuracy_cells[cell].codes;
	struct tally t = { 0 };

	for (size_t i = 0; i < n; i++) {
		const struct check_result *r = &all[i].result;
		enum check_level level;

		if (d[i].cell != cell)
			continue;
		level = judged_level(r, codes);
		t.pictures++;
		t.refused += r->level >= CHECK_FAIL;
		t.failed += level == CHECK_FAIL;
		t.warned += level == CHECK_WARN;
		t.main_right += *codes ? codes_have(codes, judged_main(r)) : !r->finding_count;
	}
	return t;
}

static double percent(int part, int of)
{
	return of ? 100.0 * part / of : 0;
}

void print_cells(const struct drawn *d, const struct judged *all, size_t n)
{
	static const char *const kinds[] = { "good", "gross", "fault", "warn" };

	printf("%-17s %-6s %4s %7s %7s %7s %7s %9s\n", "cell", "kind", "n", "fail %", "warn %",
	       "missed", "refused", "main right");
	for (size_t c = 0; c < accuracy_cell_count; c++) {
		struct tally t = cell_tally(d, all, n, c);
		bool good = accuracy_cells[c].kind == CELL_GOOD;

		if (good)
			printf("%-17s %-6s %4d %7s %7s %7s %7.1f %9.1f\n", accuracy_cells[c].name,
			       kinds[accuracy_cells[c].kind], t.pictures, "", "", "",
			       percent(t.refused, t.pictures), percent(t.main_right, t.pictures));
		else
			printf("%-17s %-6s %4d %7.1f %7.1f %7.1f %7.1f %9.1f\n",
			       accuracy_cells[c].name, kinds[accuracy_cells[c].kind], t.pictures,
			       percent(t.failed, t.pictures), percent(t.warned, t.pictures),
			       percent(t.pictures - t.failed - t.warned, t.pictures),
			       percent(t.refused, t.pictures), percent(t.main_right, t.pictures));
	}
}

/* How often each word was the main reason of a cell's pictures; the last one is "-". */
static void main_counts(const struct drawn *d, const struct judged *all, size_t n, size_t cell,
			int counts[CHECK_CODE_COUNT + 1])
{
	memset(counts, 0, (CHECK_CODE_COUNT + 1) * sizeof(*counts));
	for (size_t i = 0; i < n; i++) {
		const struct check_result *r = &all[i].result;

		if (d[i].cell != cell)
			continue;
		if (r->finding_count)
			counts[r->findings[r->reason_count ? r->reasons[0] : 0].code]++;
		else
			counts[CHECK_CODE_COUNT]++;
	}
}

void print_confusion(const struct drawn *d, const struct judged *all, size_t n)
{
	int counts[CHECK_CODE_COUNT + 1];

	puts("\nMain reason of each cell's pictures (confusion matrix, zeros left out; - = none)");
	for (size_t c = 0; c < accuracy_cell_count; c++) {
		main_counts(d, all, n, c, counts);
		printf("%-17s", accuracy_cells[c].name);
		for (int most = 128; most > 0; most--)
			for (int k = 0; k <= CHECK_CODE_COUNT; k++)
				if (counts[k] == most)
					printf("  %s %d",
					       k < CHECK_CODE_COUNT
						       ? check_code_word((enum check_code)k)
						       : "-",
					       counts[k]);
		putchar('\n');
	}
}

void print_tones(const struct drawn *d, const struct judged *all, size_t n)
{
	puts("\nGood pictures by skin tone, lightest first");
	for (int tone = 0; tone < TONES; tone++) {
		int of = 0, refused = 0, warned = 0;

		for (size_t i = 0; i < n; i++) {
			if (d[i].tone != tone || accuracy_cells[d[i].cell].kind != CELL_GOOD)
				continue;
			of++;
			refused += all[i].result.level >= CHECK_FAIL;
			warned += all[i].result.level == CHECK_WARN;
		}
		printf("%06x  %3d pictures, refused %d (%.1f %%), warned %d (%.1f %%)\n",
		       accuracy_tones[tone], of, refused, percent(refused, of), warned,
		       percent(warned, of));
	}
}

void print_costs(const struct judged *all, const bool *good, size_t n, const char *of)
{
	int pictures = 0;

	for (size_t i = 0; i < n; i++)
		pictures += good[i];
	printf("\nWhat each code costs: %d %s\n", pictures, of);
	for (int code = 0; code < CHECK_CODE_COUNT; code++) {
		const char *word = check_code_word((enum check_code)code);
		int failed = 0, warned = 0;

		for (size_t i = 0; i < n; i++) {
			enum check_level level =
				good[i] ? judged_level(&all[i].result, word) : CHECK_PASS;

			failed += level == CHECK_FAIL;
			warned += level == CHECK_WARN;
		}
		if (failed || warned)
			printf("%-17s refuses %d (%.1f %%), warns of %d (%.1f %%)\n", word, failed,
			       percent(failed, pictures), warned, percent(warned, pictures));
	}
}

static const struct {
	const char *measure;
	size_t truth;
	double sign;
} truths[ERROR_ROWS] = {
	{ "roll_deg", offsetof(struct portrait_scene, roll_deg), 1 },
	{ "yaw_deg", offsetof(struct portrait_scene, yaw_deg), 1 },
	{ "pitch_deg", offsetof(struct portrait_scene, pitch_deg), 1 },
	{ "half_ev", offsetof(struct portrait_scene, left_ev), -1 },
	{ "gaze", offsetof(struct portrait_scene, gaze), 1 },
	{ "shoulders_deg", offsetof(struct portrait_scene, lean_deg), 1 },
};

void error_rows(const struct drawn *d, const struct judged *all, size_t n,
		struct error_row rows[ERROR_ROWS])
{
	for (int k = 0; k < ERROR_ROWS; k++) {
		double sum = 0;

		rows[k] = (struct error_row){ .measure = truths[k].measure };
		for (size_t i = 0; i < n; i++) {
			double truth = *(const double *)(const void *)((const char *)&d[i].scene +
								       truths[k].truth);
			double value = judged_measure(&all[i].result, truths[k].measure);

			if (d[i].scene.blur > 0.005 || d[i].scene.second >= 0 || isnan(value))
				continue;
			sum += fabs(value - truths[k].sign * truth);
			rows[k].pictures++;
		}
		rows[k].mean = rows[k].pictures ? sum / rows[k].pictures : NAN;
	}
}

void print_errors(const struct drawn *d, const struct judged *all, size_t n)
{
	struct error_row rows[ERROR_ROWS];

	error_rows(d, all, n, rows);
	puts("\nMean absolute error of measures against what was drawn");
	for (int k = 0; k < ERROR_ROWS; k++)
		printf("%-17s %.3f over %d pictures\n", rows[k].measure, rows[k].mean,
		       rows[k].pictures);
}

static int goal(const char *what, int part, int of, double most)
{
	bool met = percent(part, of) <= most;

	printf("%-7s %s: %d of %d (%.2f %%, goal <= %g %%)\n", met ? "met" : "MISSED", what, part,
	       of, percent(part, of), most);
	return !met;
}

/* A good picture is refused at 2 % at most in all, each limit alone takes 0.2 % at most. */
static int good_goals(const struct drawn *d, const struct judged *all, size_t n)
{
	int of = 0, refused = 0, missed, failed[CHECK_CODE_COUNT] = { 0 };

	for (size_t i = 0; i < n; i++) {
		const struct check_result *r = &all[i].result;

		if (accuracy_cells[d[i].cell].kind != CELL_GOOD)
			continue;
		of++;
		refused += r->level >= CHECK_FAIL;
		for (uint32_t k = 0; k < r->finding_count; k++)
			failed[r->findings[k].code] += r->findings[k].level == CHECK_FAIL;
	}
	missed = goal("good portraits refused", refused, of, 2);
	for (int k = 0; k < CHECK_CODE_COUNT; k++)
		if (percent(failed[k], of) > 0.2)
			missed += goal(check_code_word((enum check_code)k), failed[k], of, 0.2);
	return missed;
}

int print_goals(const struct drawn *d, const struct judged *all, size_t n)
{
	char what[80];
	int missed;

	puts("\nGoals on drawn people");
	missed = good_goals(d, all, n);
	for (size_t c = 0; c < accuracy_cell_count; c++) {
		struct tally t = cell_tally(d, all, n, c);

		if (accuracy_cells[c].kind != CELL_GROSS)
			continue;
		snprintf(what, sizeof(what), "%s not refused", accuracy_cells[c].name);
		missed += goal(what, t.pictures - t.failed, t.pictures, 2);
	}
	return missed;
}
