/*
 * The one seam to time. Waiting uses clock_now_ms() (CLOCK_MONOTONIC, the same in every process of
 * this boot); wall time only labels things and never shares a variable with monotonic time.
 */
#pragma once

#include <stdint.h>

/** clock_now_ms() - monotonic milliseconds since boot. Never goes back. */
int64_t clock_now_ms(void);

/** clock_utc_ms() - wall time, milliseconds since 1970 UTC. A label: may jump. */
int64_t clock_utc_ms(void);

/** clock_set_source() - tests only: answer clock_now_ms() from @now; NULL restores the real one. */
void clock_set_source(int64_t (*now)(void));

/** clock_boot_id() - the kernel's id of this boot, 36 characters; "" where /proc does not say. */
const char *clock_boot_id(void);

/** clock_iso_utc() - format @utc_ms as 2026-11-20T09:05:45.588Z into @out. */
void clock_iso_utc(int64_t utc_ms, char out[static 25]);
