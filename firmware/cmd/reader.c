/* `tapshot reader list | read`: try a card reader without the kiosk. */
#include <errno.h>
#include <glob.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "drivers/reader/reader.h"
#include "firmware/base/cleanup.h"
#include "firmware/cmd/cmd.h"
#include "firmware/identity/identity.h"

enum { WAIT_MS = 30000 };

static const char *const causes[READER_CAUSE_COUNT] = {
	[READER_OK] = "ok",
	[READER_NOT_FOUND] = "no reader at this port",
	[READER_NO_ACCESS] = "no permission to open the port",
	[READER_SILENT] = "the reader does not answer",
	[READER_CARD_MOVED] = "the card was moved; place it again",
	[READER_CARD_REFUSED] = "the card was refused",
	[READER_GARBLED] = "the reader's answer was damaged",
	[READER_MODULE_FAULT] = "the reader reports a fault; it needs service",
	[READER_LOST] = "the reader was unplugged",
	[READER_CLAIMED] = "another program is using it",
	[READER_UNSUPPORTED] = "a known reader, but its framing is unknown",
};

static const char *const types[CARD_TYPE_COUNT] = {
	[CARD_RESIDENT] = "resident",
	[CARD_FOREIGNER_2017] = "foreigner-2017",
	[CARD_RESIDENCE_PERMIT] = "residence-permit",
	[CARD_FOREIGNER_2023] = "foreigner-2023",
};

static int usage(FILE *to, int status)
{
	fprintf(to,
		"usage: tapshot reader list [--json]\n"
		"       tapshot reader read --port serial:PATH [--json]   wait 30 s for a card\n");
	return status;
}

static int list(const struct cmd_common *c)
{
	json_t *ports = json_array();
	glob_t found = { 0 };

	glob("/dev/ttyUSB*", 0, NULL, &found);
	glob("/dev/ttyACM*", GLOB_APPEND, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++)
		json_array_append_new(ports, json_sprintf("serial:%s", found.gl_pathv[i]));
	globfree(&found);
	if (c->json) {
		json_dumpf(ports, stdout, 0);
		printf("\n");
	}
	for (size_t i = 0; !c->json && i < json_array_size(ports); i++)
		printf("%s\n", json_string_value(json_array_get(ports, i)));
	if (!c->json && !json_array_size(ports))
		printf("no serial port; any path works: --port serial:PATH\n");
	json_decref(ports);
	for (const struct reader_ops *const *d = reader_drivers; !c->json && *d; d++)
		printf("driver %s\n", (*d)->name);
	return 0;
}

/* The name stays on the card: this is for trying a reader, not for reading people. */
static void print_card(const struct card *card, const char *identity, int json)
{
	char masked[IDENTITY_MAX];
	json_t *j;

	identity_mask(card->number, masked);
	if (!json) {
		printf("%s %s\n", types[card->type], masked);
		return;
	}
	j = json_pack("{s:s, s:s, s:s}", "type", types[card->type], "number", masked, "reader",
		      identity);
	json_dumpf(j, stdout, 0);
	printf("\n");
	json_decref(j);
}

static int cannot(enum reader_cause cause)
{
	fprintf(stderr, "tapshot reader: %s\n", causes[cause]);
	return EXIT_CANNOT;
}

static int read_card(const char *port, const struct cmd_common *c)
{
	enum reader_cause cause;
	struct reader *r;
	struct card card;
	int rc = reader_open(port, &r);

	if (rc == -EINVAL)
		return usage(stderr, EXIT_USAGE);
	if (rc < 0)
		return cannot(reader_cause_of(rc));
	rc = reader_wait(r, WAIT_MS, &card, &cause);
	if (!rc)
		print_card(&card, reader_identity(r), c->json);
	explicit_bzero(&card, sizeof(card));
	reader_close(r);
	if (rc == -EAGAIN) {
		fprintf(stderr, "tapshot reader: no card came\n");
		return EXIT_NO;
	}
	if (rc == -ENODEV)
		cause = READER_LOST;
	return rc < 0 ? cannot(cause) : 0;
}

int cmd_reader(int argc, char **argv)
{
	struct cmd_common c;

	argc = cmd_common(argc, argv, &c);
	if (argc < 0)
		return EXIT_USAGE;
	if (c.help)
		return usage(stdout, 0);
	if (argc == 2 && !strcmp(argv[1], "list"))
		return list(&c);
	if (argc == 4 && !strcmp(argv[1], "read") && !strcmp(argv[2], "--port"))
		return read_card(argv[3], &c);
	return usage(stderr, EXIT_USAGE);
}
