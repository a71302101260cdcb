#include "firmware/store/pin.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/base/text.h"
#include "firmware/store/job.h"

enum { APPLICATION_ID = 0x5441504b /* "TAPK" */, VERSION = 1, BUSY_MS = 500 };

static const char schema[] = "BEGIN IMMEDIATE;"
			     "CREATE TABLE IF NOT EXISTS pin (role TEXT PRIMARY KEY,"
			     " hash TEXT NOT NULL, set_utc_ms INTEGER NOT NULL) STRICT;"
			     "PRAGMA application_id = 0x5441504b; PRAGMA user_version = 1;"
			     "COMMIT;";

static void cleanup_db(sqlite3 **db)
{
	sqlite3_close_v2(*db);
}
#define SCOPED_DB __attribute__((cleanup(cleanup_db)))

bool pin_usable(const char *pin)
{
	size_t n = strlen(pin);

	return n >= PIN_MIN && n <= PIN_MAX && strspn(pin, "0123456789") == n;
}

static int migrate(sqlite3 *db, bool write)
{
	int version = (int)sql_int(db, -1, "PRAGMA user_version", "");
	int id = (int)sql_int(db, -1, "PRAGMA application_id", "");

	if (version == VERSION && id == APPLICATION_ID)
		return 0;
	if (version < 0)
		return sqlite3_errcode(db) == SQLITE_NOTADB ? -EUCLEAN : -EIO;
	if (version || id || sql_int(db, 1, "SELECT count(*) FROM sqlite_schema", ""))
		return -EUCLEAN;
	if (!write)
		return -ENOENT;
	return sqlite3_exec(db, schema, NULL, NULL, NULL) == SQLITE_OK ? 0 : -EIO;
}

static int open_db(const char *data_dir, bool write, sqlite3 **db)
{
	SCOPED_FD int fd = -1;
	char path[JOB_PATH_MAX];

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

int pin_set(const char *data_dir, const char *pin)
{
	char hash[crypto_pwhash_STRBYTES];
	SCOPED_DB sqlite3 *db = NULL;
	int rc;

	if (!pin_usable(pin))
		return -EINVAL;
	if (sodium_init() < 0 ||
	    crypto_pwhash_str(hash, pin, strlen(pin), crypto_pwhash_OPSLIMIT_INTERACTIVE,
			      crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
		return -ENOMEM;
	rc = open_db(data_dir, true, &db);
	if (!rc && sql_run(db,
			   "INSERT OR REPLACE INTO pin (role, hash, set_utc_ms) "
			   "VALUES ('photographer', ?, ?)",
			   "si", hash, clock_utc_ms()) != SQLITE_DONE)
		rc = -EIO;
	sodium_memzero(hash, sizeof(hash));
	return rc;
}

static int load(const char *data_dir, char hash[static crypto_pwhash_STRBYTES])
{
	SCOPED_DB sqlite3 *db = NULL;
	SCOPED_STMT sqlite3_stmt *st = NULL;
	int rc = open_db(data_dir, false, &db);

	if (rc < 0)
		return rc;
	st = sql_prepare(db, "SELECT hash FROM pin WHERE role = 'photographer'", "");
	rc = st ? sqlite3_step(st) : SQLITE_ERROR;
	if (rc != SQLITE_ROW)
		return rc == SQLITE_DONE ? -ENOENT : -EIO;
	text_copy(hash, crypto_pwhash_STRBYTES, sql_text(st, 0));
	return 0;
}

bool pin_is_set(const char *data_dir)
{
	char hash[crypto_pwhash_STRBYTES];
	bool set = load(data_dir, hash) == 0;

	explicit_bzero(hash, sizeof(hash));
	return set;
}

int pin_check(const char *data_dir, const char *pin)
{
	char hash[crypto_pwhash_STRBYTES];
	int rc = load(data_dir, hash);

	if (!rc && sodium_init() < 0)
		rc = -EIO;
	if (!rc && crypto_pwhash_str_verify(hash, pin, strlen(pin)) != 0)
		rc = -EACCES;
	explicit_bzero(hash, sizeof(hash));
	return rc;
}
