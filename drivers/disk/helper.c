/* Sticks on the board: the bus says what is plugged in, the mount helper mounts. See README.md. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <systemd/sd-device.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "drivers/disk/disk_drivers.h"
#include "firmware/base/cleanup.h"

enum { MOUNT_MS = 5000, UNMOUNT_MS = 60000, REPLY_BYTES = 300 };

struct helper {
	struct sockaddr_un socket;
	/* One of its own for the bus; NULL: no udev here, the caller polls. */
	sd_event *event;
	sd_device_monitor *monitor;
};

/* --- the helper ------------------------------------------------------------------------------ */

static int call(const struct helper *h, int timeout_ms)
{
	struct timeval limit = { timeout_ms / 1000, timeout_ms % 1000 * 1000 };
	SCOPED_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(fd, (const struct sockaddr *)&h->socket, sizeof(h->socket)) < 0)
		return -errno;
	return steal_fd(&fd);
}

/* One line, without its end. Return: 0, or -1: none came, or it is none. */
static int read_line(int fd, char line[static REPLY_BYTES])
{
	size_t got = 0;
	ssize_t n;
	char *end;

	while (got < REPLY_BYTES - 1 && (n = recv(fd, line + got, REPLY_BYTES - 1 - got, 0)) > 0) {
		got += (size_t)n;
		line[got] = '\0';
		end = strchr(line, '\n');
		if (end) {
			*end = '\0';
			return 0;
		}
		if (strlen(line) != got)
			break;
	}
	return -1;
}

static enum disk_cause cause_of(const char *word)
{
	for (int i = DISK_OK + 1; i < DISK_CAUSE_COUNT; i++)
		if (!strcmp(word, disk_cause_word((enum disk_cause)i)))
			return (enum disk_cause)i;
	return DISK_REFUSED;
}

static bool id_ok(const char *id)
{
	return *id && !id[strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789")];
}

/* @path: what follows "ok ", may be "". */
static enum disk_cause ask(const struct helper *h, const char *verb, const char *id, int timeout_ms,
			   char path[static REPLY_BYTES])
{
	SCOPED_FD int fd = id_ok(id) ? call(h, timeout_ms) : -EINVAL;
	char line[REPLY_BYTES];
	int n;

	if (fd < 0)
		return fd == -EINVAL ? DISK_REFUSED : DISK_IO;
	n = snprintf(line, sizeof(line), "%s %s\n", verb, id);
	if (send(fd, line, (size_t)n, MSG_NOSIGNAL) != n || read_line(fd, line) < 0)
		return DISK_IO;
	if (!strncmp(line, "error ", 6))
		return cause_of(line + 6);
	if (strncmp(line, "ok", 2) != 0 || (line[2] && line[2] != ' '))
		return DISK_IO;
	strcpy(path, line[2] ? line + 3 : "");
	return DISK_OK;
}

static enum disk_cause helper_mount(void *priv, struct disk_info *info)
{
	char path[REPLY_BYTES];
	enum disk_cause cause;

	if (!disk_usable(info->type))
		return DISK_NOT_USABLE;
	cause = ask(priv, "mount", info->id, MOUNT_MS, path);
	if (cause)
		return cause;
	if (path[0] != '/' || strlen(path) >= sizeof(info->path))
		return DISK_IO;
	strcpy(info->path, path);
	if (disk_fill(info) < 0)
		return DISK_GONE;
	if (info->exposed) {
		ask(priv, "unmount", info->id, MOUNT_MS, path);
		info->path[0] = '\0';
		return DISK_REFUSED;
	}
	return info->read_only ? DISK_WRITE_PROTECTED : DISK_OK;
}

static enum disk_cause helper_unmount(void *priv, const struct disk_info *info)
{
	char path[REPLY_BYTES];

	return ask(priv, "unmount", info->id, UNMOUNT_MS, path);
}

/* --- the bus --------------------------------------------------------------------------------- */

static const char *property(sd_device *d, const char *name)
{
	const char *value = NULL;

	return sd_device_get_property_value(d, name, &value) < 0 ? "" : value;
}

static int64_t attribute(sd_device *d, const char *name)
{
	const char *value = NULL;

	return sd_device_get_sysattr_value(d, name, &value) < 0 ? 0 : strtoll(value, NULL, 10);
}

static enum disk_type type_of(sd_device *d, const char *node)
{
	static const struct {
		const char *name;
		enum disk_type type;
	} names[] = {
		{ "exfat", DISK_EXFAT },
		{ "ntfs", DISK_NTFS },
		{ "ext4", DISK_EXT },
		{ "crypto_LUKS", DISK_ENCRYPTED },
		{ "BitLocker", DISK_ENCRYPTED },
		{ "iso9660", DISK_ISO },
		{ "ext3", DISK_EXT },
		{ "ext2", DISK_EXT },
	};
	SCOPED_FD int fd = open(node, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *name = property(d, "ID_FS_TYPE");

	if (fd >= 0)
		return disk_type_at(fd);
	if (!strcmp(name, "vfat"))
		return strcmp(property(d, "ID_FS_VERSION"), "FAT32") ? DISK_FAT : DISK_FAT32;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i].name))
			return names[i].type;
	return DISK_UNKNOWN;
}

/* A partition of something on USB, or all of it when it has none. */
static bool is_stick(sd_device *d)
{
	const char *path = NULL, *kind = NULL;

	return sd_device_get_syspath(d, &path) >= 0 && strstr(path, "/usb") &&
	       sd_device_get_devtype(d, &kind) >= 0 &&
	       (!strcmp(kind, "partition") || !*property(d, "ID_PART_TABLE_TYPE")) &&
	       attribute(d, "size") > 0;
}

static void describe(sd_device *d, const char *name, struct disk_info *out)
{
	char node[80];

	memset(out, 0, sizeof(*out));
	snprintf(out->id, sizeof(out->id), "%.63s", name);
	snprintf(out->label, sizeof(out->label), "%.63s", property(d, "ID_FS_LABEL"));
	snprintf(node, sizeof(node), "/dev/%s", out->id);
	out->type = type_of(d, node);
	out->size_bytes = attribute(d, "size") * 512;
	out->read_only = attribute(d, "ro") != 0;
	out->free_bytes = -1;
	out->file_bytes_max = out->type == DISK_FAT32 || out->type == DISK_FAT ? UINT32_MAX : 0;
}

static int helper_list(void *priv, struct disk_info *out, int max)
{
	struct helper *h = priv;
	sd_device_enumerator *all = NULL;
	int n = 0;

	while (h->event && sd_event_run(h->event, 0) > 0)
		;
	if (sd_device_enumerator_new(&all) < 0)
		return 0;
	sd_device_enumerator_add_match_subsystem(all, "block", 1);
	for (sd_device *d = sd_device_enumerator_get_device_first(all); d && n < max;
	     d = sd_device_enumerator_get_device_next(all)) {
		const char *name = NULL;

		if (is_stick(d) && sd_device_get_sysname(d, &name) >= 0)
			describe(d, name, &out[n++]);
	}
	sd_device_enumerator_unref(all);
	return n;
}

static int on_change(sd_device_monitor *m, sd_device *d, void *ctx)
{
	(void)m;
	(void)d;
	(void)ctx;
	return 0;
}

static void forget_bus(struct helper *h)
{
	sd_device_monitor_unref(h->monitor);
	sd_event_unref(h->event);
	h->monitor = NULL;
	h->event = NULL;
}

static void watch_bus(struct helper *h)
{
	if (sd_event_new(&h->event) < 0 || sd_device_monitor_new(&h->monitor) < 0 ||
	    sd_device_monitor_filter_add_match_subsystem_devtype(h->monitor, "block", NULL) < 0 ||
	    sd_device_monitor_attach_event(h->monitor, h->event) < 0 ||
	    sd_device_monitor_start(h->monitor, on_change, NULL) < 0)
		forget_bus(h);
}

static int helper_fd(void *priv)
{
	struct helper *h = priv;

	return h->event ? sd_event_get_fd(h->event) : -1;
}

static void helper_close(void *priv)
{
	if (priv)
		forget_bus(priv);
	free(priv);
}

static int helper_open(void **priv, const char *where)
{
	struct helper *h = calloc(1, sizeof(*h));

	if (!h)
		return -ENOMEM;
	h->socket.sun_family = AF_UNIX;
	if (strlen(where) >= sizeof(h->socket.sun_path)) {
		free(h);
		return -ENAMETOOLONG;
	}
	strcpy(h->socket.sun_path, where);
	watch_bus(h);
	*priv = h;
	return 0;
}

const struct disk_ops disk_helper = {
	.name = "helper",
	.open = helper_open,
	.close = helper_close,
	.fd = helper_fd,
	.list = helper_list,
	.mount = helper_mount,
	.unmount = helper_unmount,
};
