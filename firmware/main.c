#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"
#include "firmware/cmd/cmd.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help; /* NULL: not for people */
} commands[] = {
	{ "check", cmd_check, "judge portraits and say why" },
	{ "cut", cmd_cut, "cut finished pictures from an original" },
	{ "reader", cmd_reader, "list known readers; read one card" },
	{ "screens", cmd_screens, "draw every screen as PNG" },
	{ "camera", cmd_camera, "list the camera, or take one picture" },
	{ "kiosk", cmd_kiosk, "the kiosk: tap, shoot, check, store" },
	{ "pin", cmd_pin, "set the photographer's PIN" },
	{ "job", cmd_job, "make a job, its fields, the job sheet" },
	{ "roster", cmd_roster, "import people, list them" },
	{ "shots", cmd_shots, "list pictures, their states and numbers" },
	{ "export", cmd_export, "write pictures and lists to a stick" },
	{ "verify", cmd_verify, "is a package whole, and whose is it?" },
	{ "key", cmd_key, "the fingerprint of this kiosk's signing key" },
	{ "print", cmd_print, "print sheets for a photo lab, address labels" },
	{ "erase", cmd_erase, "remove a job after its export, with a certificate" },
	{ "errata", cmd_errata, "corrections after delivery, from kiosk or archive" },
	{ "merge", cmd_merge, "packages of several kiosks into one job" },
	{ "collect", cmd_collect, "pictures made elsewhere into a job" },
	{ "disk", cmd_disk, "list sticks" },
	{ "worker", cmd_worker, NULL },
};

static int usage(FILE *to, int status)
{
	fprintf(to, "usage: tapshot COMMAND [options]   (tapshot COMMAND -h tells more)\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i].help)
			fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].help);
	return status;
}

/* Personal data must not end up in a core file; a closed socket must not end the program. */
static void harden(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	signal(SIGPIPE, SIG_IGN);
}

int main(int argc, char **argv)
{
	harden();
	text_init(NULL);
	if (argc < 2)
		return usage(stderr, EXIT_USAGE);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	if (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help") || !strcmp(argv[1], "help"))
		return usage(stdout, 0);
	fprintf(stderr, "tapshot: there is no command “%s”\n\n", argv[1]);
	return usage(stderr, EXIT_USAGE);
}
