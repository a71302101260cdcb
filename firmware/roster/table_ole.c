/* Compound files (MS-CFB): a small FAT file system of 512- or 4096-byte sectors, chained by 32-bit
 * numbers; streams below 4096 bytes live in 64-byte sectors of the root's own stream. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "firmware/base/cleanup.h"
#include "firmware/roster/table_build.h"

#define END_OF_CHAIN 0xfffffffeu
#define HEADER_FATS  109

enum { ENTRY_BYTES = 128, DIRECTORY_MAX = 65536 };

struct ole {
	const uint8_t *data;
	size_t bytes;
	size_t sector_bytes, mini_bytes, mini_below;
	uint32_t *fat, *mini_fat;
	size_t fat_count, mini_count;
	uint8_t *directory;
	size_t directory_bytes;
	uint8_t *mini; /* the root's stream */
	size_t mini_stream_bytes;
};

static uint32_t u32(const uint8_t *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

static unsigned int u16(const uint8_t *p)
{
	return p[0] | p[1] << 8;
}

/* The last sector may be cut short. */
static const uint8_t *sector_at(const struct ole *o, uint32_t n, size_t *bytes)
{
	size_t at = ((size_t)n + 1) * o->sector_bytes;

	if (at >= o->bytes)
		return NULL;
	*bytes = o->bytes - at < o->sector_bytes ? o->bytes - at : o->sector_bytes;
	return o->data + at;
}

/* The chain from @start; @wanted bytes, SIZE_MAX for all there are. NULL: broken, or no memory. */
static uint8_t *read_chain(const struct ole *o, uint32_t start, size_t wanted, size_t *bytes)
{
	size_t sectors = 0, n, size = o->bytes;
	uint8_t *out = malloc(size + 1);

	*bytes = 0;
	for (uint32_t s = start; out && s != END_OF_CHAIN && *bytes < wanted; s = o->fat[s]) {
		const uint8_t *p = s < o->fat_count ? sector_at(o, s, &n) : NULL;

		if (!p || sectors++ >= o->fat_count || *bytes + n > size) {
			free(out);
			return NULL;
		}
		memcpy(out + *bytes, p, n);
		*bytes += n;
	}
	if (out && wanted != SIZE_MAX && *bytes < wanted) {
		free(out);
		return NULL;
	}
	if (out && wanted != SIZE_MAX)
		*bytes = wanted;
	return out;
}

static uint8_t *read_mini(const struct ole *o, uint32_t start, size_t wanted)
{
	size_t done = 0, sectors = 0;
	uint8_t *out = malloc(wanted + 1);

	for (uint32_t s = start; out && done < wanted; s = o->mini_fat[s]) {
		size_t at = (size_t)s * o->mini_bytes, n = wanted - done;

		if (n > o->mini_bytes)
			n = o->mini_bytes;
		if (s >= o->mini_count || at + n > o->mini_stream_bytes ||
		    sectors++ >= o->mini_count) {
			free(out);
			return NULL;
		}
		memcpy(out + done, o->mini + at, n);
		done += n;
	}
	return out;
}

/* --- opening -------------------------------------------------------------------------------------
 */

static bool add_fat_sector(struct ole *o, uint32_t sector)
{
	size_t n;
	const uint8_t *p = sector_at(o, sector, &n);

	if (!p)
		return false;
	for (size_t i = 0; i + 4 <= n; i += 4)
		o->fat[o->fat_count++] = u32(p + i);
	return true;
}

/* Numbers of FAT sectors: 109 in the header, the rest in a chain of sectors of their own. */
static bool read_fat(struct ole *o)
{
	size_t left = u32(o->data + 44), per = o->sector_bytes / 4 - 1, n, hops = 0;
	uint32_t next = u32(o->data + 68);

	if (!left || left > o->bytes / o->sector_bytes)
		return false;
	o->fat = malloc(left * o->sector_bytes);
	if (!o->fat)
		return false;
	for (size_t i = 0; i < HEADER_FATS && left; i++, left--)
		if (!add_fat_sector(o, u32(o->data + 76 + i * 4)))
			return false;
	while (left) {
		const uint8_t *p = sector_at(o, next, &n);

		if (!p || n < o->sector_bytes || hops++ > o->bytes / o->sector_bytes)
			return false;
		for (size_t i = 0; i < per && left; i++, left--)
			if (!add_fat_sector(o, u32(p + i * 4)))
				return false;
		next = u32(p + per * 4);
	}
	return true;
}

static bool read_mini_fat(struct ole *o)
{
	const uint8_t *root = o->directory;
	SCOPED_FREE uint8_t *raw = NULL;
	size_t bytes, size = u32(root + 120);

	if (!u32(o->data + 64) || !size)
		return true;
	raw = read_chain(o, u32(o->data + 60), SIZE_MAX, &bytes);
	o->mini_fat = raw ? malloc(bytes + 4) : NULL;
	if (!o->mini_fat)
		return false;
	for (size_t i = 0; i + 4 <= bytes; i += 4)
		o->mini_fat[o->mini_count++] = u32(raw + i);
	o->mini = read_chain(o, u32(root + 116), SIZE_MAX, &o->mini_stream_bytes);
	if (o->mini_stream_bytes > size)
		o->mini_stream_bytes = size;
	return o->mini;
}

static bool ole_open(struct ole *o, const uint8_t *data, size_t bytes)
{
	unsigned int shift = bytes > 512 ? u16(data + 30) : 0;

	*o = (struct ole){ .data = data, .bytes = bytes };
	if ((shift != 9 && shift != 12) || u16(data + 32) != 6)
		return false;
	o->sector_bytes = (size_t)1 << shift;
	o->mini_bytes = 64;
	o->mini_below = u32(data + 56);
	if (!read_fat(o))
		return false;
	o->directory = read_chain(o, u32(data + 48), SIZE_MAX, &o->directory_bytes);
	return o->directory && o->directory_bytes >= ENTRY_BYTES && read_mini_fat(o);
}

static void ole_close(struct ole *o)
{
	free(o->fat);
	free(o->mini_fat);
	free(o->directory);
	free(o->mini);
}

/* --- streams -------------------------------------------------------------------------------------
 */

static void entry_name(const uint8_t *entry, char name[static 33])
{
	size_t n = u16(entry + 64) / 2;

	n = n > 32 ? 32 : n;
	for (size_t i = 0; i < n; i++)
		name[i] = (char)(u16(entry + i * 2) < 0x80 ? entry[i * 2] : '?');
	name[n] = '\0';
}

static const uint8_t *find(const struct ole *o, const char *wanted)
{
	char name[33];

	for (size_t at = 0;
	     at + ENTRY_BYTES <= o->directory_bytes && at < (size_t)DIRECTORY_MAX * ENTRY_BYTES;
	     at += ENTRY_BYTES) {
		entry_name(o->directory + at, name);
		if (o->directory[at + 66] == 2 && !strcasecmp(name, wanted))
			return o->directory + at;
	}
	return NULL;
}

static uint8_t *read_stream(const struct ole *o, const uint8_t *entry, size_t *bytes)
{
	*bytes = u32(entry + 120);
	if (*bytes > o->bytes)
		return NULL;
	if (*bytes < o->mini_below && o->mini)
		return read_mini(o, u32(entry + 116), *bytes);
	return read_chain(o, u32(entry + 116), *bytes, bytes);
}

/* No workbook inside: what is it? */
static enum table_fault other_kind(const struct table *t, const struct ole *o)
{
	static const struct {
		const char *stream;
		enum table_fault fault;
	} marks[] = {
		{ "EncryptedPackage", TABLE_ENCRYPTED },
		{ "\tDRMContent", TABLE_ENCRYPTED },
		{ "WordDocument", TABLE_WORD },
		{ "PowerPoint Document", TABLE_OTHER },
	};

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (find(o, marks[i].stream))
			return marks[i].fault;
	return !strcasecmp(t->ending, "et") || !strcasecmp(t->ending, "ett") ? TABLE_ET
									     : TABLE_OTHER;
}

void table_ole_read(struct table *t, const uint8_t *data, size_t bytes)
{
	const uint8_t *entry = NULL;
	SCOPED_FREE uint8_t *stream = NULL;
	struct ole o;
	size_t n;

	if (!ole_open(&o, data, bytes)) {
		table_refuse(t, TABLE_BROKEN, NULL);
		ole_close(&o);
		return;
	}
	entry = find(&o, "Workbook");
	if (!entry)
		entry = find(&o, "Book");
	stream = entry ? read_stream(&o, entry, &n) : NULL;
	if (!entry)
		table_refuse(t, other_kind(t, &o), NULL);
	else if (!stream)
		table_refuse(t, TABLE_BROKEN, NULL);
	ole_close(&o);
	if (stream)
		table_biff_read(t, stream, n);
}
