/*
 * A job that is photographed before its roster comes: whoever taps and is not known becomes a record
 * from the card's fields, without a question, and is then answered like anybody on the list. Only
 * cards: a typed number still needs the photographer's PIN.
 */
#include <string.h>

#include "firmware/kiosk/kiosk.h"
#include "firmware/store/fields.h"
#define LOG_MODULE "newcomer"
#include "firmware/base/log.h"

void newcomer_start(struct kiosk *k)
{
	k->newcomer.open =
		job_is(k->db, JOB_FIELD(ROSTER), "open") && !job_is(k->db, JOB_FIELD(KIND), "GRAD");
	if (k->newcomer.open)
		log_i("open roster: unknown cards become records");
}

static bool known(struct kiosk *k, const char *number)
{
	struct person p;

	return number[0] && roster_find(k->roster, number, &p, 1) != 0;
}

/* Made or not, the card is looked up again: what went wrong is then said where it always is. */
static void on_added(void *ctx, struct store_reply *r)
{
	struct kiosk *k = ctx;
	struct newcomer now = k->newcomer;

	k->newcomer.asked = false;
	explicit_bzero(k->newcomer.number, sizeof(k->newcomer.number));
	explicit_bzero(k->newcomer.other, sizeof(k->newcomer.other));
	if (r->cause != STORE_OK)
		log_w("no record for an unknown card cause=%d", (int)r->cause);
	kiosk_count(k);
	if (now.lane)
		intake_lane(k, now.number, now.other);
	else
		intake_number(k, now.number, now.other, "number", now.english);
	explicit_bzero(&now, sizeof(now));
	kiosk_settle(k);
}

bool newcomer_card(struct kiosk *k, const struct card *c, bool lane)
{
	struct store_newcomer n = { .open = true };
	struct newcomer *w = &k->newcomer;

	if (!w->open || w->asked || known(k, c->number) || known(k, c->other_number))
		return false;
	walkin_from_card(&n, c);
	if (n.documents[0][0]) {
		w->asked = true;
		w->lane = lane;
		w->english = c->type == CARD_FOREIGNER_2017 || c->type == CARD_FOREIGNER_2023;
		text_copy(w->number, sizeof(w->number), c->number);
		text_copy(w->other, sizeof(w->other), c->other_number);
		store_open_card(k->store, &n, on_added, k);
	}
	explicit_bzero(&n, sizeof(n));
	return w->asked;
}
