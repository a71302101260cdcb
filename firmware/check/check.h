/*
 * Judging a portrait: pixels and face points in, measures and a verdict with its reason out. Pure:
 * no I/O, no face engine, no clock. Each measure's formula, unit and source stands in measures.h.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum check_level { CHECK_PASS, CHECK_WARN, CHECK_FAIL, CHECK_ERROR, CHECK_LEVEL_COUNT };
enum check_who { CHECK_STUDENT, CHECK_PHOTOGRAPHER, CHECK_SETUP, CHECK_WHO_COUNT };

/* Codes are stable words (`tapshot check --list-codes`); the sentence of code X is "reason.X" in
 * the catalogues. Order = order of blame. Later versions add rows. */
#define CHECK_CODES(X)                                                                             \
	X(UNDECODABLE, "undecodable", CHECK_PHOTOGRAPHER)                                          \
	X(ORIENTATION, "orientation", CHECK_PHOTOGRAPHER)                                          \
	X(NO_FACE, "no_face", CHECK_PHOTOGRAPHER)                                                  \
	X(MANY_FACES, "many_faces", CHECK_PHOTOGRAPHER)                                            \
	X(CUT_OFF, "cut_off", CHECK_PHOTOGRAPHER)                                                  \
	X(FACE_SMALL, "face_small", CHECK_PHOTOGRAPHER)                                            \
	X(FACE_LARGE, "face_large", CHECK_PHOTOGRAPHER)                                            \
	X(HEAD_HIGH, "head_high", CHECK_PHOTOGRAPHER)                                              \
	X(HEAD_LOW, "head_low", CHECK_PHOTOGRAPHER)                                                \
	X(OFF_CENTRE, "off_centre", CHECK_STUDENT)                                                 \
	X(BLURRED, "blurred", CHECK_PHOTOGRAPHER)                                                  \
	X(OVEREXPOSED, "overexposed", CHECK_SETUP)                                                 \
	X(UNDEREXPOSED, "underexposed", CHECK_SETUP)                                               \
	X(HALF_LIT, "half_lit", CHECK_SETUP)                                                       \
	X(TILTED, "tilted", CHECK_STUDENT)                                                         \
	X(TURNED, "turned", CHECK_STUDENT)                                                         \
	X(EYES_CLOSED, "eyes_closed", CHECK_STUDENT)                                               \
	X(MOUTH_OPEN, "mouth_open", CHECK_STUDENT)

enum check_code {
#define CHECK_ENUM(name, word, who) CHECK_##name,
	CHECK_CODES(CHECK_ENUM)
#undef CHECK_ENUM
		CHECK_CODE_COUNT
};

/** check_code_word() - "eyes_closed"; check_code_who() - who must act. */
const char *check_code_word(enum check_code code);
enum check_who check_code_who(enum check_code code);

enum { CHECK_FINDINGS_MAX = 24, CHECK_MEASURES_MAX = 40 };

struct check_finding {
	uint32_t code; /* enum check_code */
	uint32_t level; /* CHECK_WARN or CHECK_FAIL */
	double value, limit;
};

struct check_measure {
	char name[24]; /* "roll_deg" */
	double value; /* NaN: could not be measured */
};

/* Travels from the judge worker as bytes: fixed size, no pointers; the kiosk checks counts and
 * enums. */
struct check_result {
	uint32_t level; /* enum check_level: of the picture */
	uint32_t finding_count; /* most important first; reason = findings[0] when level is FAIL */
	struct check_finding findings[CHECK_FINDINGS_MAX];
	uint32_t measure_count;
	struct check_measure measures[CHECK_MEASURES_MAX];
	int32_t width_px, height_px; /* of the picture, orientation applied */
	int32_t face_x, face_y, face_w, face_h; /* main face box in picture pixels; w 0: none */
	char preset[32]; /* id and version of the limits used */
};

/** check_result_valid() - counts, enums and strings within bounds? For bytes from a worker. */
int check_result_valid(const struct check_result *r);

/**
 * check_reason_id() - catalogue id of the sentence for the main finding, "" when passed
 * Directions are the student's own: "reason.tilted_left", "reason.off_centre_right".
 * @arrow: -1 left, 1 right on the mirrored student screen, 0 none
 * Return: @out.
 */
const char *check_reason_id(const struct check_result *r, char out[48], int *arrow);
