#include "firmware/roster/table_package.h"

#include <stdio.h>
#include <string.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/text.h"

enum { TAG_BYTES_MAX = 4 << 20 };

/* Some writers use backslashes, some another case. */
static zip_int64_t locate(struct package *p, const char *part)
{
	zip_int64_t at = zip_name_locate(p->zip, part, ZIP_FL_NOCASE);
	char other[256];

	if (at >= 0 || strlen(part) >= sizeof(other))
		return at;
	strcpy(other, part);
	for (char *c = other; *c; c++)
		*c = (char)(*c == '/' ? '\\' : *c);
	return zip_name_locate(p->zip, other, ZIP_FL_NOCASE);
}

bool package_has(struct package *p, const char *part)
{
	return locate(p, part) >= 0;
}

/* Open documents say what they are in a part of its own. */
static bool is_open_document(struct package *p)
{
	zip_int64_t at = locate(p, "mimetype");
	zip_file_t *in = at >= 0 ? zip_fopen_index(p->zip, (zip_uint64_t)at, 0) : NULL;
	char type[64] = "";

	if (!in)
		return false;
	if (zip_fread(in, type, sizeof(type) - 1) < 0)
		type[0] = '\0';
	zip_fclose(in);
	return strstr(type, "opendocument") != NULL;
}

static enum table_fault kind_of_zip(struct package *p)
{
	static const struct {
		const char *part;
		enum table_fault fault;
	} marks[] = {
		{ "xl/workbook.bin", TABLE_XLSB },
		{ "word/document.xml", TABLE_WORD },
		{ "ppt/presentation.xml", TABLE_OTHER },
		{ "Index/Document.iwa", TABLE_OTHER },
	};

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (package_has(p, marks[i].part))
			return marks[i].fault;
	if (is_open_document(p))
		return TABLE_ODS;
	return package_has(p, "[Content_Types].xml") || package_has(p, "xl/workbook.xml")
		       ? TABLE_FINE
		       : TABLE_ZIP;
}

bool parts_open(struct package *p, struct table *t, const uint8_t *data, size_t bytes)
{
	zip_error_t error;
	zip_source_t *source;
	enum table_fault fault;

	*p = (struct package){ .t = t };
	zip_error_init(&error);
	source = zip_source_buffer_create(data, bytes, 0, &error);
	p->zip = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
	if (!p->zip) {
		table_refuse(t, TABLE_BROKEN, zip_error_strerror(&error));
		zip_source_free(source);
	}
	zip_error_fini(&error);
	if (!p->zip)
		return false;
	fault = kind_of_zip(p);
	if (fault == TABLE_FINE)
		return true;
	parts_close(p);
	return table_refuse(t, fault, NULL);
}

void parts_close(struct package *p)
{
	if (p->zip)
		zip_discard(p->zip);
	p->zip = NULL;
}

/* --- expat ---------------------------------------------------------------------------------------
 */

struct parse {
	struct package *p;
	const struct part_handler *h;
	XML_Parser parser;
};

const char *part_local(const char *name)
{
	const char *colon = strchr(name, ':');

	return colon ? colon + 1 : name;
}

const char *part_attribute(const char **attributes, const char *name)
{
	for (; attributes[0]; attributes += 2)
		if (!strcmp(part_local(attributes[0]), name))
			return attributes[1];
	return NULL;
}

static void on_start(void *ctx, const char *name, const char **attributes)
{
	struct parse *x = ctx;

	x->h->start(x->h->ctx, part_local(name), attributes);
	if (x->p->t->fault)
		XML_StopParser(x->parser, XML_FALSE);
}

static void on_end(void *ctx, const char *name)
{
	struct parse *x = ctx;

	if (x->h->end)
		x->h->end(x->h->ctx, part_local(name));
	if (x->p->t->fault)
		XML_StopParser(x->parser, XML_FALSE);
}

static void on_text(void *ctx, const char *utf8, int bytes)
{
	struct parse *x = ctx;

	if (x->h->text && !x->p->t->fault)
		x->h->text(x->h->ctx, utf8, bytes);
}

/* No workbook declares a document type: who does wants entities that grow. */
static void on_doctype(void *ctx, const char *name, const char *system, const char *public, int own)
{
	struct parse *x = ctx;
	(void)name;
	(void)system;
	(void)public;
	(void)own;

	table_refuse(x->p->t, TABLE_BROKEN, "DOCTYPE");
	XML_StopParser(x->parser, XML_FALSE);
}

static bool feed(struct parse *x, zip_file_t *in, const char *part)
{
	char chunk[65536], detail[128];
	struct table *t = x->p->t;
	XML_Index fed = 0;
	zip_int64_t n;

	do {
		n = zip_fread(in, chunk, sizeof(chunk));
		if (n < 0) {
			snprintf(detail, sizeof(detail), "%s: %s", part, zip_file_strerror(in));
			return table_refuse(t, TABLE_BROKEN, detail);
		}
		x->p->unpacked += (size_t)n;
		fed += n;
		/* expat keeps a tag that does not end, however long. */
		if (x->p->unpacked > TABLE_UNPACKED_MAX ||
		    fed - XML_GetCurrentByteIndex(x->parser) > TAG_BYTES_MAX)
			return table_refuse(t, TABLE_TOO_BIG, NULL);
		if (XML_Parse(x->parser, chunk, (int)n, n == 0) == XML_STATUS_OK)
			continue;
		snprintf(detail, sizeof(detail), "%s:%lu: %s", part,
			 (unsigned long)XML_GetCurrentLineNumber(x->parser),
			 XML_ErrorString(XML_GetErrorCode(x->parser)));
		return table_refuse(t, TABLE_BROKEN, detail);
	} while (n > 0);
	return !t->fault;
}

bool package_parse(struct package *p, const char *part, const struct part_handler *h)
{
	zip_int64_t at = locate(p, part);
	zip_file_t *in = at >= 0 ? zip_fopen_index(p->zip, (zip_uint64_t)at, 0) : NULL;
	struct parse x = { .p = p, .h = h };
	bool ok;

	if (!in)
		return table_refuse(p->t,
				    at >= 0 && zip_error_code_zip(zip_get_error(p->zip)) ==
							    ZIP_ER_NOPASSWD
					    ? TABLE_ENCRYPTED
					    : TABLE_BROKEN,
				    part);
	x.parser = XML_ParserCreate(NULL);
	if (!x.parser) {
		zip_fclose(in);
		return table_refuse(p->t, TABLE_NO_MEMORY, NULL);
	}
	XML_SetUserData(x.parser, &x);
	XML_SetElementHandler(x.parser, on_start, on_end);
	XML_SetCharacterDataHandler(x.parser, on_text);
	XML_SetStartDoctypeDeclHandler(x.parser, on_doctype);
	ok = feed(&x, in, part);
	XML_ParserFree(x.parser);
	zip_fclose(in);
	return ok;
}
