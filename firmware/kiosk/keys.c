/*
 * Keys and manual entry. Ten actions on a numeric keypad; while a number is typed, digits and letters
 * are text, Enter takes it, Esc or the cancel key leaves.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/kiosk/kiosk.h"
#define LOG_MODULE "keys"
#include "firmware/base/log.h"

/* --- manual entry ------------------------------------------------------------------------------ */

static bool entering(const struct kiosk *k)
{
	return k->overlay == OVERLAY_MANUAL;
}

static void entry_clear(struct kiosk *k)
{
	explicit_bzero(k->entry, sizeof(k->entry));
	k->overlay = OVERLAY_NONE;
}

static void entry_add(struct kiosk *k, char c)
{
	size_t n = strlen(k->entry);

	if (n + 1 >= IDENTITY_MAX || !(isalnum((unsigned char)c) || c == '(' || c == ')'))
		return;
	k->entry[n] = (char)toupper((unsigned char)c);
	k->entry[n + 1] = '\0';
}

static void entry_rub_out(struct kiosk *k)
{
	size_t n = strlen(k->entry);

	if (n)
		k->entry[n - 1] = '\0';
}

/* Enter: a number that cannot be right is only looked up when the roster itself holds it so. */
static void entry_take(struct kiosk *k)
{
	char number[IDENTITY_MAX];
	struct person p[2];
	enum identity_kind kind = IDENTITY_UNKNOWN;
	enum identity_fault fault;

	if (identity_normalise(k->entry, number) <= 0)
		return;
	fault = identity_check(number, &kind);
	if (!identity_usable(fault) && roster_find(k->roster, number, p, 2) <= 0)
		return; /* the hint on the screen says what is wrong */
	entry_clear(k);
	intake_number(k, number, "", "typed", kind == IDENTITY_PASSPORT);
	walkin_typed(k, number);
	explicit_bzero(number, sizeof(number));
}

/* --- actions ----------------------------------------------------------------------------------- */

static int session_event_of(enum key_action a)
{
	switch (a) {
	case KEY_SHOOT:
		return EV_KEY_SHOOT;
	case KEY_RETAKE:
		return EV_KEY_RETAKE;
	case KEY_ACCEPT:
		return EV_KEY_ACCEPT;
	case KEY_CANCEL:
		return EV_KEY_CANCEL;
	case KEY_SWAP:
		return EV_KEY_SWAP;
	case KEY_TEST:
		return EV_KEY_TEST;
	case KEY_MANUAL:
	case KEY_LANGUAGE:
	case KEY_PAUSE:
	case KEY_HELP:
	case KEY_ACTION_COUNT:
		break;
	}
	return -1;
}

/* Help lies over everything and stops nothing: other keys close it and act. */
static bool closes_help(const struct kiosk *k, enum key_action a)
{
	return k->overlay == OVERLAY_HELP && (a == KEY_HELP || a == KEY_CANCEL);
}

bool keys_can(const struct kiosk *k, enum key_action a)
{
	int ev = session_event_of(a);

	if (k->overlay == OVERLAY_PAUSED)
		return a == KEY_PAUSE || a == KEY_LANGUAGE;
	if (entering(k))
		return a == KEY_CANCEL || a == KEY_MANUAL;
	if (k->overlay == OVERLAY_PIN)
		return a == KEY_CANCEL;
	if (closes_help(k, a))
		return true;
	if (a == KEY_ACCEPT && k->session.state == ST_NOT_ON_LIST)
		return walkin_offered(k);
	if (a == KEY_ACCEPT && k->session.state != ST_PASSED && !k->shot)
		return false; /* there is no picture to accept */
	if ((a == KEY_TEST || a == KEY_SHOOT) && !shoot_online(k))
		return false;
	if (ev >= 0)
		return session_can(&k->session, (enum session_event)ev);
	if (a == KEY_MANUAL || a == KEY_PAUSE)
		return !session_visit_open(&k->session) && k->session.state != ST_OPENING &&
		       k->session.state != ST_SWAPPING;
	return true;
}

static void toggle_overlay(struct kiosk *k, enum overlay o)
{
	bool on = k->overlay != o;

	entry_clear(k);
	if (on)
		k->overlay = o;
	k->overlay_until_ms = on && o == OVERLAY_HELP	  ? clock_now_ms() + 30000
			      : on && o == OVERLAY_MANUAL ? clock_now_ms() + 60000
							  : 0;
}

static void own_action(struct kiosk *k, enum key_action a)
{
	switch (a) {
	case KEY_MANUAL:
		toggle_overlay(k, OVERLAY_MANUAL);
		break;
	case KEY_PAUSE:
		toggle_overlay(k, OVERLAY_PAUSED);
		break;
	case KEY_HELP:
		toggle_overlay(k, OVERLAY_HELP);
		break;
	case KEY_LANGUAGE:
		k->lang = k->lang == LANG_ZH ? LANG_EN : LANG_ZH;
		break;
	case KEY_CANCEL: /* leaves whatever lies over the session */
		entry_clear(k);
		break;
	case KEY_SHOOT:
	case KEY_RETAKE:
	case KEY_ACCEPT:
	case KEY_SWAP:
	case KEY_TEST:
	case KEY_ACTION_COUNT:
		break;
	}
}

bool keys_action(struct kiosk *k, enum key_action a)
{
	int ev = session_event_of(a);
	bool over = entering(k) || k->overlay == OVERLAY_PAUSED || closes_help(k, a);

	if (!keys_can(k, a))
		return false;
	if (k->overlay == OVERLAY_PIN) {
		walkin_close(k);
		return true;
	}
	if (a == KEY_ACCEPT && k->session.state == ST_NOT_ON_LIST) {
		walkin_open(k);
		return true;
	}
	if (ev >= 0 && !over) {
		k->overlay = OVERLAY_NONE;
		return session_event(&k->session, (enum session_event)ev);
	}
	own_action(k, a);
	return true;
}

/* --- where keys come from ---------------------------------------------------------------------- */

/* The character a key of the keyboard or the keypad types, 0 none. */
static char typed_character(const char *name)
{
	if (!strncmp(name, "kp_", 3) && isdigit((unsigned char)name[3]) && !name[4])
		return name[3];
	if (name[0] && !name[1])
		return name[0];
	return 0;
}

enum { CHOOSE_SETTLE_MS = 1000 }; /* what was still being typed when a card came chooses nobody */

/* The digit of a record that can be chosen now, 0 none. */
static int choosing_digit(const struct kiosk *k, const char *name)
{
	char c = typed_character(name);

	return choose_standing(k) && c >= '1' && c < '1' + CHOOSE_MAX ? c - '0' : 0;
}

static bool is_enter(const char *name)
{
	return !strcmp(name, "return") || !strcmp(name, "kp_enter") || !strcmp(name, "enter");
}

static bool entry_key(struct kiosk *k, const char *name)
{
	char c = typed_character(name);

	k->overlay_until_ms = clock_now_ms() + 60000;
	if (is_enter(name))
		entry_take(k);
	else if (!strcmp(name, "backspace") || !strcmp(name, k->config.keys[KEY_RETAKE]))
		entry_rub_out(k);
	else if (!strcmp(name, "escape") || !strcmp(name, "esc") ||
		 !strcmp(name, k->config.keys[KEY_CANCEL]))
		entry_clear(k);
	else if (c)
		entry_add(k, c);
	else
		return false;
	return true;
}

static bool pin_key(struct kiosk *k, const char *name)
{
	char c = typed_character(name);

	if (is_enter(name))
		walkin_take(k);
	else if (!strcmp(name, "backspace") || !strcmp(name, k->config.keys[KEY_RETAKE]))
		walkin_rub_out(k);
	else if (!strcmp(name, "escape") || !strcmp(name, "esc") ||
		 !strcmp(name, k->config.keys[KEY_CANCEL]))
		walkin_close(k);
	else if (c)
		walkin_digit(k, c);
	else
		return false;
	return true;
}

void keys_pressed(struct kiosk *k, const char *name)
{
	if (!strcmp(name, "quit")) { /* the window was closed: a laptop, not the board */
		sd_event_exit(k->loop, 0);
		return;
	}
	if (entering(k)) {
		entry_key(k, name);
		return;
	}
	if (choosing_digit(k, name)) {
		if (clock_now_ms() - k->session.since_ms >= CHOOSE_SETTLE_MS)
			choose_take(k, choosing_digit(k, name));
		return;
	}
	if (k->overlay == OVERLAY_PIN) {
		pin_key(k, name);
		return;
	}
	for (int a = 0; a < KEY_ACTION_COUNT; a++) {
		if (!strcmp(k->config.keys[a], name)) {
			keys_action(k, (enum key_action)a);
			return;
		}
	}
	if (!strcmp(name, "escape"))
		keys_action(k, KEY_CANCEL);
	else if (!strcmp(name, "return") || !strcmp(name, "space"))
		keys_action(k, KEY_SHOOT);
}

bool keys_named(struct kiosk *k, const char *name)
{
	int a = key_action_find(name);

	if (entering(k) && (is_enter(name) || !strcmp(name, "esc") || typed_character(name)))
		return entry_key(k, name);
	if (choosing_digit(k, name))
		return choose_take(k, choosing_digit(k, name));
	if (k->overlay == OVERLAY_PIN && a < 0)
		return pin_key(k, name);
	if (a >= 0)
		return keys_action(k, (enum key_action)a);
	if (is_enter(name))
		return keys_action(k, KEY_SHOOT);
	if (!strcmp(name, "esc"))
		return keys_action(k, KEY_CANCEL);
	return false;
}

void keys_type(struct kiosk *k, const char *text)
{
	if (k->overlay == OVERLAY_PIN) {
		for (; *text; text++)
			walkin_digit(k, *text);
		return;
	}
	if (!entering(k))
		keys_action(k, KEY_MANUAL);
	if (!entering(k))
		return;
	for (; *text; text++)
		entry_add(k, *text);
}
