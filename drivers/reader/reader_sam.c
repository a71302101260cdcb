#include "drivers/reader/reader_sam.h"

#include <errno.h>
#include <string.h>

#include "drivers/reader/card_decode.h"
#include "firmware/base/clock.h"

/*
 * Presence after a read differs: some modules answer "no card" to find while the card they read
 * lies there (and "card" again only for one laid anew), others go on finding it. Which kind this
 * is shows in the first find after each read. 30 03 tells presence on the first kind, where it is
 * supported; on the second find does, and the card is read again now and then because another
 * one may have been slipped in its place.
 */
enum {
	POLL_MS = 200,
	RETRY_WITHIN_MS = 1500, /* no new attempt later than this: it could take 4.5 s more */
	ATTEMPTS = 3,
	FIND_AGAIN = 3, /* looks for a card that could not be read, 100 ms apart */
	FIND_AGAIN_MS = 100,
	GONE_FAST_MS = 400, /* "no card" for so long from a module that found it while it lay */
	GONE_MS = 1000, /* and from one that may hide a card it has read */
	REREAD_MS = 1000,
	UNREADABLE_MAX = 2, /* failed re-reads until it counts as another card */
	OWED_MS = 30000, /* a base read that was not answered may still come so late */
};

/* --- open and close -------------------------------------------------------------------------- */

int reader_sam_open(struct sam_reader *s, struct line *line)
{
	enum reader_cause cause;
	struct sam_reply r;
	int rc;

	s->link.line = line;
	rc = sam_link_find_way(&s->link);
	if (!rc)
		rc = sam_link_bring_up(&s->link, &cause);
	if (rc < 0)
		return rc;
	rc = sam_link_command(&s->link, SAM_ID, &r);
	if (!rc && sam_action(r.sw3, NULL) == SAM_GO_ON)
		sam_id_text(r.data, s->id);
	return rc == -ENODEV ? rc : 0; /* a module without an id still reads cards */
}

void reader_sam_forget(struct sam_reader *s)
{
	explicit_bzero(s, sizeof(*s));
}

const char *reader_sam_identity(void *priv)
{
	return ((struct sam_reader *)priv)->id;
}

static bool present(const struct sam_reader *s)
{
	return s->link.line->ops->present(s->link.line);
}

static int rest(struct sam_reader *s, int ms)
{
	return s->link.line->ops->pause(s->link.line, ms);
}

/* --- find ------------------------------------------------------------------------------------ */

/* 0 found, -EAGAIN no card, -ETIMEDOUT, -EIO, -ENODEV */
static int look(struct sam_reader *s, enum reader_cause *cause)
{
	struct sam_reply r;
	int rc = sam_link_command(&s->link, SAM_FIND, &r);

	if (rc == -ENODEV)
		return rc;
	if (rc < 0) {
		*cause = READER_SILENT;
		rc = sam_link_resync(&s->link);
		return rc < 0 ? rc : -EAGAIN;
	}
	switch (sam_action(r.sw3, cause)) {
	case SAM_GO_ON:
		return 0;
	case SAM_RESET_FIRST:
		rc = sam_link_bring_up(&s->link, cause);
		return rc < 0 ? rc : -EAGAIN;
	case SAM_SERVICE:
		return -EIO;
	case SAM_POLL_AGAIN:
	case SAM_NO_CONTENT:
	case SAM_RESEND:
	case SAM_RESTART:
	case SAM_PLACE_AGAIN:
	case SAM_REJECT:
		break;
	}
	return -EAGAIN;
}

int reader_sam_find(void *priv, int timeout_ms, enum reader_cause *cause)
{
	struct sam_reader *s = priv;
	int64_t until = clock_now_ms() + timeout_ms;

	if (s->waiting)
		return 0;
	for (;;) {
		int64_t left;
		int rc;

		if (!present(s))
			return -ENODEV;
		rc = look(s, cause);
		left = until - clock_now_ms();
		if (rc != -EAGAIN || left <= 0)
			return rc;
		rc = rest(s, left < POLL_MS ? (int)left : POLL_MS);
		if (rc < 0)
			return rc;
	}
}

/* --- read ------------------------------------------------------------------------------------ */

/* What went wrong with one attempt, as an errno: -EAGAIN is worth another one. */
static int judge_status(struct sam_reader *s, uint8_t sw3, enum reader_cause *cause)
{
	int rc;

	switch (sam_action(sw3, cause)) {
	case SAM_GO_ON:
		return 0;
	case SAM_REJECT:
		return -EBADMSG;
	case SAM_SERVICE:
		return -EIO;
	case SAM_RESET_FIRST:
		rc = sam_link_bring_up(&s->link, cause);
		*cause = rc < 0 ? *cause : READER_GARBLED;
		return rc < 0 ? rc : -EAGAIN;
	case SAM_POLL_AGAIN:
	case SAM_NO_CONTENT:
	case SAM_RESEND:
	case SAM_RESTART:
	case SAM_PLACE_AGAIN:
		break;
	}
	return -EAGAIN;
}

/* The module may believe that it has delivered the card and hide it now: only a reset helps. */
static int start_over(struct sam_reader *s)
{
	struct sam_reply r;
	int rc = sam_link_resync(&s->link);

	if (!rc)
		rc = sam_link_command(&s->link, SAM_RESET, &r);
	return rc == -ENODEV ? rc : rc < 0 ? -ETIMEDOUT : 0;
}

/* A command of the read sequence; as judge_status(), and -EAGAIN for what a pulled card causes. */
static int step(struct sam_reader *s, enum sam_command what, struct sam_reply *r,
		enum reader_cause *cause)
{
	int rc = sam_link_once(&s->link, what, r);
	bool garbled = rc == -EBADMSG;

	if (garbled || (!rc && sam_action(r->sw3, NULL) == SAM_RESEND))
		rc = sam_link_once(&s->link, what, r);
	if (rc == -ENODEV)
		return rc;
	if (!rc && (!garbled || sam_action(r->sw3, NULL) == SAM_GO_ON))
		return judge_status(s, r->sw3, cause);
	*cause = garbled ? READER_GARBLED : READER_CARD_MOVED;
	if (what == SAM_READ)
		s->owed_until_ms = clock_now_ms() + OWED_MS;
	rc = start_over(s);
	if (rc == -ETIMEDOUT)
		*cause = READER_SILENT;
	return rc < 0 ? rc : -EAGAIN;
}

/*
 * Is the base read that just came the answer to our request, and not to one we gave up on, which
 * would give this person another one's name? Ask for the id and see whether a second base read
 * comes before it.
 */
static bool only_answer(struct sam_reader *s)
{
	struct line *l = s->link.line;
	int64_t until = clock_now_ms() + SAM_FIRST_BYTE_MS +
			line_travel_ms(l, 2 * SAM_LONGEST_BYTES); /* another one comes before it */
	uint8_t bytes[512];
	struct sam_reply r;
	int n, rc;

	if (l->ops->write(l, bytes, sam_build(SAM_ID, bytes)) < 0)
		return false;
	while (clock_now_ms() < until) {
		while ((rc = sam_parser_next(&s->link.parser, &r)) != 0) {
			if (rc < 0 || sam_shape_fits(SAM_READ, &r))
				return false;
			if (sam_shape_fits(SAM_ID, &r))
				return true;
		}
		n = l->ops->read(l, bytes, sizeof(bytes), SAM_FIRST_BYTE_MS);
		if (n < 0)
			return false;
		sam_parser_feed(&s->link.parser, bytes, (size_t)n);
		explicit_bzero(bytes, (size_t)n);
	}
	return false;
}

static int read_once(struct sam_reader *s, struct card *out, enum reader_cause *cause)
{
	struct sam_reply r;
	int rc = step(s, SAM_SELECT, &r, cause);

	if (!rc)
		rc = step(s, SAM_READ, &r, cause);
	if (!rc) {
		rc = card_decode(r.data, r.bytes, out);
		if (!rc && clock_now_ms() < s->owed_until_ms && !only_answer(s))
			rc = -EBADMSG;
		sam_parser_wipe(&s->link.parser); /* the card's bytes are in it */
		if (rc == -ENOTSUP) {
			*cause = READER_CARD_REFUSED;
			return -EBADMSG;
		}
		if (rc < 0) {
			*cause = READER_GARBLED;
			rc = start_over(s);
			return rc < 0 ? rc : -EAGAIN;
		}
	}
	return rc;
}

static int look_again(struct sam_reader *s)
{
	enum reader_cause unused;
	int rc = -EAGAIN;

	for (int i = 0; i < FIND_AGAIN && rc == -EAGAIN; i++) {
		rc = rest(s, i ? FIND_AGAIN_MS : 0);
		if (!rc)
			rc = look(s, &unused);
	}
	return rc;
}

/* From a found card to its content; the first cause wins. */
static int read_card(struct sam_reader *s, struct card *out, enum reader_cause *cause)
{
	int within_ms = RETRY_WITHIN_MS + line_travel_ms(s->link.line, SAM_LONGEST_BYTES);
	int64_t began = clock_now_ms();
	int rc = read_once(s, out, cause);

	for (int i = 1; i < ATTEMPTS && rc == -EAGAIN; i++) {
		enum reader_cause later = *cause;

		if (clock_now_ms() - began > within_ms)
			break;
		rc = look_again(s);
		if (!rc)
			rc = read_once(s, out, &later);
		if (rc == -EIO || rc == -ETIMEDOUT)
			*cause = later;
	}
	return rc == -EAGAIN ? -EBADMSG : rc;
}

static void latch(struct sam_reader *s, const struct card *c)
{
	s->latched = true;
	s->keeps_finding = false;
	s->hidden_since_ms = 0;
	s->unreadable = 0;
	s->read_at_ms = clock_now_ms();
	memcpy(s->number, c->number, sizeof(s->number));
}

static void unlatch(struct sam_reader *s)
{
	s->latched = false;
	explicit_bzero(s->number, sizeof(s->number));
}

int reader_sam_read(void *priv, struct card *out, enum reader_cause *cause)
{
	struct sam_reader *s = priv;
	int rc = 0;

	if (s->waiting) {
		*out = s->next;
		explicit_bzero(&s->next, sizeof(s->next));
		s->waiting = false;
	} else {
		rc = read_card(s, out, cause);
	}
	if (!rc)
		latch(s, out);
	return rc;
}

/* --- removal --------------------------------------------------------------------------------- */

/* Find sees a card while one is latched: the same, the same laid anew, or another? */
static int who_lies_there(struct sam_reader *s, bool anew)
{
	enum reader_cause cause;
	int rc = read_card(s, &s->next, &cause);

	if (rc == -EBADMSG) {
		/* The latched one was read: what is refused, or stays unreadable, is another. */
		if (cause != READER_CARD_REFUSED && ++s->unreadable < UNREADABLE_MAX)
			return 0;
		unlatch(s);
		return 1;
	}
	if (rc < 0)
		return rc;
	s->unreadable = 0;
	s->read_at_ms = clock_now_ms();
	if (!anew && !strcmp(s->next.number, s->number)) {
		explicit_bzero(&s->next, sizeof(s->next));
		return 0;
	}
	s->waiting = true;
	unlatch(s);
	return 1;
}

static int still_found(struct sam_reader *s)
{
	int64_t now = clock_now_ms();
	bool hidden = s->hidden_since_ms != 0;
	bool anew = hidden && now - s->hidden_since_ms >= GONE_MS;

	s->hidden_since_ms = 0;
	if (!hidden)
		s->keeps_finding = true;
	if (!hidden && now - s->read_at_ms < REREAD_MS)
		return 0;
	return who_lies_there(s, anew);
}

/* 1 it answers for the lying card, 0 it does not, negative: as command() */
static int ask_appended(struct sam_reader *s)
{
	struct sam_reply r;
	uint8_t sw3;
	int rc;

	if (s->no_appended)
		return 0;
	rc = sam_link_command(&s->link, SAM_APPENDED, &r);
	sw3 = rc ? 0 : r.sw3;
	sam_parser_wipe(&s->link.parser); /* the answer may hold an address */
	if (rc == -ENODEV)
		return rc;
	if (rc < 0 || sw3 == 0x21) {
		s->no_appended =
			true; /* not a command of this module: never lose time on it again */
		return rc == -ETIMEDOUT ? sam_link_resync(&s->link) : 0;
	}
	return sw3 == 0x90 || sw3 == 0x91;
}

static int not_found(struct sam_reader *s)
{
	int64_t now = clock_now_ms();
	bool gone;
	int rc;

	if (!s->hidden_since_ms)
		s->hidden_since_ms = now;
	if (s->keeps_finding) {
		gone = now - s->hidden_since_ms >= GONE_FAST_MS;
	} else {
		rc = ask_appended(s);
		if (rc < 0)
			return rc;
		if (rc) {
			s->appended_works = true;
			return 0;
		}
		gone = s->appended_works || now - s->hidden_since_ms >= GONE_MS;
	}
	if (gone)
		unlatch(s);
	return gone;
}

int reader_sam_poll_removed(void *priv)
{
	struct sam_reader *s = priv;
	enum reader_cause cause;
	int rc;

	if (!s->latched)
		return 1;
	if (!present(s))
		return -ENODEV;
	rc = look(s, &cause);
	if (rc == -EAGAIN)
		return not_found(s);
	return rc < 0 ? rc : still_found(s);
}
