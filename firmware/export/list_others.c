/* Lists whose rows come from other tables than people: duplicates, remarks, errata, numbers, codes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/export/list_rows.h"
#include "firmware/store/job.h"

#define WHO "拍摄序号, 学号, 姓名, 性别, 身份证号, 班级, 函授站, 学院"

static char *said(const char *group, const char *word)
{
	char id[96];
	const char *text;

	snprintf(id, sizeof(id), "%.40s.%.48s", group, word);
	text = text_get(LANG_ZH, id);
	return strdup(strcmp(text, id) != 0 ? text : word);
}

static bool wanted(const struct lister *l, const struct subject *s)
{
	return s && (!l->keep || l->keep(l->ctx, s));
}

/* Two kiosks took somebody's picture, or one kiosk accepted several. */
static int duplicates(const struct lister *l, struct list_rows *out)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		l->db,
		"SELECT person, kiosk, n, stored_utc_ms FROM shot WHERE state = 'accepted' AND "
		"person IN (SELECT person FROM shot WHERE state = 'accepted' GROUP BY person "
		"HAVING count(*) > 1) ORDER BY person, stored_utc_ms, kiosk, n",
		"");
	int rc = 0, step = SQLITE_DONE;

	while (!rc && st && (step = sqlite3_step(st)) == SQLITE_ROW) {
		struct list_row r = { .s = list_person(l, sqlite3_column_int64(st, 0)) };

		if (!wanted(l, r.s))
			continue;
		text_copy(r.kiosk, sizeof(r.kiosk), sql_text(st, 1));
		r.utc_ms = sqlite3_column_int64(st, 3);
		r.used = !strcmp(r.s->kiosk, r.kiosk) && r.s->shot == sqlite3_column_int64(st, 2)
				 ? 1
				 : -1;
		if (asprintf(&r.other, "%s-%06lld", r.kiosk, sqlite3_column_int64(st, 2)) < 0)
			return -ENOMEM;
		rc = list_rows_add(out, &r);
	}
	return rc ? rc : st && step == SQLITE_DONE ? 0 : -EIO;
}

static int remarks(const struct lister *l, struct list_rows *out, const char *kinds)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		l->db,
		"SELECT person, kind, text, added_utc_ms FROM remark WHERE instr(?, kind) "
		"ORDER BY added_utc_ms, kiosk, n",
		"s", kinds);
	int rc = 0, step = SQLITE_DONE;

	while (!rc && st && (step = sqlite3_step(st)) == SQLITE_ROW) {
		struct list_row r = { .s = list_person(l, sqlite3_column_int64(st, 0)) };

		if (!wanted(l, r.s))
			continue;
		r.kind = said("list.remark", sql_text(st, 1));
		r.reason = strdup(sql_text(st, 2));
		r.utc_ms = sqlite3_column_int64(st, 3);
		rc = list_rows_add(out, &r);
	}
	return rc ? rc : st && step == SQLITE_DONE ? 0 : -EIO;
}

/* Pictures with a warning, and people somebody doubted. */
static int doubtful(const struct lister *l, struct list_rows *out)
{
	int rc = remarks(l, out, "doubtful");

	for (int i = 0; !rc && i < l->people->count; i++) {
		const struct subject *s = &l->people->all[i];

		if (s->shot && !strcmp(s->verdict, "warn") && wanted(l, s))
			rc = list_rows_add(out,
					   &(struct list_row){ .s = s,
							       .kind = said("list.remark", "warn"),
							       .utc_ms = s->stored_utc_ms });
	}
	return rc;
}

static char *shot_name(const char *kiosk, int64_t n)
{
	char *text = NULL;

	if (n && asprintf(&text, "%s-%06lld", kiosk, (long long)n) < 0)
		return NULL;
	return text;
}

static int errata(const struct lister *l, struct list_rows *out)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(
		l->db,
		"SELECT person, reason, added_utc_ms, new_kiosk, new_shot, run FROM erratum "
		"ORDER BY added_utc_ms, kiosk, n",
		"");
	int rc = 0, step = SQLITE_DONE;

	while (!rc && st && (step = sqlite3_step(st)) == SQLITE_ROW) {
		struct list_row r = { .s = list_person(l, sqlite3_column_int64(st, 0)) };
		bool chosen = sqlite3_column_int64(st, 4);

		if (!wanted(l, r.s))
			continue;
		r.reason = strdup(sql_text(st, 1));
		r.utc_ms = sqlite3_column_int64(st, 2);
		r.other = shot_name(sql_text(st, 3), sqlite3_column_int64(st, 4));
		r.kind = said("list.erratum", sqlite3_column_int64(st, 5) ? "delivered"
					      : chosen			  ? "chosen"
									  : "open");
		rc = list_rows_add(out, &r);
	}
	return rc ? rc : st && step == SQLITE_DONE ? 0 : -EIO;
}

static char *base64(const unsigned char *data, size_t n)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = malloc(n / 3 * 4 + 8), *w = out;

	for (size_t i = 0; out && i < n; i += 3) {
		unsigned int v = (unsigned int)data[i] << 16 |
				 (i + 1 < n ? (unsigned int)data[i + 1] << 8 : 0) |
				 (i + 2 < n ? data[i + 2] : 0);

		*w++ = digits[v >> 18];
		*w++ = digits[v >> 12 & 63];
		*w++ = i + 1 < n ? digits[v >> 6 & 63] : '=';
		*w++ = i + 2 < n ? digits[v & 63] : '=';
	}
	if (out)
		*w = '\0';
	return out;
}

/* GRAD: the scanned code, byte for byte, with the picture it belongs to. */
static int codes(const struct lister *l, struct list_rows *out)
{
	SCOPED_STMT sqlite3_stmt *st =
		sql_prepare(l->db, "SELECT person, payload FROM capture_code ORDER BY person", "");
	int rc = 0, step = SQLITE_DONE;

	while (!rc && st && (step = sqlite3_step(st)) == SQLITE_ROW) {
		struct list_row r = { .s = list_person(l, sqlite3_column_int64(st, 0)) };

		if (!wanted(l, r.s) || !r.s->shot)
			continue;
		r.other = base64(sqlite3_column_blob(st, 1), (size_t)sqlite3_column_bytes(st, 1));
		rc = list_rows_add(out, &r);
	}
	return rc ? rc : st && step == SQLITE_DONE ? 0 : -EIO;
}

static int info_errors(const struct lister *l, struct list_rows *out)
{
	return remarks(l, out, "info_wrong card_differs");
}

static const struct {
	const char *rows;
	int (*make)(const struct lister *l, struct list_rows *out);
	const char *columns;
} others[] = {
	{ "duplicates", duplicates, WHO ", 机器, 照片, 时间, 采用" },
	{ "doubtful", doubtful, WHO ", 类别, 原因, 时间" },
	{ "info_errors", info_errors, WHO ", 类别, 原因, 时间" },
	{ "errata", errata, WHO ", 原因, 时间, 新照片=照片, 状态=类别" },
	{ "codes", codes, "拍摄序号, 采集码, 采集码原文（base64）=照片, 文件" },
	{ "gaps", list_gaps, "系列, 拍摄序号, 至=照片, 机器, 学号, 姓名, 原因" },
};

const char *list_other_columns(const char *rows)
{
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (!strcmp(others[i].rows, rows))
			return others[i].columns;
	return NULL;
}

int list_other_rows(const struct lister *l, struct list_rows *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (!strcmp(others[i].rows, l->rows))
			return others[i].make(l, out);
	return -EINVAL;
}
