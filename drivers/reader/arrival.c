#include "drivers/reader/arrival.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define USB_NODES "/dev/bus/usb"

static void watch(int fd, const char *folder)
{
	/* A node is made first and gets its group afterwards. */
	inotify_add_watch(fd, folder, IN_CREATE | IN_ATTRIB | IN_MOVED_TO);
}

/* Each bus has a folder of its own. */
static void watch_usb(int fd)
{
	DIR *d = opendir(USB_NODES);
	struct dirent *e;
	char path[300];

	watch(fd, USB_NODES);
	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), USB_NODES "/%s", e->d_name);
		watch(fd, path);
	}
	if (d)
		closedir(d);
}

static void watch_folder_of(int fd, const char *path)
{
	char folder[256];
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;

	if (n >= sizeof(folder))
		return;
	memcpy(folder, path, n);
	folder[n] = '\0';
	watch(fd, n ? folder : slash ? "/" : ".");
}

int arrival_watch(const char *port)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	if (fd < 0)
		return -1;
	if (!strncmp(port, "usb", 3))
		watch_usb(fd);
	else if (!strncmp(port, "serial:", 7))
		watch_folder_of(fd, port + 7);
	return fd;
}
