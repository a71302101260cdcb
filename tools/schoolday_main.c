/* schoolday: a job as after a day of shooting, for trying things out. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "firmware/base/clock.h"
#include "tests/lib/school.h"

enum { USAGE = 64 };

static int usage(FILE *to, int status)
{
	fputs("usage: schoolday --data DIR --job J --people N [--kiosk K1] [--from A --to B]\n"
	      "                 [--first N] [--last N] [--series S] [--seed S] [--pictures 1…10]\n"
	      "                 [--width PX] [--preset NAME] [--missing-every N]\n"
	      "                 [--attempts-every N] [--walk-in-every N] [--roster-numbers]\n"
	      "       schoolday --roster FILE.csv --people N [--from A --to B] [--seed S]\n"
	      "                 [--roster-numbers]\n\n"
	      "Makes job J in DIR as after a day: invented people, of whom A…B came to this kiosk,\n"
	      "pictures, ledger. With the same --seed the roster is the same at every kiosk. The\n"
	      "second form writes only the roster.\n",
	      to);
	return status;
}

struct options {
	struct school_wish wish;
	const char *data, *roster;
};

static int take(struct options *o, const char *name, const char *value)
{
	struct school_wish *w = &o->wish;
	const struct {
		const char *name;
		int *number;
		const char **text;
	} known[] = {
		{ "--data", NULL, &o->data },
		{ "--roster", NULL, &o->roster },
		{ "--job", NULL, &w->job },
		{ "--kiosk", NULL, &w->kiosk },
		{ "--series", NULL, &w->series },
		{ "--preset", NULL, &w->preset },
		{ "--people", &w->people, NULL },
		{ "--from", &w->person_from, NULL },
		{ "--to", &w->person_to, NULL },
		{ "--first", &w->first, NULL },
		{ "--last", &w->last, NULL },
		{ "--pictures", &w->pictures, NULL },
		{ "--width", &w->width_px, NULL },
		{ "--missing-every", &w->missing_every, NULL },
		{ "--attempts-every", &w->attempts_every, NULL },
		{ "--walk-in-every", &w->walk_in_every, NULL },
	};

	if (!strcmp(name, "--seed"))
		return w->seed = strtoull(value, NULL, 10), 0;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(name, known[i].name)) {
			if (known[i].text)
				*known[i].text = value;
			else
				*known[i].number = atoi(value);
			return 0;
		}
	return -1;
}

static int write_roster(const struct options *o)
{
	const struct school_wish *w = &o->wish;
	int rc = school_roster(o->roster, w->seed, w->person_from ? w->person_from : 1,
			       w->person_to ? w->person_to : w->people, w->roster_numbers);

	if (rc < 0)
		fprintf(stderr, "schoolday: %s: %s\n", o->roster, strerror(-rc));
	return rc < 0;
}

int main(int argc, char **argv)
{
	struct options o = { .wish = { .people = 0 } };
	int64_t began_ms = clock_now_ms();
	int rc;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-h") || !strcmp(argv[i], "--help"))
			return usage(stdout, 0);
		if (!strcmp(argv[i], "--roster-numbers"))
			o.wish.roster_numbers = true;
		else if (i + 1 >= argc || take(&o, argv[i], argv[i + 1]) < 0)
			return usage(stderr, USAGE);
		else
			i++;
	}
	if (o.wish.people <= 0 || o.wish.people > 49999 || (!o.data && !o.roster))
		return usage(stderr, USAGE);
	if (o.roster)
		return write_roster(&o);
	mkdir(o.data, 0700);
	rc = school_make(o.data, &o.wish);
	if (rc < 0) {
		fprintf(stderr, "schoolday: %s\n", strerror(-rc));
		return 1;
	}
	printf("%d people in %.1f s\n", o.wish.people, (double)(clock_now_ms() - began_ms) / 1000);
	return 0;
}
