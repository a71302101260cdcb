/*
 * Visits on virtual devices: card → found, key → durable, key → verdict; then the same camera and
 * picture with the gphoto2 program, started cold for each shot as a script would.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/base/clock.h"
#include "firmware/base/docnum.h"
#include "tests/lib/rig.h"
#include "tools/bench/bench.h"

enum { VISITS = 20, PEER_SHOTS = 7, PATIENCE_MS = 20000, PICTURE_BYTES = 13000000 };

static struct {
	struct rig rig;
	int events;
	struct samples found, durable, verdict, passed, cli;
} b;

static void number_of(int person, char out[static 19])
{
	snprintf(out, 19, "37019920040101%03u", ((unsigned int)person + 10) % 1000);
	out[17] = docnum_mod_11_2(out);
	out[18] = '\0';
}

static bool write_roster(const char *path)
{
	FILE *f = fopen(path, "w");
	char number[19];

	if (!f)
		return false;
	fputs("拍摄序号,学历层次,学号,姓名,性别,身份证号,所在校别,院校代码,学校名称\n", f);
	for (int i = 0; i < VISITS; i++) {
		number_of(i, number);
		fprintf(f, ",成人本科,2026%05d,测试%d,男,%s,普通高校,10999,测试理工大学\n", i, i,
			number);
	}
	return !fclose(f);
}

/* Time of the next event of @type (and @state, if not NULL); 0 when it does not come. */
static double event_ms(const char *type, const char *state)
{
	int64_t until = clock_now_ms() + PATIENCE_MS;
	bool gone = false;

	while (clock_now_ms() < until && !gone) {
		json_t *e = rig_next_event(b.events, 1000, &gone);
		const char *t = json_string_value(json_object_get(e, "type"));
		const char *s = json_string_value(json_object_get(e, "state"));
		double at = (double)json_integer_value(json_object_get(e, "mono_ms"));
		bool hit = t && !strcmp(t, type) && (!state || (s && !strcmp(s, state)));

		json_decref(e);
		if (hit)
			return at;
	}
	fprintf(stderr, "session: no event %s %s\n", type, state ? state : "");
	return 0;
}

static bool visit(int person)
{
	double laid, key, found, durable, verdict, passed;
	char number[19];

	number_of(person, number);
	laid = (double)clock_now_ms();
	if (!rig_reader(&b.rig,
			"card resident name=测试%d number=%s sex=1 birth=20040101 from=20200101 "
			"to=20300101",
			person, number))
		return false;
	found = event_ms("state", "found");
	if (!found || !event_ms("state", "framing") || !rig_reader(&b.rig, "remove"))
		return false;
	key = (double)clock_now_ms();
	if (!rig_key(&b.rig, "shoot"))
		return false;
	durable = event_ms("stored", NULL);
	verdict = durable ? event_ms("verdict", NULL) : 0;
	passed = verdict ? event_ms("state", "passed") : 0;
	if (!passed || !event_ms("state", "idle"))
		return false;
	samples_add(&b.found, found - laid);
	samples_add(&b.durable, durable - key);
	samples_add(&b.verdict, verdict - key);
	samples_add(&b.passed, passed - key);
	return true;
}

/* What staff can do without this program: one command, the file durable, its sum written down. */
static void peer(void)
{
	struct rig *r = &b.rig;
	char command[1200];

	snprintf(
		command, sizeof(command),
		"cd '%s' && HOME='%s' gphoto2 --quiet --port ptpip:127.0.0.1:%d:%d --force-overwrite "
		"--filename peer.jpg --capture-image-and-download >/dev/null 2>&1 && sync peer.jpg . && "
		"sha256sum peer.jpg >/dev/null",
		r->dir, r->dir, r->camera_port, r->camera_port);
	for (int i = 0; i < PEER_SHOTS; i++) {
		int64_t began = clock_now_ms();

		if (system(command) != 0) {
			fprintf(stderr, "session: gphoto2 failed\n");
			return;
		}
		samples_add(&b.cli, (double)(clock_now_ms() - began));
	}
}

static void rows(bool with_peer)
{
	const char *gphoto2 =
		with_peer && b.cli.count ? "gphoto2 CLI cold + sync + sha256sum" : NULL;

	bench_row("card laid to state found", &b.found, NULL, NULL);
	bench_row("trigger key to durable and hashed", &b.durable, gphoto2, &b.cli);
	bench_row("trigger key to verdict", &b.verdict, gphoto2, &b.cli);
	bench_row("trigger key to passed", &b.passed, gphoto2, &b.cli);
}

static bool play(const char *roster)
{
	struct rig *r = &b.rig;

	if (!write_roster(roster) || rig_import(r, roster) != 0)
		return false;
	rig_start_devices(r);
	if (!rig_camera(r, "big %d", PICTURE_BYTES))
		return false;
	rig_start_kiosk(r);
	if (!rig_wait_free(r, 30000))
		return false;
	b.events = rig_events(r);
	for (int i = 0; i < VISITS; i++)
		if (!visit(i))
			return false;
	close(b.events);
	return true;
}

int main(int argc, char **argv)
{
	bool with_peer = argc == 4 && !strcmp(argv[3], "gphoto2");
	char roster[300];
	bool good;

	if (argc < 3) {
		fprintf(stderr, "usage: session DIR PORTRAITS [gphoto2]\n");
		return 64;
	}
	rig_init(&b.rig, argv[1]);
	snprintf(b.rig.portraits, sizeof(b.rig.portraits), "%s", argv[2]);
	snprintf(roster, sizeof(roster), "%.250s/roster.csv", argv[1]);
	b.rig.extra_config = "accept.after_ms = 500\nfound.show_ms = 0\ndisplay.sound = no";
	good = play(roster);
	rig_kill_kiosk(&b.rig);
	if (good && with_peer)
		peer();
	rig_stop(&b.rig);
	rows(with_peer);
	return good ? 0 : 1;
}
