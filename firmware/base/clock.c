#include "firmware/base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "firmware/base/cleanup.h"

static int64_t read_clock_ms(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t real_now_ms(void)
{
	return read_clock_ms(CLOCK_MONOTONIC);
}

static int64_t (*source)(void) = real_now_ms;

int64_t clock_now_ms(void)
{
	return source();
}

int64_t clock_utc_ms(void)
{
	return read_clock_ms(CLOCK_REALTIME);
}

void clock_set_source(int64_t (*now)(void))
{
	source = now ? now : real_now_ms;
}

const char *clock_boot_id(void)
{
	static char id[37];
	SCOPED_FILE FILE *f = NULL;

	if (id[0])
		return id;
	f = fopen("/proc/sys/kernel/random/boot_id", "re");
	if (!f || !fgets(id, sizeof(id), f))
		id[0] = '\0';
	return id;
}

void clock_iso_utc(int64_t utc_ms, char out[static 25])
{
	time_t seconds = (time_t)(utc_ms / 1000);
	char day[20];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out, 25, "%.19s.%03uZ", day, (unsigned int)(utc_ms % 1000) % 1000u);
}
