#include "firmware/roster/table_xlsx.h"

#include <stdlib.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"

enum {
	LINKS_MAX = 4096,
	STYLES_MAX = 65536,
	FORMATS_MAX = 4096, /* of the file's own */
	STRINGS_MAX = TABLE_CELLS_MAX,
};

/* --- texts ---------------------------------------------------------------------------------------
 */

bool gather_add(struct table *t, struct gather *g, const char *utf8, int bytes)
{
	if (g->count + (size_t)bytes > TABLE_CELL_BYTES_MAX)
		return table_refuse(t, TABLE_TOO_BIG, NULL);
	while (g->count + (size_t)bytes > g->size) {
		size_t wanted = g->size ? g->size * 2 : 1024;
		char *bigger = realloc(g->bytes, wanted);

		if (!bigger)
			return table_refuse(t, TABLE_NO_MEMORY, NULL);
		g->bytes = bigger;
		g->size = wanted;
	}
	memcpy(g->bytes + g->count, utf8, (size_t)bytes);
	g->count += (size_t)bytes;
	return true;
}

/* "_x000D_": a character that XML has no place for. 0: it is none. */
static unsigned int escaped(const char *p, size_t left)
{
	char hex[5], *end;
	unsigned long c;

	if (left < 7 || p[0] != '_' || p[1] != 'x' || p[6] != '_')
		return 0;
	memcpy(hex, p + 2, 4);
	hex[4] = '\0';
	c = strspn(hex, "0123456789abcdefABCDEF") == 4 ? strtoul(hex, &end, 16) : 0;
	return c >= 0xd800 && c < 0xe000 ? 0 : (unsigned int)c;
}

static size_t put_utf8(char *out, unsigned int c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	out[0] = (char)(0xe0 | c >> 12);
	out[1] = (char)(0x80 | (c >> 6 & 0x3f));
	out[2] = (char)(0x80 | (c & 0x3f));
	return 3;
}

uint32_t xlsx_text(struct xlsx *x, size_t from)
{
	struct gather *g = &x->text;
	size_t out = 0;

	for (size_t i = from; i < g->count;) {
		unsigned int c = escaped(g->bytes + i, g->count - i);

		if (c) {
			out += put_utf8(g->bytes + out, c);
			i += 7;
		} else {
			g->bytes[out++] = g->bytes[i++];
		}
	}
	return out ? table_text(x->p.t, g->bytes, out) : 0;
}

/* --- links between parts -------------------------------------------------------------------------
 */

static const char *last_word(const char *type)
{
	const char *slash = type ? strrchr(type, '/') : NULL;

	return slash ? slash + 1 : "";
}

static void on_link(void *ctx, const char *name, const char **attributes)
{
	struct xlsx *x = ctx;
	const char *id = part_attribute(attributes, "Id");
	const char *type = part_attribute(attributes, "Type");
	const char *target = part_attribute(attributes, "Target");
	struct xlsx_link *link;

	if (strcmp(name, "Relationship") != 0 || !id || !target)
		return;
	if (x->link_count >= LINKS_MAX) {
		table_refuse(x->p.t, TABLE_TOO_BIG, NULL);
		return;
	}
	if (!table_grow(x->p.t, (void **)&x->links, &x->link_size, x->link_count, sizeof(*link)))
		return;
	link = &x->links[x->link_count++];
	text_copy(link->id, sizeof(link->id), id);
	text_copy(link->type, sizeof(link->type), last_word(type));
	text_copy(link->target, sizeof(link->target), target);
}

/* Targets are relative to the folder of @from; "/xl/x.xml" and "../x.xml" occur. */
static void resolve(struct xlsx_link *link, const char *from)
{
	const char *slash = strrchr(from, '/'), *to = link->target;
	int folder = slash ? (int)(slash - from) + 1 : 0;
	char whole[sizeof(link->target) * 2];

	for (char *c = link->target; *c; c++)
		*c = (char)(*c == '\\' ? '/' : *c);
	if (*to == '/') {
		folder = 0;
		to++;
	}
	while (!strncmp(to, "./", 2))
		to += 2;
	for (; !strncmp(to, "../", 3); to += 3) {
		folder -= folder > 0;
		while (folder && from[folder - 1] != '/')
			folder--;
	}
	snprintf(whole, sizeof(whole), "%.*s%s", folder, from, to);
	text_copy(link->target, sizeof(link->target), whole);
}

/* The .rels part of @part ("" the package itself). */
static bool read_links(struct xlsx *x, const char *part)
{
	const char *slash = strrchr(part, '/'), *base = slash ? slash + 1 : part;
	const struct part_handler h = { .start = on_link, .ctx = x };
	char rels[320];

	snprintf(rels, sizeof(rels), "%.*s_rels/%s.rels", (int)(base - part), part, base);
	x->link_count = 0;
	if (package_has(&x->p, rels) && !package_parse(&x->p, rels, &h))
		return false;
	for (size_t i = 0; i < x->link_count; i++)
		resolve(&x->links[i], part);
	return true;
}

static const struct xlsx_link *link_of_type(const struct xlsx *x, const char *type)
{
	for (size_t i = 0; i < x->link_count; i++)
		if (!strcmp(x->links[i].type, type))
			return &x->links[i];
	return NULL;
}

static const struct xlsx_link *link_of_id(const struct xlsx *x, const char *id)
{
	for (size_t i = 0; i < x->link_count; i++)
		if (!strcmp(x->links[i].id, id))
			return &x->links[i];
	return NULL;
}

/* --- the workbook --------------------------------------------------------------------------------
 */

static bool is_true(const char *value)
{
	return value && (!strcmp(value, "1") || !strcmp(value, "true") || !strcmp(value, "on"));
}

static void on_workbook(void *ctx, const char *name, const char **attributes)
{
	struct xlsx *x = ctx;
	const char *title, *link, *state;
	struct xlsx_sheet *s;

	/* Excel 2013 and later add a second one that says nothing of dates. */
	if (!strcmp(name, "workbookPr"))
		x->from_1904 |= is_true(part_attribute(attributes, "date1904"));
	if (strcmp(name, "sheet") != 0)
		return;
	if (x->sheet_count >= TABLE_SHEETS_MAX) {
		table_refuse(x->p.t, TABLE_TOO_BIG, NULL);
		return;
	}
	if (!table_grow(x->p.t, (void **)&x->sheets, &x->sheet_size, x->sheet_count, sizeof(*s)))
		return;
	title = part_attribute(attributes, "name");
	link = part_attribute(attributes, "id");
	state = part_attribute(attributes, "state");
	s = &x->sheets[x->sheet_count++];
	text_copy(s->name, sizeof(s->name), title ? title : "");
	text_copy(s->link, sizeof(s->link), link ? link : "");
	s->hidden = state && strcasestr(state, "hidden");
}

/* --- shared strings ------------------------------------------------------------------------------
 */

struct strings {
	struct xlsx *x;
	bool in_text;
	int phonetic; /* readings over the characters: not part of the text */
};

static void on_string_start(void *ctx, const char *name, const char **attributes)
{
	struct strings *s = ctx;
	(void)attributes;

	if (!strcmp(name, "si"))
		s->x->text.count = 0;
	s->phonetic += !strcmp(name, "rPh");
	s->in_text = !strcmp(name, "t") && !s->phonetic;
}

static void on_string_text(void *ctx, const char *utf8, int bytes)
{
	struct strings *s = ctx;

	if (s->in_text)
		gather_add(s->x->p.t, &s->x->text, utf8, bytes);
}

static void on_string_end(void *ctx, const char *name)
{
	struct strings *s = ctx;
	struct xlsx *x = s->x;

	s->in_text = false;
	s->phonetic -= !strcmp(name, "rPh");
	if (strcmp(name, "si") != 0)
		return;
	if (x->string_count >= STRINGS_MAX) {
		table_refuse(x->p.t, TABLE_TOO_BIG, NULL);
		return;
	}
	if (table_grow(x->p.t, (void **)&x->strings, &x->string_size, x->string_count,
		       sizeof(*x->strings)))
		x->strings[x->string_count++] = xlsx_text(x, 0);
}

/* --- styles --------------------------------------------------------------------------------------
 */

struct own_format {
	unsigned int id;
	struct number_format format;
};

struct styles {
	struct xlsx *x;
	bool in_formats, in_cells;
	struct own_format *own;
	size_t own_count, own_size;
};

static unsigned int number_of(const char *value)
{
	return value && strspn(value, "0123456789") == strlen(value) && strlen(value) < 10
		       ? (unsigned int)strtoul(value, NULL, 10)
		       : 0;
}

static void add_own(struct styles *s, const char **attributes)
{
	const char *code = part_attribute(attributes, "formatCode");
	struct own_format *f;

	if (!code || s->own_count >= FORMATS_MAX ||
	    !table_grow(s->x->p.t, (void **)&s->own, &s->own_size, s->own_count, sizeof(*f)))
		return;
	f = &s->own[s->own_count++];
	f->id = number_of(part_attribute(attributes, "numFmtId"));
	number_format_parse(&f->format, code);
}

static void add_style(struct styles *s, const char **attributes)
{
	unsigned int id = number_of(part_attribute(attributes, "numFmtId"));
	struct xlsx *x = s->x;
	struct number_format *f;

	if (x->format_count >= STYLES_MAX) {
		table_refuse(x->p.t, TABLE_TOO_BIG, NULL);
		return;
	}
	if (!table_grow(x->p.t, (void **)&x->formats, &x->format_size, x->format_count, sizeof(*f)))
		return;
	f = &x->formats[x->format_count++];
	number_format_builtin(f, id);
	for (size_t i = 0; i < s->own_count; i++)
		if (s->own[i].id == id) {
			*f = s->own[i].format;
			break;
		}
}

static void on_style_start(void *ctx, const char *name, const char **attributes)
{
	struct styles *s = ctx;

	if (!strcmp(name, "numFmts"))
		s->in_formats = true;
	else if (!strcmp(name, "cellXfs"))
		s->in_cells = true;
	else if (s->in_formats && !strcmp(name, "numFmt"))
		add_own(s, attributes);
	else if (s->in_cells && !strcmp(name, "xf"))
		add_style(s, attributes);
}

static void on_style_end(void *ctx, const char *name)
{
	struct styles *s = ctx;

	if (!strcmp(name, "numFmts"))
		s->in_formats = false;
	if (!strcmp(name, "cellXfs"))
		s->in_cells = false;
}

/* --- all of it -----------------------------------------------------------------------------------
 */

static bool read_shared(struct xlsx *x)
{
	struct strings strings = { .x = x };
	struct styles styles = { .x = x };
	const struct part_handler on_strings = { on_string_start, on_string_end, on_string_text,
						 &strings };
	const struct part_handler on_styles = { on_style_start, on_style_end, NULL, &styles };
	const struct xlsx_link *l = link_of_type(x, "sharedStrings");

	if (l && package_has(&x->p, l->target) && !package_parse(&x->p, l->target, &on_strings))
		return false;
	l = link_of_type(x, "styles");
	if (l && package_has(&x->p, l->target))
		package_parse(&x->p, l->target, &on_styles);
	free(styles.own);
	return !x->p.t->fault;
}

static bool read_workbook(struct xlsx *x, char part[static 256])
{
	const struct part_handler h = { .start = on_workbook, .ctx = x };
	const struct xlsx_link *l;

	if (!read_links(x, ""))
		return false;
	l = link_of_type(x, "officeDocument");
	text_copy(part, 256, l ? l->target : "xl/workbook.xml");
	if (!package_has(&x->p, part) && !l)
		return table_refuse(x->p.t, TABLE_ZIP, NULL);
	return package_parse(&x->p, part, &h) && read_links(x, part);
}

static void read_sheets(struct xlsx *x)
{
	for (size_t i = 0; i < x->sheet_count && !x->p.t->fault; i++) {
		const struct xlsx_link *l = link_of_id(x, x->sheets[i].link);
		int sheet;

		/* Sheets that are one big chart hold no cells. */
		if (l && strcmp(l->type, "worksheet") != 0)
			continue;
		sheet = table_sheet_add(x->p.t, x->sheets[i].name, x->sheets[i].hidden);
		if (!l)
			table_refuse(x->p.t, TABLE_BROKEN, x->sheets[i].name);
		else if (sheet >= 0)
			xlsx_sheet_read(x, l->target, sheet);
	}
}

void table_xlsx_read(struct table *t, const uint8_t *data, size_t bytes)
{
	struct xlsx x = { .from_1904 = false };
	char part[256];

	if (!parts_open(&x.p, t, data, bytes))
		return;
	t->format = "xlsx";
	if (read_workbook(&x, part) && read_shared(&x))
		read_sheets(&x);
	parts_close(&x.p);
	free(x.text.bytes);
	free(x.links);
	free(x.sheets);
	free(x.strings);
	free(x.formats);
}
