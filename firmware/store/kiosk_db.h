/*
 * DATA/kiosk.db (mode 0600): what belongs to the machine and not to a job: PINs, and the audit of
 * what was done to whole jobs, a chain like a job's ledger (ledger.h) that outlives them.
 */
#pragma once

#include <jansson.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

/** kiosk_db_open() - @write: made, and brought to the newest schema
 * Return: 0; -ENOENT none yet (reading); -EUCLEAN of another or a newer program; -EIO; other negative
 * errno. Close with sqlite3_close_v2() in any case. */
int kiosk_db_open(const char *data_dir, bool write, sqlite3 **db);

/** kiosk_audit() - one durable row; @body as in ledger_append(). What the newest row says already (work
 * that was interrupted and goes on) is not said twice. Return: 0, negative errno. */
int kiosk_audit(const char *data_dir, const char *type, json_t *body);
/** kiosk_audit_verify() - Return: 0 whole; -EBADMSG with *@n, the first row that does not hold; -ENOENT;
 * -EIO. */
int kiosk_audit_verify(const char *data_dir, int64_t *n);
