/*
 * Contract of a card reader driver. Used only inside the reader worker: calls may block as stated.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/reader/card.h"

/* Why something did not work; the kiosk turns it into a sentence. */
enum reader_cause {
	READER_OK,
	READER_NOT_FOUND, /* no device at the port */
	READER_NO_ACCESS, /* permission */
	READER_SILENT, /* device there, module does not answer */
	READER_CARD_MOVED, /* card pulled or moved while reading: place it again */
	READER_CARD_REFUSED, /* fake, foreign or damaged card (status 32, 33, 40) */
	READER_GARBLED, /* checksum, length or shape of an answer wrong */
	READER_MODULE_FAULT, /* self-test failed, not authorised: service */
	READER_LOST, /* unplugged */
	READER_CLAIMED, /* another program holds the device */
	READER_UNSUPPORTED, /* a reader we know of, but not how to talk to it */
	READER_CAUSE_COUNT,
};

struct reader; /* opaque */

struct reader_ops {
	const char *name; /* lower case, equals the file name's suffix */
	size_t priv_size; /* bytes, zeroed and handed to open() */

	/* Find the device at @address (text after "serial:" etc. of the port, "" for a bare name)
	 * and bring the module up (state, SAM id). Blocks up to 3 s; up to 12 s with a module that
	 * does not answer.
	 * 0, -ENODEV (none there), -EACCES, -EBUSY (claimed by another program), -ENOTSUP (known,
	 * but not how to talk to it), -ETIMEDOUT (no answer), -EIO (module fault). */
	int (*open)(void *priv, const char *address);
	/* Release everything open() took. Never called twice, never fails. */
	void (*close)(void *priv);
	/* Wait for a new card, at most @timeout_ms (0: look once). Call read() when one came.
	 * 0          a card lies there
	 * -EAGAIN    none came
	 * -ETIMEDOUT, -EIO  the module does not answer or is faulty (*cause)
	 * -ENODEV    unplugged; the caller must close() */
	int (*find)(void *priv, int timeout_ms, enum reader_cause *cause);
	/* Read the card find() saw; blocks up to 6 s (10 s at 9600 bits a second). It is then latched until poll_removed() said
	 * it left.
	 * 0         *out holds a card
	 * -EBADMSG  it could not be read (*cause says why); go on with find()
	 * -ETIMEDOUT, -EIO, -ENODEV  as for find() */
	int (*read)(void *priv, struct card *out, enum reader_cause *cause);
	/* Is the latched card still there? Blocks up to 3 s; longer where another card must be read.
	 * 0 still there, 1 removed (latch cleared; another card may already wait for find()),
	 * -ENODEV unplugged, -ETIMEDOUT, -EIO. */
	int (*poll_removed)(void *priv);
	bool bare; /* its name alone is a port: the first device found */
	/* Where it is and how it is talked to, for the log and for staff: "usb:1-1.2 split". */
	const char *(*where)(void *priv);
	/* SAM id text "05.01-20240101-0000012345-0123456789", "" when unknown. */
	const char *(*identity)(void *priv);
};

enum { READER_WHERE = 160 };

/** reader_open() - open the driver named by @port ("serial:/dev/ttyUSB0", "usb", "usb:1-1.2"); see
 * ops->open().
 * Return: 0, -EINVAL unknown port form, -ENOMEM, or what ops->open() documents. */
int reader_open(const char *port, struct reader **out);
int reader_find(struct reader *r, int timeout_ms, enum reader_cause *cause);
int reader_read(struct reader *r, struct card *out, enum reader_cause *cause);
/** reader_wait() - reader_find(), then reader_read(). */
int reader_wait(struct reader *r, int timeout_ms, struct card *out, enum reader_cause *cause);
int reader_poll_removed(struct reader *r);
const char *reader_identity(struct reader *r);
const char *reader_where(struct reader *r);
/** reader_close() - NULL is allowed. */
void reader_close(struct reader *r);

/** reader_cause_of() - the cause behind an errno of open(), find(), read(). */
enum reader_cause reader_cause_of(int rc);

/* Every driver, ended by NULL: drivers/reader/table.c */
extern const struct reader_ops *const reader_drivers[];
