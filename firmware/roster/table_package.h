/* A workbook as a zip of XML parts, each read through expat. Private to table_xlsx*.c. */
#pragma once

#include <expat.h>
#include <zip.h>

#include "firmware/roster/table_build.h"

struct package {
	struct table *t;
	zip_t *zip;
	size_t unpacked; /* of all parts together */
};

/* Element and attribute names come without their prefixes. */
struct part_handler {
	void (*start)(void *ctx, const char *name, const char **attributes);
	void (*end)(void *ctx, const char *name);
	void (*text)(void *ctx, const char *utf8, int bytes);
	void *ctx;
};

/** parts_open() - false: refused with what kind of zip it is. */
bool parts_open(struct package *p, struct table *t, const uint8_t *data, size_t bytes);
void parts_close(struct package *p);
bool package_has(struct package *p, const char *part);
/** package_parse() - the whole part; @h.text may be NULL. false: refused. */
bool package_parse(struct package *p, const char *part, const struct part_handler *h);
/** part_attribute() - by its local name; NULL: absent. */
const char *part_attribute(const char **attributes, const char *name);
/** part_local() - name behind the prefix. */
const char *part_local(const char *name);
