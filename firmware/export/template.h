/*
 * Path templates: `{学院}/{班级}/{学号}.jpg`, `{拍摄序号:04d}.jpg`, `{身份证号}.JPG`. A field is any
 * header of the roster (and 系列, 函授站, 采集码); `{{` is a brace. The result is UTF-8, relative, `/`
 * between folders; every component is legal on FAT32, exFAT and Windows.
 */
#pragma once

#include <stddef.h>

#include "firmware/export/people.h"

enum { TEMPLATE_PATH_MAX = 512, TEMPLATE_COMPONENT_MAX = 120 /* UTF-16 units */ };

enum template_fault {
	TEMPLATE_FINE,
	TEMPLATE_UNKNOWN_FIELD, /* of the template itself */
	TEMPLATE_BRACES,
	TEMPLATE_FORMAT, /* not 0Nd */
	TEMPLATE_EMPTY_FIELD, /* this person has nothing there */
	TEMPLATE_NOT_A_NUMBER, /* :04d of a text */
	TEMPLATE_ILLEGAL, /* \ : * ? " < > | or a control character, ends in dot or space, CON … */
	TEMPLATE_TOO_LONG,
};

/** template_check() - the template alone, when a profile is loaded. @where: offset of the fault. */
enum template_fault template_check(const char *text, size_t *where);
/** template_expand() - for one person. Return: TEMPLATE_FINE and @out, else what stands against it. */
enum template_fault template_expand(const char *text, const struct subject *s,
				    char out[static TEMPLATE_PATH_MAX]);
/** template_expand_field() - same; @field: the last header that was looked at, for the report. */
enum template_fault template_expand_field(const char *text, const struct subject *s,
					  char out[static TEMPLATE_PATH_MAX],
					  char field[static 96]);
/** template_path() - is a path made elsewhere legal? TEMPLATE_FINE, _ILLEGAL or _TOO_LONG. */
enum template_fault template_path(const char *path);
const char *template_fault_word(enum template_fault fault);
