#include "firmware/store/pin.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/base/text.h"
#include "firmware/store/job.h"
#include "firmware/store/kiosk_db.h"

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
	rc = kiosk_db_open(data_dir, true, &db);
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
	int rc = kiosk_db_open(data_dir, false, &db);

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
