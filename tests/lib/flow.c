#include "tests/lib/flow.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/base/hash.h"

/* --- people --------------------------------------------------------------------------------------
 */

const char *flow_number(int i, char out[19])
{
	static const int weights[] = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2 };
	int sum = 0;

	snprintf(out, 19, "3701992004%02u%02u%03u", (unsigned int)i / 28 % 12 + 1,
		 (unsigned int)i % 28 + 1, (unsigned int)i % 900 + 10);
	for (int k = 0; k < 17; k++)
		sum += (out[k] - '0') * weights[k];
	out[17] = "10X98765432"[sum % 11];
	out[18] = '\0';
	return out;
}

const char *flow_card(int i, char out[256])
{
	char number[19];

	flow_number(i, number);
	snprintf(out, 256,
		 "card resident name=测试%d number=%s sex=1 birth=%.8s from=20200101 to=20300101",
		 i, number, number + 6);
	return out;
}

static void write_roster(const char *path, int people)
{
	SCOPED_FILE FILE *f = fopen(path, "we");
	char number[19];

	assert_non_null(f);
	fputs("拍摄序号,学历层次,学号,姓名,性别,身份证号,所在校别,院校代码,学校名称\n", f);
	for (int i = 0; i < people; i++)
		fprintf(f, ",成人本科,2026%05d,测试%d,男,%s,普通高校,10999,测试理工大学\n", i, i,
			flow_number(i, number));
	fputs(",成人本科,202699999,Alex Specimen,男," FLOW_PASSPORT
	      ",普通高校,10999,测试理工大学\n",
	      f);
}

/* --- expectations --------------------------------------------------------------------------------
 */

static void fail_with_state(struct rig *r, const char *expected)
{
	json_t *st = rig_state(r);
	SCOPED_FREE char *text = st ? json_dumps(st, JSON_COMPACT) : NULL;

	json_decref(st);
	fail_msg("expected %s; the kiosk: %s (%s)", expected, text ? text : "does not answer",
		 r->kiosk.log);
}

void flow_is(struct rig *r, const char *field, const char *value)
{
	char expected[128];

	snprintf(expected, sizeof(expected), "%s = %s", field, value);
	if (!rig_wait(r, field, value, FLOW_PATIENCE_MS))
		fail_with_state(r, expected);
}

const char *flow_text(struct rig *r, const char *field, char out[256])
{
	json_t *st = rig_state(r);
	const char *text = json_string_value(json_object_get(st, field));

	snprintf(out, 256, "%s", text ? text : "");
	json_decref(st);
	return out;
}

long long flow_value(struct rig *r, const char *field)
{
	json_t *st = rig_state(r), *v = json_object_get(st, field);
	long long n = json_is_true(v) ? 1 : json_integer_value(v);

	json_decref(st);
	return n;
}

bool flow_key_offered(struct rig *r, const char *key)
{
	json_t *st = rig_state(r), *k;
	bool found = false;
	size_t i;

	json_array_foreach(json_object_get(st, "keys"), i, k) found |=
		!strcmp(json_string_value(k), key);
	json_decref(st);
	return found;
}

/* --- hands ---------------------------------------------------------------------------------------
 */

void flow_lay(struct rig *r, int person)
{
	char card[256];

	assert_true(rig_reader(r, "%s", flow_card(person, card)));
}

static void wait_card(struct rig *r, bool lies)
{
	int64_t until = clock_now_ms() + FLOW_PATIENCE_MS;

	while (flow_value(r, "card") != lies) {
		if (clock_now_ms() > until)
			fail_with_state(r, lies ? "a card on the reader" : "no card on the reader");
		rig_poll_pause();
	}
}

void flow_take(struct rig *r)
{
	assert_true(rig_reader(r, "remove"));
	wait_card(r, false);
}

void flow_tap(struct rig *r, int person)
{
	flow_lay(r, person);
	wait_card(r, true);
	flow_take(r);
}

void flow_key(struct rig *r, const char *key)
{
	if (!rig_key(r, key))
		fail_with_state(r, key);
}

void flow_no_key(struct rig *r, const char *key)
{
	if (rig_key(r, key))
		fail_with_state(r, "a key that does nothing now");
}

void flow_camera(struct rig *r, const char *command)
{
	if (!rig_camera(r, "%s", command))
		fail_msg("the camera does not know: %s", command);
}

void flow_spare(struct rig *r, const char *command)
{
	if (!rig_spare(r, "%s", command))
		fail_msg("the second camera does not know: %s", command);
}

void flow_picture(struct rig *r, const char *portrait)
{
	assert_true(rig_picture(r, portrait));
}

void flow_framed(struct rig *r, int person)
{
	flow_tap(r, person);
	flow_state(r, "framing");
}

void flow_pass(struct rig *r, bool leave)
{
	flow_key(r, "shoot");
	flow_state(r, "passed");
	if (!leave)
		return;
	flow_key(r, "accept");
	flow_state(r, "idle");
}

void flow_framing_ms(struct rig *r, int ms)
{
	int64_t until = clock_now_ms() + FLOW_PATIENCE_MS;

	while (!rig_is(r, "state", "framing") || flow_value(r, "in_state_ms") < ms) {
		if (clock_now_ms() > until)
			fail_with_state(r, "framing for a while");
		rig_poll_pause();
	}
}

/* --- the camera's own books ----------------------------------------------------------------------
 */

long long flow_stat(struct rig *r, const char *name)
{
	char answer[8192], key[32], *at;

	snprintf(key, sizeof(key), " %s=", name);
	assert_true(rig_ask(r->camera_sock, answer, sizeof(answer), "count"));
	at = strstr(answer, key);
	return at ? atoll(at + strlen(key)) : 0;
}

void flow_shutter(struct rig *r, long long count)
{
	int64_t until = clock_now_ms() + FLOW_PATIENCE_MS;

	while (flow_stat(r, "shots") < count && clock_now_ms() < until)
		rig_poll_pause();
	assert_int_equal(flow_stat(r, "shots"), count);
}

void flow_object(struct rig *r, char name[64])
{
	char answer[8192], *at;

	assert_true(rig_ask(r->camera_sock, answer, sizeof(answer), "objects"));
	at = strrchr(answer, ':');
	assert_non_null(at);
	*at = '\0';
	snprintf(name, 64, "%s", strrchr(answer, ' ') + 1);
}

bool flow_has_object(struct rig *r, const char *name)
{
	char answer[8192];

	assert_true(rig_ask(r->camera_sock, answer, sizeof(answer), "objects"));
	return strstr(answer, name) != NULL;
}

void flow_erased(struct rig *r, const char *name)
{
	int64_t until = clock_now_ms() + FLOW_PATIENCE_MS;

	while (flow_has_object(r, name)) {
		if (clock_now_ms() > until)
			fail_with_state(r, "the camera's copy deleted");
		rig_poll_pause();
	}
}

/* --- the kiosk's books ---------------------------------------------------------------------------
 */

static int mark_of(const char *path)
{
	static const char words[] = "virtual camera shot ";
	SCOPED_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	char head[4096];
	ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof(head) - 1);
	char *at;

	if (n <= 0)
		return 0;
	head[n] = '\0';
	at = memmem(head, (size_t)n, words, strlen(words));
	return at ? atoi(at + strlen(words)) : 0;
}

/* The file's bytes are what the row says. Return: false when it is not there. */
static bool hash_agrees(const char *path, const char *expected)
{
	SCOPED_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t digest[SHA256_BYTES];
	char hex[SHA256_HEX];

	if (fd < 0)
		return false;
	assert_int_equal(hash_fd(fd, digest), 0);
	hash_hex(digest, hex);
	assert_string_equal(hex, expected);
	return true;
}

static void copy_field(json_t *row, const char *field, char *out, size_t size)
{
	const char *text = json_string_value(json_object_get(row, field));

	snprintf(out, size, "%s", text ? text : "");
}

static bool take_row(json_t *row, struct flow_shot *s)
{
	s->visit = json_integer_value(json_object_get(row, "visit"));
	s->attempt = json_integer_value(json_object_get(row, "attempt"));
	copy_field(row, "number", s->number, sizeof(s->number));
	copy_field(row, "state", s->state, sizeof(s->state));
	copy_field(row, "source", s->source, sizeof(s->source));
	copy_field(row, "verdict", s->verdict, sizeof(s->verdict));
	copy_field(row, "reason", s->reason, sizeof(s->reason));
	copy_field(row, "path", s->path, sizeof(s->path));
	s->mark = mark_of(s->path);
	return hash_agrees(s->path, json_string_value(json_object_get(row, "sha256")));
}

int flow_shots(struct rig *r, struct flow_shot out[FLOW_SHOTS_MAX])
{
	return flow_shots_up_to(r, out, FLOW_SHOTS_MAX);
}

int flow_shots_up_to(struct rig *r, struct flow_shot *out, int max)
{
	int64_t until = clock_now_ms() + 5000;
	bool all;
	int n;

	do { /* a picture may be on its way to quarantine between the list and the look */
		json_t *list = rig_shots(r), *row;
		size_t i;

		assert_true(json_is_array(list));
		n = (int)json_array_size(list);
		assert_in_range(n, 0, max);
		all = true;
		json_array_foreach(list, i, row) all &= take_row(row, &out[i]);
		json_decref(list);
	} while (!all && clock_now_ms() < until);
	assert_true(all);
	return n;
}

void flow_last_shot(struct rig *r, int older, struct flow_shot *out)
{
	int64_t until = clock_now_ms() + FLOW_PATIENCE_MS;
	struct flow_shot all[FLOW_SHOTS_MAX];
	int n;

	while ((n = flow_shots(r, all)) <= older)
		if (clock_now_ms() > until)
			fail_with_state(r, "one more picture in the store");
	*out = all[n - 1];
}

int flow_exported(struct rig *r, const char *number)
{
	static int exports;
	char to[300], path[400];

	snprintf(to, sizeof(to), "%.250s/export-%d", r->dir, exports++);
	assert_int_equal(mkdir(to, 0700), 0);
	assert_int_equal(
		rig_run(r, NULL, "export", "--job", r->job, "--data", r->data, "--to", to, NULL),
		0);
	snprintf(path, sizeof(path), "%.300s/%s/照片/%s.jpg", to, r->job, number);
	return mark_of(path);
}

/* --- from beginning to end -----------------------------------------------------------------------
 */

void flow_restart(struct rig *r)
{
	rig_start_kiosk(r);
	flow_is(r, "judge", "ok");
	flow_is(r, "reader", "ok");
	if (!r->no_camera)
		flow_is(r, "camera", "ok");
}

void flow_open(struct rig *r)
{
	char roster[300];

	rig_init(r, NULL);
	snprintf(roster, sizeof(roster), "%.280s/roster.csv", r->dir);
	write_roster(roster, r->people ? r->people : FLOW_PEOPLE);
	assert_int_equal(rig_import(r, roster), 0);
	rig_make_portraits(r);
	rig_start_devices(r);
	flow_restart(r);
}

void flow_close(struct rig *r)
{
	rig_stop(r);
	rig_remove(r);
}

/* One step towards idle, as a person at the keys would do it. */
static void step_home(struct rig *r)
{
	char state[256];

	if (flow_value(r, "paused"))
		rig_key(r, "pause");
	flow_text(r, "state", state);
	if (!strcmp(state, "passed"))
		rig_key(r, "accept");
	else if (strcmp(state, "idle") && flow_key_offered(r, "cancel"))
		rig_key(r, "cancel");
}

void flow_home(struct rig *r)
{
	int64_t until = clock_now_ms() + 2 * FLOW_PATIENCE_MS;

	rig_reader(r, "plug");
	rig_reader(r, "fault none");
	rig_reader(r, "remove");
	rig_camera(r, "reset");
	rig_camera(r, "plug");
	if (r->with_spare) {
		rig_spare(r, "reset");
		rig_spare(r, "plug");
	}
	while (!rig_is(r, "state", "idle") || !rig_is(r, "camera", "ok") || flow_value(r, "card")) {
		if (clock_now_ms() > until)
			fail_with_state(r, "home");
		step_home(r);
		rig_poll_pause();
	}
	if (flow_key_offered(r, "cancel")) /* manual entry or help lies over it */
		rig_key(r, "cancel");
}

/* --- the frame of a program ----------------------------------------------------------------------
 */

static struct rig *running;

static int open_group(void **state)
{
	(void)state;
	flow_open(running);
	return 0;
}

static int close_group(void **state)
{
	(void)state;
	flow_close(running);
	return 0;
}

int flow_setup(void **state)
{
	(void)state;
	flow_home(running);
	return 0;
}

int flow_run(struct rig *r, const struct CMUnitTest *tests, size_t count)
{
	signal(SIGPIPE, SIG_IGN);
	running = r;
	cmocka_set_test_filter(getenv("ONLY_TEST")); /* a glob, to look at one of them */
	return _cmocka_run_group_tests("tests", tests, count, open_group, close_group);
}
