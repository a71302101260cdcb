/* `tapshot pin set`: the photographer's PIN. It is read from the terminal or stdin, never from the
 * command line, which other users can see. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "firmware/cmd/cmd.h"
#include "firmware/store/pin.h"

static const char usage[] =
	"usage: tapshot pin set [--data DIR]\n"
	"Sets the photographer's PIN, 4 to 12 digits: asked for twice on a terminal, else one line\n"
	"from stdin. It is needed to add a person at the kiosk who is not on the list.\n";

enum { LINE_BYTES = 64 };

static bool read_line(char out[static LINE_BYTES])
{
	size_t n;

	if (!fgets(out, LINE_BYTES, stdin))
		return false;
	n = strcspn(out, "\r\n");
	if (!out[n] && n == LINE_BYTES - 1)
		return false;
	out[n] = '\0';
	return true;
}

static bool ask_hidden(const char *question, char out[static LINE_BYTES])
{
	struct termios was, quiet;
	bool ok;

	if (tcgetattr(STDIN_FILENO, &was) < 0)
		return false;
	quiet = was;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	fputs(question, stderr);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	ok = read_line(out);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
	fputc('\n', stderr);
	return ok;
}

/* Return: 0 or why not, in words. */
static const char *read_pin(char pin[static LINE_BYTES])
{
	char again[LINE_BYTES] = "";
	bool same;

	if (!isatty(STDIN_FILENO))
		return read_line(pin) ? NULL : "no PIN came";
	if (!ask_hidden("New PIN: ", pin) || !ask_hidden("Once more: ", again))
		return "no PIN came";
	same = !strcmp(pin, again);
	explicit_bzero(again, sizeof(again));
	return same ? NULL : "the two are not the same; nothing was changed";
}

static int set(const char *data)
{
	char pin[LINE_BYTES] = "";
	const char *why;
	int rc = 0;

	setvbuf(stdin, NULL, _IONBF, 0); /* no copy of it in a buffer that nobody wipes */
	why = read_pin(pin);
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
