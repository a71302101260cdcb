/* Who gets a parcel, and what is in it. */
#include "firmware/export/labels.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/export/label_inside.h"
#include "firmware/store/fields.h"

struct parcel {
	const char *name;
	int people, with;
};

/* What the job says, read once. */
struct own {
	char school[JOB_FIELD_MAX], address[JOB_FIELD_MAX], contact[JOB_FIELD_MAX];
	char phone[JOB_FIELD_MAX], unit[JOB_FIELD_MAX], support[JOB_FIELD_MAX];
	int copies;
};

static int count_of(sqlite3 *db, enum job_field f)
{
	char text[JOB_FIELD_MAX];

	job_field_get(db, f, text);
	return atoi(text);
}

static void read_own(sqlite3 *db, int copies, struct own *o)
{
	job_field_get(db, JOB_FIELD(SCHOOL_NAME), o->school);
	job_field_get(db, JOB_FIELD(CONTACT_ADDRESS), o->address);
	job_field_get(db, JOB_FIELD(CONTACT), o->contact);
	job_field_get(db, JOB_FIELD(CONTACT_PHONE), o->phone);
	job_field_get(db, JOB_FIELD(UNIT), o->unit);
	job_field_get(db, JOB_FIELD(SUPPORT), o->support);
	o->copies = copies >= 0 ? copies
				: count_of(db, JOB_FIELD(PRINT_HAND_IN)) +
					  count_of(db, JOB_FIELD(PRINT_KEEP));
}

/* --- parcels ----------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct parcel *)a)->name, ((const struct parcel *)b)->name);
}

/* One entry a person, then those of one name together. */
static int parcels(const struct people *p, const struct label_wish *w, const char *by,
		   struct parcel **out)
{
	struct parcel *all = calloc((size_t)p->count + 1, sizeof(*all));
	int count = 0, kept = 0;
	char buf[64];

	if (!all)
		return -ENOMEM;
	for (int i = 0; i < p->count; i++) {
		const struct subject *s = &p->all[i];
		const char *name = subject_field(s, by, buf);

		if (s->removed || (name == buf) || (w->only && (!name || strcmp(name, w->only))))
			continue;
		all[count++] = (struct parcel){ name ? name : "", 1, s->shot != 0 };
	}
	qsort(all, (size_t)count, sizeof(*all), by_name);
	for (int i = 0; i < count; i++) {
		if (kept && !strcmp(all[kept - 1].name, all[i].name)) {
			all[kept - 1].people++;
			all[kept - 1].with += all[i].with;
		} else {
			all[kept++] = all[i];
		}
	}
	*out = all;
	return kept;
}

/* --- words ------------------------------------------------------------------------------------- */

static const char *say(char *out, size_t size, const char *id, const char *a, const char *b,
		       const char *c)
{
	const struct text_arg args[] = { { "a", a }, { "b", b }, { "c", c }, { NULL, NULL } };

	return text_format(out, size, LANG_ZH, id, args);
}

static void content_of(const struct parcel *p, int copies, char *out, size_t size)
{
	char people[16], each[16], all[16], missing[16];
	char line[200];

	snprintf(people, sizeof(people), "%d", p->with);
	snprintf(each, sizeof(each), "%d", copies);
	snprintf(all, sizeof(all), "%d", p->with * copies);
	say(line, sizeof(line), copies ? "parcel.prints" : "parcel.people", people, each, all);
	text_copy(out, size, line);
	if (p->people == p->with)
		return;
	snprintf(missing, sizeof(missing), "%d", p->people - p->with);
	say(line, sizeof(line), "parcel.missing", missing, "", "");
	text_copy(out + strlen(out), size - strlen(out), line);
}

static void join(char *out, size_t size, const char *a, const char *b)
{
	text_copy(out, size, a);
	if (a[0] && b[0])
		text_copy(out + strlen(out), size - strlen(out), "  ");
	text_copy(out + strlen(out), size - strlen(out), b);
}

static void fill(const struct parcel *p, const struct own *o, const struct addresses *a,
		 struct label *l)
{
	const struct address *at = addresses_find(a, p->name);
	char from[JOB_FIELD_MAX * 2], who[600];

	join(who, sizeof(who), o->school, p->name);
	say(l->to, sizeof(l->to), "parcel.to", who, "", "");
	text_copy(l->address, sizeof(l->address), at ? at->place : o->address);
	join(l->contact, sizeof(l->contact), at ? at->contact : o->contact,
	     at ? at->phone : o->phone);
	content_of(p, o->copies, l->content, sizeof(l->content));
	join(from, sizeof(from), o->unit, o->support);
	l->from[0] = '\0';
	if (from[0])
		say(l->from, sizeof(l->from), "parcel.from", from, "", "");
}

static int fill_all(const struct parcel *all, int count, const struct own *o,
		    const struct addresses *a, struct label *out, char why[static 256])
{
	for (int i = 0; i < count; i++) {
		if (a && all[i].name[0] && !addresses_find(a, all[i].name)) {
			snprintf(why, 256, "the table of addresses has none for “%s”", all[i].name);
			return -EINVAL;
		}
		fill(&all[i], o, a, &out[i]);
	}
	return count;
}

static bool known(const struct people *p, const char *header)
{
	char buf[64];

	for (int i = 0; i < p->count; i++) {
		const char *value = subject_field(&p->all[i], header, buf);

		if (value && value != buf) /* a shooting number is nobody's address */
			return true;
	}
	return false;
}

int labels_make(sqlite3 *db, const struct people *p, const struct label_wish *w, struct label **out,
		char why[static 256])
{
	SCOPED_FREE struct parcel *all = NULL;
	SCOPED_FREE struct own *own = calloc(1, sizeof(*own));
	const char *by = w->by ? w->by : "函授站";
	struct addresses *a = NULL;
	int count, rc;

	snprintf(why, 256, "out of memory");
	if (!own)
		return -ENOMEM;
	if (!known(p, by)) {
		snprintf(why, 256, "the roster has no column “%s” to send by", by);
		return -EINVAL;
	}
	rc = w->addresses ? addresses_load(w->addresses, by, &a, why) : 0;
	if (rc < 0)
		return rc;
	read_own(db, w->copies, own);
	count = rc = parcels(p, w, by, &all);
	*out = rc < 0 ? NULL : calloc((size_t)count + 1, sizeof(**out));
	if (*out) {
		rc = fill_all(all, count, own, a, *out, why);
		if (rc < 0)
			free(*out);
	} else {
		rc = -ENOMEM;
	}
	addresses_free(a);
	return rc;
}
