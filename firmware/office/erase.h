/*
 * The end of a job on this machine: its directory (database, originals, passphrase) is overwritten
 * and removed, a signed certificate and a row of the audit stay. Overwriting reaches what the file
 * system and the flash below it let it reach: see README.md.
 *
 * Refused while a picture stands in no verified export, and before the days of retention after the
 * last verified full export are over. Interrupted, the next call goes on where it stopped.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { ERASE_WHY_MAX = 256, ERASE_PATH_MAX = 640 };

struct erase_state {
	bool begun; /* an erase was interrupted: the next call ends it, nothing is asked again */
	int64_t people, pictures, attempts;
	int64_t unsafe; /* accepted pictures in no verified export and in no merged package */
	int retention_days;
	int64_t exported_utc_ms; /* last verified full export, else merge; 0 none */
	int64_t free_utc_ms; /* end of retention */
	bool over; /* it is past, and the clock can be believed */
};

/** erase_look() - Return: 0, -ENOENT no such job, -EIO, other negative errno. */
int erase_look(const char *data_dir, const char *job, struct erase_state *out);

struct erase_wish {
	const char *data_dir, *job;
	bool now; /* before the end of retention; needs @reason */
	const char *reason; /* free text for the certificate, "" none */
	int64_t lose; /* exactly so many pictures may stand in no export; 0: none */
	/* Between files; cannot stop it. NULL allowed. */
	void (*progress)(void *ctx, int64_t files, int64_t bytes);
	void *ctx;
};

struct erase_report {
	struct erase_state state;
	char certificate[ERASE_PATH_MAX]; /* DATA/certificates/….json; .sig and .txt beside it */
	char fingerprint[40];
	int64_t files, bytes;
	int64_t linked; /* files with another name elsewhere: only this name is gone */
	char why[ERASE_WHY_MAX]; /* of a refusal or failure, for the terminal */
};

/**
 * erase_job() - for good
 * Return: 0; -EPERM refused with report->why, nothing changed; -EBUSY a kiosk has it open; -ENOENT;
 * other negative errno: begun and not ended, call again.
 */
int erase_job(const struct erase_wish *w, struct erase_report *report);
