#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "drivers/disk/disk.h"
#include "firmware/base/cleanup.h"

/*
 * Names in the first sectors. A FAT boot sector has none that is sure (its "FAT32   " is only a
 * label): its numbers are checked instead. BitLocker To Go keeps a FAT32 look for old computers
 * and is known by a GUID. A blank stick is all zero, or all ones where the flash was erased.
 */
enum {
	HEAD_BYTES = 70 << 10,
	SECTOR = 512,
	LABEL_AT = 3, /* NTFS, exFAT, BitLocker: eight characters */
	BITLOCKER_GUID_AT = 424,
	EXT_MAGIC_AT = 1024 + 56,
	ISO_MAGIC_AT = 32768 + 1,
	FAT16_CLUSTERS_MAX = 65524,
};

static const struct magic {
	size_t at;
	const char *bytes;
	size_t count;
	enum disk_type type;
} magics[] = {
	{ 0, "LUKS\xba\xbe", 6, DISK_ENCRYPTED },
	{ LABEL_AT, "-FVE-FS-", 8, DISK_ENCRYPTED },
	{ BITLOCKER_GUID_AT, "\x3b\xd6\x67\x49\x29\x2e\xd8\x4a\x83\x99\xf6\xa3\x39\xe3\xd0\x01", 16,
	  DISK_ENCRYPTED },
	{ LABEL_AT, "NTFS    ", 8, DISK_NTFS },
	{ LABEL_AT, "EXFAT   ", 8, DISK_EXFAT },
};
/* Looked for when the first sector is none of the above and no FAT: a stick formatted anew may
 * still hold these of its former life. */
static const struct magic later[] = {
	{ EXT_MAGIC_AT, "\x53\xef", 2, DISK_EXT },
	{ ISO_MAGIC_AT, "CD001", 5, DISK_ISO },
};

static unsigned int le16(const uint8_t *p)
{
	return (unsigned int)p[0] | (unsigned int)p[1] << 8;
}

static uint32_t le32(const uint8_t *p)
{
	return le16(p) | (uint32_t)le16(p + 2) << 16;
}

static bool power_of_two(unsigned int n)
{
	return n && !(n & (n - 1));
}

static enum disk_type find(const struct magic *m, size_t count, const uint8_t *head, size_t bytes)
{
	for (size_t i = 0; i < count; i++)
		if (m[i].at + m[i].count <= bytes &&
		    !memcmp(head + m[i].at, m[i].bytes, m[i].count))
			return m[i].type;
	return DISK_UNKNOWN;
}

/* The numbers of a FAT boot sector, each within what the format allows; the type follows from the
 * count of clusters alone. */
static enum disk_type fat(const uint8_t *b)
{
	unsigned int sector = le16(b + 11), cluster = b[13], reserved = le16(b + 14), fats = b[16],
		     root = le16(b + 17);
	uint64_t all = le16(b + 19) ? le16(b + 19) : le32(b + 32);
	uint64_t table = le16(b + 22) ? le16(b + 22) : le32(b + 36), used;

	if (b[510] != 0x55 || b[511] != 0xaa || (b[0] != 0xeb && b[0] != 0xe9))
		return DISK_UNKNOWN;
	if (sector < SECTOR || sector > 4096 || !power_of_two(sector) || !power_of_two(cluster) ||
	    !reserved || !fats || fats > 2 || b[21] < 0xf0 || !table)
		return DISK_UNKNOWN;
	used = reserved + fats * table + (root * 32ull + sector - 1) / sector;
	if (used >= all)
		return DISK_UNKNOWN;
	return (all - used) / cluster > FAT16_CLUSTERS_MAX ? DISK_FAT32 : DISK_FAT;
}

static bool blank(const uint8_t *head, size_t bytes)
{
	return bytes >= SECTOR && (head[0] == 0 || head[0] == 0xff) &&
	       !memcmp(head, head + 1, bytes - 1);
}

static size_t read_head(int fd, uint8_t *head)
{
	size_t got = 0;
	ssize_t n;

	while (got < HEAD_BYTES && (n = pread(fd, head + got, HEAD_BYTES - got, (off_t)got)) > 0)
		got += (size_t)n;
	return got;
}

enum disk_type disk_type_at(int fd)
{
	SCOPED_FREE uint8_t *head = calloc(1, HEAD_BYTES);
	size_t bytes = head ? read_head(fd, head) : 0;
	enum disk_type type;

	if (bytes < SECTOR)
		return DISK_UNKNOWN;
	type = find(magics, ARRAY_SIZE(magics), head, bytes);
	if (!type)
		type = fat(head);
	if (!type)
		type = find(later, ARRAY_SIZE(later), head, bytes);
	if (!type && blank(head, bytes))
		type = DISK_NONE;
	return type;
}

/* A folder of a program or disk of no known kind may be written to; what is named may not. */
bool disk_usable(enum disk_type type)
{
	return type != DISK_NTFS && type != DISK_ENCRYPTED && type != DISK_ISO && type != DISK_NONE;
}

const char *disk_type_word(enum disk_type type)
{
	static const char *const words[DISK_TYPE_COUNT] = {
		[DISK_UNKNOWN] = "unknown",	[DISK_FAT] = "fat", [DISK_FAT32] = "fat32",
		[DISK_EXFAT] = "exfat",		[DISK_EXT] = "ext", [DISK_NTFS] = "ntfs",
		[DISK_ENCRYPTED] = "encrypted", [DISK_ISO] = "iso", [DISK_NONE] = "blank",
	};

	return (unsigned int)type < DISK_TYPE_COUNT ? words[type] : words[DISK_UNKNOWN];
}

const char *disk_cause_word(enum disk_cause cause)
{
	static const char *const words[DISK_CAUSE_COUNT] = {
		[DISK_OK] = "ok",	    [DISK_NOT_USABLE] = "not_usable",
		[DISK_DIRTY] = "dirty",	    [DISK_WRITE_PROTECTED] = "write_protected",
		[DISK_GONE] = "gone",	    [DISK_BUSY] = "busy",
		[DISK_REFUSED] = "refused", [DISK_IO] = "io",
	};

	return (unsigned int)cause < DISK_CAUSE_COUNT ? words[cause] : words[DISK_IO];
}
