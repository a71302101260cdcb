/*
 * Judging a portrait: pixels and face points in, measures and a verdict with its reason out. Pure:
 * no I/O, no face engine, no clock. Each measure's formula, unit and source stands in measures.h.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "firmware/base/image.h"

enum check_level { CHECK_PASS, CHECK_WARN, CHECK_FAIL, CHECK_ERROR, CHECK_LEVEL_COUNT };
enum check_who { CHECK_STUDENT, CHECK_PHOTOGRAPHER, CHECK_SETUP, CHECK_WHO_COUNT };

/*
 * Codes are stable words (`tapshot check --list-codes`); the sentence of code X is "reason.X" in
 * the catalogues, what the operator does "cure.X". Order = order of blame. Columns: name, word, who
 * acts, level by default (a preset or job may set `level.WORD`): FAIL as measured, WARN at most a
 * warning, OFF silent, TICK never measured, the operator looks.
 */
/* clang-format off */
#define CHECK_CODES(X)                                                         \
	X(UNDECODABLE,      "undecodable",      CHECK_PHOTOGRAPHER, FAIL)      \
	X(ORIENTATION,      "orientation",      CHECK_PHOTOGRAPHER, FAIL)      \
	X(NO_FACE,          "no_face",          CHECK_PHOTOGRAPHER, FAIL)      \
	X(MANY_FACES,       "many_faces",       CHECK_PHOTOGRAPHER, FAIL)      \
	X(CUT_OFF,          "cut_off",          CHECK_PHOTOGRAPHER, FAIL)      \
	X(FACE_SMALL,       "face_small",       CHECK_PHOTOGRAPHER, FAIL)      \
	X(FACE_LARGE,       "face_large",       CHECK_PHOTOGRAPHER, FAIL)      \
	X(HEAD_HIGH,        "head_high",        CHECK_PHOTOGRAPHER, FAIL)      \
	X(HEAD_LOW,         "head_low",         CHECK_PHOTOGRAPHER, FAIL)      \
	X(OFF_CENTRE,       "off_centre",       CHECK_STUDENT,      FAIL)      \
	X(BLURRED,          "blurred",          CHECK_PHOTOGRAPHER, FAIL)      \
	X(MOVED,            "moved",            CHECK_STUDENT,      FAIL)      \
	X(OVEREXPOSED,      "overexposed",      CHECK_SETUP,        FAIL)      \
	X(UNDEREXPOSED,     "underexposed",     CHECK_SETUP,        WARN)      \
	X(HALF_LIT,         "half_lit",         CHECK_SETUP,        FAIL)      \
	X(BACK_LIGHT,       "back_light",       CHECK_SETUP,        WARN)      \
	X(TOP_LIGHT,        "top_light",        CHECK_SETUP,        WARN)      \
	X(FACE_SHADOW,      "face_shadow",      CHECK_SETUP,        WARN)      \
	X(TILTED,           "tilted",           CHECK_STUDENT,      FAIL)      \
	X(TURNED,           "turned",           CHECK_STUDENT,      FAIL)      \
	X(NODDING,          "nodding",          CHECK_STUDENT,      FAIL)      \
	X(EYES_CLOSED,      "eyes_closed",      CHECK_STUDENT,      FAIL)      \
	X(EYES_NARROW,      "eyes_narrow",      CHECK_STUDENT,      WARN)      \
	X(GAZE,             "gaze",             CHECK_STUDENT,      WARN)      \
	X(MOUTH_OPEN,       "mouth_open",       CHECK_STUDENT,      FAIL)      \
	X(BACKDROP_OBJECT,  "backdrop_object",  CHECK_SETUP,        FAIL)      \
	X(BACKDROP_UNEVEN,  "backdrop_uneven",  CHECK_SETUP,        FAIL)      \
	X(BACKDROP_COLOUR,  "backdrop_colour",  CHECK_SETUP,        FAIL)      \
	X(BACKDROP_SHADOW,  "backdrop_shadow",  CHECK_SETUP,        WARN)      \
	X(CLOTHES_BARRED,   "clothes_barred",   CHECK_STUDENT,      FAIL)      \
	X(CLOTHES_BACKDROP, "clothes_backdrop", CHECK_STUDENT,      FAIL)      \
	X(GLARE,            "glare",            CHECK_STUDENT,      WARN)      \
	X(TINTED,           "tinted",           CHECK_STUDENT,      WARN)      \
	X(RED_EYE,          "red_eye",          CHECK_SETUP,        WARN)      \
	X(SHOULDERS,        "shoulders",        CHECK_STUDENT,      WARN)      \
	X(TORSO,            "torso",            CHECK_STUDENT,      WARN)      \
	X(SHINE,            "shine",            CHECK_STUDENT,      WARN)      \
	X(COLOUR_CAST,      "colour_cast",      CHECK_SETUP,        WARN)      \
	X(MOIRE,            "moire",            CHECK_PHOTOGRAPHER, WARN)      \
	X(RIGHT_PERSON,     "right_person",     CHECK_PHOTOGRAPHER, TICK)      \
	X(EARS_BROWS,       "ears_brows",       CHECK_PHOTOGRAPHER, TICK)      \
	X(HEADWEAR,         "headwear",         CHECK_PHOTOGRAPHER, TICK)      \
	X(MASK,             "mask",             CHECK_PHOTOGRAPHER, TICK)      \
	X(JEWELLERY,        "jewellery",        CHECK_PHOTOGRAPHER, TICK)      \
	X(CONTACT_LENSES,   "contact_lenses",   CHECK_PHOTOGRAPHER, TICK)      \
	X(MAKE_UP,          "make_up",          CHECK_PHOTOGRAPHER, TICK)      \
	X(COLLAR,           "collar",           CHECK_PHOTOGRAPHER, TICK)      \
	X(RECAPTURE,        "recapture",        CHECK_PHOTOGRAPHER, TICK)
/* clang-format on */

/* What a preset or job makes of a finding of some code. */
enum check_rule { CHECK_RULE_FAIL, CHECK_RULE_WARN, CHECK_RULE_OFF, CHECK_RULE_TICK };

enum check_code {
#define CHECK_ENUM(name, word, who, rule) CHECK_##name,
	CHECK_CODES(CHECK_ENUM)
#undef CHECK_ENUM
		CHECK_CODE_COUNT
};

/** check_code_word() - "eyes_closed"; check_code_who() - who must act; check_code_rule() - its
 * level by default. */
const char *check_code_word(enum check_code code);
enum check_who check_code_who(enum check_code code);
enum check_rule check_code_rule(enum check_code code);

enum { CHECK_FINDINGS_MAX = 40, CHECK_MEASURES_MAX = 72, CHECK_REASONS_MAX = 2 };

struct check_region {
	int32_t x, y, w, h; /* px of the picture, orientation applied; w 0: nowhere in particular */
};

struct check_finding {
	uint32_t code; /* enum check_code */
	uint32_t level; /* CHECK_WARN or CHECK_FAIL */
	double value, limit;
	struct check_region region; /* where to look */
};

struct check_measure {
	char name[24]; /* "roll_deg" */
	double value; /* NaN: could not be measured */
};

/* Travels from the judge worker as bytes: fixed size, no pointers; the kiosk checks counts and
 * enums. */
struct check_result {
	uint32_t level; /* enum check_level: of the picture */
	uint32_t finding_count; /* failures first, each level in the order of blame */
	struct check_finding findings[CHECK_FINDINGS_MAX];
	uint32_t reason_count; /* what the screen says: one, a second only if independent of it */
	uint32_t reasons[CHECK_REASONS_MAX]; /* indices of findings */
	uint32_t measure_count;
	struct check_measure measures[CHECK_MEASURES_MAX];
	int32_t width_px, height_px; /* of the picture, orientation applied */
	struct check_region face; /* main face box; w 0: none */
	struct image_crop crop; /* where the finished picture is; w 0: no crop obeys the windows */
	char preset[32]; /* id and version of the preset */
	char limits[32]; /* id and version of the limits it builds on */
};

/** check_result_valid() - counts, enums, indices and strings within bounds? For bytes from a
 * worker. */
int check_result_valid(const struct check_result *r);

/* Where to move, on the mirrored student screen. */
enum check_arrow {
	CHECK_ARROW_DOWN = -2,
	CHECK_ARROW_LEFT = -1,
	CHECK_ARROW_NONE = 0,
	CHECK_ARROW_RIGHT = 1,
	CHECK_ARROW_UP = 2,
};

/**
 * check_reason_id() - catalogue id of the sentence for reason @i, "" when there is none
 * Directions are the student's own: "reason.tilted_left", "reason.off_centre_right".
 * @arrow: enum check_arrow
 * Return: @out.
 */
const char *check_reason_id(const struct check_result *r, uint32_t i, char out[48], int *arrow);

/** check_cure_id() - catalogue id of what staff do about a finding; left and right are those of the
 * picture, as seen from the camera: "cure.half_lit_left". Return: @out. */
const char *check_cure_id(const struct check_finding *f, char out[48]);
