#include "firmware/export/list.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"

struct list *list_new(const char *title)
{
	struct list *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->title = strdup(title);
	l->failed = !l->title;
	return l;
}

void list_free(struct list *l)
{
	if (!l)
		return;
	for (int i = 0; i < l->count; i++) {
		for (int c = 0; c < l->rows[i].count; c++)
			free(l->rows[i].cells[c]);
		free(l->rows[i].cells);
	}
	free(l->rows);
	free(l->title);
	free(l);
}

int list_row(struct list *l)
{
	if (l->count == l->size) {
		int size = l->size ? 2 * l->size : 64;
		struct list_one_row *more = realloc(l->rows, (size_t)size * sizeof(*more));

		if (!more) {
			l->failed = true;
			return -ENOMEM;
		}
		l->rows = more;
		l->size = size;
	}
	l->rows[l->count++] = (struct list_one_row){ 0 };
	return 0;
}

int list_cell(struct list *l, const char *text)
{
	struct list_one_row *r = l->count ? &l->rows[l->count - 1] : NULL;
	char *copy = strdup(text);

	if (r && copy && !(r->count & 7)) {
		char **more = realloc(r->cells, (size_t)(r->count + 8) * sizeof(*more));

		if (more)
			r->cells = more;
		else
			r = NULL;
	}
	if (!r || !copy || l->failed) {
		free(copy);
		l->failed = true;
		return -ENOMEM;
	}
	r->cells[r->count++] = copy;
	return 0;
}

int list_rows(const struct list *l)
{
	return l->count ? l->count - 1 : 0;
}

const char *list_at(const struct list *l, int row, int column)
{
	const struct list_one_row *r = &l->rows[row];

	return column < r->count ? r->cells[column] : "";
}

int list_width(const struct list *l)
{
	return l->count ? l->rows[0].count : 0;
}

static bool ends(const char *name, const char *ending)
{
	size_t n = strlen(name), e = strlen(ending);

	return n > e && !strcasecmp(name + n - e, ending);
}

int list_ending(const char *name)
{
	return ends(name, ".xlsx") || ends(name, ".csv") || ends(name, ".dbf");
}

int list_file(const struct list *l, const char *name, void **data, size_t *bytes, int *lost)
{
	char *out = NULL;
	int rc = -EINVAL;

	*lost = 0;
	*data = NULL;
	if (l->failed)
		return -ENOMEM;
	if (ends(name, ".xlsx"))
		rc = list_xlsx(l, &out, bytes);
	else if (ends(name, ".gb.csv"))
		rc = list_csv(l, "GB18030", &out, bytes, lost);
	else if (ends(name, ".csv"))
		rc = list_csv(l, NULL, &out, bytes, lost);
	else if (ends(name, ".dbf"))
		rc = list_dbf(l, &out, bytes, lost);
	*data = out;
	return rc;
}

/* --- encodings --------------------------------------------------------------------------------- */

static size_t one_char(const char *utf8)
{
	unsigned char c = (unsigned char)*utf8;
	size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	return strnlen(utf8, n);
}

/* 〓 stands where a character is missing, as in type since lead. */
static void replace(iconv_t cd, char **in, size_t *left, char **out, size_t *room)
{
	char geta[] = "〓", *mark = geta;
	size_t n = strlen(geta), bad = one_char(*in);

	iconv(cd, &mark, &n, out, room);
	*in += bad;
	*left -= bad;
}

char *list_recode(const char *utf8, const char *encoding, size_t *bytes, int *lost)
{
	size_t left = strlen(utf8), room = left * 4 + 16;
	iconv_t cd = iconv_open(encoding, "UTF-8");
	char *in = (char *)(uintptr_t)utf8, *buf, *out;

	if (cd == (iconv_t)-1)
		return NULL;
	out = buf = malloc(room);
	while (buf && left) {
		if (iconv(cd, &in, &left, &out, &room) != (size_t)-1)
			break;
		if (errno == E2BIG || !left)
			break;
		replace(cd, &in, &left, &out, &room);
		++*lost;
	}
	if (buf) {
		*bytes = (size_t)(out - buf);
		*out = '\0';
	}
	iconv_close(cd);
	return buf;
}
