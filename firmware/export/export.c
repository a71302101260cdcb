#include "firmware/export/export.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/csv.h"
#include "firmware/base/text.h"
#include "firmware/export/target.h"
#include "firmware/store/job.h"
#include "firmware/store/store.h"

#define SUMS "SHA256SUMS"

const char *export_words(enum export_cause cause)
{
	static const char *const words[] = {
		[EXPORT_OK] = "done",
		[EXPORT_FULL] =
			"the target is full; use a bigger one or make room, then export again",
		[EXPORT_READ_ONLY] =
			"the target cannot be written; take off its write protection, then export again",
		[EXPORT_REMOVED] =
			"the target failed or was removed; put it back, then export again",
		[EXPORT_FOREIGN] =
			"a file that is not of this export stands there; move it away or "
			"choose another folder",
		[EXPORT_DIFFERS] =
			"the target gave back other bytes than were written; use another one",
		[EXPORT_SOURCE] =
			"an original on the kiosk is missing or altered; call the maintainer",
		[EXPORT_DATABASE] = "the job cannot be read",
		[EXPORT_NAME] = "the job's name cannot be a folder name",
	};

	return words[cause];
}

/* --- pictures ------------------------------------------------------------------------------------
 */

static int put_photo(void *ctx, const struct shot_row *row)
{
	struct target *t = ctx;
	uint8_t have[SHA256_BYTES];
	char name[64], hex[SHA256_HEX];
	SCOPED_FD int fd = -1;

	if (strcmp(row->state, "accepted") != 0 || !row->number[0])
		return 0;
	snprintf(name, sizeof(name), "照片/%s.jpg", row->number);
	fd = open(row->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || hash_fd(fd, have) < 0)
		return target_fail(t, EXPORT_SOURCE, name);
	hash_hex(have, hex);
	if (strcmp(hex, row->sha256) != 0)
		return target_fail(t, EXPORT_SOURCE, name);
	t->report->photos++;
	return target_put(t, name, fd, have);
}

/* --- lists ---------------------------------------------------------------------------------------
 */

#define WALK_IN                                                                                    \
	"EXISTS (SELECT 1 FROM document d WHERE d.person = p.id AND d.source IN ('card', 'typed'))"
#define CAPTURED "EXISTS (SELECT 1 FROM shot s WHERE s.person = p.id AND s.state = 'accepted')"

static int put_rows(sqlite3 *db, const char *sql, FILE *out)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(db, sql, "");
	int rc = SQLITE_ERROR, rows = 0;

	while (st && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(st); i++)
			csv_put(out, sql_text(st, i), !i);
		fputs("\r\n", out);
		rows++;
	}
	return rc == SQLITE_DONE ? rows : -1;
}

static int put_list(struct target *t, sqlite3 *db, const char *name, const char *header,
		    const char *sql)
{
	SCOPED_FREE char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);
	int rows;

	if (!out)
		return target_fail_errno(t, ENOMEM, name);
	fprintf(out, "\xef\xbb\xbf%s\r\n", header);
	rows = put_rows(db, sql, out);
	if (fclose(out) || rows < 0)
		return target_fail(t, EXPORT_DATABASE, name);
	return target_put_text(t, name, text, bytes, 1) < 0 ? -1 : rows;
}

static int put_lists(struct target *t, sqlite3 *db)
{
	static const char from[] =
		" FROM person p JOIN job j LEFT JOIN number u ON u.person = p.id "
		"AND u.series = j.series ";
	char sql[1024], header[192];
	/* A column more only where there is something to say in it. */
	bool walk_ins =
		sql_int(db, 0, "SELECT 1 FROM person p WHERE " WALK_IN " AND " CAPTURED, "");

	snprintf(sql, sizeof(sql),
		 "SELECT printf('%%04d', u.number), p.level, p.student_no, p.name, p.sex, p.id_no, "
		 "p.school_type, p.school_code, p.school_name%s%sWHERE " CAPTURED
		 " ORDER BY u.number, p.id",
		 walk_ins ? ", CASE WHEN " WALK_IN " THEN '现场补录' ELSE '' END" : "", from);
	snprintf(header, sizeof(header), "%s%s",
		 "拍摄序号,学历层次,学号,姓名,性别,身份证号,所在校别,院校代码,学校名称",
		 walk_ins ? ",备注" : "");
	if (put_list(t, db, "名单.csv", header, sql) < 0)
		return -1;
	snprintf(sql, sizeof(sql),
		 "SELECT p.student_no, p.name, p.sex, p.class_name, p.station, p.branch%s"
		 "WHERE NOT p.premarked AND NOT " WALK_IN " AND NOT " CAPTURED
		 " ORDER BY p.class_name, p.student_no, p.id",
		 from);
	t->report->missing =
		put_list(t, db, "未采集名单.csv", "学号,姓名,性别,班级,函授站,学院", sql);
	return t->report->missing < 0 ? -1 : 0;
}

/* --- the package ---------------------------------------------------------------------------------
 */

static char *load_old_sums(int dir)
{
	SCOPED_FD int fd = openat(dir, SUMS, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	char *text;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > 16 << 20)
		return strdup("");
	text = malloc((size_t)st.st_size + 1);
	n = text ? pread(fd, text, (size_t)st.st_size, 0) : -1;
	if (text)
		text[n < 0 ? 0 : n] = '\0';
	return text;
}

static int sync_dir(struct target *t, int at, const char *name)
{
	SCOPED_FD int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	/* Some file systems of sticks cannot sync a directory and say EINVAL: then syncfs() must
	 * do. */
	if (fd >= 0 && (!fsync(fd) || (errno == EINVAL && !syncfs(fd))))
		return 0;
	return target_fail_errno(t, errno, name);
}

/* A picture an earlier export wrote and this one no longer holds (taken back since): removed, if it
 * still is the file we wrote. */
static void drop_stale(struct target *t)
{
	static const char folder[] = "照片/";
	char name[64], hex[SHA256_HEX], line[SHA256_HEX + 80];
	uint8_t have[SHA256_BYTES];

	for (const char *p = t->old_sums; *p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : "") {
		SCOPED_FD int fd = -1;

		if (sscanf(p, "%64[0-9a-f]  %63[^\n]", hex, name) != 2 || strstr(name, "..") ||
		    strncmp(name, folder, strlen(folder)) != 0)
			continue;
		snprintf(line, sizeof(line), "  %s\n", name);
		if (t->sums && strstr(t->sums, line))
			continue;
		fd = openat(t->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
		if (fd < 0 || hash_fd(fd, have) < 0)
			continue;
		hash_hex(have, line);
		if (!strcmp(line, hex))
			unlinkat(t->dir, name, 0);
	}
}

static int write_package(struct target *t, sqlite3 *db, int to)
{
	if (mkdirat(t->dir, "照片", 0755) < 0 && errno != EEXIST)
		return target_fail_errno(t, errno, "照片");
	t->old_sums = load_old_sums(t->dir);
	if (!t->old_sums)
		return target_fail_errno(t, ENOMEM, SUMS);
	if (store_each_shot(db, put_photo, t) != 0)
		return target_fail(t, EXPORT_DATABASE, "照片");
	if (put_lists(t, db) < 0)
		return -1;
	drop_stale(t);
	if (target_put_text(t, SUMS, t->sums, t->sums_bytes, 0) < 0)
		return -1;
	if (sync_dir(t, t->dir, "照片") < 0 || sync_dir(t, t->dir, ".") < 0)
		return -1;
	return sync_dir(t, to, ".");
}

static int open_target(struct target *t, int to, const char *job)
{
	if (to < 0 || (mkdirat(to, job, 0755) < 0 && errno != EEXIST))
		return target_fail_errno(t, errno, "");
	t->dir = openat(to, job, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return t->dir < 0 ? target_fail_errno(t, errno, "") : 0;
}

int export_job(const char *data_dir, const char *job, const char *to, struct export_report *report)
{
	struct target t = { .dir = -1, .report = report };
	SCOPED_FD int to_fd = -1;
	sqlite3 *db = NULL;
	int rc = -1;

	memset(report, 0, sizeof(*report));
	snprintf(report->path, sizeof(report->path), "%s/%s", to, job);
	if (!job_name_ok(job))
		return target_fail(&t, EXPORT_NAME, job);
	if (store_open_reader(data_dir, job, &db) < 0)
		return target_fail(&t, EXPORT_DATABASE, job);
	/* The folder itself may be new; the place it is in must be there, or a stick is missing. */
	(void)!mkdir(to, 0755);
	to_fd = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* One snapshot for pictures and lists, though the kiosk may go on beside us. */
	sql_run(db, "BEGIN", "");
	if (!open_target(&t, to_fd, job))
		rc = write_package(&t, db, to_fd);
	sql_run(db, "COMMIT", "");
	sqlite3_close(db);
	if (t.dir >= 0)
		close(t.dir);
	free(t.old_sums);
	free(t.sums);
	return rc;
}
