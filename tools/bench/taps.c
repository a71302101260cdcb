/* A card's last byte in → the name drawn, over a pseudo-terminal, with the reader's believable answer
 * times and without; and from the card being laid, which adds the next poll and the reading. */
#include <stdio.h>
#include <unistd.h>

#include "tools/bench/lib/people.h"
#include "tools/bench/lib/results.h"

enum { REAL = 20, AT_ONCE = 20, BUDGET_MS = 300 };

static struct {
	struct rig rig;
	int events, person;
	const char *fs;
} b;

struct tap {
	struct samples read, laid;
};

/* Otherwise it is another card on a reader that has not missed the first one yet. */
static bool reader_is_empty(void)
{
	double until = bench_now_ms() + 5000;
	bool card = true;

	while (card && bench_now_ms() < until) {
		json_t *st = rig_state(&b.rig);

		card = !json_is_false(json_object_get(st, "card"));
		json_decref(st);
		rig_poll_pause();
	}
	return !card;
}

static bool tap(struct tap *t)
{
	double laid = bench_now_ms(), card, name, until = laid + 10000;

	if (!people_lay(&b.rig, b.person++) || !event_wait(b.events, "state", "framing"))
		return false;
	card = times_get(&b.rig, "card_ms");
	while ((name = times_get(&b.rig, "name_ms")) < card) {
		if (bench_now_ms() > until)
			return false;
		rig_poll_pause();
	}
	samples_add(&t->read, name - card);
	samples_add(&t->laid, name - laid);
	return rig_reader(&b.rig, "remove") && rig_key(&b.rig, "cancel") &&
	       event_wait(b.events, "state", "idle") && reader_is_empty();
}

static bool taps(const char *timing, int count, struct tap *t)
{
	bool good = rig_reader(&b.rig, "timing %s", timing);

	for (int i = 0; i < count && good; i++)
		good = tap(t);
	return good;
}

static void table(const char *id, const char *what, const struct samples *s, enum bench_limit kind)
{
	struct bench_line l = { .id = id,
				.what = what,
				.fs = b.fs,
				.unit = "ms",
				.ours = s,
				.kind = kind,
				.limit = BUDGET_MS };

	bench_line(&l);
}

int main(int argc, char **argv)
{
	static struct tap real, at_once;
	bool good;

	if (argc < 4) {
		fprintf(stderr, "usage: taps DIR FILE-SYSTEM PORTRAITS\n");
		return 64;
	}
	rig_init(&b.rig, argv[1]);
	b.fs = argv[2];
	snprintf(b.rig.portraits, sizeof(b.rig.portraits), "%s", argv[3]);
	b.rig.extra_config = "found.show_ms = 0\ndisplay.sound = no";
	good = people_import(&b.rig, REAL + AT_ONCE);
	rig_start_devices(&b.rig);
	rig_start_kiosk(&b.rig);
	b.events = rig_events(&b.rig);
	good = good && rig_wait_free(&b.rig, 30000) && taps("none", AT_ONCE, &at_once) &&
	       taps("real", REAL, &real);
	close(b.events);
	rig_kill_kiosk(&b.rig);
	rig_stop(&b.rig);
	table("tap", "card bytes in to name drawn", &at_once.read, LIMIT_P95);
	table("tap_real", "  the same, reader's own times", &real.read, LIMIT_P95);
	table("tap_laid", "card laid to name drawn", &at_once.laid, LIMIT_NONE);
	table("tap_real_laid", "  the same, reader's own times", &real.laid, LIMIT_NONE);
	return good ? 0 : 1;
}
