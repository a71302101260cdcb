/* Config files: what is wrong is named with file and line, and nothing is half taken. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "firmware/kiosk/kiosk_config.h"

static char path[64];

static int load(const char *text, struct kiosk_config *c, struct config_error *err)
{
	FILE *f;
	int rc;

	strcpy(path, "/tmp/tapshot-conf-XXXXXX");
	f = fdopen(mkstemp(path), "w");
	fputs(text, f);
	fclose(f);
	rc = kiosk_config_load(path, c, err);
	unlink(path);
	return rc;
}

static void refused(const char *text, int line, const char *about)
{
	struct kiosk_config c;
	struct config_error err = { "" };
	char where[80];

	assert_true(load(text, &c, &err) < 0);
	snprintf(where, sizeof(where), "%s:%d:", path, line);
	if (!strstr(err.text, where) || !strstr(err.text, about))
		fail_msg("“%s” should name %s and “%s”", err.text, where, about);
}

static void keys_are_taken(void **state)
{
	struct kiosk_config c;
	struct config_error err;

	(void)state;
	assert_int_equal(
		load("# comment\nreader.port = serial:/dev/pts/3\n"
		     "kiosk.school = 示例大学\ndisplay.driver=window\nframing.limit_s = 30\n",
		     &c, &err),
		0);
	assert_string_equal(c.reader_port, "serial:/dev/pts/3");
	assert_string_equal(c.school, "示例大学");
	assert_string_equal(kiosk_display_drivers[c.display_driver], "window");
	assert_int_equal(c.framing_limit_s, 30);
	assert_int_equal(c.accept_after_ms, 2000);
}

static void the_shipped_file_is_all_defaults(void **state)
{
	struct kiosk_config shipped, plain;
	struct config_error err;
	char line[256], uncommented[300], text[16384] = "";
	FILE *f = fopen("config/kiosk.conf", "r");

	(void)state;
	if (!f)
		f = fopen("../../config/kiosk.conf", "r");
	assert_non_null(f);
	memset(&shipped, 0, sizeof(shipped));
	memset(&plain, 0, sizeof(plain));
	while (fgets(line, sizeof(line), f)) {
		/* "#key = value" without a blank is a commented key */
		snprintf(uncommented, sizeof(uncommented), "%s",
			 line[0] == '#' && line[1] != ' ' ? line + 1 : line);
		strcat(text, uncommented);
	}
	fclose(f);
	if (load(text, &shipped, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(kiosk_config_load(NULL, &plain, &err), 0);
	memset(shipped.data, 0, sizeof(shipped.data)); /* the file names the built-in place */
	assert_memory_equal(&shipped, &plain, sizeof(plain));
}

static void mistakes_are_named_with_their_line(void **state)
{
	char longline[400] = "kiosk.school = ";

	(void)state;
	refused("\nreader.prot = x\n", 2, "unknown key");
	refused("display.width = 12\n", 1, "display.width");
	refused("display.width = wide\n", 1, "display.width");
	refused("display.driver = drm2\n", 1, "one of");
	refused("display.sound = maybe\n", 1, "yes or no");
	refused("kiosk.id = K1\nkiosk.id = K2\n", 2, "second time");
	refused("[kiosk]\nid = K1\n", 2, "sections");
	refused("# fine\n\njust words\n", 3, "key = value");
	refused("kiosk.school = \xff\xfe\n", 1, "kiosk.school");
	memset(longline + strlen(longline), 'x', 300);
	refused(longline, 1, "too long");
}

static void a_missing_file_is_said(void **state)
{
	struct kiosk_config c;
	struct config_error err;

	(void)state;
	assert_true(kiosk_config_load("/nonexistent/kiosk.conf", &c, &err) < 0);
	assert_non_null(strstr(err.text, "/nonexistent/kiosk.conf"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_taken),
		cmocka_unit_test(the_shipped_file_is_all_defaults),
		cmocka_unit_test(mistakes_are_named_with_their_line),
		cmocka_unit_test(a_missing_file_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
