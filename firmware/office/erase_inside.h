/* Steps of erase_job(); see erase.h. */
#pragma once

#include <jansson.h>

#include "firmware/office/erase.h"

/** erase_wipe() - overwrite, then remove everything below @path and itself; a second call goes on.
 * Return: 0 (also when it is gone), negative errno. */
int erase_wipe(const char *path, const struct erase_wish *w, struct erase_report *report);

/** erase_draft() - the certificate's facts, read before they are gone. NULL without memory. */
json_t *erase_draft(const struct erase_wish *w, const struct erase_state *s, void *db);
/** erase_certify() - finished, signed, durable, audited; again: the one that stands is kept.
 * Return: 0, negative errno. */
int erase_certify(const struct erase_wish *w, json_t *draft, struct erase_report *report);

/** erase_keep() - @text as DIR/@name, durable. Return: 0, negative errno. */
int erase_keep(const char *dir, const char *name, const char *text);
