/* 检查报告: a row a file, then the people without one, then the sums. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/export/lists.h"
#include "firmware/office/collect.h"

static char *sentence(const struct collect_finding *f, enum lang lang, const char *what, char *out,
		      size_t size)
{
	const struct text_arg args[] = { { "value", f->value }, { NULL, NULL } };
	char id[64];

	snprintf(id, sizeof(id), "collect.%s.%s", what, collect_word(f->code));
	return text_format(out, size, lang, id, args);
}

char *collect_say(const struct collect_finding *f, enum lang lang, char *out, size_t size)
{
	char id[48];

	if (f->frame < 0)
		return sentence(f, lang, "say", out, size);
	snprintf(id, sizeof(id), "finding.%s", check_code_word((enum check_code)f->frame));
	return text_copy(out, size, text_get(lang, id));
}

char *collect_cure(const struct collect_finding *f, enum lang lang, char *out, size_t size)
{
	return sentence(f, lang, "cure", out, size);
}

static const char *zh(const char *what, const char *word)
{
	char id[64];

	snprintf(id, sizeof(id), "collect.%s.%s", what, word);
	return text_get(LANG_ZH, id);
}

static const char *result_word(const struct collect_photo *p)
{
	static const char *const words[] = {
		[COLLECT_OUT] = "out",
		[COLLECT_REJECTED] = "rejected",
		[COLLECT_TAKEN] = "taken",
		[COLLECT_REPLACED] = "replaced",
	};

	if (p->unchanged && p->fate >= COLLECT_TAKEN)
		return "unchanged";
	return words[p->fate == COLLECT_OUT && p->person ? COLLECT_REJECTED : p->fate];
}

/* Sentences of all findings in one cell; a cure that several share stands once. */
static void join(const struct collect_photo *p, bool cures, char *out, size_t size)
{
	char one[256];
	size_t n = 0;

	out[0] = '\0';
	for (int i = 0; i < p->finding_count && n + 8 < size; i++) {
		if (cures)
			collect_cure(&p->findings[i], LANG_ZH, one, sizeof(one));
		else
			collect_say(&p->findings[i], LANG_ZH, one, sizeof(one));
		if (!one[0] || (cures && strstr(out, one)))
			continue;
		if (n)
			n = strlen(strcat(out, "；"));
		text_copy(out + n, size - n - 4, one);
		n = strlen(out);
	}
}

static void header(struct list *l)
{
	static const char *const columns[] = { "result", "file",  "number", "student_no",
					       "name",	 "class", "say",    "cure" };

	list_row(l);
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		list_cell(l, zh("column", columns[i]));
}

static void person_cells(struct list *l, const struct collect_person *p)
{
	list_cell(l, p ? p->number : "");
	list_cell(l, p ? p->student_no : "");
	list_cell(l, p ? p->name : "");
	list_cell(l, p ? p->class_name : "");
}

static void photo_row(struct list *l, const struct collect_photo *p)
{
	char say[2048], cure[2048];

	join(p, false, say, sizeof(say));
	join(p, true, cure, sizeof(cure));
	list_row(l);
	list_cell(l, zh("result", result_word(p)));
	list_cell(l, p->path);
	person_cells(l, p->person);
	list_cell(l, say);
	list_cell(l, cure);
}

static void missing_row(struct list *l, const struct collect_person *p)
{
	list_row(l);
	list_cell(l, zh("result", "missing"));
	list_cell(l, "");
	person_cells(l, p);
	list_cell(l, zh("say", "missing"));
	list_cell(l, zh("cure", "missing"));
}

static void sum_row(struct list *l, const char *word, int value)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", value);
	list_row(l);
	list_cell(l, zh("sum", word));
	list_cell(l, number);
	for (int i = 0; i < 6; i++)
		list_cell(l, "");
}

/* What needs a hand first. */
static int severity(const struct collect_photo *p)
{
	return !p->person		     ? 0
	       : p->fate == COLLECT_OUT	     ? 1
	       : p->fate == COLLECT_REJECTED ? 1
	       : p->level		     ? 2
					     : 3;
}

static struct list *make(const struct collect *c)
{
	struct list *l = list_new(zh("title", "report"));

	if (!l)
		return NULL;
	header(l);
	for (int s = 0; s < 4; s++) {
		for (int i = 0; i < c->count; i++)
			if (severity(&c->photos[i]) == s)
				photo_row(l, &c->photos[i]);
		for (int i = 0; i < c->missing_count && s == 1; i++)
			missing_row(l, c->missing[i]);
	}
	sum_row(l, "files", c->count);
	sum_row(l, "taken", c->fates[COLLECT_TAKEN] + c->fates[COLLECT_REPLACED]);
	sum_row(l, "rejected", c->fates[COLLECT_REJECTED] + c->fates[COLLECT_OUT] - c->nobodys);
	sum_row(l, "out", c->nobodys);
	sum_row(l, "missing", c->missing_count);
	sum_row(l, "people", c->person_count);
	return l;
}

/* Beside its place first, so that a report is whole or the old one. */
static int write_file(const char *path, const char *data, size_t bytes)
{
	SCOPED_FREE char *part = NULL;
	SCOPED_FD int fd = -1;
	int rc = 0;

	if (asprintf(&part, "%s.part", path) < 0) {
		part = NULL;
		return -ENOMEM;
	}
	fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	while (!rc && bytes) {
		ssize_t n = write(fd, data, bytes);

		if (n < 0 && errno != EINTR)
			rc = -errno;
		data += n > 0 ? n : 0;
		bytes -= n > 0 ? (size_t)n : 0;
	}
	if (!rc && (fsync(fd) < 0 || rename(part, path) < 0))
		rc = -errno;
	if (rc)
		unlink(part);
	return rc;
}

int collect_report(const struct collect *c, const char *path)
{
	struct list *l = make(c);
	SCOPED_FREE void *data = NULL;
	size_t bytes = 0;
	int lost = 0, rc = l ? list_file(l, path, &data, &bytes, &lost) : -ENOMEM;

	list_free(l);
	if (rc < 0 && rc != -EILSEQ)
		return rc;
	return write_file(path, data, bytes);
}
