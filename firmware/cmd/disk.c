/* `tapshot disk list`: the sticks a driver sees, and what they are. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "drivers/disk/disk.h"
#include "firmware/base/text.h"
#include "firmware/cmd/cmd.h"

static const char usage[] =
	"usage: tapshot disk list [--driver plain|helper] [--at FOLDER|SOCKET] [--json]\n"
	"Default: --driver plain --at /media\n";

enum { STICKS_MAX = 16 };

static json_t *as_json(const struct disk_info *d)
{
	return json_pack("{s:s, s:s, s:s, s:b, s:b, s:I, s:I, s:s}", "id", d->id, "label", d->label,
			 "type", disk_type_word(d->type), "usable", disk_usable(d->type),
			 "read_only", d->read_only, "size_bytes", (json_int_t)d->size_bytes,
			 "free_bytes", (json_int_t)d->free_bytes, "path", d->path);
}

static void print_json(const struct disk_info *d, int count)
{
	json_t *all = json_array();

	for (int i = 0; i < count; i++)
		json_array_append_new(all, as_json(&d[i]));
	json_dumpf(all, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(all);
}

static void print_one(const struct disk_info *d)
{
	char id[48];

	snprintf(id, sizeof(id), "disk.type.%s", disk_type_word(d->type));
	printf("%-16s %-16s %s", d->id, d->label, text_get(LANG_EN, id));
	if (d->size_bytes > 0)
		printf(", %.1f GB", (double)d->size_bytes / 1e9);
	if (d->free_bytes >= 0)
		printf(", %.1f GB free", (double)d->free_bytes / 1e9);
	printf("%s%s %s\n", d->read_only ? ", read-only" : "",
	       d->exposed && d->path[0] ? ", not mounted nosuid,nodev,noexec" : "", d->path);
}

static int list(const char *driver, const char *at, int json)
{
	const struct disk_ops *ops = disk_find(driver);
	struct disk_info found[STICKS_MAX];
	void *priv;
	int n;

	if (!ops || ops->open(&priv, at) < 0) {
		fprintf(stderr, "tapshot: %s %s: %s\n", driver, at,
			ops ? "cannot be opened" : "there is no such driver");
		return EXIT_CANNOT;
	}
	n = ops->list(priv, found, STICKS_MAX);
	ops->close(priv);
	if (json)
		print_json(found, n);
	for (int i = 0; i < n && !json; i++)
		print_one(&found[i]);
	return n ? 0 : EXIT_NO;
}

int cmd_disk(int argc, char **argv)
{
	const char *driver = "plain", *at = "/media";
	struct cmd_common c;
	int i;

	argc = cmd_common(argc, argv, &c);
	for (i = 2; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--driver"))
			driver = argv[i + 1];
		else if (!strcmp(argv[i], "--at"))
			at = argv[i + 1];
		else
			break;
	}
	if (c.help || argc < 2 || i != argc || strcmp(argv[1], "list") != 0) {
		fputs(usage, c.help ? stdout : stderr);
		return c.help ? 0 : EXIT_USAGE;
	}
	return list(driver, at, c.json);
}
