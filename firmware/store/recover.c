#include "firmware/store/recover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "firmware/base/cleanup.h"

#define LOG_MODULE "store"
#include "firmware/base/log.h"

/* What a file in originals/ or incoming/ is by its row. */
enum claim {
	CLAIM_NONE, /* nobody's: quarantine */
	CLAIM_FINISH, /* intent whose file was already renamed */
	CLAIM_KEPT, /* as it should be */
};

static enum claim claim_original(struct rows *r, const char *name, struct row_shot *shot)
{
	int64_t n = vault_parse(r->kiosk, name, ".jpg");

	if (!n) /* another kiosk's, merged in: its row decides */
		return sql_int(r->db, 0,
			       "SELECT 1 FROM shot WHERE printf('%s-%06d.jpg', kiosk, n) = ? "
			       "AND kiosk <> ? AND state NOT IN ('intent', 'lost', 'quarantined')",
			       "ss", name, r->kiosk)
			       ? CLAIM_KEPT
			       : CLAIM_NONE;
	if (rows_shot(r, n, shot) != STORE_OK)
		return CLAIM_NONE;
	if (!strcmp(shot->state, "intent"))
		return CLAIM_FINISH;
	return strcmp(shot->state, "lost") && strcmp(shot->state, "quarantined") ? CLAIM_KEPT
										 : CLAIM_NONE;
}

static enum claim claim_part(struct rows *r, const char *name)
{
	int64_t n = vault_parse(r->kiosk, name, ".part");
	struct row_shot shot;

	if (!n || rows_shot(r, n, &shot) != STORE_OK)
		return CLAIM_NONE;
	return strcmp(shot.state, "intent") ? CLAIM_NONE : CLAIM_KEPT;
}

/* The picture was fsynced and renamed; only its row is missing. */
static enum store_cause finish(const struct job *j, struct rows *r, const char *name,
			       const struct row_shot *shot)
{
	SCOPED_FD int fd = openat(j->originals, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct store_picture p = { .bytes = 0 };
	enum store_cause cause;
	struct stat st;
	char number[8];

	if (fd < 0 || fstat(fd, &st) < 0 || hash_fd(fd, p.sha256) < 0)
		return STORE_IO;
	/* The rename may have become durable in the journal only now: say so before the row does.
	 */
	if (fsync(j->originals) < 0 || fsync(j->incoming) < 0)
		return STORE_IO;
	p.bytes = st.st_size;
	cause = rows_begin(r);
	if (!cause)
		cause = rows_end(r, rows_shot_stored(r, shot, &p, true, number));
	return cause;
}

static enum store_cause stray(const struct job *j, struct rows *r, int dir, const char *name,
			      struct store_recovery *found)
{
	enum store_cause cause;
	struct stat st;

	/* An empty .part nobody waits for holds nothing. */
	if (dir == j->incoming && !fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) && !st.st_size)
		return unlinkat(dir, name, 0) < 0 ? STORE_IO : STORE_OK;
	if (vault_quarantine(j, dir, name) < 0)
		return STORE_IO;
	found->quarantined++;
	cause = rows_begin(r);
	if (!cause)
		cause = rows_end(r, rows_note(r, "recovery.quarantined", NULL));
	return cause;
}

static enum store_cause one_file(const struct job *j, struct rows *r, int dir, const char *name,
				 struct store_recovery *found)
{
	struct row_shot shot;
	enum claim claim;
	bool whole;
	int fd;

	claim = dir == j->originals ? claim_original(r, name, &shot) : claim_part(r, name);
	if (claim == CLAIM_KEPT)
		return STORE_OK;
	if (claim == CLAIM_NONE)
		return stray(j, r, dir, name, found);
	fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	whole = fd >= 0 && vault_looks_whole(fd, 0);
	if (fd >= 0)
		close(fd);
	if (!whole)
		return stray(j, r, dir, name, found);
	found->finished++;
	return finish(j, r, name, &shot);
}

static enum store_cause walk(const struct job *j, struct rows *r, int dir,
			     struct store_recovery *found)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum store_cause cause = STORE_OK;
	struct dirent *e;
	DIR *d;

	if (fd < 0)
		return STORE_IO;
	d = fdopendir(fd);
	if (!d) {
		close(fd);
		return STORE_IO;
	}
	while (!cause && (e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			cause = one_file(j, r, dir, e->d_name, found);
	closedir(d);
	return cause;
}

/* A row whose file should be in quarantine/ but still stands in originals/ was moved by walk(). */
static enum store_cause count_missing(const struct job *j, struct rows *r,
				      struct store_recovery *found)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		r->db,
		"SELECT printf('%s-%06d.jpg', kiosk, n), bytes FROM shot WHERE state NOT IN "
		"('intent', 'lost', 'quarantined')",
		"");
	struct stat file;
	int rc;

	if (!st)
		return STORE_DATABASE;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (!fstatat(j->originals, sql_text(st, 0), &file, AT_SYMLINK_NOFOLLOW) &&
		    S_ISREG(file.st_mode) && file.st_size == sqlite3_column_int64(st, 1))
			continue;
		found->missing++;
		log_e("original missing or of wrong size file=%s", sql_text(st, 0));
	}
	return rc == SQLITE_DONE ? STORE_OK : STORE_DATABASE;
}

static enum store_cause close_older_visits(struct rows *r, int64_t newest)
{
	enum store_cause cause = STORE_OK;
	int64_t n;

	while (!cause &&
	       (n = sql_int(r->db, 0,
			    "SELECT min(n) FROM visit WHERE kiosk = ? AND state = 'open' AND n < ?",
			    "si", r->kiosk, newest))) {
		cause = rows_begin(r);
		if (!cause)
			cause = rows_end(r, rows_visit_close(r, n, "left_open", 0));
	}
	return cause;
}

/* The pass was committed and nothing is undecided: only the closing was missing. */
static enum store_cause close_accepted_visits(struct rows *r)
{
	enum store_cause cause = STORE_OK;
	int64_t n;

	while (!cause &&
	       (n = sql_int(r->db, 0,
			    "SELECT min(n) FROM visit v WHERE kiosk = ?1 AND state = 'open' AND "
			    "EXISTS (SELECT 1 FROM shot s WHERE s.kiosk = ?1 AND s.visit = v.n AND "
			    "s.state = 'accepted') AND NOT EXISTS (SELECT 1 FROM shot s WHERE "
			    "s.kiosk = ?1 AND s.visit = v.n AND s.state IN ('stored', 'intent'))",
			    "s", r->kiosk))) {
		cause = rows_begin(r);
		if (!cause)
			cause = rows_end(r, rows_visit_close(r, n, "accepted", 0));
	}
	return cause;
}

static void find_open_visit(struct rows *r, struct store_recovery *found)
{
	found->open_visit =
		sql_int(r->db, 0, "SELECT max(n) FROM visit WHERE kiosk = ? AND state = 'open'",
			"s", r->kiosk);
	if (!found->open_visit)
		return;
	found->open_person = sql_int(r->db, 0, "SELECT person FROM visit WHERE kiosk = ? AND n = ?",
				     "si", r->kiosk, found->open_visit);
	found->open_shot = sql_int(
		r->db, 0,
		"SELECT max(n) FROM shot WHERE kiosk = ? AND visit = ? AND state IN ('stored', "
		"'rejected')",
		"si", r->kiosk, found->open_visit);
}

enum store_cause recover(const struct job *j, struct rows *r, struct store_recovery *found)
{
	enum store_cause cause;

	memset(found, 0, sizeof(*found));
	cause = walk(j, r, j->originals, found);
	if (!cause)
		cause = walk(j, r, j->incoming, found);
	if (!cause)
		cause = count_missing(j, r, found);
	if (!cause)
		cause = close_accepted_visits(r);
	find_open_visit(r, found);
	if (!cause && found->open_visit)
		cause = close_older_visits(r, found->open_visit);
	found->refetch = (int)sql_int(
		r->db, 0, "SELECT count(*) FROM shot WHERE kiosk = ? AND state = 'intent'", "s",
		r->kiosk);
	log_i("recovery finished=%d refetch=%d quarantined=%d missing=%d open_visit=%lld",
	      found->finished, found->refetch, found->quarantined, found->missing,
	      (long long)found->open_visit);
	return cause;
}
