/*
 * Pictures made elsewhere (0001.jpg …) into a job: matched with the roster both ways, checked as files
 * and as portraits, then in the same books as pictures of the kiosk. Nothing is guessed: what does not
 * fit exactly is listed. The same folder again changes nothing; a file put in another's place becomes
 * a new shot. Uses processes of its own: call it from a process without other threads.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware/base/text.h"
#include "firmware/check/check.h"

enum collect_key { COLLECT_SEQ, COLLECT_STUDENT_NO, COLLECT_ID_NO };

enum collect_level { COLLECT_NOTE, COLLECT_WARN, COLLECT_REFUSE };

/* Columns: name, word, level. What is said of each: collect.say.WORD, collect.cure.WORD. */
/* clang-format off */
#define COLLECT_CODES(X)                                                                           \
	/* the name of the file */                                                                 \
	X(NAME,          "name",          COLLECT_REFUSE) /* no number: 0001 (1), IMG_2001 */      \
	X(WIDTH,         "width",         COLLECT_REFUSE) /* 1.jpg where the roster has 0001 */    \
	X(NOBODY,        "nobody",        COLLECT_REFUSE)                                          \
	X(TWICE,         "twice",         COLLECT_REFUSE) /* two files for one person */           \
	X(MANY,          "many",          COLLECT_REFUSE) /* two people for one file */            \
	X(CAPTURED,      "captured",      COLLECT_REFUSE) /* photographed on site */               \
	X(FINAL,         "final",         COLLECT_REFUSE) /* delivered for good */                 \
	/* the file */                                                                             \
	X(TYPE,          "type",          COLLECT_REFUSE) /* no JPEG */                            \
	X(UNREADABLE,    "unreadable",    COLLECT_REFUSE)                                          \
	X(CMYK,          "cmyk",          COLLECT_REFUSE)                                          \
	X(GREY,          "grey",          COLLECT_REFUSE)                                          \
	X(SIZE,          "size",          COLLECT_REFUSE)                                          \
	X(BYTES_FLOOR,   "bytes_floor",   COLLECT_REFUSE)                                          \
	X(BYTES,         "bytes",         COLLECT_REFUSE)                                          \
	X(PROFILE,       "profile",       COLLECT_REFUSE)                                          \
	X(ORIENTATION,   "orientation",   COLLECT_REFUSE) /* turned by a flag only */              \
	X(SAME_FILE,     "same_file",     COLLECT_REFUSE)                                          \
	X(SAME_PICTURE,  "same_picture",  COLLECT_REFUSE)                                          \
	X(MIRRORED,      "mirrored",      COLLECT_REFUSE)                                          \
	X(ADMISSION,     "admission",     COLLECT_REFUSE) /* the admission photo again */          \
	X(DENSITY,       "density",       COLLECT_WARN)                                            \
	X(OLD,           "old",           COLLECT_WARN)                                            \
	X(FUTURE,        "future",        COLLECT_WARN)                                            \
	X(EDITED,        "edited",        COLLECT_WARN)                                            \
	X(KILO,          "kilo",          COLLECT_NOTE) /* inside one meaning of KB only */        \
	X(NO_DATE,       "no_date",       COLLECT_NOTE)                                            \
	/* the portrait: collect_finding.frame says which of the check's findings */               \
	X(FRAME,         "frame",         COLLECT_REFUSE)                                          \
	X(FRAME_DOUBT,   "frame_doubt",   COLLECT_WARN)
/* clang-format on */

enum collect_code {
#define COLLECT_ENUM(name, word, level) COLLECT_##name,
	COLLECT_CODES(COLLECT_ENUM)
#undef COLLECT_ENUM
		COLLECT_CODE_COUNT
};

const char *collect_word(enum collect_code code);
/** collect_code() - by its word; -1 none. */
int collect_code(const char *word);

struct collect_wish {
	const char *data_dir, *job, *kiosk; /* kiosk: whose chain it is written to, "C1" */
	const char *folder;
	const char *roster; /* NULL: the people the job has */
	const char *admission; /* folder of photos that may not come again; NULL none */
	const char *preset, *landmarks; /* names as for judge_open() */
	enum collect_key key;
	uint64_t allow; /* bit of each code that refuses nobody */
	bool dry_run;
	int processes; /* 0: 2 */
	int64_t now_utc_ms; /* 0: now */
	void (*progress)(void *ctx, int done, int all); /* may be NULL */
	void *ctx;
};

/* What became of a file. */
enum collect_fate {
	COLLECT_OUT, /* not in the books: nobody's, no picture, or one of several */
	COLLECT_REJECTED, /* in the books as a refused attempt */
	COLLECT_TAKEN,
	COLLECT_REPLACED, /* taken, and an older file of this person superseded */
	COLLECT_FATE_COUNT,
};

struct collect_finding {
	enum collect_code code;
	enum collect_level level;
	int frame; /* enum check_code, -1 */
	char value[96]; /* what was found: "480×640", another file's name */
};

enum { COLLECT_FINDINGS_MAX = 24 };

struct collect_person {
	int64_t id;
	char number[8], student_no[32], name[128], class_name[64], station[64], graduates[16];
};

struct collect_photo {
	char *path; /* below the folder; UTF-8, other bytes shown as ? */
	const struct collect_person *person; /* NULL nobody */
	enum collect_fate fate;
	bool unchanged; /* was in the books already */
	enum collect_level level; /* the worst */
	int finding_count;
	struct collect_finding findings[COLLECT_FINDINGS_MAX];
};

struct collect {
	struct collect_photo *photos;
	int count;
	struct collect_person *people;
	int person_count;
	const struct collect_person **missing; /* no file and no picture */
	int missing_count;
	int other_files; /* no pictures, left alone */
	int roster_rows,
		roster_bad; /* rows of the file, of them set aside; 0, 0: no file was read */
	int fates[COLLECT_FATE_COUNT], unchanged;
	int nobodys; /* files of COLLECT_OUT without a person; the others are refused */
	int judged, admission;
	int64_t judged_ms;
};

/**
 * collect_run() - Return: 0, also when everything was refused; negative errno with @why in English
 * @out: free with collect_free(); NULL on failure
 */
int collect_run(const struct collect_wish *w, struct collect **out, char why[static 256]);
void collect_free(struct collect *c);

/** collect_fine() - every file taken, nobody missing, no row refused. */
bool collect_fine(const struct collect *c);

/** collect_say(), collect_cure() - sentences of a finding. Return: @out. */
char *collect_say(const struct collect_finding *f, enum lang lang, char *out, size_t size);
char *collect_cure(const struct collect_finding *f, enum lang lang, char *out, size_t size);

/** collect_report() - 检查报告 for the school, .xlsx or .csv by @path's ending, whole or not at all.
 * Return: 0 or negative errno. */
int collect_report(const struct collect *c, const char *path);
