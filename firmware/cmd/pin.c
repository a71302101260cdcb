/* `tapshot pin set`: the photographer's PIN. It is read from the terminal or stdin, never from the
 * command line, which other users can see. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "firmware/cmd/ask.h"
#include "firmware/cmd/cmd.h"
#include "firmware/store/pin.h"

static const char usage[] =
	"usage: tapshot pin set [--data DIR]\n"
	"Sets the photographer's PIN, 4 to 12 digits: asked for twice on a terminal, else one line\n"
	"from stdin. It is needed to add a person at the kiosk who is not on the list.\n";

enum { LINE_BYTES = 64 };

static int set(const char *data)
{
	char pin[LINE_BYTES] = "";
	const char *why = ask_secret("New PIN: ", pin, sizeof(pin));
	int rc = 0;

	if (!why && !pin_usable(pin))
		why = "a PIN has 4 to 12 digits";
	if (!why) {
		rc = pin_set(data, pin);
		why = rc == -EUCLEAN ? "kiosk.db is damaged or from a newer program"
		      : rc < 0	     ? strerror(-rc)
				     : NULL;
	}
	explicit_bzero(pin, sizeof(pin));
	if (!why)
		printf("the photographer's PIN is set\n");
	else
		fprintf(stderr, "tapshot pin: %s\n", why);
	return !why ? 0 : rc < 0 ? EXIT_CANNOT : EXIT_NO;
}

int cmd_pin(int argc, char **argv)
{
	struct cmd_common c;

	argc = cmd_common(argc, argv, &c);
	if (argc < 0)
		return EXIT_USAGE;
	if (argc == 2 && !c.help && !strcmp(argv[1], "set"))
		return set(c.data);
	fputs(usage, c.help ? stdout : stderr);
	return c.help ? 0 : EXIT_USAGE;
}
