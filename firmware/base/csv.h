/* Writing CSV (RFC 4180): comma, CRLF, quotes only where a cell needs them. Reading is libcsv's. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

/** csv_put() - one cell; @first: no comma before it. The caller ends the row with "\r\n". */
void csv_put(FILE *out, const char *text, bool first);
