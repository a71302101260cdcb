/*
 * The ledger: an append-only, hash-chained list of events in job.db, one chain a kiosk (in a
 * merged job also K2:K1, what the office wrote as K1 into K2's job before it left), written in
 * the transaction of what it records. hash = SHA-256(prev ‖ n ‖ type ‖ body): prev 32 bytes (zeros
 * for n = 1), n as 8 bytes big-endian, type and body as UTF-8.
 */
#pragma once

#include <jansson.h>
#include <sqlite3.h>
#include <stdint.h>

/**
 * ledger_append() - add one event inside the caller's transaction
 * @body: an object without personal data; the reference is taken over; NULL (a json_pack() that
 * failed) is refused
 * Return: SQLITE_OK or SQLite's error.
 */
int ledger_append(sqlite3 *db, const char *kiosk, const char *type, json_t *body);

struct ledger_fault {
	char kiosk[32]; /* first event that does not verify; n 0: none */
	int64_t n;
};

/**
 * ledger_verify() - walk every chain: numbers without gaps, prev and hash as they must be
 * @events: how many were read; may be NULL
 * Return: 0 whole, -EBADMSG with *@fault, -EIO.
 */
int ledger_verify(sqlite3 *db, int64_t *events, struct ledger_fault *fault);
