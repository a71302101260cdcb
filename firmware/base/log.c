#define LOG_MODULE "log"
#include "firmware/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "firmware/base/clock.h"

static int current_level = -1;

static int level_from_environment(void)
{
	const char *v = getenv("TAPSHOT_LOG");

	return v && !strcmp(v, "debug") ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO;
}

void log_set_level(enum log_level level)
{
	current_level = (int)level;
}

void log_line(enum log_level level, const char *module, const char *fmt, ...)
{
	static const char letters[] = "EWID";
	char line[1024];
	char when[25];
	va_list ap;
	int n;

	if (current_level < 0)
		current_level = level_from_environment();
	if ((int)level > current_level)
		return;
	clock_iso_utc(clock_utc_ms(), when);
	n = snprintf(line, sizeof(line), "%s %c %s: ", when, letters[level], module);
	va_start(ap, fmt);
	vsnprintf(line + n, sizeof(line) - (size_t)n - 1, fmt, ap);
	va_end(ap);
	n = (int)strlen(line);
	line[n++] = '\n';
	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		return; /* nobody to tell */
}
