#include "firmware/store/job.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/store/schema.h"

enum { APPLICATION_ID = 0x54415053 /* "TAPS" */, BUSY_MS = 5000 };

bool job_name_ok(const char *name)
{
	size_t n = strlen(name);

	if (!n || n >= JOB_CODE_MAX || !text_valid(name, n))
		return false;
	if (name[0] == '.' || name[0] == ' ' || name[n - 1] == '.' || name[n - 1] == ' ')
		return false;
	for (const char *p = name; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f || strchr("/\\:*?\"<>|", *p))
			return false;
	return true;
}

static int make_dirs(char *path)
{
	for (char *p = path + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(path, 0700) < 0 && errno != EEXIST)
			return -errno;
		*p = '/';
	}
	return mkdir(path, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

static int open_dir(int at, const char *name, bool create)
{
	int fd;

	if (create && mkdirat(at, name, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int job_path(const char *data_dir, const char *code, char out[static JOB_PATH_MAX])
{
	char real[PATH_MAX];
	int n;

	if (!job_name_ok(code))
		return -EINVAL;
	if (!realpath(data_dir, real))
		return -errno;
	n = snprintf(out, JOB_PATH_MAX, "%s/jobs/%s", real, code);
	return n < JOB_PATH_MAX ? 0 : -ENAMETOOLONG;
}

static int open_dirs(struct job *j)
{
	struct {
		const char *name;
		int *fd;
	} rooms[] = {
		{ "originals", &j->originals },
		{ "incoming", &j->incoming },
		{ "quarantine", &j->quarantine },
	};

	if (mkdirat(j->dir, "derived", 0700) < 0 && errno != EEXIST)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(rooms); i++) {
		*rooms[i].fd = open_dir(j->dir, rooms[i].name, true);
		if (*rooms[i].fd < 0)
			return *rooms[i].fd;
	}
	return 0;
}

static int set_pragmas(sqlite3 *db)
{
	static const char sql[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
				  "PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;"
				  "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;";

	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : -EIO;
}

static int migrate_step(sqlite3 *db, int version)
{
	char stamp[96];

	snprintf(stamp, sizeof(stamp), "PRAGMA application_id = %d; PRAGMA user_version = %d;",
		 APPLICATION_ID, version);
	if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
		return -EIO;
	if (sqlite3_exec(db, schema_sql(version), NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_exec(db, stamp, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
		return -EIO;
	}
	return 0;
}

int job_migrate(sqlite3 *db)
{
	int version = (int)sql_int(db, -1, "PRAGMA user_version", "");
	int id = (int)sql_int(db, -1, "PRAGMA application_id", "");
	int rc = 0;

	if (version < 0 || version > schema_steps())
		return -EUCLEAN;
	if (version > 0 && id != APPLICATION_ID)
		return -EUCLEAN;
	if (!version && sql_int(db, 1, "SELECT count(*) FROM sqlite_schema", "") != 0)
		return -EUCLEAN;
	while (!rc && version < schema_steps())
		rc = migrate_step(db, ++version);
	return rc;
}

static int open_db(struct job *j, bool create)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (create ? SQLITE_OPEN_CREATE : 0);
	int rc;

	snprintf(j->db_path, sizeof(j->db_path), "%s/job.db", j->path);
	if (!create && access(j->db_path, F_OK) < 0)
		return -errno;
	rc = sqlite3_open_v2(j->db_path, &j->db, flags, NULL);
	if (rc != SQLITE_OK)
		return rc == SQLITE_CANTOPEN ? -EACCES : -EIO;
	sqlite3_busy_timeout(j->db, BUSY_MS);
	if (set_pragmas(j->db) < 0)
		return sqlite3_errcode(j->db) == SQLITE_NOTADB ? -EUCLEAN : -EIO;
	return job_migrate(j->db);
}

static int open_locked(struct job *j, bool create)
{
	int rc;

	j->dir = open_dir(AT_FDCWD, j->path, create);
	if (j->dir < 0)
		return j->dir;
	if (flock(j->dir, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (!create && faccessat(j->dir, "job.db", F_OK, 0) < 0)
		return -errno;
	rc = open_dirs(j);
	return rc < 0 ? rc : open_db(j, create);
}

int job_open(const char *data_dir, const char *code, bool create, struct job *out)
{
	char base[JOB_PATH_MAX];
	int rc;

	memset(out, 0, sizeof(*out));
	out->dir = out->originals = out->incoming = out->quarantine = -1;
	if (!job_name_ok(code))
		return -EINVAL;
	if (create) {
		if (snprintf(base, sizeof(base), "%s/jobs", data_dir) >= (int)sizeof(base))
			return -ENAMETOOLONG;
		rc = make_dirs(base);
		if (rc < 0)
			return rc;
	}
	rc = job_path(data_dir, code, out->path);
	if (!rc)
		rc = open_locked(out, create);
	if (rc < 0)
		job_close(out);
	return rc;
}

int job_open_beside(const char *data_dir, const char *code, struct job *out)
{
	int rc;

	memset(out, 0, sizeof(*out));
	out->dir = out->originals = out->incoming = out->quarantine = -1;
	rc = job_path(data_dir, code, out->path);
	if (!rc)
		out->dir = open_dir(AT_FDCWD, out->path, false);
	if (!rc && out->dir < 0)
		rc = out->dir;
	snprintf(out->db_path, sizeof(out->db_path), "%s/job.db", out->path);
	if (!rc &&
	    sqlite3_open_v2(out->db_path, &out->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		rc = -EIO;
	if (!rc)
		sqlite3_busy_timeout(out->db, BUSY_MS);
	if (!rc && set_pragmas(out->db) < 0)
		rc = -EIO;
	if (!rc && sql_int(out->db, -1, "PRAGMA user_version", "") != schema_steps())
		rc = -EUCLEAN;
	if (rc < 0)
		job_close(out);
	return rc;
}

int job_between_visits(struct job *j)
{
	if (sql_run(j->db, "BEGIN IMMEDIATE", "") != SQLITE_DONE)
		return -EAGAIN;
	if (!sql_int(j->db, 1, "SELECT count(*) FROM visit WHERE state = 'open'", ""))
		return 0;
	sql_run(j->db, "ROLLBACK", "");
	return -EAGAIN;
}

void job_close(struct job *j)
{
	int *fds[] = { &j->originals, &j->incoming, &j->quarantine, &j->dir };

	sqlite3_close_v2(j->db);
	j->db = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}

/* A clean job on a read-only stick or disk has no -wal beside it and SQLite cannot make one. */
static int open_immutable(const char *path, sqlite3 **db)
{
	char uri[3 * JOB_PATH_MAX + 64], wal[JOB_PATH_MAX + 16], *o = uri;
	struct stat st;

	snprintf(wal, sizeof(wal), "%s-wal", path);
	if (!stat(wal, &st) && st.st_size > 0)
		return -EIO;
	o += sprintf(o, "file:");
	for (; *path; path++)
		o += sprintf(o, strchr("%?#", *path) ? "%%%02X" : "%c", *path);
	strcpy(o, "?immutable=1");
	sqlite3_close(*db);
	if (sqlite3_open_v2(uri, db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) == SQLITE_OK &&
	    sql_int(*db, 0, "PRAGMA user_version", "") > 0)
		return 0;
	sqlite3_close(*db);
	*db = NULL;
	return -EIO;
}

/* A job of an earlier program: who only looks would not find the columns. Cannot be when a kiosk has
 * it open, which brought it up to date itself. */
static void bring_up(const char *data_dir, const char *code, sqlite3 **db, const char *path)
{
	int64_t version = sql_int(*db, 0, "PRAGMA user_version", "");
	struct job j;

	if (version <= 0 || version >= schema_steps())
		return;
	sqlite3_close(*db);
	if (job_open(data_dir, code, false, &j) == 0)
		job_close(&j);
	if (sqlite3_open_v2(path, db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK)
		sqlite3_busy_timeout(*db, BUSY_MS);
}

int job_open_reader(const char *data_dir, const char *code, sqlite3 **db)
{
	char dir[JOB_PATH_MAX], path[JOB_PATH_MAX + 8];
	int rc = job_path(data_dir, code, dir);

	*db = NULL;
	if (rc < 0)
		return rc;
	snprintf(path, sizeof(path), "%s/job.db", dir);
	if (access(path, R_OK) < 0)
		return -errno;
	if (sqlite3_open_v2(path, db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK) {
		sqlite3_busy_timeout(*db, BUSY_MS);
		bring_up(data_dir, code, db, path);
		if (sql_int(*db, 0, "SELECT count(*) FROM job", "") > 0)
			return 0;
	}
	return open_immutable(path, db);
}

const char *job_office_id(sqlite3 *db, const char *fallback)
{
	return sql_int(db, 0, "SELECT 1 FROM merged", "") ? "OFFICE" : fallback;
}
