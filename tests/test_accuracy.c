/* The check is as often right as it was when tests/data/accuracy.tsv was written: no cell of the
 * small balanced set may get worse. `make accuracy` has the whole set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "tools/accuracy/accuracy.h"

static struct judge judge;

static int load(void **state)
{
	struct config_error err;
	char preset[800];

	(void)state;
	return preset_path("chsi-480", preset, sizeof(preset)) < 0
		       ? -1
		       : judge_open(preset, NULL, JUDGE_MODEL, &judge, &err);
}

static int unload(void **state)
{
	(void)state;
	judge_close(&judge);
	return 0;
}

static void no_cell_got_worse(void **state)
{
	int workers = (int)sysconf(_SC_NPROCESSORS_ONLN);
	SCOPED_FREE struct drawn *d = NULL;
	size_t n = drawn_list(true, 1, &d);
	struct judged *all;
	int worse;

	(void)state;
	assert_true(n > 0);
	all = drawn_run(&judge, d, n, true, workers);
	assert_non_null(all);
	worse = table_compare("tests/data/accuracy.tsv", true, d, all, n, stdout);
	crew_free(all, n);
	if (worse)
		fail_msg("%d rows; if meant: build/accuracy --small --update --table "
			 "tests/data/accuracy.tsv",
			 worse);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_cell_got_worse),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
