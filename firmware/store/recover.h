/* Recovery at start: decide every half-written state before anything new is written. */
#pragma once

#include "firmware/store/rows.h"
#include "firmware/store/vault.h"

/** recover() - see "Recovery" in firmware/README.md. Runs before the store thread starts. */
enum store_cause recover(const struct job *j, struct rows *r, struct store_recovery *found);
