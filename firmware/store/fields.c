#include "firmware/store/fields.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/clock.h"
#include "firmware/base/text.h"
#include "firmware/store/job.h"
#include "firmware/store/ledger.h"

enum { RETENTION_MAX_DAYS = 30, COUNT_MAX_DIGITS = 6 };

static const struct {
	const char *key, *header;
	enum field_type type;
} fields[JOB_FIELD_COUNT] = {
#define FIELD_ROW(name, key, header, type) { key, header, type },
	JOB_FIELDS(FIELD_ROW)
#undef FIELD_ROW
};

/* Words a field may be filled in with; the first of a value is how it is stored. */
static const struct {
	enum field_type type;
	const char *word, *stored;
} words[] = {
	{ FIELD_KIND, "ENROL", "ENROL" },	{ FIELD_KIND, "新生", "ENROL" },
	{ FIELD_KIND, "采集", "ENROL" },	{ FIELD_KIND, "GRAD", "GRAD" },
	{ FIELD_KIND, "毕业", "GRAD" },		{ FIELD_KIND, "采集码", "GRAD" },
	{ FIELD_ROSTER, "file", "file" },	{ FIELD_ROSTER, "名单", "file" },
	{ FIELD_ROSTER, "open", "open" },	{ FIELD_ROSTER, "先拍后导", "open" },
	{ FIELD_PAYMENT, "ignore", "ignore" },	{ FIELD_PAYMENT, "不管", "ignore" },
	{ FIELD_PAYMENT, "warn", "warn" },	{ FIELD_PAYMENT, "提醒", "warn" },
	{ FIELD_PAYMENT, "block", "block" },	{ FIELD_PAYMENT, "未缴不拍", "block" },
	{ FIELD_POSE, "seated", "seated" },	{ FIELD_POSE, "坐姿", "seated" },
	{ FIELD_POSE, "standing", "standing" }, { FIELD_POSE, "站姿", "standing" },
	{ FIELD_SPLIT, "none", "none" },	{ FIELD_SPLIT, "不分", "none" },
	{ FIELD_SPLIT, "station", "station" },	{ FIELD_SPLIT, "按函授站", "station" },
	{ FIELD_SPLIT, "class", "class" },	{ FIELD_SPLIT, "按班级", "class" },
};

const char *job_field_key(enum job_field f)
{
	return fields[f].key;
}

const char *job_field_header(enum job_field f)
{
	return fields[f].header;
}

enum field_type job_field_type(enum job_field f)
{
	return fields[f].type;
}

const char *job_field_word(enum field_type type, int n, bool chinese)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		bool plain = !strcmp(words[i].word, words[i].stored);
		const char *shown = plain && chinese ? words[i + 1].word : words[i].word;

		if (words[i].type == type && plain && n-- == 0)
			return shown;
	}
	return NULL;
}

int job_field_find(const char *word)
{
	char plain[64];
	size_t n = 0;

	for (const char *p = word; *p && n < sizeof(plain) - 1; p++) {
		if (!strncmp(p, "\u3000", 3) || !strncmp(p, "：", 3)) {
			p += 2;
			continue;
		}
		if (*p != ' ' && *p != '\t' && *p != '\n' && *p != ':' && *p != '*')
			plain[n++] = *p;
	}
	plain[n] = '\0';
	for (int i = 0; i < JOB_FIELD_COUNT; i++)
		if (!strcasecmp(fields[i].key, plain) || !strcmp(fields[i].header, plain))
			return i;
	return -1;
}

/* --- values -------------------------------------------------------------------------------------
 */

static bool real_date(int y, int m, int d)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

	if (y < 1900 || y > 2199 || m < 1 || m > 12 || d < 1 || d > days[m - 1])
		return false;
	return m != 2 || d < 29 || leap;
}

int job_date_normal(const char *text, char out[static 11])
{
	static const char *const forms[] = { "%4d-%2d-%2d%n",	"%4d/%2d/%2d%n",
					     "%4d.%2d.%2d%n",	"%4d年%2d月%2d日%n",
					     "%4d年%2d月%2d%n", "%4d%2d%2d%n" };

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		int y = 0, m = 0, d = 0, n = 0;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		if (sscanf(text, forms[i], &y, &m, &d, &n) != 3 || text[n] || !real_date(y, m, d))
			continue;
#pragma GCC diagnostic pop
		if (i == ARRAY_SIZE(forms) - 1 && n != 8)
			continue;
		snprintf(out, 11, "%04d-%02d-%02d", y % 10000, m % 100, d % 100);
		return 0;
	}
	out[0] = '\0';
	return -EINVAL;
}

static int word_normal(enum field_type type, const char *text, char *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (words[i].type != type || strcasecmp(words[i].word, text) != 0)
			continue;
		strcpy(out, words[i].stored);
		return 0;
	}
	return -EINVAL;
}

static bool control_free(const char *text)
{
	for (const char *p = text; *p; p++)
		if (((unsigned char)*p < 0x20 && *p != '\n' && *p != '\t') || *p == 0x7f)
			return false;
	return text_valid(text, strlen(text)) && strlen(text) < JOB_FIELD_MAX;
}

int job_field_normal(enum job_field f, const char *text, char out[static JOB_FIELD_MAX])
{
	size_t n = strlen(text), digits = strspn(text, "0123456789");

	out[0] = '\0';
	if (!control_free(text))
		return -EINVAL;
	text_copy(out, JOB_FIELD_MAX, text);
	if (!n)
		return 0;
	switch (fields[f].type) {
	case FIELD_TEXT:
		return 0;
	case FIELD_CODE5:
		return n == 5 && digits == 5 ? 0 : -EINVAL;
	case FIELD_DATE:
		return job_date_normal(text, out);
	case FIELD_COUNT:
		return digits == n && n <= COUNT_MAX_DIGITS ? 0 : -EINVAL;
	case FIELD_DAYS:
		return digits == n && n <= 2 && atoi(text) <= RETENTION_MAX_DAYS ? 0 : -EINVAL;
	case FIELD_KIND:
	case FIELD_ROSTER:
	case FIELD_PAYMENT:
	case FIELD_POSE:
	case FIELD_SPLIT:
		break;
	}
	return word_normal(fields[f].type, text, out);
}

/* --- in the job's database ----------------------------------------------------------------------
 */

static const char *fallback(enum job_field f)
{
	switch (fields[f].type) {
	case FIELD_KIND:
		return "ENROL";
	case FIELD_ROSTER:
		return "file";
	case FIELD_PAYMENT:
		return "warn";
	case FIELD_POSE:
		return "seated";
	case FIELD_SPLIT:
		return "none";
	case FIELD_DAYS:
		return "7";
	case FIELD_TEXT:
	case FIELD_CODE5:
	case FIELD_DATE:
	case FIELD_COUNT:
		break;
	}
	return "";
}

/* The columns of `job` that three of the fields have had before there were fields. */
static const char *job_column(enum job_field f)
{
	return f == JOB_FIELD(SCHOOL_NAME)   ? "school_name"
	       : f == JOB_FIELD(SCHOOL_CODE) ? "school_code"
	       : f == JOB_FIELD(SCHOOL_TYPE) ? "school_type"
					     : NULL;
}

static bool read_text(sqlite3 *db, const char *sql, const char *key, char *out)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(db, sql, key ? "s" : "", key);

	if (!st || sqlite3_step(st) != SQLITE_ROW || !sql_text(st, 0)[0])
		return false;
	text_copy(out, JOB_FIELD_MAX, sql_text(st, 0));
	return true;
}

void job_field_get(sqlite3 *db, enum job_field f, char out[static JOB_FIELD_MAX])
{
	char sql[64];

	if (read_text(db, "SELECT value FROM field WHERE key = ?", fields[f].key, out))
		return;
	snprintf(sql, sizeof(sql), "SELECT %s FROM job", job_column(f) ? job_column(f) : "''");
	if (!job_column(f) || !read_text(db, sql, NULL, out))
		text_copy(out, JOB_FIELD_MAX, fallback(f));
}

int job_field_set(sqlite3 *db, const char *kiosk, enum job_field f, const char *text)
{
	char value[JOB_FIELD_MAX], sql[64];
	int rc;

	if (job_field_normal(f, text, value) < 0)
		return -EINVAL;
	rc = value[0] ? sql_run(db, "INSERT OR REPLACE INTO field (key, value) VALUES (?, ?)", "ss",
				fields[f].key, value)
		      : sql_run(db, "DELETE FROM field WHERE key = ?", "s", fields[f].key);
	snprintf(sql, sizeof(sql), "UPDATE job SET %s = ?", job_column(f) ? job_column(f) : "");
	if (rc == SQLITE_DONE && job_column(f))
		rc = sql_run(db, sql, "s", value);
	if (rc != SQLITE_DONE)
		return -EIO;
	rc = ledger_append(db, kiosk, "job.field", json_pack("{ss}", "key", fields[f].key));
	return rc == SQLITE_OK ? 0 : -EIO;
}

bool job_is(sqlite3 *db, enum job_field f, const char *value)
{
	char now[JOB_FIELD_MAX];

	job_field_get(db, f, now);
	return !strcmp(now, value);
}

bool job_kind_fixed(sqlite3 *db, const char *kind)
{
	return !job_is(db, JOB_FIELD(KIND), kind) &&
	       sql_int(db, 0, "SELECT 1 FROM person LIMIT 1", "");
}

int job_init(sqlite3 *db, const char *code, const char *kiosk)
{
	int rc;

	if (sql_int(db, 0, "SELECT 1 FROM job", ""))
		return -EEXIST;
	rc = sql_run(db, "INSERT INTO job (one, code, created_utc_ms) VALUES (1, ?, ?)", "si", code,
		     clock_utc_ms());
	if (rc != SQLITE_DONE)
		return -EIO;
	rc = ledger_append(db, kiosk, "job.created", json_object());
	return rc == SQLITE_OK ? 0 : -EIO;
}
