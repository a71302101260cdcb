/*
 * Long runs of one kiosk: reader and camera unplugged again and again, and shots with random faults.
 * Short here; 1,000 of each with TAPSHOT_SOAK=1. TAPSHOT_SEED=N plays a schedule again,
 * TAPSHOT_SHOTS=N and TAPSHOT_CYCLES=N choose the length.
 */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "tests/lib/flow.h"

enum {
	PEOPLE = 800,
	SHOTS_MAX = 4096,
	MARKS_MAX = 8192,
	BACK_MS = 20000,
	CAMERA_DESCRIPTORS = 160,
	GROWN_KB = 16384, /* over a whole run: caches fill, nothing keeps growing */
};

static struct rig rig = {
	.extra_config = "found.show_ms = 0\naccept.after_ms = 500\ncamera.shot_deadline_ms = 2000\n"
			"display.sound = no\n",
	.people = PEOPLE,
	.block = "1-9000",
};
static struct rig *const r = &rig;

static int count_of(const char *name, int brief)
{
	const char *said = getenv(name);

	return said ? atoi(said) : getenv("TAPSHOT_SOAK") ? 1000 : brief;
}

/* --- what a process uses ------------------------------------------------------------------------- */

struct usage {
	int descriptors, camera; /* the camera worker's apart: bounded, see camera_worker.c */
	long rss_kb;
	int zombies;
};

static int entries(const char *path)
{
	DIR *d = opendir(path);
	int n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

static long rss_of(pid_t pid)
{
	char path[64], line[256];
	SCOPED_FILE FILE *f = NULL;
	long kb = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmRSS: %ld", &kb) == 1)
			break;
	return kb;
}

/* Children of the kiosk that have ended and were not waited for. */
static int zombies_of(pid_t parent)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	int n = 0;

	while (d && (e = readdir(d))) {
		char path[300], state;
		int pid = atoi(e->d_name), ppid;
		SCOPED_FILE FILE *f = NULL;

		if (pid <= 0)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/stat", pid);
		f = fopen(path, "re");
		if (f && fscanf(f, "%*d (%*[^)]) %c %d", &state, &ppid) == 2)
			n += ppid == parent && state == 'Z';
	}
	if (d)
		closedir(d);
	return n;
}

static struct usage usage(void)
{
	pid_t pids[] = { r->kiosk.pid, rig_worker_pid(r, "camera"), rig_worker_pid(r, "reader"),
			 rig_worker_pid(r, "judge") };
	struct usage u = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		char path[64];

		snprintf(path, sizeof(path), "/proc/%d/fd", (int)pids[i]);
		*(i == 1 ? &u.camera : &u.descriptors) += pids[i] ? entries(path) : 0;
		u.rss_kb += pids[i] ? rss_of(pids[i]) : 0;
	}
	u.zombies = zombies_of(r->kiosk.pid);
	return u;
}

/* Frames and sockets on their way come and go: the least of many looks. */
static struct usage usage_at_rest(void)
{
	struct usage least = usage(), u;

	for (int i = 0; i < 100; i++) {
		rig_poll_pause();
		u = usage();
		least.descriptors =
			u.descriptors < least.descriptors ? u.descriptors : least.descriptors;
		least.zombies = u.zombies < least.zombies ? u.zombies : least.zombies;
		least.rss_kb = u.rss_kb;
	}
	return least;
}

/* --- plugs --------------------------------------------------------------------------------------- */

static void replug(int i)
{
	bool camera = i % 2;
	const char *device = camera ? "camera" : "reader";
	bool (*hand)(struct rig *, const char *, ...) = camera ? rig_camera : rig_reader;

	assert_true(hand(r, "unplug"));
	if (i % 3) /* every third time it is back before anybody has noticed */
		assert_true(rig_wait(r, device, "offline", BACK_MS));
	assert_true(hand(r, "plug"));
	if (!rig_wait(r, device, "ok", BACK_MS))
		fail_msg("the %s is not back after cycle %d (%s)", device, i, r->kiosk.log);
}

static void settle(void)
{
	assert_true(rig_wait_free(r, BACK_MS));
	flow_framed(r, 0); /* ready: a person is served */
	flow_key(r, "cancel");
	flow_state(r, "idle");
}

static void plugs_pulled_again_and_again(void **state)
{
	int cycles = count_of("TAPSHOT_CYCLES", 16);
	struct usage before, after;

	(void)state;
	for (int i = 0; i < 6; i++) /* what is made once is made */
		replug(i);
	settle();
	before = usage_at_rest();
	for (int i = 0; i < cycles; i++)
		replug(i);
	settle();
	after = usage_at_rest();
	printf("# %d plugs pulled: descriptors %d -> %d, camera worker %d -> %d, memory %ld -> %ld kB, zombies %d\n",
	       cycles, before.descriptors, after.descriptors, before.camera, after.camera,
	       before.rss_kb, after.rss_kb, after.zombies);
	assert_in_range(after.descriptors, 0, before.descriptors + 2);
	assert_in_range(after.camera, 0, CAMERA_DESCRIPTORS);
#ifndef __SANITIZE_ADDRESS__ /* which keeps what was freed */
	assert_true(after.rss_kb < before.rss_kb + GROWN_KB);
#endif
	assert_int_equal(after.zombies, 0);
}

/* --- shots with faults --------------------------------------------------------------------------- */

/* What may go wrong around a shot; "" goes well. Commands are the virtual camera's. */
static const char *const faults[] = {
	"",
	"",
	"",
	"noevent 1",
	"nocomplete 1",
	"afail 1",
	"closemid 20000",
	"lateevent 1500 1",
	"twice 1",
	"storm 300",
	"cut 3000 1",
	"corrupt 1",
	"write_ms 900",
	"fault 9207 2019 2",
	"fault 1007 2002 3",
	"drop 90c7 1",
	"unplug", /* right after the shutter */
	"kill", /* the worker, right after the shutter */
	"press", /* somebody presses the body's button as well */
};

static struct {
	unsigned int seed;
	int owner[MARKS_MAX]; /* visit that was open when the shutter fired; 0 nobody's */
	long long last_mark;
	int person, shots, taps;
} t;

/* Every picture the camera has taken since the last look was taken in this visit. */
static void note_owner(long long visit)
{
	long long now = flow_stat(r, "shots");

	assert_in_range(now, 0, MARKS_MAX - 1);
	while (t.last_mark < now)
		t.owner[++t.last_mark] = (int)visit;
}

static void strike(const char *fault)
{
	pid_t worker;

	if (!strcmp(fault, "kill")) {
		worker = rig_worker_pid(r, "camera");
		if (worker)
			kill(worker, SIGKILL);
	} else if (!strcmp(fault, "unplug")) {
		rig_camera(r, "unplug");
		rig_camera(r, "plug");
	} else if (!strcmp(fault, "press")) {
		rig_ask(r->camera_sock, (char[256]){ 0 }, 256, "press");
	}
}

static bool is_any(const char *states)
{
	char state[256];

	flow_text(r, "state", state);
	return state[0] && strstr(states, state);
}

/* One key towards the next shot or the next person. */
static void press_on(const char *fault)
{
	char number[19];
	long long visit;

	if (is_any("idle already_captured not_on_list")) {
		rig_type(r, flow_number(t.person++ % PEOPLE, number));
		rig_key(r, "enter");
	} else if (is_any("framing")) {
		visit = flow_value(r, "visit");
		if (fault[0] && !strchr("kup", fault[0]))
			flow_camera(r, fault);
		if (!rig_key(r, "shoot"))
			return;
		t.shots++;
		if (!strcmp(fault, "kill") || !strcmp(fault, "unplug") || !strcmp(fault, "press")) {
			for (int i = 0; i < 30 && flow_stat(r, "shots") == t.last_mark; i++)
				rig_poll_pause();
			note_owner(visit);
			strike(fault);
		}
	} else if (is_any("failed left_open fault")) {
		/* some are tried again, some are given up: a late picture then meets somebody else */
		rig_key(r, rand_r(&t.seed) % 3 ? "retake" : "cancel");
	} else if (is_any("passed")) {
		rig_key(r, "accept");
	}
}

/* From this shot until the kiosk asks for the next key. */
static void one_shot(const char *fault)
{
	int64_t until = clock_now_ms() + 2 * FLOW_PATIENCE_MS;
	int shots = t.shots;

	while (t.shots == shots || is_any("shooting judging")) {
		long long visit = flow_value(r, "visit");

		if (clock_now_ms() > until)
			fail_msg("the kiosk does not go on after “%s” (%s)", fault, r->kiosk.log);
		note_owner(visit);
		if (!is_any("shooting judging"))
			press_on(fault);
		rig_poll_pause();
	}
	rig_camera(r, "reset");
	rig_camera(r, "plug");
}

struct tally {
	int accepted, rejected, quarantined, other, lost, wrong;
};

/* Every picture in the store against the visit in which its shutter fired. */
static void check_rows(struct tally *a)
{
	static struct flow_shot rows[SHOTS_MAX];
	int n = flow_shots_up_to(r, rows, SHOTS_MAX);

	for (int i = 0; i < n; i++) {
		bool bound = !strcmp(rows[i].state, "accepted") ||
			     !strcmp(rows[i].state, "rejected") || !strcmp(rows[i].state, "void");

		a->accepted += !strcmp(rows[i].state, "accepted");
		a->rejected += !strcmp(rows[i].state, "rejected");
		a->quarantined += !strcmp(rows[i].state, "quarantined");
		a->other += !strcmp(rows[i].state, "void");
		assert_in_range(rows[i].mark, 1, MARKS_MAX - 1);
		if (bound && rows[i].visit && t.owner[rows[i].mark] != rows[i].visit) {
			a->wrong++;
			printf("# picture %d was taken in visit %d and is bound to visit %lld\n",
			       rows[i].mark, t.owner[rows[i].mark], rows[i].visit);
		}
	}
}

static int ask_db(const char *sql)
{
	char command[900];
	SCOPED_FREE char *text = malloc(64);
	FILE *f;
	int n = -1;

	snprintf(command, sizeof(command), "sqlite3 %s/jobs/%s/job.db \"%s\"", r->data, r->job,
		 sql);
	f = popen(command, "re");
	if (f && fgets(text, 64, f))
		n = atoi(text);
	if (f)
		pclose(f);
	return n;
}

/* What is on its way when the last shot is over gets time to arrive. */
static void come_to_rest(void)
{
	int64_t until = clock_now_ms() + FLOW_PATIENCE_MS;

	flow_home(r);
	while (ask_db("SELECT count(*) FROM shot WHERE state = 'intent'") && clock_now_ms() < until)
		rig_poll_pause();
}

static void shots_with_random_faults(void **state)
{
	const char *said = getenv("TAPSHOT_SEED");
	int shots = count_of("TAPSHOT_SHOTS", 12);
	struct tally a = { 0 };

	(void)state;
	t.seed = said ? (unsigned int)atoi(said) : (unsigned int)clock_now_ms() % 1000000;
	printf("# TAPSHOT_SEED=%u\n", t.seed);
	fflush(stdout);
	t.last_mark = flow_stat(r, "shots");
	while (t.shots < shots)
		one_shot(faults[rand_r(&t.seed) % ARRAY_SIZE(faults)]);
	come_to_rest();
	a.lost = ask_db("SELECT count(*) FROM shot WHERE state = 'lost' AND why <> ''");
	assert_int_equal(ask_db("SELECT count(*) FROM shot WHERE state = 'intent'"), 0);
	assert_int_equal(ask_db("SELECT count(*) FROM shot WHERE state = 'lost' AND why = ''"), 0);
	rig_kill_kiosk(r);
	check_rows(&a);
	printf("# %d shots: %d accepted, %d rejected, %d void, %d in quarantine, %d declared lost, "
	       "%d wrong bindings\n",
	       t.shots, a.accepted, a.rejected, a.other, a.quarantined, a.lost, a.wrong);
	assert_int_equal(a.wrong, 0);
	flow_restart(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FLOW(plugs_pulled_again_and_again),
		FLOW(shots_with_random_faults),
	};

	return FLOW_MAIN(r, tests);
}
