/* For the terminal: what happened and what to do. */
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/export/export.h"

const char *export_words(enum export_cause cause)
{
	static const char *const words[EXPORT_CAUSE_COUNT] = {
		[EXPORT_OK] = "done",
		[EXPORT_FULL] =
			"the target is full; use a bigger one or make room, then export again",
		[EXPORT_READ_ONLY] =
			"the target cannot be written; take off its write protection, then export again",
		[EXPORT_REMOVED] =
			"the target failed or was removed; put it back, then export again",
		[EXPORT_FOREIGN] =
			"a file that is not of this export stands there; move it away or "
			"choose another folder",
		[EXPORT_DIFFERS] =
			"the target gave back other bytes than were written; use another one",
		[EXPORT_SOURCE] =
			"an original on the kiosk is missing or altered; call the maintainer",
		[EXPORT_DATABASE] =
			"there is no such job, or it cannot be read; see tapshot job list",
		[EXPORT_NAME] = "the job's name cannot be a folder name",
		[EXPORT_PROFILE] = "the export profile cannot be used",
		[EXPORT_KIND] =
			"this profile is for another kind of job (ENROL, GRAD); choose another one",
		[EXPORT_NAMES] =
			"file names that cannot be; nothing was written. Correct the roster or the "
			"profile, or leave these people out and listed with --leave-out",
		[EXPORT_PASSPHRASE] =
			"this profile seals and the job has no passphrase; set one with: tapshot job "
			"passphrase --job JOB; or, for an open package, say --plain",
		[EXPORT_PERSON] =
			"this profile is for one person with a picture; name one with --person and "
			"an ID number, 学号 or shooting number that only one has",
		[EXPORT_TOO_LARGE] =
			"a file is larger than the target's file system holds; use an exFAT stick",
		[EXPORT_REFUSED_NAME] = "the target's file system refuses this name",
		[EXPORT_CANCELLED] = "stopped; export again to go on",
		[EXPORT_KEY] = "the kiosk's signing key cannot be used; call the maintainer",
		[EXPORT_IO] = "the kiosk has no memory or no room in its data directory",
	};

	return words[cause];
}

const char *export_fault_words(const char *word)
{
	static const struct {
		const char *word, *text;
	} all[] = {
		{ "unknown_field", "the roster has no such column; correct the profile" },
		{ "empty_field", "empty; fill it in the roster and import again, or name files "
				 "by another column" },
		{ "not_a_number", "not a number; take the :0Nd off in the profile" },
		{ "illegal", "holds a character that Windows or a stick refuses in a file name "
			     "(/ \\ : * ? \" < > |, blank or dot at the end, CON …); correct the "
			     "roster" },
		{ "too_long", "too long for a path on Windows; shorten it" },
		{ "collision", "two files of one name; correct the row that is wrong, or let the "
			       "profile add a column to the name that tells them apart" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (!strcmp(all[i].word, word))
			return all[i].text;
	return "";
}
