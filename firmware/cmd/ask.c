#include "firmware/cmd/ask.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

bool ask_line(char *out, size_t size)
{
	size_t n;

	setvbuf(stdin, NULL, _IONBF, 0); /* no copy of it in a buffer that nobody wipes */
	if (!fgets(out, (int)size, stdin))
		return false;
	n = strcspn(out, "\r\n");
	if (!out[n] && n == size - 1)
		return false;
	out[n] = '\0';
	return true;
}

bool ask_hidden(const char *question, char *out, size_t size)
{
	struct termios was, quiet;
	bool ok;

	if (tcgetattr(STDIN_FILENO, &was) < 0)
		return false;
	quiet = was;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	fputs(question, stderr);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	ok = ask_line(out, size);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
	fputc('\n', stderr);
	return ok;
}

const char *ask_secret(const char *question, char *out, size_t size)
{
	char again[256] = "";
	bool same;

	if (!isatty(STDIN_FILENO))
		return ask_line(out, size) ? NULL : "nothing came, or too much";
	if (!ask_hidden(question, out, size) || !ask_hidden("Once more: ", again, sizeof(again)))
		return "nothing came";
	same = !strcmp(out, again);
	explicit_bzero(again, sizeof(again));
	return same ? NULL : "the two are not the same; nothing was changed";
}
