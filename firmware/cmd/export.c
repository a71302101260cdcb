/* `tapshot export`: the plain export onto a stick or folder. */
#include <stdio.h>
#include <string.h>

#include "firmware/cmd/cmd.h"
#include "firmware/export/export.h"

static const char usage[] =
	"usage: tapshot export [--job JOB] --to DIR\n"
	"Writes DIR/JOB/: 照片/NUMBER.jpg, 名单.csv, 未采集名单.csv, SHA256SUMS; reads everything back\n"
	"and compares before it says done. Check it anywhere with: cd DIR/JOB && sha256sum -c SHA256SUMS\n";

int cmd_export(int argc, char **argv)
{
	struct export_report report;
	const char *to = NULL;
	struct cmd_common c;
	char job[64];

	argc = cmd_common(argc, argv, &c);
	if (argc == 3 && !strcmp(argv[1], "--to"))
		to = argv[2];
	else if (argc == 2 && !strncmp(argv[1], "--to=", 5))
		to = argv[1] + 5;
	if (!to || c.help) {
		fputs(usage, c.help ? stdout : stderr);
		return c.help ? 0 : EXIT_USAGE;
	}
	if (cmd_pick_job(&c, job) < 0)
		return EXIT_CANNOT;
	if (export_job(c.data, job, to, &report) < 0) {
		fprintf(stderr, "tapshot: export stopped at %s%s%s: %s\n", report.path,
			report.where[0] ? "/" : "", report.where, export_words(report.cause));
		return EXIT_CANNOT;
	}
	printf("done: %d pictures, %d people not captured, %d files written, %d already there; read "
	       "back and compared: %s\n",
	       report.photos, report.missing, report.written, report.kept, report.path);
	return 0;
}
