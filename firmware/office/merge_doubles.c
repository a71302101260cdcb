#include <errno.h>

#include "firmware/base/cleanup.h"
#include "firmware/office/merge.h"

/* person, other, name, 学号, document, what */
static const char *const lists[] = {
	[DOUBLE_PICTURES] =
		"SELECT p.id, 0, p.name, p.student_no, p.id_no, group_concat(printf('%s-%06d%s', "
		"s.kiosk, s.n, iif(s.kiosk = c.kiosk AND s.n = c.shot, '*', '')), ' ') FROM (SELECT * "
		"FROM shot WHERE state = 'accepted' ORDER BY person, kiosk) s JOIN person p ON p.id = "
		"s.person JOIN picture c ON c.person = s.person GROUP BY s.person HAVING count(*) > 1",
	[DOUBLE_NUMBERS] =
		"SELECT p.id, 0, p.name, p.student_no, p.id_no, group_concat(printf('%s:%04d (%s)', "
		"u.series, u.number, u.kiosk), ' ') FROM (SELECT * FROM number ORDER BY series, number) "
		"u JOIN person p ON p.id = u.person GROUP BY u.person HAVING count(*) > 1",
	[DOUBLE_PEOPLE] =
		"SELECT p.id, q.id, p.name, p.student_no, p.id_no, q.student_no FROM document d JOIN "
		"document e ON e.number = d.number AND e.person > d.person JOIN person p ON p.id = "
		"d.person JOIN person q ON q.id = e.person WHERE p.id IN (SELECT person FROM shot WHERE "
		"state = 'accepted') AND q.id IN (SELECT person FROM shot WHERE state = 'accepted') "
		"GROUP BY p.id, q.id",
	[DOUBLE_NAMES] =
		"SELECT p.id, 0, p.name, p.student_no, p.id_no, group_concat(DISTINCT a.name) FROM "
		"person p JOIN alias a ON a.person = p.id WHERE a.name <> p.name GROUP BY p.id",
};

const char *merge_double_word(enum double_kind kind)
{
	static const char *const words[] = { [DOUBLE_PICTURES] = "pictures",
					     [DOUBLE_NUMBERS] = "numbers",
					     [DOUBLE_PEOPLE] = "people",
					     [DOUBLE_NAMES] = "names" };

	return words[kind];
}

static int each_of(sqlite3 *db, enum double_kind kind,
		   int (*each)(void *ctx, const struct merge_double *d), void *ctx)
{
	SCOPED_STMT sqlite3_stmt *st = sql_prepare(db, lists[kind], "");
	int rc = SQLITE_ERROR, told = 0;

	while (st && !told && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		const struct merge_double d = { .kind = kind,
						.person = sqlite3_column_int64(st, 0),
						.other = sqlite3_column_int64(st, 1),
						.name = sql_text(st, 2),
						.student_no = sql_text(st, 3),
						.id_no = sql_text(st, 4),
						.what = sql_text(st, 5) };

		told = each(ctx, &d);
	}
	return told ? told : rc == SQLITE_DONE ? 0 : -EIO;
}

int merge_doubles(sqlite3 *db, int (*each)(void *ctx, const struct merge_double *d), void *ctx)
{
	int rc = 0;

	for (size_t i = 0; i < ARRAY_SIZE(lists) && !rc; i++)
		rc = each_of(db, (enum double_kind)i, each, ctx);
	return rc;
}
