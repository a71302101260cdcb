#include "drivers/reader/sam_link.h"

#include <errno.h>
#include <string.h>

#include "firmware/base/clock.h"

#define LOG_MODULE "reader"
#include "firmware/base/log.h"

enum {
	FIRST_BYTE_READ_MS = 4000,
	BETWEEN_MS = 500,
	FEW_WAYS = 3,
	TRICKLE_MS = 3000, /* a frame that comes drop by drop may take so much longer */
};

void sam_link_drain(struct sam_link *l)
{
	l->line->ops->drain(l->line);
	sam_parser_wipe(&l->parser);
}

/* The next frame of the right shape; wrong shapes are late answers to something older. */
static int next_answer(struct sam_link *l, enum sam_command command, struct sam_reply *r)
{
	bool garbled = false;
	int rc;

	while ((rc = sam_parser_next(&l->parser, r)) != 0) {
		if (rc == 1 && sam_shape_fits(command, r))
			return 1;
		if (rc == 1)
			log_d("stale answer dropped bytes=%zu", r->bytes);
		garbled |= rc < 0;
	}
	return garbled && !sam_parser_partial(&l->parser) ? -EBADMSG : 0;
}

/* 0; -EBADMSG checksum wrong; -EMSGSIZE broke off; -ETIMEDOUT nothing came; -ENODEV */
static int receive(struct sam_link *l, enum sam_command command, int wait_ms, struct sam_reply *r)
{
	int64_t until = clock_now_ms() + wait_ms + line_travel_ms(l->line, SAM_REQUEST_MAX);
	int64_t latest = until + TRICKLE_MS + line_travel_ms(l->line, SAM_LONGEST_BYTES);
	bool any = false;
	uint8_t chunk[512];

	for (;;) {
		int64_t left = until - clock_now_ms();
		int n, rc;

		if (left <= 0) /* also when noise never ends */
			return any ? -EMSGSIZE : -ETIMEDOUT;
		n = l->line->ops->read(l->line, chunk, sizeof(chunk), (int)left);
		if (n == -EAGAIN)
			continue;
		if (n < 0)
			return n;
		sam_parser_feed(&l->parser, chunk, (size_t)n);
		explicit_bzero(chunk, (size_t)n);
		rc = next_answer(l, command, r);
		if (rc)
			return rc < 0 ? rc : 0;
		if (!sam_parser_partial(&l->parser))
			continue;
		any = true;
		until = clock_now_ms() + BETWEEN_MS;
		until = until < latest ? until : latest;
	}
}

static int ask(struct sam_link *l, enum sam_command command, int wait_ms, struct sam_reply *r)
{
	uint8_t request[SAM_REQUEST_MAX];
	size_t bytes = sam_build(command, request);
	int rc;

	sam_link_drain(l);
	rc = l->line->ops->write(l->line, request, bytes);
	if (!rc)
		rc = receive(l, command, wait_ms, r);
	if (!l->line->probing &&
	    (rc == -EBADMSG || rc == -EMSGSIZE)) /* its shape alone: it may be a person */
		log_i("answer %s command=%d unread_bytes=%zu",
		      rc == -EBADMSG ? "damaged" : "broken off", (int)command, l->parser.used);
	return rc;
}

int sam_link_once(struct sam_link *l, enum sam_command command, struct sam_reply *r)
{
	return ask(l, command, command == SAM_READ ? FIRST_BYTE_READ_MS : SAM_FIRST_BYTE_MS, r);
}

int sam_link_command(struct sam_link *l, enum sam_command what, struct sam_reply *r)
{
	int rc = sam_link_once(l, what, r);

	if (rc == -EBADMSG || (!rc && sam_action(r->sw3, NULL) == SAM_RESEND))
		rc = sam_link_once(l, what, r);
	return rc;
}

int sam_link_resync(struct sam_link *l)
{
	struct sam_reply r;
	int rc = sam_link_command(l, SAM_ID, &r);

	if (rc < 0 && rc != -ENODEV)
		rc = sam_link_command(l, SAM_RESET, &r);
	return rc == -ENODEV ? rc : rc < 0 ? -ETIMEDOUT : 0;
}

/* One round over the first @ways ways. Also a module that is faulty answers, and that is enough:
 * but with the right checksum, which a wrong speed does not give. */
static int try_ways(struct sam_link *l, int ways, int wait_ms)
{
	struct sam_reply r;
	int rc = -ETIMEDOUT;

	for (int i = 0; i < ways; i++) {
		if (l->line->ops->use_way)
			l->line->ops->use_way(l->line, i);
		rc = ask(l, SAM_STATE, wait_ms, &r);
		if (rc == -EBADMSG || (!rc && sam_action(r.sw3, NULL) == SAM_RESEND))
			rc = ask(l, SAM_STATE, wait_ms, &r);
		if (!rc || rc == -ENODEV)
			return rc;
	}
	return -ETIMEDOUT;
}

int sam_link_find_way(struct sam_link *l)
{
	int rc = -ETIMEDOUT;

	l->line->probing = true;
	if (l->line->ways > 1)
		rc = try_ways(l, l->line->ways, l->line->probe_ms);
	l->line->probing = false;
	if (rc != -ETIMEDOUT)
		return rc;
	return try_ways(l, l->line->ways <= FEW_WAYS ? l->line->ways : 1, SAM_FIRST_BYTE_MS);
}

int sam_link_bring_up(struct sam_link *l, enum reader_cause *cause)
{
	struct sam_reply r;
	int rc = sam_link_command(l, SAM_STATE, &r);

	if (!rc && sam_action(r.sw3, cause) == SAM_RESET_FIRST) {
		rc = sam_link_command(l, SAM_RESET, &r);
		if (!rc)
			rc = sam_link_command(l, SAM_STATE, &r);
	}
	if (rc == -ENODEV)
		return rc;
	if (rc < 0) {
		*cause = READER_SILENT;
		return -ETIMEDOUT;
	}
	return sam_action(r.sw3, cause) == SAM_GO_ON ? 0 : -EIO;
}
