/* From the session and the devices to the scene both views are drawn from, and to the tones. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "drivers/sound/sound.h"
#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/kiosk/kiosk.h"

enum { NUMBERS_LOW = 20, BATTERY_LOW_PCT = 20, SHOTS_LOW = 50, SERIAL_SHOWN = 4 };

/* --- causes as words: message ids are "fault.PART_WORD" ---------------------------------------- */

const char *stage_camera_word(enum camera_cause cause)
{
	static const char *const words[CAMERA_CAUSE_COUNT] = {
		[CAMERA_OK] = "ok",
		[CAMERA_GONE] = "gone",
		[CAMERA_BUSY] = "busy",
		[CAMERA_CLAIMED] = "claimed",
		[CAMERA_NO_FOCUS] = "no_focus",
		[CAMERA_CARD_FULL] = "card_full",
		[CAMERA_NO_CARD] = "no_card",
		[CAMERA_CARD_LOCKED] = "card_locked",
		[CAMERA_RAW_ONLY] = "raw_only",
		[CAMERA_BATTERY] = "battery",
		[CAMERA_SETTINGS] = "settings",
		[CAMERA_NO_PICTURE] = "no_picture",
		[CAMERA_TRANSFER] = "transfer",
		[CAMERA_UNSUPPORTED] = "unsupported",
		[CAMERA_FAULT] = "fault",
		[CAMERA_HUNG] = "hung",
	};

	return words[cause];
}

const char *stage_reader_word(enum reader_cause cause)
{
	static const char *const words[READER_CAUSE_COUNT] = {
		[READER_OK] = "ok",
		[READER_NOT_FOUND] = "not_found",
		[READER_NO_ACCESS] = "no_access",
		[READER_SILENT] = "silent",
		[READER_CARD_MOVED] = "card_moved",
		[READER_CARD_REFUSED] = "card_refused",
		[READER_GARBLED] = "garbled",
		[READER_MODULE_FAULT] = "module_fault",
		[READER_LOST] = "lost",
		[READER_CLAIMED] = "claimed",
		[READER_UNSUPPORTED] = "unsupported",
	};

	return words[cause];
}

const char *stage_store_word(enum store_cause cause)
{
	static const char *const words[STORE_CAUSE_COUNT] = {
		[STORE_OK] = "ok",
		[STORE_FULL] = "full",
		[STORE_READ_ONLY] = "read_only",
		[STORE_IO] = "io",
		[STORE_DATABASE] = "database",
		[STORE_NUMBERS_USED_UP] = "numbers_used_up",
		[STORE_BAD_PICTURE] = "bad_picture",
		[STORE_GONE] = "gone",
		[STORE_FINAL] = "final",
		[STORE_PIN_WRONG] = "pin_wrong",
		[STORE_PIN_NONE] = "pin_none",
	};

	return words[cause];
}

void stage_cause_id(char out[48], const char *part, const char *word)
{
	snprintf(out, 48, "fault.%s_%s", part, word);
}

/* --- the scene --------------------------------------------------------------------------------- */

static enum screen screen_of(const struct kiosk *k)
{
	static const enum screen by_state[ST_COUNT] = {
		[ST_IDLE] = SCREEN_IDLE,
		[ST_OPENING] = SCREEN_FOUND,
		[ST_FOUND] = SCREEN_FOUND,
		[ST_FRAMING] = SCREEN_FRAMING,
		[ST_SHOOTING] = SCREEN_SHOOTING,
		[ST_TESTING] = SCREEN_SHOOTING,
		[ST_JUDGING] = SCREEN_JUDGING,
		[ST_SAVING] = SCREEN_JUDGING,
		[ST_PASSED] = SCREEN_PASSED,
		[ST_FAILED] = SCREEN_FAILED,
		[ST_ASKED] = SCREEN_ASKED,
		[ST_NOT_ON_LIST] = SCREEN_NOT_ON_LIST,
		[ST_ALREADY_CAPTURED] = SCREEN_ALREADY_CAPTURED,
		[ST_LEFT_OPEN] = SCREEN_LEFT_OPEN,
		[ST_FAULT] = SCREEN_FAULT,
		[ST_SWAPPING] = SCREEN_JUDGING,
		[ST_REFUSED] = SCREEN_FAULT,
	};

	if (k->overlay == OVERLAY_HELP)
		return SCREEN_HELP;
	if (k->session.state == ST_IDLE && k->overlay == OVERLAY_TEST)
		return SCREEN_TEST;
	if (k->overlay == OVERLAY_MANUAL)
		return SCREEN_MANUAL;
	if (k->overlay == OVERLAY_PIN)
		return SCREEN_PIN;
	if (k->overlay == OVERLAY_PAUSED)
		return SCREEN_PAUSED;
	if (choose_standing(k))
		return SCREEN_CHOOSE;
	return by_state[k->session.state];
}

static void fill_words(const struct kiosk *k, struct scene *sc)
{
	static const char *const prompts[SCREEN_COUNT] = {
		[SCREEN_IDLE] = "prompt.idle",
		[SCREEN_FOUND] = "prompt.found",
		[SCREEN_FRAMING] = "prompt.framing",
		[SCREEN_SHOOTING] = "prompt.shooting",
		[SCREEN_JUDGING] = "prompt.judging",
		[SCREEN_PASSED] = "prompt.passed",
		[SCREEN_FAILED] = "prompt.failed",
		[SCREEN_ASKED] = "prompt.asked",
		[SCREEN_NOT_ON_LIST] = "prompt.not_on_list",
		[SCREEN_ALREADY_CAPTURED] = "prompt.already_captured",
		[SCREEN_LEFT_OPEN] = "prompt.left_open",
		[SCREEN_FAULT] = "prompt.fault",
		[SCREEN_PAUSED] = "prompt.paused",
		[SCREEN_MANUAL] = "prompt.manual",
		[SCREEN_TEST] = "prompt.test",
		[SCREEN_HELP] = "prompt.help",
		[SCREEN_CHOOSE] = "prompt.choose",
		[SCREEN_PIN] = "prompt.pin",
	};

	text_copy(sc->prompt_id, sizeof(sc->prompt_id), prompts[sc->screen]);
	if (sc->screen == SCREEN_FAILED && k->reason_id[0]) {
		text_copy(sc->prompt_id, sizeof(sc->prompt_id), k->reason_id);
		snprintf(sc->cure_id, sizeof(sc->cure_id), "cure.%.40s",
			 !strncmp(k->reason_id, "reason.", 7) ? k->reason_id + 7 : k->reason_id);
	}
	if (sc->screen == SCREEN_FAULT) {
		text_copy(sc->banner_id, sizeof(sc->banner_id), k->fault_id);
		snprintf(sc->cure_id, sizeof(sc->cure_id), "cure.%.40s", k->fault_id);
	}
	if (sc->screen == SCREEN_CHOOSE)
		text_copy(sc->cure_id, sizeof(sc->cure_id), "cure.choose");
	if (sc->screen == SCREEN_NOT_ON_LIST)
		text_copy(sc->cure_id, sizeof(sc->cure_id),
			  walkin_offered(k) ? "cure.walk_in" : "cure.walk_in_no_pin");
	if (k->notice_until_ms > clock_now_ms())
		text_copy(sc->notice_id, sizeof(sc->notice_id), k->notice_id);
}

/* The block will end before the people do: said while there is time to get another one. */
static bool numbers_low(const struct kiosk *k)
{
	return k->counts.numbers_left < NUMBERS_LOW &&
	       k->counts.numbers_left < k->counts.unnumbered;
}

/* Said while there is time: a battery or a card can be changed between two visits. */
static bool battery_low(const struct body *b)
{
	return b->online && b->status.battery_pct >= 0 && b->status.battery_pct <= BATTERY_LOW_PCT;
}

static bool shots_low(const struct body *b)
{
	return b->online && b->status.shots_left >= 0 && b->status.shots_left < SHOTS_LOW;
}

/* Standing device trouble, worst first, for the banner. */
static void fill_banner(const struct kiosk *k, struct scene *sc)
{
	const struct body *b = k->shoot.now;

	if (sc->banner_id[0])
		return;
	if (k->disk != STORE_OK)
		stage_cause_id(sc->banner_id, "store", stage_store_word(k->disk));
	else if (b->worker && !b->online)
		stage_cause_id(sc->banner_id, "camera",
			       stage_camera_word(b->cause ? b->cause : CAMERA_GONE));
	else if (b->worker && b->cause != CAMERA_OK && k->session.state == ST_IDLE &&
		 b->status.cause != CAMERA_OK)
		stage_cause_id(sc->banner_id, "camera", stage_camera_word(b->cause));
	else if (numbers_low(k))
		stage_cause_id(sc->banner_id, "store", "numbers_low");
	else if (k->readers[0].worker && !k->readers[0].online)
		stage_cause_id(sc->banner_id, "reader", stage_reader_word(k->readers[0].cause));
	else if (battery_low(b))
		stage_cause_id(sc->banner_id, "camera", "battery_low");
	else if (shots_low(b))
		stage_cause_id(sc->banner_id, "camera", "shots_low");
	else if (k->verdict.ready && k->verdict.box_only)
		stage_cause_id(sc->banner_id, "judge", "no_points");
}

static bool person_shown(enum screen s)
{
	switch (s) {
	case SCREEN_FOUND:
	case SCREEN_FRAMING:
	case SCREEN_SHOOTING:
	case SCREEN_JUDGING:
	case SCREEN_PASSED:
	case SCREEN_FAILED:
	case SCREEN_ASKED:
	case SCREEN_ALREADY_CAPTURED:
	case SCREEN_LEFT_OPEN:
	case SCREEN_FAULT:
		return true;
	case SCREEN_IDLE:
	case SCREEN_NOT_ON_LIST:
	case SCREEN_PAUSED:
	case SCREEN_MANUAL:
	case SCREEN_TEST:
	case SCREEN_HELP:
	case SCREEN_CHOOSE:
	case SCREEN_PIN:
	case SCREEN_COUNT:
		break;
	}
	return false;
}

static void fill_person(const struct kiosk *k, struct scene *sc)
{
	const struct session *s = &k->session;

	if (s->state == ST_NOT_ON_LIST)
		text_copy(sc->masked_id, sizeof(sc->masked_id), s->who.masked);
	if (!person_shown(sc->screen) || s->state == ST_TESTING || !s->who.person ||
	    k->person.id != s->who.person)
		return;
	text_copy(sc->name, sizeof(sc->name), k->person.name);
	text_copy(sc->masked_id, sizeof(sc->masked_id), s->who.masked);
	text_copy(sc->student_no, sizeof(sc->student_no), k->person.student_no);
	text_copy(sc->class_name, sizeof(sc->class_name), k->person.class_name);
	text_copy(sc->level, sizeof(sc->level), k->person.level);
	text_copy(sc->number, sizeof(sc->number), k->person.seq);
	if (k->visit)
		snprintf(sc->visit_id, sizeof(sc->visit_id), "%s-%06lld", k->config.kiosk_id,
			 (long long)k->visit);
	sc->attempt = k->attempts;
	sc->typed = s->who.typed;
}

static void fill_next(const struct kiosk *k, struct scene *sc)
{
	if (k->session.has_pending)
		text_copy(sc->next_masked[sc->next_count++], sizeof(sc->next_masked[0]),
			  k->session.pending.masked);
	for (int i = 0; i < k->lane_count; i++)
		text_copy(sc->next_masked[sc->next_count++], sizeof(sc->next_masked[0]),
			  k->lane[i].masked);
}

static void fill_verdict(const struct kiosk *k, struct scene *sc)
{
	const struct verdict *v = &k->verdict;
	bool shown = sc->screen == SCREEN_PASSED || sc->screen == SCREEN_FAILED ||
		     sc->screen == SCREEN_ASKED || sc->screen == SCREEN_TEST ||
		     sc->screen == SCREEN_LEFT_OPEN;
	bool own = !k->reason_id[0] || !strncmp(k->reason_id, "reason.", 7); /* not a fault's */

	sc->verdict = -1;
	if (!shown || !v->has_result)
		return;
	sc->verdict = v->result.level == CHECK_PASS ? 0 : v->result.level == CHECK_WARN ? 1 : 2;
	lines_fill(sc, &v->result, &v->preset.limits);
	if (own && !v->unchecked)
		lines_words(sc, &v->result);
	if (v->result.level <= CHECK_WARN && sc->screen != SCREEN_TEST)
		lines_ticks(sc, &v->preset.limits);
}

static void fill_keys(const struct kiosk *k, struct scene *sc)
{
	for (int a = 0; a < KEY_ACTION_COUNT; a++) {
		struct scene_key *key = &sc->keys[sc->key_count++];

		key_label(k->config.keys[a], key->label);
		snprintf(key->action, sizeof(key->action), "key.%s",
			 key_action_word((enum key_action)a));
		key->enabled = keys_can(k, (enum key_action)a);
	}
	if (k->session.state == ST_NOT_ON_LIST)
		text_copy(sc->keys[KEY_ACCEPT].action, sizeof(sc->keys[0].action), "key.walk_in");
	if (sc->screen == SCREEN_MANUAL ||
	    sc->screen == SCREEN_PIN) { /* the trigger key is Enter: it takes what was typed */
		text_copy(sc->keys[KEY_SHOOT].action, sizeof(sc->keys[0].action), "key.confirm");
		sc->keys[KEY_SHOOT].enabled = sc->entry[0] != '\0';
	}
}

static enum scene_device reader_state(const struct intake *in)
{
	return !in->worker ? DEVICE_NONE : in->online ? DEVICE_OK : DEVICE_OFFLINE;
}

/* The last digits, as people read them off the body's plate. */
static void fill_serial(const struct body *b, struct scene *sc)
{
	size_t n = strlen(b->status.serial);

	if (b->online && b->book && !strncmp(b->book->body, b->status.serial, n))
		text_copy(sc->body_serial, sizeof(sc->body_serial),
			  b->status.serial + (n > SERIAL_SHOWN ? n - SERIAL_SHOWN : 0));
}

static void fill_devices(const struct kiosk *k, struct scene *sc)
{
	const struct body *b = k->shoot.now;

	sc->reader = reader_state(&k->readers[0]);
	sc->lane = reader_state(&k->readers[1]);
	sc->camera = !b->worker			    ? DEVICE_NONE
		     : !b->online		    ? DEVICE_OFFLINE
		     : b->status.cause != CAMERA_OK ? DEVICE_WARN
						    : DEVICE_OK;
	sc->disk = k->disk == STORE_OK ? DEVICE_OK : DEVICE_WARN;
	sc->battery_pct = b->online ? b->status.battery_pct : -1;
	sc->shots_left = b->online ? b->status.shots_left : -1;
	sc->second_body = b != &k->shoot.bodies[0];
	sc->no_second_copy =
		b->worker && (b->online ? !b->status.second_copy : k->config.camera_target == 1);
	fill_serial(b, sc);
}

static void fill_top(const struct kiosk *k, struct scene *sc)
{
	time_t now = (time_t)(clock_utc_ms() / 1000);
	struct tm tm;

	text_copy(sc->school, sizeof(sc->school), k->config.school);
	text_copy(sc->job, sizeof(sc->job), k->job);
	text_copy(sc->kiosk, sizeof(sc->kiosk), k->config.kiosk_id);
	text_copy(sc->fingerprint, sizeof(sc->fingerprint), k->fingerprint);
	sc->people = k->counts.people;
	sc->captured = k->counts.captured;
	sc->numbers_left = k->counts.numbers_left;
	localtime_r(&now, &tm);
	strftime(sc->clock_text, sizeof(sc->clock_text), "%H:%M", &tm);
}

static void fill_entry(const struct kiosk *k, struct scene *sc)
{
	static const char *const faults[IDENTITY_FAULT_COUNT] = {
		[IDENTITY_FINE] = "fine",
		[IDENTITY_TOO_SHORT] = "too_short",
		[IDENTITY_TOO_LONG] = "too_long",
		[IDENTITY_BAD_CHARACTER] = "bad_character",
		[IDENTITY_BAD_CHECK] = "bad_check",
		[IDENTITY_BAD_DATE] = "bad_date",
		[IDENTITY_BAD_REGION] = "bad_region",
		[IDENTITY_CHECK_DOUBTFUL] = "check_doubtful",
		[IDENTITY_DAMAGED] = "damaged",
	};
	static const char *const kinds[IDENTITY_KIND_COUNT] = {
		[IDENTITY_UNKNOWN] = "unknown",
		[IDENTITY_CITIZEN_18] = "citizen_18",
		[IDENTITY_CITIZEN_15] = "citizen_15",
		[IDENTITY_RESIDENCE_PERMIT] = "residence_permit",
		[IDENTITY_HKMO_PERMIT] = "hkmo_permit",
		[IDENTITY_TAIWAN_PERMIT] = "taiwan_permit",
		[IDENTITY_FOREIGNER_OLD] = "foreigner_old",
		[IDENTITY_FOREIGNER_2023] = "foreigner_2023",
		[IDENTITY_PASSPORT] = "passport",
	};
	enum identity_kind kind = IDENTITY_UNKNOWN;
	char number[IDENTITY_MAX];

	if (sc->screen != SCREEN_MANUAL || identity_normalise(k->entry, number) <= 0)
		return;
	text_copy(sc->entry, sizeof(sc->entry), k->entry);
	snprintf(sc->entry_hint_id, sizeof(sc->entry_hint_id), "entry.%s",
		 faults[identity_check(number, &kind)]);
	snprintf(sc->entry_kind_id, sizeof(sc->entry_kind_id), "kind.%s", kinds[kind]);
}

static void fill_pin(const struct kiosk *k, struct scene *sc)
{
	if (sc->screen != SCREEN_PIN)
		return;
	memset(sc->entry, '*', strlen(k->walkin.pin)); /* how many, never which */
	text_copy(sc->entry_hint_id, sizeof(sc->entry_hint_id), walkin_hint(k));
	text_copy(sc->entry_kind_id, sizeof(sc->entry_kind_id), "kind.pin");
}

void stage_fill(const struct kiosk *k, struct scene *sc)
{
	enum session_state st = k->session.state;

	memset(sc, 0, sizeof(*sc));
	sc->screen = screen_of(k);
	sc->lang = k->lang;
	fill_words(k, sc);
	hints_fill(k, sc);
	fill_banner(k, sc);
	fill_person(k, sc);
	fill_top(k, sc);
	fill_next(k, sc);
	fill_verdict(k, sc);
	fill_entry(k, sc);
	fill_pin(k, sc);
	fill_keys(k, sc);
	choose_fill(k, sc);
	fill_devices(k, sc);
	sc->take_card = k->readers[0].card_present && st != ST_SHOOTING && st != ST_JUDGING;
	sc->live = k->shoot.frame;
	sc->shot = sc->verdict >= 0 ? k->verdict.crop : NULL;
}

void stage_show(struct kiosk *k)
{
	struct scene sc;

	stage_fill(k, &sc);
	ui_show(k->ui, &sc);
}

void stage_entered(struct kiosk *k)
{
	static const int sounds[ST_COUNT] = {
		[ST_PASSED] = 1 + SOUND_PASS,
		[ST_FAILED] = 1 + SOUND_FAIL,
		[ST_NOT_ON_LIST] = 1 + SOUND_NOT_ON_LIST,
		[ST_ALREADY_CAPTURED] = 1 + SOUND_NOT_ON_LIST,
		[ST_FAULT] = 1 + SOUND_FAULT,
		[ST_REFUSED] = 1 + SOUND_FAULT,
	};

	if (sounds[k->session.state])
		ui_sound(k->ui, sounds[k->session.state] - 1);
}
