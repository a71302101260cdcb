#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#include "drivers/disk/disk_drivers.h"
#include "firmware/base/cleanup.h"

enum { FAT16_CLUSTERS_MAX = 65524 };
#define FAT_FILE_BYTES_MAX ((int64_t)UINT32_MAX)

/* mountinfo writes blanks, tabs, newlines and backslashes as \ooo. */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++, to++)
		if (s[0] == '\\' && s[1] && s[2] && s[3]) {
			*to = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 3;
		} else {
			*to = *s;
		}
	*to = '\0';
}

static bool has_option(const char *options, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = options; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL)
		if (!strncmp(p, word, n) && (!p[n] || p[n] == ','))
			return true;
	return false;
}

/* A program's file system calls itself fuseblk whatever it is: its device says. */
static enum disk_type type_of_device(const char *source)
{
	SCOPED_FD int fd = -1;

	if (!strncmp(source, "/dev/", 5))
		fd = open(source, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return fd < 0 ? DISK_UNKNOWN : disk_type_at(fd);
}

static enum disk_type type_of_name(const char *name)
{
	static const struct {
		const char *name;
		enum disk_type type;
	} names[] = {
		{ "vfat", DISK_FAT32 },	      { "msdos", DISK_FAT32 }, { "exfat", DISK_EXFAT },
		{ "ext2", DISK_EXT },	      { "ext3", DISK_EXT },    { "ext4", DISK_EXT },
		{ "ntfs", DISK_NTFS },	      { "ntfs3", DISK_NTFS },  { "iso9660", DISK_ISO },
		{ "fuse.exfat", DISK_EXFAT },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i].name))
			return names[i].type;
	return DISK_UNKNOWN;
}

/* "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue" */
static bool parse_line(const char *line, dev_t device, struct disk_mount *out)
{
	char options[256], name[64], super[512];
	unsigned int major_no, minor_no;
	const char *dash = strstr(line, " - ");

	if (!dash ||
	    sscanf(line, "%*d %*d %u:%u %*s %255s %255s", &major_no, &minor_no, out->point,
		   options) != 4 ||
	    makedev(major_no, minor_no) != device ||
	    sscanf(dash, " - %63s %127s %511s", name, out->source, super) != 3)
		return false;
	unescape(out->point);
	unescape(out->source);
	out->fuse = !strncmp(name, "fuse", 4);
	out->type = type_of_name(name);
	if (!strcmp(name, "fuseblk"))
		out->type = type_of_device(out->source);
	out->read_only = has_option(options, "ro") || has_option(super, "ro");
	out->nosuid = has_option(options, "nosuid");
	out->nodev = has_option(options, "nodev");
	out->noexec = has_option(options, "noexec");
	return true;
}

static void room(struct disk_mount *m, const struct statvfs *v)
{
	/* Some programs' file systems say nothing at all. */
	m->size_bytes = v->f_blocks ? (int64_t)v->f_blocks * (int64_t)v->f_frsize : -1;
	m->free_bytes = v->f_blocks ? (int64_t)v->f_bavail * (int64_t)v->f_frsize : -1;
	m->cluster_bytes = (int64_t)v->f_frsize;
	if (m->type == DISK_FAT32 && v->f_blocks && v->f_blocks <= FAT16_CLUSTERS_MAX)
		m->type = DISK_FAT;
	m->file_bytes_max = m->type == DISK_FAT32 || m->type == DISK_FAT ? FAT_FILE_BYTES_MAX : 0;
	m->read_only = m->read_only || (v->f_flag & ST_RDONLY);
}

int disk_mount_of(int fd, struct disk_mount *out)
{
	SCOPED_FILE FILE *f = fopen("/proc/self/mountinfo", "re");
	SCOPED_FREE char *line = NULL;
	struct disk_mount m;
	struct statvfs v;
	struct stat st;
	size_t room_of_line = 0;

	memset(out, 0, sizeof(*out));
	if (fstat(fd, &st) < 0 || fstatvfs(fd, &v) < 0)
		return -errno;
	/* The last line wins: what was mounted on top. A file system without a line of its own
	 * (subvolumes) stays DISK_UNKNOWN. */
	while (f && getline(&line, &room_of_line, f) > 0) {
		memset(&m, 0, sizeof(m));
		if (parse_line(line, st.st_dev, &m))
			*out = m;
	}
	room(out, &v);
	return 0;
}

enum disk_type disk_type_mounted(const char *path)
{
	SCOPED_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct disk_mount m;

	return fd < 0 || disk_mount_of(fd, &m) < 0 ? DISK_UNKNOWN : m.type;
}

int disk_fill(struct disk_info *info)
{
	SCOPED_FD int fd = open(info->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct disk_mount m = { .size_bytes = -1 };
	int rc = fd < 0 ? -errno : disk_mount_of(fd, &m);

	if (rc < 0)
		return rc;
	info->type = m.type;
	info->read_only = m.read_only;
	info->exposed = !m.nosuid || !m.nodev || !m.noexec;
	info->size_bytes = m.size_bytes;
	info->free_bytes = m.free_bytes;
	info->file_bytes_max = m.file_bytes_max;
	return 0;
}
