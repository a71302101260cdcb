/*
 * The control socket (off by default, mode 0600): one text command a line, one JSON line back. For
 * tests, demo and bench; it can do what the keys can do, and never tells a name.
 *
 *   state                 {state, visit, number, masked_id, verdict, reason, prompt_zh, prompt_en,
 *                          next[], choices[], reader, camera, disk, …}
 *   key NAME              shoot retake accept cancel swap manual test language pause help,
 *                         enter, esc, a digit
 *   type TEXT             into the manual or the PIN entry
 *   screenshot FILE.png   what is on the screen, answered when the file is written
 *   events                from now on one JSON a line {mono_ms, type, visit, shot, …}
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/kiosk/kiosk.h"
#define LOG_MODULE "control"
#include "firmware/base/log.h"

enum { CLIENTS_MAX = 8, LINE_MAX_BYTES = 1024 };

struct client {
	struct control *c;
	int fd; /* -1: free */
	uint32_t serial; /* tells a reused place from the client that asked */
	sd_event_source *source;
	bool events, skipping; /* skipping: the rest of a line that was too long */
	char line[LINE_MAX_BYTES];
	size_t used;
};

struct control {
	struct kiosk *k;
	int fd;
	char path[108];
	sd_event_source *source, *shots_source;
	int shots[2]; /* pipe: finished screenshots, from the UI thread */
	struct client clients[CLIENTS_MAX];
	uint32_t last_serial;
};

struct shot_ticket { /* goes round through the UI thread */
	struct control *c;
	int place;
	uint32_t serial;
	int rc;
};

/* --- answers ----------------------------------------------------------------------------------- */

static void drop(struct client *cl)
{
	sd_event_source_disable_unref(cl->source);
	close(cl->fd);
	cl->fd = -1;
	cl->source = NULL;
	cl->events = cl->skipping = false;
	cl->used = 0;
}

/* A client that does not read is dropped: the loop never waits for one. */
static void send_line(struct client *cl, json_t *o)
{
	SCOPED_FREE char *text = json_dumps(o, JSON_COMPACT);
	SCOPED_FREE char *line = NULL;
	int n;

	json_decref(o);
	n = text ? asprintf(&line, "%s\n", text) : -1;
	if (n < 0) {
		line = NULL;
		return;
	}
	if (send(cl->fd, line, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) != n)
		shutdown(cl->fd, SHUT_RDWR);
}

static json_t *ok(void)
{
	return json_pack("{s:b}", "ok", 1);
}

static json_t *error(const char *what)
{
	return json_pack("{s:b,s:s}", "ok", 0, "error", what);
}

static json_t *text_or_null(const char *s)
{
	return s && s[0] ? json_string(s) : json_null();
}

static const char *device_word(enum scene_device d)
{
	switch (d) {
	case DEVICE_OK:
		return "ok";
	case DEVICE_WARN:
		return "warn";
	case DEVICE_OFFLINE:
		return "offline";
	case DEVICE_NONE:
		break;
	}
	return "none";
}

/* Of the body that is not in use. */
static const char *spare_word(const struct kiosk *k)
{
	if (!k->shoot.bodies[1].worker)
		return "none";
	return shoot_spare_ready(k) ? "ok" : "offline";
}

static const char *disk_word(enum store_cause c)
{
	return c == STORE_OK ? "ok" : stage_store_word(c);
}

static json_t *prompt(const struct scene *sc, enum lang lang)
{
	struct text_arg args[] = { { "value", sc->prompt_arg }, { NULL, NULL } };
	char text[256];

	return json_string(text_format(text, sizeof(text), lang, sc->prompt_id, args));
}

static const char *verdict_word(const struct kiosk *k)
{
	static const char *const words[CHECK_LEVEL_COUNT] = { "pass", "warn", "fail", "error" };

	if (k->verdict.unchecked)
		return "unchecked";
	return k->verdict.has_result ? words[k->verdict.result.level] : "";
}

static const char *reason_word(const struct kiosk *k)
{
	const struct check_result *r = &k->verdict.result;
	enum session_state st = k->session.state;

	if (st == ST_FAULT || st == ST_REFUSED)
		return !strncmp(k->fault_id, "fault.", 6) ? k->fault_id + 6 : k->fault_id;
	if (st == ST_FAILED && !strncmp(k->reason_id, "fault.", 6))
		return k->reason_id + 6;
	if (k->verdict.has_result && r->reason_count)
		return verdict_reason(r);
	if (st == ST_FAILED && k->reason_id[0])
		return strchr(k->reason_id, '.') + 1;
	return "";
}

static json_t *next_list(const struct scene *sc)
{
	json_t *list = json_array();

	for (int i = 0; i < sc->next_count; i++)
		json_array_append_new(list, json_string(sc->next_masked[i]));
	return list;
}

static json_t *keys_list(const struct scene *sc)
{
	json_t *list = json_array();

	for (int i = 0; i < sc->key_count; i++)
		if (sc->keys[i].enabled)
			json_array_append_new(list,
					      json_string(sc->keys[i].action + strlen("key.")));
	for (int i = 0; i < sc->choice_count; i++)
		json_array_append_new(list, json_sprintf("%d", i + 1));
	return list;
}

/* CLOCK_MONOTONIC, 0 not yet; and what the screen has done. */
static json_t *times(const struct kiosk *k)
{
	const struct kiosk_times *t = &k->times;
	struct ui_drawn d;

	ui_drawn(k->ui, &d);
	return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "card_ms", t->card_ms, "name_ms",
			 d.name_ms, "trigger_ms", t->trigger_ms, "event_ms", t->event_ms,
			 "last_byte_ms", t->last_byte_ms, "durable_ms", t->durable_ms, "screens",
			 d.screens, "live_frames", d.live_frames, "hint_frames", k->hints.judged,
			 "hint_cpu_us", k->hints.cpu_us);
}

static json_t *state(struct kiosk *k)
{
	struct scene sc;
	json_t *o = json_object();

	stage_fill(k, &sc);
	json_object_set_new(o, "state", json_string(session_state_name(k->session.state)));
	json_object_set_new(o, "visit", k->visit ? json_integer(k->visit) : json_null());
	json_object_set_new(o, "number", text_or_null(sc.number));
	json_object_set_new(o, "masked_id", text_or_null(sc.masked_id));
	json_object_set_new(o, "verdict", text_or_null(verdict_word(k)));
	json_object_set_new(o, "reason", text_or_null(reason_word(k)));
	json_object_set_new(o, "prompt_zh", prompt(&sc, LANG_ZH));
	json_object_set_new(o, "prompt_en", prompt(&sc, LANG_EN));
	json_object_set_new(o, "next", next_list(&sc));
	json_object_set_new(o, "reader", json_string(device_word(sc.reader)));
	json_object_set_new(o, "camera", json_string(device_word(sc.camera)));
	json_object_set_new(o, "disk", json_string(disk_word(k->disk)));
	/* more than the contract: for tests and the bench */
	json_object_set_new(o, "keys", keys_list(&sc));
	json_object_set_new(o, "choices", choose_list(&sc));
	json_object_set_new(o, "attempt", json_integer(k->attempts));
	json_object_set_new(o, "notice", text_or_null(sc.notice_id));
	json_object_set_new(o, "take_card", json_boolean(sc.take_card));
	json_object_set_new(o, "card", json_boolean(k->readers[0].card_present));
	json_object_set_new(o, "paused", json_boolean(k->overlay == OVERLAY_PAUSED));
	json_object_set_new(o, "entry_hint", text_or_null(sc.entry_hint_id));
	json_object_set_new(o, "language", json_string(k->lang == LANG_ZH ? "zh" : "en"));
	json_object_set_new(o, "live", json_boolean(sc.live != NULL));
	json_object_set_new(o, "banner", text_or_null(sc.banner_id));
	json_object_set_new(o, "battery_pct", json_integer(sc.battery_pct));
	json_object_set_new(o, "shots_left", json_integer(sc.shots_left));
	json_object_set_new(o, "body", text_or_null(sc.body_serial));
	json_object_set_new(o, "second_body", json_boolean(sc.second_body));
	json_object_set_new(o, "spare", json_string(spare_word(k)));
	json_object_set_new(o, "no_second_copy", json_boolean(sc.no_second_copy));
	json_object_set_new(o, "judge", json_string(k->verdict.ready ? "ok" : "offline"));
	json_object_set_new(o, "hint", text_or_null(hints_word(k)));
	json_object_set_new(o, "hints", json_string(k->hints.ready ? "ok" : "offline"));
	json_object_set_new(o, "people", json_integer(sc.people));
	json_object_set_new(o, "captured", json_integer(sc.captured));
	json_object_set_new(o, "times", times(k));
	json_object_set_new(o, "in_state_ms", json_integer(clock_now_ms() - k->session.since_ms));
	return o;
}

/* --- commands ---------------------------------------------------------------------------------- */

static void on_screenshot(void *ctx, int rc) /* UI thread */
{
	struct shot_ticket *t = ctx;

	t->rc = rc;
	if (write(t->c->shots[1], &t, sizeof(t)) != sizeof(t))
		free(t);
}

static void ask_screenshot(struct client *cl, const char *path)
{
	struct shot_ticket *t = calloc(1, sizeof(*t));

	if (!t) {
		send_line(cl, error("no memory"));
		return;
	}
	t->c = cl->c;
	t->place = (int)(cl - cl->c->clients);
	t->serial = cl->serial;
	stage_show(cl->c->k);
	ui_screenshot(cl->c->k->ui, path, on_screenshot, t);
}

static int on_shot_done(sd_event_source *src, int fd, uint32_t events, void *ctx)
{
	struct shot_ticket *t;
	struct client *cl;

	(void)src;
	(void)events;
	(void)ctx;
	if (read(fd, &t, sizeof(t)) != sizeof(t))
		return 0;
	cl = &t->c->clients[t->place];
	if (cl->fd >= 0 && cl->serial == t->serial)
		send_line(cl, t->rc < 0 ? error(strerror(-t->rc)) : ok());
	free(t);
	return 0;
}

static json_t *do_key(struct kiosk *k, const char *name)
{
	bool known = key_action_find(name) >= 0 || !strcmp(name, "enter") || !strcmp(name, "esc") ||
		     (name[0] && !name[1]);

	if (!known)
		return error(
			"no such key: shoot retake accept cancel swap manual test language pause "
			"help enter esc or one digit");
	return keys_named(k, name) ? ok() : error("not now: this key does nothing in this state");
}

static json_t *do_type(struct kiosk *k, const char *text)
{
	keys_type(k, text);
	return k->overlay == OVERLAY_MANUAL || k->overlay == OVERLAY_PIN
		       ? ok()
		       : error("not now: a visit is open");
}

static void command(struct client *cl, char *line)
{
	struct kiosk *k = cl->c->k;
	char *arg = strchr(line, ' ');

	if (arg)
		*arg++ = '\0';
	if (!strcmp(line, "state")) {
		send_line(cl, state(k));
	} else if (!strcmp(line, "key") && arg) {
		send_line(cl, do_key(k, arg));
	} else if (!strcmp(line, "type") && arg) {
		send_line(cl, do_type(k, arg));
	} else if (!strcmp(line, "screenshot") && arg) {
		ask_screenshot(cl, arg);
	} else if (!strcmp(line, "events")) {
		cl->events = true;
		send_line(cl, ok());
	} else {
		send_line(
			cl,
			error("commands: state | key NAME | type TEXT | screenshot FILE.png | events"));
	}
	kiosk_settle(k);
}

/* --- clients ----------------------------------------------------------------------------------- */

static void take_lines(struct client *cl)
{
	char *end;

	while (cl->fd >= 0 && (end = memchr(cl->line, '\n', cl->used))) {
		size_t n = (size_t)(end - cl->line) + 1;
		char line[LINE_MAX_BYTES];

		memcpy(line, cl->line, n);
		line[n - 1] = '\0';
		if (n > 1 && line[n - 2] == '\r')
			line[n - 2] = '\0';
		memmove(cl->line, cl->line + n, cl->used - n);
		cl->used -= n;
		if (cl->skipping)
			cl->skipping = false;
		else
			command(cl, line);
	}
	if (cl->used == sizeof(cl->line)) { /* one answer, however long it goes on */
		cl->used = 0;
		if (!cl->skipping)
			send_line(cl, error("line too long"));
		cl->skipping = true;
	}
}

static int on_client(sd_event_source *src, int fd, uint32_t events, void *ctx)
{
	struct client *cl = ctx;
	ssize_t n = recv(fd, cl->line + cl->used, sizeof(cl->line) - cl->used, MSG_DONTWAIT);

	(void)src;
	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		drop(cl);
		return 0;
	}
	cl->used += (size_t)n;
	take_lines(cl);
	return 0;
}

static int on_connect(sd_event_source *src, int fd, uint32_t events, void *ctx)
{
	struct control *c = ctx;
	int one = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)src;
	(void)events;
	if (one < 0)
		return 0;
	for (int i = 0; i < CLIENTS_MAX; i++) {
		struct client *cl = &c->clients[i];

		if (cl->fd >= 0)
			continue;
		cl->fd = one;
		cl->serial = ++c->last_serial;
		if (sd_event_add_io(c->k->loop, &cl->source, one, EPOLLIN, on_client, cl) < 0)
			drop(cl);
		return 0;
	}
	close(one);
	return 0;
}

void control_event(struct kiosk *k, const char *type, int64_t visit, int64_t shot, const char *what)
{
	struct control *c = k->control;
	char id[32] = "";

	if (shot) /* as `tapshot shots` names it */
		snprintf(id, sizeof(id), "%s-%06lld", k->config.kiosk_id, (long long)shot);
	for (int i = 0; c && i < CLIENTS_MAX; i++) {
		json_t *o;

		if (c->clients[i].fd < 0 || !c->clients[i].events)
			continue;
		o = json_pack("{s:I,s:s}", "mono_ms", (json_int_t)clock_now_ms(), "type", type);
		json_object_set_new(o, "visit", visit ? json_integer(visit) : json_null());
		json_object_set_new(o, "shot", text_or_null(id));
		if (what)
			json_object_set_new(o, strcmp(type, "state") ? "what" : "state",
					    json_string(what));
		send_line(&c->clients[i], o);
	}
}

/* --- start and stop ---------------------------------------------------------------------------- */

static int listen_at(struct control *c, const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	mode_t old;
	int rc;

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, path);
	strcpy(c->path, path);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd < 0)
		return -errno;
	unlink(path);
	old = umask(0177); /* mode 0600 from the first moment */
	rc = bind(c->fd, (struct sockaddr *)&addr, sizeof(addr));
	umask(old);
	if (rc < 0 || listen(c->fd, 4) < 0)
		return -errno;
	return 0;
}

int control_start(struct kiosk *k, const char *path)
{
	struct control *c = calloc(1, sizeof(*c));
	int rc;

	if (!c)
		return -ENOMEM;
	k->control = c;
	c->k = k;
	c->fd = -1;
	for (int i = 0; i < CLIENTS_MAX; i++) {
		c->clients[i].fd = -1;
		c->clients[i].c = c;
	}
	if (pipe2(c->shots, O_CLOEXEC) < 0)
		return -errno;
	rc = listen_at(c, path);
	if (rc < 0)
		return rc;
	rc = sd_event_add_io(k->loop, &c->source, c->fd, EPOLLIN, on_connect, c);
	if (rc < 0)
		return rc;
	return sd_event_add_io(k->loop, &c->shots_source, c->shots[0], EPOLLIN, on_shot_done, c);
}

void control_stop(struct kiosk *k)
{
	struct control *c = k->control;

	if (!c)
		return;
	k->control = NULL;
	for (int i = 0; i < CLIENTS_MAX; i++)
		if (c->clients[i].fd >= 0)
			drop(&c->clients[i]);
	sd_event_source_disable_unref(c->source);
	sd_event_source_disable_unref(c->shots_source);
	if (c->fd >= 0) {
		close(c->fd);
		unlink(c->path);
	}
	close(c->shots[0]);
	close(c->shots[1]);
	free(c);
}
