#include "firmware/store/ledger.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/base/hash.h"
#include "firmware/base/text.h"
#include "firmware/store/job.h"

static const uint8_t genesis[SHA256_BYTES];

static int link_hash(const uint8_t *prev, int64_t n, const char *type, const char *body,
		     uint8_t out[static SHA256_BYTES])
{
	struct hash *h = hash_new();
	uint8_t number[8];

	if (!h)
		return -ENOMEM;
	for (int i = 0; i < 8; i++)
		number[i] = (uint8_t)((uint64_t)n >> (56 - 8 * i));
	hash_update(h, prev, SHA256_BYTES);
	hash_update(h, number, sizeof(number));
	hash_update(h, type, strlen(type));
	hash_update(h, body, strlen(body));
	hash_final(h, out);
	hash_free(h);
	return 0;
}

static int last_link(sqlite3 *db, const char *kiosk, int64_t *n, uint8_t prev[static SHA256_BYTES])
{
	SCOPED_STMT sqlite3_stmt *st =
		sql_prepare(db, "SELECT n, hash FROM event WHERE kiosk = ? ORDER BY n DESC LIMIT 1",
			    "s", kiosk);
	int rc = st ? sqlite3_step(st) : sqlite3_errcode(db);

	*n = 0;
	memcpy(prev, genesis, SHA256_BYTES);
	if (rc == SQLITE_DONE)
		return SQLITE_OK;
	if (rc != SQLITE_ROW || sqlite3_column_bytes(st, 1) != SHA256_BYTES)
		return rc == SQLITE_ROW ? SQLITE_CORRUPT : rc;
	*n = sqlite3_column_int64(st, 0);
	memcpy(prev, sqlite3_column_blob(st, 1), SHA256_BYTES);
	return SQLITE_OK;
}

int ledger_append(sqlite3 *db, const char *kiosk, const char *type, json_t *body)
{
	SCOPED_FREE char *text = body ? json_dumps(body, JSON_SORT_KEYS | JSON_COMPACT) : NULL;
	uint8_t prev[SHA256_BYTES], hash[SHA256_BYTES];
	int64_t n;
	int rc;

	json_decref(body);
	if (!text)
		return SQLITE_NOMEM;
	rc = last_link(db, kiosk, &n, prev);
	if (rc != SQLITE_OK)
		return rc;
	n++;
	if (link_hash(prev, n, type, text, hash) < 0)
		return SQLITE_NOMEM;
	rc = sql_run(
		db,
		"INSERT INTO event (kiosk, n, boot_id, mono_ms, utc_ms, type, body, prev, hash) "
		"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		"sisiissbb", kiosk, n, clock_boot_id(), clock_now_ms(), clock_utc_ms(), type, text,
		prev, hash);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* The chain as read so far. */
struct walk {
	char kiosk[32];
	int64_t n;
	uint8_t prev[SHA256_BYTES];
};

static int check_link(struct walk *w, sqlite3_stmt *st)
{
	const char *kiosk = sql_text(st, 0);
	uint8_t hash[SHA256_BYTES];

	if (strcmp(kiosk, w->kiosk) != 0) {
		memset(w, 0, sizeof(*w));
		text_copy(w->kiosk, sizeof(w->kiosk), kiosk);
	}
	w->n++;
	if (sqlite3_column_int64(st, 1) != w->n || sqlite3_column_bytes(st, 4) != SHA256_BYTES ||
	    sqlite3_column_bytes(st, 5) != SHA256_BYTES ||
	    memcmp(sqlite3_column_blob(st, 4), w->prev, SHA256_BYTES) != 0)
		return -EBADMSG;
	if (link_hash(w->prev, w->n, sql_text(st, 2), sql_text(st, 3), hash) < 0)
		return -EIO;
	if (memcmp(sqlite3_column_blob(st, 5), hash, SHA256_BYTES) != 0)
		return -EBADMSG;
	memcpy(w->prev, hash, SHA256_BYTES);
	return 0;
}

int ledger_verify(sqlite3 *db, int64_t *events, struct ledger_fault *fault)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		db, "SELECT kiosk, n, type, body, prev, hash FROM event ORDER BY kiosk, n", "");
	struct walk w = { .n = 0 };
	int64_t count = 0;
	int rc, bad = 0;

	memset(fault, 0, sizeof(*fault));
	if (!st)
		return -EIO;
	while (!bad && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		count++;
		bad = check_link(&w, st);
	}
	if (events)
		*events = count;
	if (bad) {
		memcpy(fault->kiosk, w.kiosk, sizeof(fault->kiosk));
		fault->n = w.n;
		return bad;
	}
	return rc == SQLITE_DONE ? 0 : -EIO;
}
