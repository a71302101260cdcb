#include "firmware/store/store.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/statvfs.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/base/text.h"
#include "firmware/store/queue.h"
#include "firmware/store/recover.h"

#define LOG_MODULE "store"
#include "firmware/base/log.h"

enum { CHECKPOINT_IDLE_PAGES = 256, CHECKPOINT_PAGES = 4096 };

static const char *const how_words[] = { "card", "typed", "again" };
static const char *const source_words[] = { "trigger", "body", "test", "stray" };
static const char *const end_words[] = { "accepted", "cancelled", "swapped", "left_open" };

static void list_init(struct op_list *l)
{
	l->head = NULL;
	l->tail = &l->head;
}

static void list_push(struct op_list *l, struct op *op)
{
	op->next = NULL;
	*l->tail = op;
	l->tail = &op->next;
}

static struct op *list_pop(struct op_list *l)
{
	struct op *op = l->head;

	if (!op)
		return NULL;
	l->head = op->next;
	if (!l->head)
		l->tail = &l->head;
	return op;
}

static int on_wal(void *ctx, sqlite3 *db, const char *name, int pages)
{
	struct store *s = ctx;

	s->wal_pages = pages;
	if (pages >= CHECKPOINT_PAGES) /* busy for minutes: never let it grow without end */
		sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return SQLITE_OK;
}

static void checkpoint_when_idle(struct store *s)
{
	if (s->wal_pages < CHECKPOINT_IDLE_PAGES)
		return;
	sqlite3_wal_checkpoint_v2(s->job.db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	s->wal_pages = 0;
}

/* Next request; waits. NULL when the store closes and everything is done. */
static struct op *next_op(struct store *s)
{
	struct op *op;

	pthread_mutex_lock(&s->lock);
	while (!(op = list_pop(&s->todo)) && !s->stopping) {
		pthread_mutex_unlock(&s->lock);
		checkpoint_when_idle(s);
		pthread_mutex_lock(&s->lock);
		if (!s->todo.head && !s->stopping)
			pthread_cond_wait(&s->more, &s->lock);
	}
	pthread_mutex_unlock(&s->lock);
	return op;
}

static void *store_thread(void *arg)
{
	struct store *s = arg;
	const uint64_t one = 1;
	struct op *op;

	while ((op = next_op(s))) {
		op_run(s, op);
		pthread_mutex_lock(&s->lock);
		list_push(&s->done, op);
		pthread_mutex_unlock(&s->lock);
		if (write(s->event_fd, &one, sizeof(one)) < 0)
			log_e("eventfd errno=%d", errno);
	}
	return NULL;
}

static bool kiosk_ok(const char *kiosk)
{
	size_t n = strlen(kiosk);

	for (size_t i = 0; i < n; i++)
		if (!isupper((unsigned char)kiosk[i]) && !isdigit((unsigned char)kiosk[i]))
			return false;
	return n >= 1 && n <= 8;
}

static enum store_cause open_cause(int rc)
{
	if (rc == -EROFS || rc == -EACCES)
		return STORE_READ_ONLY;
	if (rc == -ENOSPC)
		return STORE_FULL;
	return rc == -EUCLEAN || rc == -EBUSY ? STORE_DATABASE : STORE_IO;
}

static enum store_cause start(struct store *s, const struct store_config *c,
			      struct store_recovery *found)
{
	enum store_cause cause;

	s->rows.db = s->job.db;
	s->rows.kiosk = s->kiosk;
	cause = rows_begin(&s->rows);
	if (!cause)
		cause = rows_end(&s->rows, rows_block(&s->rows, c->number_first, c->number_last));
	if (!cause)
		cause = recover(&s->job, &s->rows, found);
	if (cause)
		return cause;
	sqlite3_wal_hook(s->job.db, on_wal, s);
	clock_boot_id(); /* fills its cache before there are two threads */
	if (pthread_create(&s->thread, NULL, store_thread, s) != 0)
		return STORE_IO;
	s->running = true;
	return STORE_OK;
}

static struct store *store_new(const struct store_config *c)
{
	struct store *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	text_copy(s->kiosk, sizeof(s->kiosk), c->kiosk);
	text_copy(s->data_dir, sizeof(s->data_dir), c->data_dir);
	s->reserve_bytes = c->reserve_bytes;
	s->job.dir = s->job.originals = s->job.incoming = s->job.quarantine = -1;
	list_init(&s->todo);
	list_init(&s->done);
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->more, NULL);
	s->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return s;
}

int store_open(const struct store_config *config, struct store **out, struct store_recovery *found,
	       enum store_cause *cause)
{
	struct store *s;
	int rc;

	*cause = STORE_GONE;
	if (!kiosk_ok(config->kiosk))
		return -EINVAL;
	s = store_new(config);
	if (!s)
		return -ENOMEM;
	rc = job_open(config->data_dir, config->job, false, &s->job);
	if (rc < 0) {
		*cause = rc == -ENOENT || rc == -EINVAL ? STORE_GONE : open_cause(rc);
		store_close(s);
		return rc;
	}
	*cause = start(s, config, found);
	if (*cause) {
		store_close(s);
		return *cause == STORE_GONE ? -EINVAL : -EIO;
	}
	*out = s;
	return 0;
}

void store_close(struct store *s)
{
	struct op *op;

	if (!s)
		return;
	if (s->running) {
		pthread_mutex_lock(&s->lock);
		s->stopping = true;
		pthread_cond_signal(&s->more);
		pthread_mutex_unlock(&s->lock);
		pthread_join(s->thread, NULL);
	}
	while ((op = list_pop(&s->done)))
		op_drop(op);
	for (int i = 0; i < PARTS_MAX; i++)
		if (s->parts[i].shot)
			close(s->parts[i].fd);
	job_close(&s->job);
	if (s->event_fd >= 0)
		close(s->event_fd);
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->more);
	free(s);
}

int store_fd(const struct store *s)
{
	return s->event_fd;
}

static struct op *next_done(struct store *s)
{
	struct op *op;

	pthread_mutex_lock(&s->lock);
	op = list_pop(&s->done);
	pthread_mutex_unlock(&s->lock);
	return op;
}

void store_dispatch(struct store *s)
{
	uint64_t count;
	struct op *op;

	if (read(s->event_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		log_e("eventfd errno=%d", errno);
	while ((op = next_done(s))) {
		if (op->fn) {
			op->fn(op->ctx, &op->reply);
			op->reply.fd = -1;
		}
		op_drop(op);
	}
}

enum store_cause store_health(struct store *s, int64_t *free_bytes)
{
	enum store_cause broken = atomic_load(&s->broken);
	struct statvfs fs;

	if (fstatvfs(s->job.dir, &fs) < 0)
		return STORE_IO;
	if (free_bytes)
		*free_bytes = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
	if (broken)
		return broken;
	if (fs.f_flag & ST_RDONLY)
		return STORE_READ_ONLY;
	return (int64_t)fs.f_bavail * (int64_t)fs.f_frsize < s->reserve_bytes ? STORE_FULL
									      : STORE_OK;
}

const char *store_db_path(const struct store *s)
{
	return s->job.db_path;
}

/* --- requests ----------------------------------------------------------------------------------
 */

static struct op *op_new(enum op_kind kind, int64_t subject, const char *word, store_reply_fn *fn,
			 void *ctx)
{
	struct op *op = calloc(1, sizeof(*op));

	if (!op)
		abort(); /* without memory nothing can be promised; the next start recovers */
	op->kind = kind;
	op->subject = subject;
	text_copy(op->word, sizeof(op->word), word ? word : "");
	op->fn = fn;
	op->ctx = ctx;
	op->reply.fd = -1;
	return op;
}

static void submit(struct store *s, struct op *op)
{
	pthread_mutex_lock(&s->lock);
	list_push(&s->todo, op);
	pthread_cond_signal(&s->more);
	pthread_mutex_unlock(&s->lock);
}

void store_visit_open(struct store *s, int64_t person, enum visit_how how,
		      const char *number_source, store_reply_fn *fn, void *ctx)
{
	store_visit_open_chosen(s, person, how, number_source, 1, 1, fn, ctx);
}

void store_visit_open_chosen(struct store *s, int64_t person, enum visit_how how,
			     const char *number_source, int rows, int chosen, store_reply_fn *fn,
			     void *ctx)
{
	struct op *op = op_new(OP_VISIT_OPEN, person, how_words[how], fn, ctx);

	text_copy(op->word2, sizeof(op->word2), number_source ? number_source : "");
	op->found.rows = rows;
	op->found.chosen = chosen;
	submit(s, op);
}

void store_walk_in(struct store *s, const char *pin, const struct store_newcomer *n,
		   store_reply_fn *fn, void *ctx)
{
	struct op *op = op_new(OP_WALK_IN, 0, pin, fn, ctx);

	op->newcomer = *n;
	submit(s, op);
}

void store_open_card(struct store *s, const struct store_newcomer *n, store_reply_fn *fn, void *ctx)
{
	struct op *op = op_new(OP_OPEN_CARD, 0, "", fn, ctx);

	op->newcomer = *n;
	op->newcomer.open = true;
	submit(s, op);
}

void store_capture_code(struct store *s, const void *payload, size_t bytes, const char *tag,
			store_reply_fn *fn, void *ctx)
{
	struct op *op = op_new(OP_CAPTURE_CODE, (int64_t)bytes, tag, fn, ctx);

	if (bytes <= sizeof(op->text))
		memcpy(op->text, payload, bytes);
	submit(s, op);
}

void store_visit_close(struct store *s, int64_t visit, enum visit_end how, int64_t shown,
		       store_reply_fn *fn, void *ctx)
{
	struct op *op = op_new(OP_VISIT_CLOSE, visit, end_words[how], fn, ctx);

	op->shown = shown;
	submit(s, op);
}

void store_shot_begin(struct store *s, int64_t visit, enum shot_source source, const char *body,
		      store_reply_fn *fn, void *ctx)
{
	struct op *op = op_new(OP_SHOT_BEGIN, visit, source_words[source], fn, ctx);

	text_copy(op->text, sizeof(op->text), body);
	submit(s, op);
}

void store_shot_resume(struct store *s, int64_t shot, store_reply_fn *fn, void *ctx)
{
	submit(s, op_new(OP_SHOT_RESUME, shot, NULL, fn, ctx));
}

void store_shot_stored(struct store *s, int64_t shot, const struct store_picture *p,
		       store_reply_fn *fn, void *ctx)
{
	struct op *op = op_new(OP_SHOT_STORED, shot, NULL, fn, ctx);

	op->picture = *p;
	submit(s, op);
}

void store_shot_lost(struct store *s, int64_t shot, const char *reason, store_reply_fn *fn,
		     void *ctx)
{
	submit(s, op_new(OP_SHOT_LOST, shot, reason, fn, ctx));
}

void store_verdict(struct store *s, int64_t shot, const uint8_t sha256[static SHA256_BYTES],
		   const char *verdict, const char *reason, const char *measures_json, bool accept,
		   store_reply_fn *fn, void *ctx)
{
	struct op *op = op_new(OP_VERDICT, shot, verdict, fn, ctx);

	memcpy(op->sha256, sha256, SHA256_BYTES);
	text_copy(op->word2, sizeof(op->word2), reason ? reason : "");
	text_copy(op->text, sizeof(op->text), measures_json ? measures_json : "");
	op->accept = accept;
	submit(s, op);
}

void store_accept(struct store *s, int64_t shot, const char *why, store_reply_fn *fn, void *ctx)
{
	submit(s, op_new(OP_ACCEPT, shot, why, fn, ctx));
}

void store_void(struct store *s, int64_t shot, const char *why, store_reply_fn *fn, void *ctx)
{
	submit(s, op_new(OP_VOID, shot, why, fn, ctx));
}

void store_quarantine(struct store *s, int64_t shot, const char *why, store_reply_fn *fn, void *ctx)
{
	submit(s, op_new(OP_QUARANTINE, shot, why, fn, ctx));
}

void store_camera_cleared(struct store *s, int64_t shot, store_reply_fn *fn, void *ctx)
{
	submit(s, op_new(OP_CAMERA_CLEARED, shot, NULL, fn, ctx));
}

void store_note(struct store *s, const char *type, const char *body_json)
{
	struct op *op = op_new(OP_NOTE, 0, type, NULL, NULL);

	text_copy(op->text, sizeof(op->text), body_json ? body_json : "");
	submit(s, op);
}
