/*
 * `make demo`: a small school day on virtual devices. Starts the virtual reader, the virtual camera
 * and the kiosk, plays ten scenes through the real drivers, and tells what happened. The exit status
 * is 0 only when every scene ended as it should.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "tests/lib/rig.h"

enum { SCENES_MAX = 24, PATIENCE_MS = 20000 };

static struct {
	struct rig rig;
	char shots[300];
	struct scene_result {
		char what[64], seen[240];
		bool good;
		int64_t ms;
		char png[64];
	} scenes[SCENES_MAX];
	int count;
	int64_t scene_began_ms;
} d;

/* --- saying what happened ---------------------------------------------------------------------- */

static void begin(const char *what)
{
	struct scene_result *s = &d.scenes[d.count];

	snprintf(s->what, sizeof(s->what), "%s", what);
	s->good = true;
	s->png[0] = s->seen[0] = '\0';
	d.scene_began_ms = clock_now_ms();
	printf("  … %s\n", what);
	fflush(stdout);
}

static void saw(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void saw(const char *fmt, ...)
{
	struct scene_result *s = &d.scenes[d.count];
	size_t n = strlen(s->seen);
	va_list ap;

	if (n && n < sizeof(s->seen) - 3) {
		strcpy(s->seen + n, ", ");
		n += 2;
	}
	va_start(ap, fmt);
	vsnprintf(s->seen + n, sizeof(s->seen) - n, fmt, ap);
	va_end(ap);
}

static void must(bool ok, const char *what)
{
	json_t *st;
	char *text;

	if (ok)
		return;
	d.scenes[d.count].good = false;
	saw("NOT: %s", what);
	st = rig_state(&d.rig);
	text = st ? json_dumps(st, JSON_COMPACT) : NULL;
	fprintf(stderr, "demo: %s: expected %s; state %s\n", d.scenes[d.count].what, what,
		text ? text : "(kiosk gone)");
	free(text);
	json_decref(st);
}

static void end(void)
{
	d.scenes[d.count].ms = clock_now_ms() - d.scene_began_ms;
	d.count++;
}

static void picture_of_screen(const char *name)
{
	char path[400];

	snprintf(path, sizeof(path), "%s/%02d-%s.png", d.shots, d.count + 1, name);
	must(rig_screenshot(&d.rig, path), "a screenshot");
	snprintf(d.scenes[d.count].png, sizeof(d.scenes[0].png), "%02d-%s.png", d.count + 1, name);
}

/* --- words of the day -------------------------------------------------------------------------- */

static void state_is(const char *state)
{
	must(rig_wait(&d.rig, "state", state, PATIENCE_MS), state);
}

static void next_picture(const char *portrait)
{
	must(rig_picture(&d.rig, portrait), "the camera takes the picture");
}

static const char card_a[] =
	"card resident name=测试甲 number=110199199001010010 sex=1 birth=19900101 "
	"from=20200101 to=20300101";
static const char card_b[] =
	"card resident name=测试乙 number=210199195006150026 sex=2 birth=19500615 "
	"from=20120301 to=long";
static const char card_c[] = "card J name=样本丙 number=830000190101010019 sex=1 birth=19010101 "
			     "from=20190901 to=20240901 permit=00000001 count=01";
static const char card_stranger[] = "card resident name=陌生人 number=510199200001010010 sex=1 "
				    "birth=20000101 from=20200101 to=20300101";

static void tap(const char *card)
{
	must(rig_reader(&d.rig, "%s", card), "the card lies on the reader");
}

static void take_card(void)
{
	must(rig_reader(&d.rig, "remove"), "the card is taken");
}

static void verdict_in_words(void)
{
	json_t *st = rig_state(&d.rig);

	saw("%s “%s”", json_string_value(json_object_get(st, "state")),
	    json_string_value(json_object_get(st, "prompt_zh")));
	if (json_string_value(json_object_get(st, "number")))
		saw("number %s", json_string_value(json_object_get(st, "number")));
	json_decref(st);
}

static void shoot(void)
{
	must(rig_key(&d.rig, "shoot"), "the trigger key works");
}

/* --- the scenes -------------------------------------------------------------------------------- */

static void scene_pass(void)
{
	begin("a student passes with one key");
	next_picture("good-1");
	tap(card_a);
	state_is("framing");
	take_card();
	picture_of_screen("framing");
	shoot();
	state_is("passed");
	picture_of_screen("passed");
	verdict_in_words();
	state_is("idle");
	end();
}

static void scene_blink(void)
{
	begin("a blink, the reason, once more, pass");
	next_picture("blink");
	tap(card_b);
	state_is("framing");
	take_card();
	shoot();
	state_is("failed");
	must(rig_is(&d.rig, "reason", "eyes_closed"), "reason eyes_closed");
	picture_of_screen("blink");
	verdict_in_words();
	next_picture("good-2");
	must(rig_key(&d.rig, "retake"), "the retake key works");
	state_is("framing");
	shoot();
	state_is("passed");
	verdict_in_words();
	state_is("idle");
	end();
}

static void scene_body_button(void)
{
	int64_t since;

	begin("the camera's own button is the trigger");
	next_picture("good-3");
	tap(card_c);
	state_is("framing");
	take_card();
	/* It counts once the student has been framed for a second. */
	for (since = clock_now_ms(); clock_now_ms() - since < 1600;)
		rig_poll_pause();
	must(rig_camera(&d.rig, "press"), "the body's button");
	state_is("passed");
	picture_of_screen("body-button");
	verdict_in_words();
	state_is("idle");
	end();
}

static void scene_stranger(void)
{
	begin("somebody who is not on the list");
	tap(card_stranger);
	state_is("not_on_list");
	picture_of_screen("not-on-list");
	verdict_in_words();
	take_card();
	must(rig_key(&d.rig, "cancel"), "the cancel key works");
	state_is("idle");
	end();
}

static void scene_passport(void)
{
	begin("a passport, typed by hand");
	next_picture("good-1");
	must(rig_key(&d.rig, "manual"), "the manual key works");
	must(rig_type(&d.rig, "E12345678"), "typing");
	picture_of_screen("manual");
	must(rig_key(&d.rig, "enter"), "enter");
	state_is("framing");
	must(rig_is(&d.rig, "language", "en"), "the screen speaks English");
	shoot();
	state_is("passed");
	picture_of_screen("passport-passed");
	verdict_in_words();
	state_is("idle");
	end();
}

static void scene_unplug(void)
{
	begin("the camera's cable comes out in a visit");
	next_picture("good-2");
	tap("card Y name=样本丁 latin=SPECIMEN,_ALPHA_BRAVO number=931826190101010010 sex=1 birth=19010101 "
	    "from=20240101 to=20340101 nationality=GBR link=001");
	state_is("framing");
	take_card();
	must(rig_camera(&d.rig, "unplug"), "the cable comes out");
	state_is("fault");
	picture_of_screen("camera-gone");
	verdict_in_words();
	must(rig_camera(&d.rig, "plug"), "the cable is back");
	state_is("framing");
	shoot();
	state_is("passed");
	verdict_in_words();
	state_is("idle");
	end();
}

static void scene_early_tap(void)
{
	begin("an early tap waits and is served next");
	next_picture("good-3");
	tap("card resident name=李测二 number=110199199902081027 sex=2 birth=19990208 from=20210101 to=20310101");
	state_is("framing");
	take_card();
	tap("card resident name=王测三 number=330199200003151059 sex=1 birth=20000315 from=20210101 to=20310101");
	must(rig_wait(&d.rig, "notice", "notice.early_tap", PATIENCE_MS), "已登记，请等候");
	picture_of_screen("early-tap");
	take_card();
	shoot();
	state_is("passed");
	verdict_in_words();
	state_is("framing");
	saw("the next student is framed");
	next_picture("good-4");
	shoot();
	state_is("passed");
	verdict_in_words();
	state_is("idle");
	end();
}

static void scene_card_pulled(void)
{
	begin("a card pulled while it is read");
	must(rig_reader(&d.rig, "fault pull 1"), "the fault is armed");
	tap(card_stranger);
	must(rig_wait(&d.rig, "notice", "notice.card_again", PATIENCE_MS), "请重新放卡");
	picture_of_screen("card-again");
	saw("state stays idle, “请重新放卡”");
	must(rig_is(&d.rig, "state", "idle"), "no visit was opened");
	take_card();
	end();
}

static void scene_second_tap(void)
{
	begin("somebody captured taps a second time");
	tap(card_a);
	state_is("already_captured");
	picture_of_screen("already-captured");
	verdict_in_words();
	take_card();
	must(rig_key(&d.rig, "cancel"), "the cancel key works");
	state_is("idle");
	end();
}

static void scene_export(void)
{
	char to[400], sums[800];
	struct rig *r = &d.rig;

	begin("the export");
	snprintf(to, sizeof(to), "%s/export", r->dir);
	mkdir(to, 0700);
	must(rig_run(r, NULL, "export", "--job", r->job, "--data", r->data, "--to", to, NULL) == 0,
	     "tapshot export says done");
	snprintf(sums, sizeof(sums),
		 "cd '%s' && cd \"$(dirname \"$(find . -name SHA256SUMS | head -n 1)\")\" && "
		 "sha256sum --quiet -c SHA256SUMS",
		 to);
	must(system(sums) == 0, "sha256sum -c agrees");
	saw("originals, lists and SHA256SUMS, read back");
	end();
}

/* --- the books --------------------------------------------------------------------------------- */

static bool list_shots(void)
{
	json_t *list = rig_shots(&d.rig), *row;
	int accepted = 0;
	size_t i;

	printf("\nPictures in the vault\n  %-6s %-5s %-8s %-12s %-8s %10s\n", "number", "visit",
	       "attempt", "state", "source", "bytes");
	json_array_foreach(list, i, row)
	{
		const char *number = json_string_value(json_object_get(row, "number"));
		const char *state = json_string_value(json_object_get(row, "state"));

		printf("  %-6s %-5lld %-8lld %-12s %-8s %10lld\n", number && *number ? number : "–",
		       (long long)json_integer_value(json_object_get(row, "visit")),
		       (long long)json_integer_value(json_object_get(row, "attempt")), state,
		       json_string_value(json_object_get(row, "source")),
		       (long long)json_integer_value(json_object_get(row, "bytes")));
		accepted += state && !strcmp(state, "accepted");
	}
	json_decref(list);
	if (accepted != 7)
		fprintf(stderr, "demo: %d accepted pictures, 7 expected\n", accepted);
	return accepted == 7;
}

static int table(void)
{
	int bad = 0;

	printf("\nWhat happened\n  %-3s %-42s %7s  %-4s %s\n", "", "scene", "ms", "", "seen");
	for (int i = 0; i < d.count; i++) {
		struct scene_result *s = &d.scenes[i];

		bad += !s->good;
		printf("  %-3d %-42s %7lld  %-4s %s\n", i + 1, s->what, (long long)s->ms,
		       s->good ? "ok" : "BAD", s->seen);
	}
	bad += !list_shots();
	printf("\n  photos       %s/jobs/%s/originals\n  export       %s/export\n"
	       "  screenshots  %s\n  logs         %s/*.log\n\n",
	       d.rig.data, d.rig.job, d.rig.dir, d.shots, d.rig.dir);
	if (bad)
		printf("demo: %d of %d things went wrong\n", bad, d.count + 1);
	else
		printf("demo: all %d scenes went as they should\n", d.count);
	return bad ? 1 : 0;
}

int main(int argc, char **argv)
{
	static void (*const day[])(void) = {
		scene_pass,   scene_blink,     scene_body_button, scene_stranger,   scene_passport,
		scene_unplug, scene_early_tap, scene_card_pulled, scene_second_tap, scene_export,
	};
	struct rig *r = &d.rig;
	int status;

	if (argc != 5) {
		fprintf(stderr,
			"usage: demo DIR PORTRAITS ROSTER.csv offscreen|window   (run: make demo)\n");
		return 64;
	}
	rig_init(r, argv[1]);
	snprintf(r->portraits, sizeof(r->portraits), "%s", argv[2]);
	snprintf(d.shots, sizeof(d.shots), "%s/screenshots", r->dir);
	mkdir(d.shots, 0700);
	r->driver = argv[4];
	r->extra_config = "kiosk.school = 示例大学";
	if (rig_import(r, argv[3]) != 0) {
		fprintf(stderr, "demo: the roster could not be imported; see %s/commands.log\n",
			r->dir);
		return 1;
	}
	rig_start_devices(r);
	rig_start_kiosk(r);
	if (!rig_wait_free(r, 30000)) {
		fprintf(stderr, "demo: the kiosk did not become ready; see %s/kiosk.log\n", r->dir);
		rig_stop(r);
		return 1;
	}
	for (size_t i = 0; i < ARRAY_SIZE(day); i++)
		day[i]();
	status = table();
	rig_stop(r);
	return status;
}
