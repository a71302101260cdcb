#include "tools/bench/lib/people.h"

#include <stdio.h>
#include <string.h>

#include "firmware/base/clock.h"
#include "firmware/base/docnum.h"

enum { PATIENCE_MS = 20000 };

/* Region 370199 does not exist. */
static void number_of(int person, char out[static 19])
{
	unsigned int n = (unsigned int)person;

	snprintf(out, 19, "37019920040101%03u", (n + 10) % 1000);
	out[17] = docnum_mod_11_2(out);
	out[18] = '\0';
}

bool people_import(struct rig *r, int count)
{
	char path[300], number[19];
	FILE *f;

	snprintf(path, sizeof(path), "%.250s/roster.csv", r->dir);
	f = fopen(path, "w");
	if (!f)
		return false;
	fputs("拍摄序号,学历层次,学号,姓名,性别,身份证号,所在校别,院校代码,学校名称\n", f);
	for (int i = 0; i < count; i++) {
		number_of(i, number);
		fprintf(f, ",成人本科,2026%05d,测试%d,男,%s,普通高校,10999,测试理工大学\n", i, i,
			number);
	}
	return !fclose(f) && rig_import(r, path) == 0;
}

bool people_lay(struct rig *r, int person)
{
	char number[19];

	number_of(person, number);
	return rig_reader(r,
			  "card resident name=测试%d number=%s sex=1 birth=20040101 from=20200101 "
			  "to=20300101",
			  person, number);
}

double event_wait(int events, const char *type, const char *state)
{
	int64_t until = clock_now_ms() + PATIENCE_MS;
	bool gone = false;

	while (clock_now_ms() < until && !gone) {
		json_t *e = rig_next_event(events, 1000, &gone);
		const char *t = json_string_value(json_object_get(e, "type"));
		const char *s = json_string_value(json_object_get(e, "state"));
		double at = (double)json_integer_value(json_object_get(e, "mono_ms"));
		bool hit = t && !strcmp(t, type) && (!state || (s && !strcmp(s, state)));

		json_decref(e);
		if (hit)
			return at;
	}
	fprintf(stderr, "bench: no event %s %s\n", type, state ? state : "");
	return 0;
}

double times_get(struct rig *r, const char *name)
{
	json_t *st = rig_state(r);
	json_t *t = json_object_get(st, "times");
	double at = (double)json_integer_value(json_object_get(t, name));

	json_decref(st);
	return at;
}
