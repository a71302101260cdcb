/* `tapshot reader list | read`: try a card reader without the kiosk. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "drivers/reader/reader.h"
#include "drivers/reader/reader_list.h"
#include "drivers/reader/usb_devices.h"
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
	[READER_UNSUPPORTED] = "known, but cannot be used: `tapshot reader list` says why",
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
		"usage: tapshot reader list [--json]       readers on this machine, and their ports\n"
		"       tapshot reader read --port PORT [--json]   wait 30 s for a card\n"
		"       tapshot reader devices [--udev|--markdown] readers known by their USB ids\n"
		"PORT: serial:PATH, usb (the first that is free), usb:BUS-PATH as list shows it\n");
	return status;
}

static json_t *seen_json(const struct reader_seen *s)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:b, s:s}", "port", s->port, "model", s->model,
			 "transport", s->transport, "sam_id", s->identity, "usable",
			 s->cause == READER_OK, "state", causes[s->cause]);
}

static int list(const struct cmd_common *c)
{
	struct reader_seen seen[READER_SEEN_MAX];
	int n = reader_list(seen);
	json_t *j = json_array();

	for (int i = 0; i < n; i++) {
		json_array_append_new(j, seen_json(&seen[i]));
		if (!c->json && seen[i].cause == READER_UNSUPPORTED)
			printf("%-20s %s, %s\n", seen[i].port, seen[i].model, seen[i].transport);
		else if (!c->json)
			printf("%-20s %s, %s, %s\n", seen[i].port, seen[i].model, seen[i].transport,
			       seen[i].cause != READER_OK ? causes[seen[i].cause]
			       : seen[i].identity[0]	  ? seen[i].identity
							  : "no SAM id");
	}
	if (c->json) {
		json_dumpf(j, stdout, 0);
		printf("\n");
	} else if (!n) {
		printf("no reader on USB, no USB serial port; any path works: --port serial:PATH\n");
	}
	json_decref(j);
	return 0;
}

static int devices(const char *form)
{
	if (!form || !strcmp(form, "--markdown"))
		usb_devices_markdown(stdout);
	else if (!strcmp(form, "--udev"))
		usb_devices_udev(stdout);
	else
		return usage(stderr, EXIT_USAGE);
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
	if ((argc == 2 || argc == 3) && !strcmp(argv[1], "devices"))
		return devices(argc == 3 ? argv[2] : NULL);
	if (argc == 4 && !strcmp(argv[1], "read") && !strcmp(argv[2], "--port"))
		return read_card(argv[3], &c);
	return usage(stderr, EXIT_USAGE);
}
