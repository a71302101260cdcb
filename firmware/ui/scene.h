/*
 * A scene: everything both views show at one moment, as plain values. The kiosk fills it, the UI
 * thread draws it; it is copied whole. Personal texts are here because they are shown; they are
 * never logged.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/base/image.h"
#include "firmware/base/text.h"

/* One per session state, same order; plus screens that lie over idle. */
enum screen {
	SCREEN_IDLE,
	SCREEN_FOUND,
	SCREEN_FRAMING,
	SCREEN_SHOOTING,
	SCREEN_JUDGING,
	SCREEN_PASSED,
	SCREEN_FAILED,
	SCREEN_NOT_ON_LIST,
	SCREEN_ALREADY_CAPTURED,
	SCREEN_LEFT_OPEN,
	SCREEN_FAULT,
	SCREEN_PAUSED,
	SCREEN_MANUAL, /* a document number is being typed */
	SCREEN_TEST, /* result of a test shot */
	SCREEN_HELP, /* key map and what to do */
	SCREEN_CHOOSE, /* a number found several people: which one is it? */
	SCREEN_PIN, /* over not-on-list: the photographer's PIN is being typed */
	SCREEN_ASKED, /* a picture with a warning: the photographer decides */
	SCREEN_COUNT,
};

/* Of the head the student should fill: how does it look right now? */
enum outline { OUTLINE_PLAIN, OUTLINE_FINE, OUTLINE_AMBER };

enum { SCENE_KEYS_MAX = 10, SCENE_LINES_MAX = 8, SCENE_CHOICES_MAX = 4 };

struct scene_key {
	char label[16]; /* what stands on the key: "Enter", "+", "7" */
	char action[24]; /* message id of what it does now: "key.shoot" */
	bool enabled;
};

struct scene_line { /* operator's measures: "roll 2.1° ≤ 5°" */
	char text[96];
	int level; /* 0 fine, 1 warn, 2 fail */
};

struct scene_choice { /* one of the people a number found; its digit is its place, 1… */
	char name[128], student_no[32], class_name[64], level[48], number[8];
	bool captured;
};

enum scene_device { DEVICE_OK, DEVICE_WARN, DEVICE_OFFLINE, DEVICE_NONE };

struct scene {
	enum screen screen;
	enum lang lang; /* of the student's view: the person's language */
	enum lang staff_lang; /* of the operator's view; 0 = Chinese */
	char prompt_id[48]; /* student's one sentence, message id: "prompt.framing", "reason.tilted"
			     */
	char also_id[48]; /* a second sentence, independent of the first; "" none */
	char prompt_arg[64]; /* value of {value} in it, may be "" */
	char cure_id[48]; /* operator's what-to-do, message id; "": "cure.<banner_id>" where there
			     is a banner, else the usual of the screen ("cure.framing") */
	char also_cure_id[48]; /* what to do about the second; "" none */
	char ticks[256]; /* what the operator looks at because no machine can, in their language */
	int arrow; /* 0 none, 1 left, 2 right, 3 up, 4 down: where the student should move (as seen
		      in the mirrored picture) */

	enum outline outline;

	/* the person of the visit; empty strings when none */
	char name[128], masked_id[32], student_no[32], class_name[64], level[48], number[8];
	char visit_id[32];
	int attempt;
	bool typed; /* identified by typing, not by card */

	/* top line */
	char school[96], job[64], kiosk[16];
	char fingerprint[40]; /* of the kiosk's key, on the help page; "" none */
	int64_t people, captured, numbers_left;

	/* what is next and what is wrong */
	char next_masked[4][32]; /* people waiting: lane or early tap */
	int next_count;
	char notice_id[48]; /* short passing note: "notice.early_tap"; "" none */
	char banner_id[48]; /* standing device trouble: "fault.camera_gone"; "" none */
	bool take_card; /* a card still lies on the reader after its visit */

	/* verdict */
	int verdict; /* -1 none, 0 pass, 1 warn, 2 fail */
	struct scene_line lines[SCENE_LINES_MAX];
	int line_count;

	struct scene_choice choices[SCENE_CHOICES_MAX];
	int choice_count;

	/* manual entry */
	char entry[32]; /* as typed */
	char entry_hint_id[48]; /* "entry.too_short", "entry.bad_check", "entry.fine" */
	char entry_kind_id[48]; /* "kind.passport" … */

	/* keys and devices */
	struct scene_key keys[SCENE_KEYS_MAX];
	int key_count;
	enum scene_device reader, lane, camera, disk;
	int battery_pct, shots_left; /* -1 unknown */
	char body_serial[8]; /* last digits of the body in use, "" unknown */
	bool second_body; /* the spare is in use */
	bool no_second_copy; /* what is taken does not also lie on the body's card */
	char clock_text[8]; /* "09:41" */

	/* pictures: references held while the scene lives */
	struct image *live; /* newest live-view frame, not mirrored; NULL none */
	struct image *shot; /* the judged crop; NULL none */
};
