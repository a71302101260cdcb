#include "firmware/store/kiosk_db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/store/job.h"
#include "firmware/store/ledger.h"

enum { APPLICATION_ID = 0x5441504b /* "TAPK" */, VERSION = 2, BUSY_MS = 500 };

/* The audit is a ledger of one chain: the same table, the same hash. */
static const char *const steps[VERSION] = {
	"CREATE TABLE IF NOT EXISTS pin (role TEXT PRIMARY KEY, hash TEXT NOT NULL, set_utc_ms "
	"INTEGER NOT NULL) STRICT; PRAGMA application_id = 0x5441504b; PRAGMA user_version = 1",
	"CREATE TABLE event (kiosk TEXT NOT NULL, n INTEGER NOT NULL, boot_id TEXT NOT NULL, mono_ms "
	"INTEGER NOT NULL, utc_ms INTEGER NOT NULL, type TEXT NOT NULL, body TEXT NOT NULL, prev BLOB "
	"NOT NULL CHECK (length(prev) = 32), hash BLOB NOT NULL CHECK (length(hash) = 32), PRIMARY "
	"KEY (kiosk, n)) STRICT, WITHOUT ROWID;"
	"CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'the audit "
	"is append-only'); END;"
	"CREATE TRIGGER event_no_delete BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'the audit "
	"is append-only'); END;"
	"PRAGMA user_version = 2",
};

static const char chain[] = "audit";

static int step_up(sqlite3 *db, int version)
{
	if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
		return -EIO;
	/* Somebody else may have done it while this one waited. */
	if ((int)sql_int(db, -1, "PRAGMA user_version", "") != version)
		return sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL) == SQLITE_OK ? 0 : -EIO;
	if (sqlite3_exec(db, steps[version], NULL, NULL, NULL) == SQLITE_OK &&
	    sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return -EIO;
}

static int migrate(sqlite3 *db, bool write)
{
	int version = (int)sql_int(db, -1, "PRAGMA user_version", "");
	int id = (int)sql_int(db, -1, "PRAGMA application_id", "");
	int rc = 0;

	if (version < 0)
		return sqlite3_errcode(db) == SQLITE_NOTADB ? -EUCLEAN : -EIO;
	if (version > VERSION || (version && id != APPLICATION_ID))
		return -EUCLEAN;
	if (!version && (id || sql_int(db, 1, "SELECT count(*) FROM sqlite_schema", "")))
		return -EUCLEAN;
	if (!write)
		return version ? 0 : -ENOENT;
	while (!rc && version < VERSION)
		rc = step_up(db, version++);
	return rc;
}

int kiosk_db_open(const char *data_dir, bool write, sqlite3 **db)
{
	SCOPED_FD int fd = -1;
	char path[JOB_PATH_MAX];

	*db = NULL;
	if (snprintf(path, sizeof(path), "%s/kiosk.db", data_dir) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	if (write && mkdir(data_dir, 0700) < 0 && errno != EEXIST)
		return -errno;
	/* SQLite would make it as the umask says. */
	fd = open(path, (write ? O_RDWR | O_CREAT : O_RDONLY) | O_CLOEXEC, 0600);
	if (fd < 0 || (write && fchmod(fd, 0600) < 0))
		return -errno;
	if (sqlite3_open_v2(path, db, write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY, NULL) !=
	    SQLITE_OK)
		return -EIO;
	sqlite3_busy_timeout(*db, BUSY_MS);
	if (write)
		sqlite3_exec(*db, "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON", NULL,
			     NULL, NULL);
	return migrate(*db, write);
}

static bool said(sqlite3 *db, const char *type, json_t *body)
{
	SCOPED_FREE char *text = json_dumps(body, JSON_SORT_KEYS | JSON_COMPACT);

	return text &&
	       sql_int(db, 0, "SELECT type = ? AND body = ? FROM event ORDER BY n DESC LIMIT 1",
		       "ss", type, text);
}

int kiosk_audit(const char *data_dir, const char *type, json_t *body)
{
	sqlite3 *db = NULL;
	int rc = body ? kiosk_db_open(data_dir, true, &db) : -ENOMEM;

	if (!rc && sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
		rc = -EIO;
	if (!rc && !said(db, type, body) &&
	    ledger_append(db, chain, type, json_incref(body)) != SQLITE_OK)
		rc = -EIO;
	if (!rc && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		rc = -EIO;
	json_decref(body);
	sqlite3_close_v2(db);
	return rc;
}

int kiosk_audit_verify(const char *data_dir, int64_t *n)
{
	struct ledger_fault fault = { .n = 0 };
	sqlite3 *db = NULL;
	int rc = kiosk_db_open(data_dir, false, &db);

	if (!rc && sql_int(db, 0, "PRAGMA user_version", "") >= 2)
		rc = ledger_verify(db, NULL, &fault);
	sqlite3_close_v2(db);
	*n = fault.n;
	return rc;
}
