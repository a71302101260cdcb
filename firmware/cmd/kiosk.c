/* `tapshot kiosk`: the kiosk itself. */
#include <stdio.h>
#include <string.h>

#include "firmware/base/text.h"
#include "firmware/cmd/cmd.h"
#include "firmware/kiosk/kiosk_run.h"

static const char help[] =
	"usage: tapshot kiosk --config FILE [--data DIR] [--job JOB] [--control PATH]\n"
	"\n"
	"Runs the kiosk until SIGTERM. --control opens the control socket for tests and training.\n"
	"Every key of FILE stands in config/kiosk.conf with its default.\n";

int cmd_kiosk(int argc, char **argv)
{
	const char *control = NULL;
	struct kiosk_config config;
	struct config_error err;
	struct cmd_common c;
	char job[64];

	for (int i = 1; i + 1 < argc; i++) {
		if (strcmp(argv[i], "--control"))
			continue;
		control = argv[i + 1];
		memmove(&argv[i], &argv[i + 2], (size_t)(argc - i - 2) * sizeof(*argv));
		argc -= 2;
		break;
	}
	argc = cmd_common(argc, argv, &c);
	if (argc != 1 || c.help) {
		fputs(help, c.help ? stdout : stderr);
		return c.help ? 0 : EXIT_USAGE;
	}
	if (kiosk_config_load(c.config, &config, &err) < 0) {
		fprintf(stderr, "tapshot kiosk: %s\n", err.text);
		return EXIT_CANNOT;
	}
	if (!c.data_given && config.data[0])
		c.data = config.data;
	text_copy(config.data, sizeof(config.data), c.data);
	if (!c.job && config.job[0])
		c.job = config.job;
	if (cmd_pick_job(&c, job) < 0)
		return EXIT_CANNOT;
	return kiosk_run(&config, job, control);
}
