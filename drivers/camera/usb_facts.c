#include "drivers/camera/usb_facts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"

#define DEVICES "/sys/bus/usb/devices"

/* Makers of phones and tablets (usb.ids). A maker of both, as Samsung, has its cameras in libgphoto2's
 * table by product; only devices that are not there are asked about. */
static const unsigned int phone_makers[] = {
	0x05ac, /* Apple */
	0x0489, /* Foxconn */
	0x04e8, /* Samsung */
	0x0bb4, /* HTC */
	0x0e8d, /* MediaTek */
	0x0fce, /* Sony Mobile; Sony's cameras are 054c */
	0x1004, /* LG */
	0x12d1, /* Huawei */
	0x17ef, /* Lenovo */
	0x18d1, /* Google */
	0x19d2, /* ZTE */
	0x22b8, /* Motorola */
	0x22d9, /* OPPO */
	0x2717, /* Xiaomi */
	0x2a45, /* Meizu */
	0x2a70, /* OnePlus */
	0x2ae5, /* Fairphone */
	0x2d95, /* vivo */
	0x339b, /* Honor */
};

static bool read_line(const char *device, const char *name, char *out, size_t size)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), DEVICES "/%.100s/%s", device, name);
	out[0] = '\0';
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(out, (int)size, f))
		out[0] = '\0';
	fclose(f);
	out[strcspn(out, "\n")] = '\0';
	return out[0] != '\0';
}

static unsigned int read_hex(const char *device, const char *name)
{
	char text[32];

	return read_line(device, name, text, sizeof(text)) ? (unsigned int)strtoul(text, NULL, 16)
							   : 0;
}

static bool names_phone(const char *device)
{
	static const char *const files[] = { "product", "manufacturer" };
	static const char *const words[] = { "phone", "android", "ipad", "ipod", "tablet", "mtp" };
	char text[128];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (!read_line(device, files[i], text, sizeof(text)))
			continue;
		for (size_t k = 0; k < ARRAY_SIZE(words); k++)
			if (strcasestr(text, words[k]))
				return true;
	}
	return false;
}

/* Interfaces stand beside their device as DEVICE:1.0, …: a debug bridge (ff 42 01), or one called MTP. */
static bool has_phone_interface(const char *device)
{
	SCOPED_FREE char *prefix = NULL;
	DIR *dir = opendir(DEVICES);
	bool hit = false;
	struct dirent *e;
	char text[64];

	if (!dir || asprintf(&prefix, "%s:", device) < 0) {
		if (dir)
			closedir(dir);
		return false;
	}
	while (!hit && (e = readdir(dir))) {
		if (strncmp(e->d_name, prefix, strlen(prefix)))
			continue;
		hit = (read_hex(e->d_name, "bInterfaceClass") == 0xff &&
		       read_hex(e->d_name, "bInterfaceSubClass") == 0x42) ||
		      (read_line(e->d_name, "interface", text, sizeof(text)) &&
		       strcasestr(text, "mtp"));
	}
	closedir(dir);
	return hit;
}

static bool is_phone(const char *device, unsigned int vendor)
{
	for (size_t i = 0; i < ARRAY_SIZE(phone_makers); i++)
		if (phone_makers[i] == vendor)
			return true;
	return names_phone(device) || has_phone_interface(device);
}

/* Does sysfs' @device stand at bus @bus, device @number? */
static bool stands_at(const char *device, int bus, int number)
{
	char text[32];

	return !strchr(device, ':') && read_line(device, "busnum", text, sizeof(text)) &&
	       atoi(text) == bus && read_line(device, "devnum", text, sizeof(text)) &&
	       atoi(text) == number;
}

int usb_facts_read(const char *path, struct usb_facts *out)
{
	int bus, number, rc = -ENOENT;
	struct dirent *e;
	DIR *dir;

	memset(out, 0, sizeof(*out));
	if (sscanf(path, "usb:%d,%d", &bus, &number) != 2 || !(dir = opendir(DEVICES)))
		return -ENOENT;
	while (rc && (e = readdir(dir))) {
		if (!stands_at(e->d_name, bus, number))
			continue;
		out->vendor = read_hex(e->d_name, "idVendor");
		read_line(e->d_name, "serial", out->serial, sizeof(out->serial));
		out->phone = is_phone(e->d_name, out->vendor);
		rc = 0;
	}
	closedir(dir);
	return rc;
}

/* --- who has it -------------------------------------------------------------------------- */

static bool holds(pid_t pid, const char *node)
{
	char path[64], target[512];
	struct dirent *e;
	bool hit = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	while (dir && !hit && (e = readdir(dir))) {
		ssize_t n = readlinkat(dirfd(dir), e->d_name, target, sizeof(target) - 1);

		target[n > 0 ? n : 0] = '\0';
		hit = !strcmp(target, node);
	}
	if (dir)
		closedir(dir);
	return hit;
}

static void read_comm(pid_t pid, struct usb_owner *out)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	strcpy(out->comm, "?");
	out->pid = pid;
	f = fopen(path, "re");
	if (!f)
		return;
	if (fgets(out->comm, sizeof(out->comm), f))
		out->comm[strcspn(out->comm, "\n")] = '\0';
	fclose(f);
}

/* Its path as the kernel shows it among a process' descriptors. */
static bool find_node(const char *path, char *out, size_t size)
{
	int bus, number;
	char text[64];
	ssize_t n;

	if (sscanf(path, "usb:%d,%d", &bus, &number) != 2)
		return false;
	snprintf(text, sizeof(text), "/dev/bus/usb/%03d/%03d", bus, number);
	SCOPED_FD int fd = open(text, O_PATH | O_CLOEXEC);
	snprintf(text, sizeof(text), "/proc/self/fd/%d", fd);
	n = fd < 0 ? -1 : readlink(text, out, size - 1);
	out[n > 0 ? n : 0] = '\0';
	return n > 0;
}

bool usb_owner_find(const char *path, struct usb_owner *out)
{
	char node[512];
	struct dirent *e;
	bool hit = false;
	DIR *dir;

	if (!find_node(path, node, sizeof(node)) || !(dir = opendir("/proc")))
		return false;
	while (!hit && (e = readdir(dir))) {
		pid_t pid = atoi(e->d_name);

		if (pid <= 0 || pid == getpid() || !holds(pid, node))
			continue;
		read_comm(pid, out);
		hit = true;
	}
	closedir(dir);
	return hit;
}

bool usb_same_serial(const char *a, const char *b)
{
	a += strspn(a, "0");
	b += strspn(b, "0");
	return a[0] && !strcmp(a, b);
}
