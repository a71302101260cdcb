#include "firmware/export/print_list.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/export/lists.h"
#include "firmware/export/print_file.h"

static int cells(struct list *l, const char *const *texts, int count)
{
	int rc = list_row(l);

	for (int i = 0; i < count && rc == 0; i++)
		rc = list_cell(l, texts[i]);
	return rc;
}

static int header(struct list *l, const char *const *ids, int count)
{
	int rc = list_row(l);

	for (int i = 0; i < count && rc == 0; i++)
		rc = list_cell(l, text_get(LANG_ZH, ids[i]));
	return rc;
}

static int row(struct list *l, const struct print_result *r, int i)
{
	const struct sheet_done *d = &r->report.done[i];
	char place[16], sheets[32], hand_in[16], keep[16];
	const char *const texts[] = { place,
				      sheets,
				      remap_find(r->remap, d->s->student_no),
				      d->s->name,
				      d->s->class_name,
				      d->s->station,
				      hand_in,
				      keep };

	snprintf(place, sizeof(place), "%d", i + 1);
	snprintf(sheets, sizeof(sheets), d->last_page > d->first_page ? "%d–%d" : "%d",
		 d->first_page, d->last_page);
	snprintf(hand_in, sizeof(hand_in), "%d", d->hand_in);
	snprintf(keep, sizeof(keep), "%d", d->keep);
	return cells(l, texts, ARRAY_SIZE(texts));
}

static int finish(struct list *l, const char *path)
{
	void *data = NULL;
	size_t bytes;
	int lost, rc = list_file(l, path, &data, &bytes, &lost);

	if (rc == 0 || rc == -EILSEQ)
		rc = print_file_put(path, data, bytes);
	free(data);
	return rc;
}

int print_list(const char *path, const struct print_result *r)
{
	static const char *const ids[] = { "sheet.list.place",	"sheet.list.sheets",
					   "sheet.list.number", "sheet.list.name",
					   "sheet.list.class",	"sheet.list.station",
					   "sheet.hand_in",	"sheet.keep" };
	struct list *l = list_new(text_get(LANG_ZH, "sheet.list.title"));
	int rc = l ? header(l, ids, ARRAY_SIZE(ids)) : -ENOMEM;

	for (int i = 0; i < r->report.people && rc == 0; i++)
		rc = row(l, r, i);
	if (rc == 0)
		rc = finish(l, path);
	list_free(l);
	return rc;
}

int print_label_list(const char *path, const struct label *all, int count)
{
	static const char *const ids[] = { "parcel.list.to", "parcel.list.address",
					   "parcel.list.contact", "parcel.list.content" };
	struct list *l = list_new(text_get(LANG_ZH, "parcel.list.title"));
	int rc = l ? header(l, ids, ARRAY_SIZE(ids)) : -ENOMEM;

	for (int i = 0; i < count && rc == 0; i++) {
		const char *const texts[] = { all[i].to, all[i].address, all[i].contact,
					      all[i].content };

		rc = cells(l, texts, ARRAY_SIZE(texts));
	}
	if (rc == 0)
		rc = finish(l, path);
	list_free(l);
	return rc;
}
