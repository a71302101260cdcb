/* What a flow expects to find in the books after a shot. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/flow.h"

static struct flow_shot shots[FLOW_SHOTS_MAX];

/* The only new picture in the books is this visit's, accepted, and the camera's @mark. */
void flow_one_accepted(struct rig *r, int before, long long visit, long long mark)
{
	assert_int_equal(flow_shots(r, shots), before + 1);
	assert_string_equal(shots[before].state, "accepted");
	assert_int_equal(shots[before].visit, visit);
	assert_int_equal(shots[before].mark, mark);
}

bool flow_ledger_has(struct rig *r, const char *type, const char *body_like)
{
	char command[800];

	snprintf(
		command, sizeof(command),
		"sqlite3 %s/jobs/%s/job.db \"SELECT 'yes' FROM event WHERE type = '%s' AND body LIKE "
		"'%s'\" | grep -q yes",
		r->data, r->job, type, body_like);
	return system(command) == 0;
}

/* A visit whose picture comes by a detour that nobody at the kiosk need know of. */
void flow_one_shot_with(struct rig *r, int person, const char *fault)
{
	long long visit, taken = flow_stat(r, "shots");
	int before = flow_shots(r, shots);

	flow_framed(r, person);
	visit = flow_value(r, "visit");
	flow_camera(r, fault);
	flow_key(r, "shoot");
	flow_state(r, "passed");
	flow_state(r, "idle");
	flow_one_accepted(r, before, visit, taken + 1);
}
