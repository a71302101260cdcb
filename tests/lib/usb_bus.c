#include "tests/lib/usb_bus.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/rig.h"
#include "tests/lib/virtual_reader.h"

enum { DEVICES_MAX = 8 };

static int sockets[DEVICES_MAX] = { -1, -1, -1, -1, -1, -1, -1, -1 };

static _Noreturn void start_again(char **argv, const char *const devices[])
{
	char dir[] = "/tmp/tapshot-bus-XXXXXX", flag[] = "--device", words[DEVICES_MAX][512];
	char *args[2 * DEVICES_MAX + 16];
	int n = 0;

	if (!mkdtemp(dir))
		abort();
	setenv("TAPSHOT_BUS", dir, 1);
	args[n++] = (char[]){ "vusb" };
	for (int i = 0; devices[i] && i < DEVICES_MAX; i++) {
		snprintf(words[i], sizeof(words[i]), "%s,control=%s/%d", devices[i], dir, i);
		args[n++] = flag;
		args[n++] = words[i];
	}
	args[n++] = (char[]){ "--" };
	for (int i = 0; argv[i] && i < 8; i++)
		args[n++] = argv[i];
	args[n] = NULL;
	execv(beside_tests("vusb"), args);
	perror("vusb");
	exit(1);
}

void usb_bus_enter(char **argv, const char *const devices[])
{
	if (!getenv("TAPSHOT_BUS"))
		start_again(argv, devices);
}

bool usb_bus_ask(int device, char *answer, size_t size, const char *fmt, ...)
{
	char path[128], line[1024];
	va_list ap;

	if (sockets[device] < 0) {
		snprintf(path, sizeof(path), "%s/%d", getenv("TAPSHOT_BUS"), device);
		sockets[device] = rig_connect(path);
	}
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	return rig_ask(sockets[device], answer, size, "%s", line);
}

bool usb_bus_say(int device, const char *fmt, ...)
{
	char answer[4096], line[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	return usb_bus_ask(device, answer, sizeof(answer), "%s", line) && !strncmp(answer, "ok", 2);
}

long usb_bus_count(int device, const char *name)
{
	char answer[4096], key[64];
	const char *at;

	snprintf(key, sizeof(key), " %s=", name);
	if (!usb_bus_ask(device, answer, sizeof(answer), "stat"))
		return -1;
	at = strstr(answer, key);
	return at ? atol(at + strlen(key)) : -1;
}

void usb_bus_leave(void)
{
	const char *dir = getenv("TAPSHOT_BUS");
	char path[128];

	for (int i = 0; dir && i < DEVICES_MAX; i++) {
		snprintf(path, sizeof(path), "%s/%d", dir, i);
		unlink(path);
	}
	if (dir)
		rmdir(dir);
}
