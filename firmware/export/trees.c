#include "firmware/export/trees.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/export/crop.h"
#include "firmware/export/kept.h"
#include "firmware/judge/judge_cut.h"

enum { WORKERS = 2, SLOTS = 4 };

/* One person's pictures, cut and waiting to be written. */
struct slot {
	int index; /* in plan.people */
	bool ready, bad;
	uint8_t *data; /* the original, when a tree wants it and it was read anyway */
	size_t bytes;
	struct judge_piece pieces[PROFILE_TREES_MAX]; /* by preset */
};

struct cutting {
	const struct plan *p;
	pthread_mutex_t lock;
	pthread_cond_t change;
	struct slot slots[SLOTS];
	int next, written; /* people taken by a worker; people written */
	bool stop;
};

/* --- cutting ------------------------------------------------------------------------------------ */

static bool original_whole(const uint8_t *data, size_t bytes, const char *sha256)
{
	uint8_t digest[SHA256_BYTES];
	char hex[SHA256_HEX];
	struct hash *h = hash_new();

	if (!h)
		return false;
	hash_update(h, data, bytes);
	hash_final(h, digest);
	hash_free(h);
	hash_hex(digest, hex);
	return !strcmp(hex, sha256);
}

static int open_original(const struct plan *p, const struct subject *s)
{
	char path[700];

	subject_original(s, p->job_dir, path, sizeof(path));
	return open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

static void cut_all(const struct plan *p, const struct plan_person *who, struct slot *slot)
{
	struct judge_order orders[PROFILE_TREES_MAX] = { 0 };
	struct judge_piece pieces[PROFILE_TREES_MAX];
	int preset[PROFILE_TREES_MAX], n = 0;

	for (int i = 0; i < p->preset_count; i++)
		if (who->crop[i].w > 0) {
			orders[n] = (struct judge_order){ &p->presets[i], who->crop[i], false };
			preset[n++] = i;
		}
	judge_cut(NULL, slot->data, slot->bytes, orders, n, NULL, pieces);
	for (int i = 0; i < n; i++)
		slot->pieces[preset[i]] = pieces[i];
}

static bool wants_cut(const struct plan *p, const struct plan_person *who)
{
	for (int i = 0; i < p->preset_count; i++)
		if (who->crop[i].w > 0)
			return true;
	return false;
}

static void work_on(struct cutting *c, struct slot *slot)
{
	const struct plan_person *who = &c->p->people[slot->index];
	SCOPED_FD int fd = -1;

	if (who->left_out || c->p->parts[who->part].kept || !wants_cut(c->p, who))
		return;
	fd = open_original(c->p, who->s);
	slot->bad = fd < 0 || judge_read(fd, &slot->data, &slot->bytes) < 0 ||
		    !original_whole(slot->data, slot->bytes, who->s->sha256);
	if (!slot->bad)
		cut_all(c->p, who, slot);
}

static void *worker(void *ctx)
{
	struct cutting *c = ctx;

	pthread_mutex_lock(&c->lock);
	for (;;) {
		struct slot *slot;

		while (!c->stop && c->next < c->p->count && c->next >= c->written + SLOTS)
			pthread_cond_wait(&c->change, &c->lock);
		if (c->stop || c->next >= c->p->count)
			break;
		slot = &c->slots[c->next % SLOTS];
		memset(slot, 0, sizeof(*slot));
		slot->index = c->next++;
		pthread_mutex_unlock(&c->lock);
		work_on(c, slot);
		pthread_mutex_lock(&c->lock);
		slot->ready = true;
		pthread_cond_broadcast(&c->change);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

/* --- writing ------------------------------------------------------------------------------------ */

static bool digest_of(const char *hex, uint8_t out[static SHA256_BYTES])
{
	unsigned int byte;

	for (int i = 0; i < SHA256_BYTES; i++) {
		if (!hex[2 * i] || !hex[2 * i + 1] || sscanf(hex + 2 * i, "%2x", &byte) != 1)
			return false;
		out[i] = (uint8_t)byte;
	}
	return true;
}

static int put_original(struct plan *p, struct sink *s, const struct plan_person *who,
			const struct slot *slot, const char *path, struct trees_report *r)
{
	SCOPED_FD int fd = -1;
	uint8_t want[SHA256_BYTES];
	int rc;

	if (slot->data)
		return sink_put_bytes(s, path, slot->data, slot->bytes);
	fd = open_original(p, who->s);
	rc = fd >= 0 && digest_of(who->s->sha256, want) ? sink_put(s, path, fd, want) : -1;
	if (fd < 0 || s->bad_source)
		r->bad = who->s;
	return rc;
}

static int put_one(struct plan *p, struct sink *s, struct plan_person *who, struct slot *slot,
		   int t, struct trees_report *r)
{
	const struct judge_piece *piece = &slot->pieces[p->preset_of[t] < 0 ? 0 : p->preset_of[t]];
	int rc;

	if (!who->path[t])
		return 0;
	if (p->preset_of[t] < 0 || who->whole[p->preset_of[t]]) {
		rc = put_original(p, s, who, slot, who->path[t], r);
	} else if (piece->cause != PICTURE_OK || !piece->file.data) {
		if (!who->uncut)
			r->failed++;
		who->uncut = picture_cause_word(piece->cause);
		return 0;
	} else {
		rc = sink_put_bytes(s, who->path[t], piece->file.data, piece->file.bytes);
	}
	r->pictures += !rc;
	return rc;
}

static int count_paths(const struct plan *p, const struct plan_person *who)
{
	int n = 0;

	for (int t = 0; t < p->profile->tree_count; t++)
		n += who->path[t] != NULL;
	return n;
}

/* The last of a part: it is whole now. */
static int end_part(struct plan *p, struct sink *s, int part)
{
	if (sink_end(s) < 0)
		return -1;
	if (!p->parts[part].doubtful)
		kept_note(p, part, s);
	return 0;
}

static int put_pictures(struct plan *p, struct sink *s, struct slot *slot, struct trees_report *r)
{
	struct plan_person *who = &p->people[slot->index];
	struct plan_part *part = &p->parts[who->part];
	int rc = 0;

	if (slot->index == part->first)
		rc = sink_part(s, part->name);
	for (int t = 0; t < p->profile->tree_count && !rc; t++)
		rc = put_one(p, s, who, slot, t, r);
	for (int i = 0; i < p->preset_count; i++)
		who->outside_window |= slot->pieces[i].file.data && !slot->pieces[i].file.in_window;
	r->outside_window += who->outside_window;
	part->doubtful |= who->outside_window || who->uncut;
	return rc;
}

static int put_person(struct plan *p, struct sink *s, struct slot *slot, struct trees_report *r)
{
	struct plan_person *who = &p->people[slot->index];
	struct plan_part *part = &p->parts[who->part];
	int rc;

	if (part->kept) {
		r->pictures += count_paths(p, who);
		return 0;
	}
	if (slot->bad) {
		r->bad = who->s;
		return -1;
	}
	rc = put_pictures(p, s, slot, r);
	if (!rc && slot->index == part->first + part->count - 1)
		rc = end_part(p, s, who->part);
	return rc;
}

static void empty(struct slot *slot)
{
	free(slot->data);
	for (int i = 0; i < PROFILE_TREES_MAX; i++)
		free(slot->pieces[i].file.data);
	memset(slot, 0, sizeof(*slot));
}

static int write_all_people(struct plan *p, struct cutting *c, struct sink *s,
			    struct trees_report *r)
{
	int rc = 0;

	for (int i = 0; i < p->count && !rc; i++) {
		struct slot *slot = &c->slots[i % SLOTS];

		pthread_mutex_lock(&c->lock);
		while (!slot->ready)
			pthread_cond_wait(&c->change, &c->lock);
		pthread_mutex_unlock(&c->lock);
		rc = put_person(p, s, slot, r);
		empty(slot);
		pthread_mutex_lock(&c->lock);
		c->written++;
		pthread_cond_broadcast(&c->change);
		pthread_mutex_unlock(&c->lock);
	}
	return rc;
}

int trees_write(struct plan *p, struct sink *s, int target, struct trees_report *r)
{
	struct cutting c = { .p = p };
	pthread_t threads[WORKERS];
	int started = 0, rc = -1;

	memset(r, 0, sizeof(*r));
	for (int i = 0; i < p->part_count && target >= 0; i++)
		p->parts[i].kept = kept_part(p, i, s, target);
	pthread_mutex_init(&c.lock, NULL);
	pthread_cond_init(&c.change, NULL);
	while (started < WORKERS && !pthread_create(&threads[started], NULL, worker, &c))
		started++;
	if (started)
		rc = write_all_people(p, &c, s, r);
	else
		s->error = -EAGAIN;
	pthread_mutex_lock(&c.lock);
	c.stop = true;
	pthread_cond_broadcast(&c.change);
	pthread_mutex_unlock(&c.lock);
	for (int i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < SLOTS; i++)
		empty(&c.slots[i]);
	return rc;
}
