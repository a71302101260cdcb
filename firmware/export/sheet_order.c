/* Whose picture is printed, in which order, and what is written beside it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/text.h"
#include "firmware/export/sheet_inside.h"

enum { HEADER_BYTES = 96 };

/* --- templates -------------------------------------------------------------------------------- */

int sheet_lines(const char *text)
{
	int lines = text[0] != '\0';

	for (; *text; text++)
		lines += *text == '|';
	return lines;
}

const char *sheet_line(const char *text, int i, size_t *bytes)
{
	for (; i; i--)
		text += strcspn(text, "|") + 1;
	*bytes = strcspn(text, "|");
	return text;
}

static const char *field(const struct subject *s, const struct remap *r, const char *header,
			 char buf[static 64])
{
	const char *text = subject_field(s, header, buf);

	return r && text && text == s->student_no ? remap_find(r, text) : text;
}

/* The header between the braces at @p; NULL: no field stands there. */
static const char *header_at(const char *p, const char *end, char out[static HEADER_BYTES])
{
	const char *close = memchr(p, '}', (size_t)(end - p));
	size_t n;

	if (!close || p[1] == '{')
		return NULL;
	n = (size_t)(close - p) - 1;
	if (n >= HEADER_BYTES)
		n = HEADER_BYTES - 1;
	memcpy(out, p + 1, n);
	out[n] = '\0';
	return close;
}

void sheet_expand(const char *text, size_t bytes, const struct subject *s, const struct remap *r,
		  char *out, size_t size)
{
	const char *end = text + bytes, *close;
	char header[HEADER_BYTES], buf[64];
	size_t at = 0;

	for (const char *p = text; p < end && at + 1 < size; p++) {
		if (*p == '{' && (close = header_at(p, end, header))) {
			const char *value = field(s, r, header, buf);

			text_copy(out + at, size - at, value ? value : "");
			at += strlen(out + at);
			p = close;
			continue;
		}
		if ((*p == '{' || *p == '}') && p + 1 < end && p[1] == *p)
			p++;
		out[at++] = *p;
	}
	out[at] = '\0';
	while (at && out[at - 1] == ' ')
		out[--at] = '\0';
}

/* --- sort -------------------------------------------------------------------------------------- */

/* The next header of "班级, 学号" at *@at, which moves on. Return: its bytes; 0 none is left. */
static size_t next_header(const char **at, char out[static HEADER_BYTES])
{
	static const char *const between[] = { " ", ",", "，", "、" };
	const char *p = *at;
	size_t n = 0;

	for (size_t i = 0; i < 4; i++)
		if (!strncmp(p, between[i], strlen(between[i]))) {
			p += strlen(between[i]);
			i = (size_t)-1;
		}
	while (p[n] && p[n] != ',' && strncmp(p + n, "，", 3) && strncmp(p + n, "、", 3))
		n++;
	*at = p + n;
	while (n && p[n - 1] == ' ')
		n--;
	if (n >= HEADER_BYTES)
		n = HEADER_BYTES - 1;
	memcpy(out, p, n);
	out[n] = '\0';
	return n;
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t digits(const char **p)
{
	size_t n = 0;

	while (**p == '0')
		++*p;
	while (digit((*p)[n]))
		n++;
	return n;
}

/* 2班 before 10班. */
static int compare_text(const char *a, const char *b)
{
	if (!*a || !*b) /* who has nothing there comes last */
		return !*a - !*b;
	while (*a && *b) {
		if (digit(*a) && digit(*b)) {
			size_t n = digits(&a), m = digits(&b);
			int rc = n != m ? (n < m ? -1 : 1) : memcmp(a, b, n);

			if (rc)
				return rc;
			a += n;
			b += m;
			continue;
		}
		if (*a != *b)
			return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
		a++;
		b++;
	}
	return !*b - !*a;
}

struct sorting {
	const char *headers;
	const struct remap *remap;
};

static int compare(const void *pa, const void *pb, void *ctx)
{
	const struct subject *a = *(const struct subject *const *)pa;
	const struct subject *b = *(const struct subject *const *)pb;
	const struct sorting *o = ctx;
	char header[HEADER_BYTES], buf_a[64], buf_b[64];

	for (const char *at = o->headers; next_header(&at, header);) {
		const char *x = field(a, o->remap, header, buf_a);
		const char *y = field(b, o->remap, header, buf_b);
		int rc = compare_text(x ? x : "", y ? y : "");

		if (rc)
			return rc;
	}
	return a < b ? -1 : a > b; /* as they stood */
}

int sheet_order(const struct sheet_spec *s, const struct people *p, const struct remap *r,
		const struct subject ***out)
{
	struct sorting o = { s->sort, r };
	int count = 0;

	*out = calloc((size_t)p->count + 1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	for (int i = 0; i < p->count; i++)
		if (p->all[i].shot)
			(*out)[count++] = &p->all[i];
	qsort_r(*out, (size_t)count, sizeof(**out), compare, &o);
	return count;
}

/* --- headers that exist ------------------------------------------------------------------------ */

/* One of the job's own columns is known where somebody has a cell in it. */
static bool known(const struct people *p, const char *header)
{
	char buf[64];

	for (int i = 0; i < p->count; i++)
		if (subject_field(&p->all[i], header, buf))
			return true;
	return p->count == 0;
}

static int unknown(const char *key, const char *header, char why[static 256])
{
	snprintf(why, 256, "%s: the roster has no column “%s”", key, header);
	return -EINVAL;
}

static int text_fault(const struct people *p, const char *key, const char *text,
		      char why[static 256])
{
	const char *end = text + strlen(text), *close;
	char header[HEADER_BYTES];

	for (const char *at = text; at < end; at++) {
		if (*at != '{')
			continue;
		close = header_at(at, end, header);
		if (close && !known(p, header))
			return unknown(key, header, why);
		at = close ? close : at + 1;
	}
	return 0;
}

int sheet_fault(const struct sheet_spec *s, const struct people *p, char why[static 256])
{
	char header[HEADER_BYTES];
	int rc = text_fault(p, "caption", s->caption, why);

	if (rc == 0)
		rc = text_fault(p, "back", s->back, why);
	if (rc == 0)
		rc = text_fault(p, "heading", s->heading, why);
	for (const char *at = s->sort; rc == 0 && next_header(&at, header);)
		if (!known(p, header))
			rc = unknown("sort", header, why);
	return rc;
}

static const char *blank_in(const char *text, const struct subject *who,
			    char header[static HEADER_BYTES])
{
	const char *end = text + strlen(text), *close;
	char buf[64];

	for (const char *at = text; at < end; at++) {
		const char *value;

		if (*at != '{')
			continue;
		close = header_at(at, end, header);
		value = close ? subject_field(who, header, buf) : "x";
		if (!value || !value[0])
			return header;
		at = close ? close : at + 1;
	}
	return NULL;
}

const char *sheet_blank(const struct sheet_spec *s, const struct subject *who,
			char header[static 96])
{
	const char *found = blank_in(s->back, who, header);

	return found ? found : blank_in(s->caption, who, header);
}
