/* Start, stop, and the session's hands. */
#include "firmware/kiosk/kiosk.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/store/job.h"
#define LOG_MODULE "kiosk"
#include "firmware/base/log.h"

enum { DISK_EVERY_MS = 2000, TICK_MS = 100 };

void kiosk_fault(struct kiosk *k, const char *part, const char *cause)
{
	stage_cause_id(k->fault_id, part, cause);
}

void kiosk_notice(struct kiosk *k, const char *id, int ms)
{
	text_copy(k->notice_id, sizeof(k->notice_id), id);
	k->notice_until_ms = clock_now_ms() + ms;
}

void kiosk_count(struct kiosk *k)
{
	if (roster_counts(k->roster, k->config.kiosk_id, &k->counts) < 0)
		log_e("counts cannot be read");
	if (k->person.id)
		roster_get(k->roster, k->person.id, &k->person);
}

/* --- the session's hands ----------------------------------------------------------------------- */

static void on_visit_closed(void *ctx, struct store_reply *r)
{
	struct kiosk *k = ctx;

	if (r->cause != STORE_OK)
		log_e("visit not closed cause=%s", stage_store_word(r->cause));
	kiosk_count(k);
	kiosk_settle(k);
}

/* The seat is free when this is in the ledger; a failure is told, the visit stays open there. */
static void on_swapped(void *ctx, struct store_reply *r)
{
	struct kiosk *k = ctx;

	kiosk_count(k);
	if (k->session.state == ST_SWAPPING && r->visit == k->swapping) {
		if (r->cause != STORE_OK)
			kiosk_fault(k, "store", stage_store_word(r->cause));
		session_event(&k->session, r->cause == STORE_OK ? EV_SWAPPED : EV_SAVE_FAULT);
	}
	kiosk_settle(k);
}

/* The store answers in order, so only the last visit asked for can be the session's. A slow disk may
 * have let it give up, or open another one, meanwhile. */
static void on_visit_opened(void *ctx, struct store_reply *r)
{
	struct kiosk *k = ctx;
	bool awaited = --k->visits_asked == 0 && k->session.state == ST_OPENING;

	if (r->cause == STORE_OK && !awaited) {
		log_w("visit opened too late visit=%lld", (long long)r->visit);
		store_visit_close(k->store, r->visit, VISIT_CANCELLED, 0, on_visit_closed, k);
	} else if (r->cause == STORE_OK) {
		k->visit = r->visit;
		session_event(&k->session, EV_VISIT_OPENED);
	} else if (awaited) {
		kiosk_fault(k, "store", stage_store_word(r->cause));
		session_event(&k->session, EV_VISIT_REFUSED);
	}
	kiosk_settle(k);
}

static void open_visit(void *ctx, const struct who *who)
{
	struct kiosk *k = ctx;

	verdict_clear(k);
	k->visit = k->shot = k->passed = 0;
	k->attempts = 0;
	k->reason_id[0] = '\0';
	k->lang = who->english ? LANG_EN : (enum lang)k->config.language;
	k->visits_asked++;
	store_visit_open_chosen(k->store, who->person,
				who->again   ? VISIT_AGAIN
				: who->typed ? VISIT_TYPED
					     : VISIT_CARD,
				who->source, who->rows, who->chosen, on_visit_opened, k);
}

static void close_visit(void *ctx, enum session_end how)
{
	static const enum visit_end ends[] = {
		[END_ACCEPTED] = VISIT_ACCEPTED,
		[END_CANCELLED] = VISIT_CANCELLED,
		[END_SWAPPED] = VISIT_SWAPPED,
		[END_LEFT_OPEN] = VISIT_LEFT_OPEN,
	};
	struct kiosk *k = ctx;

	if (k->visit)
		store_visit_close(k->store, k->visit, ends[how], k->passed,
				  how == END_SWAPPED ? on_swapped : on_visit_closed, k);
	k->swapping = k->visit;
	k->visit = k->shot = k->passed = 0;
	k->lang = (enum lang)k->config.language;
	verdict_clear(k);
}

static void trigger(void *ctx)
{
	shoot_trigger(ctx, FOR_VISIT);
}

static void trigger_test(void *ctx)
{
	shoot_trigger(ctx, FOR_TEST);
}

static void fetch_body(void *ctx)
{
	shoot_body(ctx);
}

static void accept_shot(void *ctx)
{
	verdict_accept(ctx);
}

static void take_pending(void *ctx)
{
	intake_pending(ctx);
}

static void entered(void *ctx)
{
	struct kiosk *k = ctx;

	if (k->session.state == ST_PASSED)
		k->passed = k->shot;
	choose_clear(k);
	walkin_left(k);
	hints_entered(k);
	control_event(k, "state", k->visit, k->shot, session_state_name(k->session.state));
	stage_entered(k);
}

static const struct session_ops hands = {
	.open_visit = open_visit,
	.close_visit = close_visit,
	.trigger = trigger,
	.trigger_test = trigger_test,
	.fetch_body = fetch_body,
	.accept = accept_shot,
	.take_pending = take_pending,
	.entered = entered,
};

/* --- after every event ------------------------------------------------------------------------- */

static bool wants_live(const struct kiosk *k)
{
	enum session_state st = k->session.state;

	return st == ST_FOUND || st == ST_FRAMING || st == ST_FAILED;
}

/* A camera that is away is a fault only once somebody sits there. */
static void settle_camera(struct kiosk *k)
{
	const struct body *b = k->shoot.now;

	if (b->online || shoot_spare_ready(k) || !wants_live(k))
		return;
	kiosk_fault(k, "camera", stage_camera_word(b->cause ? b->cause : CAMERA_GONE));
	k->shoot.returning = true;
	session_event(&k->session, EV_CAMERA_GONE);
}

void kiosk_settle(struct kiosk *k)
{
	shoot_tick(k);
	settle_camera(k);
	shoot_live(k, wants_live(k) && shoot_online(k));
	shoot_pump(k);
	stage_show(k);
}

static void check_disk(struct kiosk *k, int64_t now)
{
	if (now - k->disk_checked_ms < DISK_EVERY_MS)
		return;
	k->disk_checked_ms = now;
	k->disk = store_health(k->store, NULL);
}

/* A roster may be imported while nobody sits there: `people` and what is left change with it. */
static void check_roster(struct kiosk *k)
{
	int64_t version;

	if (k->session.state != ST_IDLE)
		return;
	version = sql_int(k->db, 0, "PRAGMA data_version", "");
	if (version == k->data_version)
		return;
	k->data_version = version;
	kiosk_count(k);
}

/* Ten times a second: limits of states, overlays and the judge; the rest is driven by events. */
static int on_tick(sd_event_source *src, uint64_t usec, void *ctx)
{
	struct kiosk *k = ctx;
	int64_t now = clock_now_ms();

	(void)usec;
	sd_event_source_set_time_relative(src, TICK_MS * 1000);
	sd_event_source_set_enabled(src, SD_EVENT_ONESHOT);
	session_tick(&k->session);
	verdict_tick(k);
	hints_tick(k);
	check_disk(k, now);
	check_roster(k);
	if (k->overlay_until_ms && now >= k->overlay_until_ms) {
		k->overlay = OVERLAY_NONE;
		k->overlay_until_ms = 0;
		explicit_bzero(k->entry, sizeof(k->entry));
	}
	kiosk_settle(k);
	sd_notify(0, "WATCHDOG=1");
	return 0;
}

static int on_store(sd_event_source *src, int fd, uint32_t events, void *ctx)
{
	(void)src;
	(void)fd;
	(void)events;
	store_dispatch(((struct kiosk *)ctx)->store);
	return 0;
}

static int on_ui(sd_event_source *src, int fd, uint32_t events, void *ctx)
{
	struct kiosk *k = ctx;
	struct ui_key key;

	(void)src;
	(void)fd;
	(void)events;
	while (ui_next_key(k->ui, &key))
		keys_pressed(k, key.name);
	kiosk_settle(k);
	return 0;
}

static int on_signal(sd_event_source *src, const struct signalfd_siginfo *si, void *ctx)
{
	struct kiosk *k = ctx;

	(void)src;
	log_i("stopping signal=%u", si->ssi_signo);
	return sd_event_exit(k->loop, 0);
}

/* --- start and stop ---------------------------------------------------------------------------- */

/* A visit was open when the kiosk stopped: say so, a person decides. */
static void resume_visit(struct kiosk *k)
{
	struct store_recovery *r = &k->recovery;

	if (!r->open_visit || roster_get(k->roster, r->open_person, &k->person) < 0)
		return;
	memset(&k->session.tapped, 0, sizeof(k->session.tapped));
	k->session.tapped.person = r->open_person;
	identity_mask(k->person.id_no, k->session.tapped.masked);
	text_copy(k->session.tapped.source, sizeof(k->session.tapped.source), "resumed");
	k->visit = r->open_visit;
	k->shot = r->open_shot;
	session_event(&k->session, EV_RESUME);
}

/* Pictures can be taken without it; packages cannot be signed. */
static void open_key(struct kiosk *k)
{
	uint8_t key[KIOSK_KEY_BYTES];
	int rc = kiosk_key_public(k->config.data, key);

	if (rc < 0)
		log_w("signing key cannot be read rc=%d", rc);
	else
		kiosk_fingerprint(key, k->fingerprint);
}

static int open_store(struct kiosk *k)
{
	struct store_config c = {
		.data_dir = k->config.data,
		.job = k->job,
		.kiosk = k->config.kiosk_id,
		.reserve_bytes = (int64_t)k->config.store_reserve_mb << 20,
		.number_first = k->config.number_first,
		.number_last = k->config.number_last,
	};
	enum store_cause cause = STORE_OK;
	int rc = store_open(&c, &k->store, &k->recovery, &cause);

	if (rc == -ENOENT)
		fprintf(stderr,
			"tapshot kiosk: there is no job “%s” under %s; make one with: tapshot "
			"roster import FILE --job %s\n",
			k->job, k->config.data, k->job);
	else if (rc == -EBUSY)
		fprintf(stderr,
			"tapshot kiosk: another kiosk has the job “%s” open; stop it first\n",
			k->job);
	else if (rc < 0)
		fprintf(stderr, "tapshot kiosk: the job cannot be opened: %s (%s)\n",
			stage_store_word(cause), strerror(-rc));
	if (rc < 0)
		return rc;
	open_key(k);
	rc = store_open_reader(k->config.data, k->job, &k->db);
	if (!rc)
		newcomer_start(k);
	return rc < 0 ? rc : roster_open(k->db, &k->roster);
}

static int open_screen(struct kiosk *k)
{
	struct ui_config c = {
		.driver = kiosk_display_drivers[k->config.display_driver],
		.width_px = k->config.display_width_px,
		.height_px = k->config.display_height_px,
		.layout = (enum ui_layout)k->config.display_layout,
		.sound = k->config.display_sound,
	};
	int rc = ui_start(&c, &k->ui);

	if (rc < 0)
		fprintf(stderr, "tapshot kiosk: display.driver = %s cannot be opened: %s\n",
			c.driver, strerror(-rc));
	return rc;
}

static int wire_loop(struct kiosk *k)
{
	int rc = sd_event_add_io(k->loop, NULL, store_fd(k->store), EPOLLIN, on_store, k);

	if (rc >= 0)
		rc = sd_event_add_io(k->loop, NULL, ui_fd(k->ui), EPOLLIN, on_ui, k);
	if (rc >= 0)
		rc = sd_event_add_signal(k->loop, NULL, SIGTERM | SD_EVENT_SIGNAL_PROCMASK,
					 on_signal, k);
	if (rc >= 0)
		rc = sd_event_add_signal(k->loop, NULL, SIGINT | SD_EVENT_SIGNAL_PROCMASK,
					 on_signal, k);
	if (rc >= 0)
		rc = sd_event_add_time_relative(k->loop, NULL, CLOCK_MONOTONIC, 0, 0, on_tick, k);
	return rc < 0 ? rc : 0;
}

/* Blocked before any thread starts, so that only the loop sees them. */
static void block_signals(void)
{
	sigset_t stop;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	pthread_sigmask(SIG_BLOCK, &stop, NULL);
}

static int start(struct kiosk *k, const char *control_path)
{
	int rc;

	block_signals();
	rc = open_store(k);
	if (rc == 0)
		rc = sd_event_default(&k->loop) < 0 ? -EIO : 0;
	if (rc == 0)
		rc = open_screen(k);
	if (rc == 0)
		rc = wire_loop(k);
	if (rc == 0 && control_path)
		rc = control_start(k, control_path);
	if (rc < 0)
		return rc;
	session_init(&k->session, &hands, k);
	k->session.framing_limit_ms = k->config.framing_limit_s * 1000;
	k->session.found_ms = k->config.found_ms + 1;
	k->session.accept_after_ms = k->config.accept_after_ms;
	k->lang = (enum lang)k->config.language;
	kiosk_count(k);
	rc = verdict_start(k);
	if (rc == 0)
		rc = shoot_start(k);
	if (rc == 0)
		rc = intake_start(k);
	if (rc == 0)
		resume_visit(k);
	return rc;
}

static void stop(struct kiosk *k)
{
	intake_stop(k);
	shoot_stop(k);
	hints_stop(k);
	if (k->verdict.worker)
		verdict_stop(k);
	control_stop(k);
	store_close(k->store);
	roster_close(k->roster);
	sqlite3_close(k->db);
	ui_stop(k->ui);
	sd_event_unref(k->loop);
}

int kiosk_run(const struct kiosk_config *config, const char *job, const char *control_path)
{
	struct kiosk *k = calloc(1, sizeof(*k));
	int rc;

	if (!k)
		return 2;
	k->config = *config;
	text_copy(k->job, sizeof(k->job), job);
	rc = start(k, control_path);
	if (rc == 0) {
		log_i("kiosk ready job_people=%lld", (long long)k->counts.people);
		sd_notify(0, "READY=1");
		kiosk_settle(k);
		rc = sd_event_loop(k->loop);
		sd_notify(0, "STOPPING=1");
	} else {
		fprintf(stderr, "tapshot kiosk: cannot start: %s\n", strerror(-rc));
	}
	stop(k);
	free(k);
	return rc < 0 ? 2 : 0;
}
