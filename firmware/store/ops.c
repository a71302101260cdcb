#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/base/text.h"
#include "firmware/store/fields.h"
#include "firmware/store/pin.h"
#include "firmware/store/queue.h"

#define LOG_MODULE "store"
#include "firmware/base/log.h"

static enum store_cause cause_of(int rc)
{
	switch (-rc) {
	case 0:
		return STORE_OK;
	case ENOSPC:
	case EDQUOT:
		return STORE_FULL;
	case EROFS:
	case EACCES:
	case EPERM:
		return STORE_READ_ONLY;
	case EBADMSG:
		return STORE_BAD_PICTURE;
	default:
		return STORE_IO;
	}
}

static struct part *find_part(struct store *s, int64_t shot)
{
	for (int i = 0; i < PARTS_MAX; i++)
		if (s->parts[i].shot == shot)
			return &s->parts[i];
	return NULL;
}

static void forget_part(struct store *s, int64_t shot)
{
	struct part *p = find_part(s, shot);

	if (!p)
		return;
	close(p->fd);
	p->shot = 0;
}

static void remember_part(struct store *s, int64_t shot, int fd)
{
	struct part *p = find_part(s, 0);

	if (!p) {
		forget_part(s, s->parts[0].shot);
		p = &s->parts[0];
	}
	p->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	p->shot = p->fd < 0 ? 0 : shot;
}

static enum store_cause begin_part(struct store *s, struct op *op)
{
	int fd;

	vault_id(s->kiosk, op->reply.shot, op->reply.shot_id);
	fd = vault_begin(&s->job, op->reply.shot_id);
	if (fd < 0)
		return cause_of(fd);
	remember_part(s, op->reply.shot, fd);
	op->reply.fd = fd;
	return STORE_OK;
}

static enum store_cause visit_open(struct store *s, struct op *op)
{
	enum store_cause cause = store_health(s, NULL);

	if (cause)
		return cause;
	cause = rows_begin(&s->rows);
	if (!cause)
		cause = rows_end(&s->rows,
				 rows_visit_open(&s->rows, op->subject, op->word, op->word2,
						 &op->found, &op->reply.visit));
	return cause;
}

static enum store_cause visit_close(struct store *s, struct op *op)
{
	enum store_cause cause = rows_begin(&s->rows);

	op->reply.visit = op->subject;
	return cause ? cause
		     : rows_end(&s->rows,
				rows_visit_close(&s->rows, op->subject, op->word, op->shown));
}

static enum store_cause shot_begin(struct store *s, struct op *op)
{
	enum store_cause cause = rows_begin(&s->rows);

	op->reply.visit = op->subject;
	if (!cause)
		cause = rows_end(&s->rows, rows_shot_begin(&s->rows, op->subject, op->word,
							   op->text, &op->reply.shot));
	return cause ? cause : begin_part(s, op);
}

/* The row a request is about. */
static enum store_cause about(struct store *s, struct op *op, struct row_shot *shot)
{
	enum store_cause cause = rows_shot(&s->rows, op->subject, shot);

	op->reply.shot = op->subject;
	vault_id(s->kiosk, op->subject, op->reply.shot_id);
	if (!cause)
		op->reply.visit = shot->visit;
	return cause;
}

static bool in_state(const struct row_shot *shot, const char *states)
{
	const char *at = strstr(states, shot->state);

	return at && shot->state[0];
}

static enum store_cause shot_resume(struct store *s, struct op *op)
{
	enum store_cause cause;
	struct row_shot shot;

	cause = about(s, op, &shot);
	if (cause)
		return cause;
	if (!in_state(&shot, "intent"))
		return STORE_GONE;
	forget_part(s, shot.n);
	return begin_part(s, op);
}

/* A second try after the commit failed (disk full) finds the original already in place. */
static bool already_kept(struct store *s, const struct op *op)
{
	SCOPED_FD int fd = vault_open_original(&s->job, op->reply.shot_id);

	return fd >= 0 && vault_looks_whole(fd, op->picture.bytes);
}

static enum store_cause keep_file(struct store *s, struct op *op)
{
	struct part *p = find_part(s, op->reply.shot);
	char name[VAULT_ID_MAX + 8];
	SCOPED_FD int own = -1;
	bool unknown = false;
	int rc;

	if (!p) {
		snprintf(name, sizeof(name), "%s.part", op->reply.shot_id);
		own = openat(s->job.incoming, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
		if (own < 0)
			return already_kept(s, op) ? STORE_OK : STORE_GONE;
	}
	rc = vault_keep(&s->job, op->reply.shot_id, p ? p->fd : own, op->picture.bytes, &unknown);
	if (rc < 0)
		log_e("picture not kept shot=%s rc=%d unknown=%d", op->reply.shot_id, rc, unknown);
	if (rc < 0 && unknown) {
		atomic_store(&s->broken, rc == -EROFS ? STORE_READ_ONLY : STORE_IO);
		return atomic_load(&s->broken);
	}
	if (!rc)
		forget_part(s, op->reply.shot);
	return cause_of(rc);
}

static enum store_cause shot_stored(struct store *s, struct op *op)
{
	enum store_cause cause;
	struct row_shot shot;

	cause = about(s, op, &shot);
	if (cause)
		return cause;
	if (!in_state(&shot, "intent"))
		return STORE_GONE;
	cause = keep_file(s, op);
	if (!cause)
		cause = rows_begin(&s->rows);
	if (!cause)
		cause = rows_end(&s->rows, rows_shot_stored(&s->rows, &shot, &op->picture, false,
							    op->reply.number));
	if (cause)
		return cause;
	op->reply.bytes = op->picture.bytes;
	op->reply.fd = vault_open_original(&s->job, op->reply.shot_id);
	return op->reply.fd < 0 ? cause_of(op->reply.fd) : STORE_OK;
}

static enum store_cause change_state(struct store *s, struct op *op, struct row_shot *shot,
				     const char *from, const char *to)
{
	enum store_cause cause = about(s, op, shot);

	if (cause)
		return cause;
	if (!in_state(shot, from))
		return STORE_GONE;
	cause = rows_begin(&s->rows);
	return cause ? cause : rows_end(&s->rows, rows_shot_state(&s->rows, shot, to, op->word));
}

static enum store_cause shot_lost(struct store *s, struct op *op)
{
	struct row_shot shot;
	enum store_cause cause = change_state(s, op, &shot, "intent", "lost");

	if (cause)
		return cause;
	forget_part(s, shot.n);
	return cause_of(vault_drop_part(&s->job, op->reply.shot_id));
}

static enum store_cause shot_void(struct store *s, struct op *op)
{
	struct row_shot shot;

	return change_state(s, op, &shot, "stored accepted rejected superseded", "void");
}

/* The row goes first: recovery finishes the move, while a moved file with an old row would alarm.
 */
static enum store_cause shot_quarantine(struct store *s, struct op *op)
{
	char name[VAULT_ID_MAX + 8];
	struct row_shot shot;
	enum store_cause cause = change_state(
		s, op, &shot, "intent stored accepted rejected superseded void", "quarantined");
	bool part = !cause && !strcmp(shot.state, "intent");

	if (cause)
		return cause;
	forget_part(s, shot.n);
	if (part)
		return cause_of(vault_drop_part(&s->job, op->reply.shot_id));
	snprintf(name, sizeof(name), "%s.jpg", op->reply.shot_id);
	return cause_of(vault_quarantine(&s->job, s->job.originals, name));
}

static enum store_cause refuse_hash(struct store *s, const struct row_shot *shot)
{
	static const struct row_verdict bad = { "unreadable", "hash", "" };
	enum store_cause cause = rows_begin(&s->rows);

	log_e("the file's hash differs from what was stored shot=%s-%06lld", s->kiosk,
	      (long long)shot->n);
	if (!cause)
		cause = rows_end(&s->rows, rows_verdict(&s->rows, shot, &bad));
	return cause ? cause : STORE_BAD_PICTURE;
}

static bool may_accept(const struct row_shot *shot)
{
	return shot->person && !shot->hash_differs &&
	       in_state(shot, "stored rejected superseded") &&
	       strcmp(shot->visit_state, "cancelled") && strcmp(shot->visit_state, "swapped");
}

static enum store_cause judged(struct store *s, struct op *op, const struct row_shot *shot)
{
	const struct row_verdict v = { op->word, op->word2, op->text };
	enum store_cause cause = rows_verdict(&s->rows, shot, &v);

	if (!cause && op->accept)
		cause = rows_accept(&s->rows, shot, "verdict", op->reply.number);
	return cause;
}

static enum store_cause verdict(struct store *s, struct op *op)
{
	enum store_cause cause;
	struct row_shot shot;
	char hex[SHA256_HEX];

	cause = about(s, op, &shot);
	if (cause)
		return cause;
	if (!in_state(&shot, "stored rejected") || (op->accept && !may_accept(&shot)))
		return STORE_GONE;
	hash_hex(op->sha256, hex);
	if (strcmp(hex, shot.sha256) != 0)
		return refuse_hash(s, &shot);
	cause = rows_begin(&s->rows);
	return cause ? cause : rows_end(&s->rows, judged(s, op, &shot));
}

static enum store_cause accept_shot(struct store *s, struct op *op)
{
	enum store_cause cause;
	struct row_shot shot;

	cause = about(s, op, &shot);
	if (cause)
		return cause;
	if (!may_accept(&shot))
		return STORE_GONE;
	cause = rows_begin(&s->rows);
	return cause ? cause
		     : rows_end(&s->rows, rows_accept(&s->rows, &shot, op->word, op->reply.number));
}

static enum store_cause camera_cleared(struct store *s, struct op *op)
{
	enum store_cause cause;
	struct row_shot shot;

	cause = about(s, op, &shot);
	if (!cause)
		cause = rows_begin(&s->rows);
	return cause ? cause : rows_end(&s->rows, rows_camera_cleared(&s->rows, &shot));
}

static enum store_cause note(struct store *s, struct op *op)
{
	enum store_cause cause = rows_begin(&s->rows);

	return cause ? cause : rows_end(&s->rows, rows_note(&s->rows, op->word, op->text));
}

static enum store_cause walk_in(struct store *s, struct op *op)
{
	enum store_cause cause = store_health(s, NULL);
	int rc;

	if (cause)
		return cause;
	rc = pin_check(s->data_dir, op->word);
	if (rc)
		return rc == -EACCES ? STORE_PIN_WRONG : STORE_PIN_NONE;
	cause = rows_begin(&s->rows);
	return cause ? cause
		     : rows_end(&s->rows, rows_walk_in(&s->rows, &op->newcomer, &op->reply.person));
}

static enum store_cause open_card(struct store *s, struct op *op)
{
	enum store_cause cause = store_health(s, NULL);

	if (!cause && !job_is(s->job.db, JOB_FIELD(ROSTER), "open"))
		cause = STORE_GONE;
	if (!cause)
		cause = rows_begin(&s->rows);
	return cause ? cause
		     : rows_end(&s->rows, rows_walk_in(&s->rows, &op->newcomer, &op->reply.person));
}

static enum store_cause capture_code(struct store *s, struct op *op)
{
	enum store_cause cause = store_health(s, NULL);

	if (!cause && !job_is(s->job.db, JOB_FIELD(KIND), "GRAD"))
		cause = STORE_GONE;
	if (!cause && (op->subject <= 0 || op->subject > STORE_PAYLOAD_MAX))
		cause = STORE_GONE;
	if (!cause)
		cause = rows_begin(&s->rows);
	if (!cause)
		cause = rows_end(&s->rows,
				 rows_capture_code(&s->rows, op->text, (size_t)op->subject,
						   op->word, &op->reply.person));
	if (!cause)
		op->reply.shot = sql_int(s->job.db, 0,
					 "SELECT max(n) FROM shot WHERE person = ? AND state = "
					 "'accepted'",
					 "i", op->reply.person);
	return cause;
}

static enum store_cause (*const actions[OP_KIND_COUNT])(struct store *, struct op *) = {
	[OP_VISIT_OPEN] = visit_open,
	[OP_VISIT_CLOSE] = visit_close,
	[OP_SHOT_BEGIN] = shot_begin,
	[OP_SHOT_RESUME] = shot_resume,
	[OP_SHOT_STORED] = shot_stored,
	[OP_SHOT_LOST] = shot_lost,
	[OP_VERDICT] = verdict,
	[OP_ACCEPT] = accept_shot,
	[OP_VOID] = shot_void,
	[OP_QUARANTINE] = shot_quarantine,
	[OP_CAMERA_CLEARED] = camera_cleared,
	[OP_NOTE] = note,
	[OP_WALK_IN] = walk_in,
	[OP_OPEN_CARD] = open_card,
	[OP_CAPTURE_CODE] = capture_code,
};

void op_run(struct store *s, struct op *op)
{
	op->reply.cause = actions[op->kind](s, op);
	if (op->reply.cause == STORE_OK) {
		op->reply.durable_ms = clock_now_ms();
		return;
	}
	if (op->reply.fd >= 0)
		close(op->reply.fd);
	op->reply.fd = -1;
	if (op->reply.cause == STORE_IO || op->reply.cause == STORE_READ_ONLY ||
	    op->reply.cause == STORE_DATABASE)
		atomic_store(&s->broken, op->reply.cause);
	log_w("request refused kind=%d subject=%lld cause=%d", op->kind, (long long)op->subject,
	      op->reply.cause);
}

void op_drop(struct op *op)
{
	if (op->reply.fd >= 0)
		close(op->reply.fd);
	explicit_bzero(op, sizeof(*op)); /* a PIN or a name may have been in it */
	free(op);
}
