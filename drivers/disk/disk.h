/*
 * Sticks: arrival, departure, what stands on them, mounting. Two drivers: `plain` watches a
 * directory whose entries are mount points or folders somebody else provides (tests, laptops);
 * `helper` asks the board's mount helper (a socket with two verbs, see README.md) and watches the bus
 * by sd-device. It mounts nosuid,nodev,noexec; what is not is refused. No call blocks longer than said.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum disk_type {
	DISK_UNKNOWN, /* no file system we can name */
	DISK_FAT, /* FAT12, FAT16: small */
	DISK_FAT32,
	DISK_EXFAT,
	DISK_EXT,
	DISK_NTFS, /* named on screen, not used */
	DISK_ENCRYPTED, /* LUKS, BitLocker: same */
	DISK_ISO,
	DISK_NONE, /* blank */
	DISK_TYPE_COUNT,
};

enum disk_cause {
	DISK_OK,
	DISK_NOT_USABLE, /* its type is not one we write */
	DISK_DIRTY, /* needs a repair on a PC; mounted read-only */
	DISK_WRITE_PROTECTED,
	DISK_GONE,
	DISK_BUSY,
	DISK_REFUSED, /* the helper said no */
	DISK_IO,
	DISK_CAUSE_COUNT,
};

struct disk_info {
	char id[64]; /* stable while it is plugged in */
	char label[64];
	enum disk_type type;
	bool read_only;
	bool exposed; /* mounted without nosuid, nodev or noexec: say so, use it all the same */
	int64_t size_bytes, free_bytes; /* free: -1 until mounted */
	int64_t file_bytes_max; /* FAT32: 4 GiB − 1; 0 no limit worth naming */
	char path[256]; /* mounted here, "" not mounted */
};

struct disk_ops {
	const char *name;
	/* @where: directory (plain) or socket (helper). 0, negative errno. */
	int (*open)(void **priv, const char *where);
	void (*close)(void *priv);
	/* readable when list() may say something new; -1: poll list() every second */
	int (*fd)(void *priv);
	/* ≤ 50 ms. Return: sticks present (0…max). */
	int (*list)(void *priv, struct disk_info *out, int max);
	/* ≤ 5 s. Fills info->path, free_bytes, read_only, and says DISK_WRITE_PROTECTED with all of
	 * them when it can only be read. */
	enum disk_cause (*mount)(void *priv, struct disk_info *info);
	/* Waits for the kernel to write everything: ≤ 60 s. Afterwards it may be pulled. */
	enum disk_cause (*unmount)(void *priv, const struct disk_info *info);
};

/** disk_usable() - a type we write to? The others are only named. */
bool disk_usable(enum disk_type type);
/** disk_find() - driver by name ("plain", "helper"); NULL none. */
const struct disk_ops *disk_find(const char *name);
/** disk_type_at() - what the first bytes of a device or image say; reads 70 KiB at most. */
enum disk_type disk_type_at(int fd);
/** disk_type_mounted() - what the mounted file system at @path is. */
enum disk_type disk_type_mounted(const char *path);

/* The mount a file or folder lies on. */
struct disk_mount {
	enum disk_type type;
	bool fuse; /* a program, not the kernel, keeps it */
	bool read_only, nosuid, nodev, noexec;
	char point[256]; /* where */
	char source[128]; /* "/dev/sdb1"; for a program anything */
	int64_t size_bytes, free_bytes; /* -1: it does not say */
	int64_t cluster_bytes;
	int64_t file_bytes_max; /* 0 no limit worth naming */
};
/** disk_mount_of() - of an open file or folder. Return: 0, negative errno. */
int disk_mount_of(int fd, struct disk_mount *out);

/** disk_type_word(), disk_cause_word() - one lower-case word, for `disk.type.WORD` and
 * `disk.cause.WORD` in the locale and for machines. */
const char *disk_type_word(enum disk_type type);
const char *disk_cause_word(enum disk_cause cause);
