/*
 * A number that finds several people: nobody is taken by chance. The operator sees the records and
 * presses the digit of one; it then goes on as if that person alone had been found.
 */
#include <jansson.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/kiosk/kiosk.h"

enum { CHOOSE_MS = 30000 }; /* time to ask the person which record is theirs */

void choose_offer(struct kiosk *k, const struct person *rows, int count)
{
	if (k->session.state != ST_REFUSED)
		return;
	memcpy(k->choice.rows, rows, (size_t)count * sizeof(*rows));
	k->choice.count = count;
	session_stay(&k->session, CHOOSE_MS);
}

void choose_clear(struct kiosk *k)
{
	explicit_bzero(&k->choice, sizeof(k->choice));
}

bool choose_standing(const struct kiosk *k)
{
	return k->choice.count && k->session.state == ST_REFUSED && k->overlay == OVERLAY_NONE;
}

bool choose_take(struct kiosk *k, int n)
{
	int rows = k->choice.count;

	if (!choose_standing(k) || n < 1 || n > rows)
		return false;
	intake_chosen(k, k->choice.rows[n - 1].id, rows, n);
	return true;
}

void choose_fill(const struct kiosk *k, struct scene *sc)
{
	if (sc->screen != SCREEN_CHOOSE)
		return;
	text_copy(sc->masked_id, sizeof(sc->masked_id), k->session.who.masked);
	sc->typed = k->session.who.typed;
	for (int i = 0; i < k->choice.count; i++) {
		const struct person *p = &k->choice.rows[i];
		struct scene_choice *c = &sc->choices[sc->choice_count++];

		text_copy(c->name, sizeof(c->name), p->name);
		text_copy(c->student_no, sizeof(c->student_no), p->student_no);
		text_copy(c->class_name, sizeof(c->class_name), p->class_name);
		text_copy(c->level, sizeof(c->level), p->level);
		text_copy(c->number, sizeof(c->number), p->seq);
		c->captured = p->captured;
	}
	for (int i = 0; i < sc->key_count; i++) { /* whose key is a digit now */
		const char *label = sc->keys[i].label;

		if (label[0] >= '1' && label[0] < '1' + CHOOSE_MAX && !label[1])
			sc->keys[i].enabled = false;
	}
}

json_t *choose_list(const struct scene *sc)
{
	json_t *list = json_array();

	for (int i = 0; i < sc->choice_count; i++) {
		const char *number = sc->choices[i].number;

		json_array_append_new(list, json_pack("{s:i,s:o,s:b}", "n", i + 1, "seq",
						      number[0] ? json_string(number) : json_null(),
						      "captured", sc->choices[i].captured));
	}
	return list;
}
