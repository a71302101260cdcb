/*
 * Is a package what its kiosk wrote? Needs the package alone, no DATA. Every byte counts: files
 * against the signed manifest, SHA256SUMS against what the manifest makes of it, sealed parts as a
 * whole against their own hash and, with the passphrase, each file inside.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum verify_result { /* also the exit status of `tapshot verify` */
		     VERIFY_WHOLE, /* and signed by the signer asked for */
		     VERIFY_WRONG, /* something is missing, altered, extra or signed by another */
		     VERIFY_CANNOT, /* could not be read, or the passphrase does not open it */
		     VERIFY_UNPROVEN, /* whole, but no signer was named: anybody could have made it */
};

enum verify_what {
	VERIFY_MISSING,
	VERIFY_ALTERED,
	VERIFY_EXTRA,
	VERIFY_LINK, /* a link or device where a file should be */
	VERIFY_MANIFEST, /* manifest.json is not one; @detail says why */
	VERIFY_SIGNATURE, /* manifest.json and manifest.sig do not belong together; @path: which of
			     them SHA256SUMS says is altered */
	VERIFY_SIGNER, /* signed by another kiosk; @detail: whose fingerprint */
	VERIFY_ARCHIVE, /* not laid out as a sealed part; @detail says where */
	VERIFY_PASSPHRASE, /* it does not open this part (or none was given for a lone one) */
	VERIFY_UNREADABLE, /* @detail: the error */
	VERIFY_NO_PACKAGE, /* nothing of a package here */
	VERIFY_WHAT_COUNT,
};

struct verify_options {
	const char *signer; /* fingerprint; NULL not named */
	const char *passphrase; /* NULL: @ask, else sealed parts are not opened */
	/* Called once, at the first sealed part, where no passphrase was given. NULL: do not open
	 * them. The caller keeps it until verify_package() returns. */
	const char *(*ask)(void *ctx);
	/* @part: sealed part @path is in, "" for the package itself. Names come from the package:
	 * any bytes. */
	void (*found)(void *ctx, enum verify_what what, const char *part, const char *path,
		      const char *detail);
	/* Some times a second; non-zero stops (VERIFY_CANNOT). NULL allowed. */
	int (*progress)(void *ctx, int64_t done_bytes, int64_t total_bytes);
	void *ctx;
};

struct verify_report {
	enum verify_result result;
	int files; /* of the package, listed */
	int parts, opened; /* sealed parts; looked into */
	int inside; /* files in the parts looked into */
	int found; /* how many things were wrong */
	int64_t bytes; /* read */
	char job[192], kiosk[64], profile[64], made[32], fingerprint[40]; /* as the package says */
	bool signed_by; /* the signature holds under the package's own key */
};

/** verify_package() - @path: a package's folder, or one sealed part. Return: @r->result. */
enum verify_result verify_package(const char *path, const struct verify_options *o,
				  struct verify_report *r);
/** verify_word() - "missing", "altered" … for lists and JSON. */
const char *verify_word(enum verify_what what);
