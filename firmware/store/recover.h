/* Recovery at start: decide every half-written state before anything new is written. */
#pragma once

#include "firmware/store/rows.h"
#include "firmware/store/vault.h"

/**
 * recover() - runs before the store thread starts
 * original + intent        whole JPEG: hashed, stored as recovered, undecided; torn: quarantine
 * .part + intent           stays: to be fetched from the camera's card (store_each_refetch), then
 *                          store_shot_resume() or store_shot_lost()
 * file without a row, or of a lost or quarantined one   quarantine
 * row without its file, or of another size              counted: an alarm
 * open visits              the newest is reported, older ones are closed as left open
 */
enum store_cause recover(const struct job *j, struct rows *r, struct store_recovery *found);
