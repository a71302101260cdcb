/*
 * Check digits of document numbers, for the rooms that both need them: identity and the card
 * decoder. Sources: GB 11643 (ISO 7064 MOD 11-2); the old foreigner number's 7-3-1 sum.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/** docnum_mod_11_2() - check character of 17 digits: '0'…'9' or 'X'; 0 when one is no digit. */
char docnum_mod_11_2(const char *seventeen);

/** docnum_731() - check digit of @n characters 0–9 A–Z (A = 10), weights 7 3 1; 0 when odd. */
char docnum_731(const char *chars, size_t n);

/** docnum_previous_foreigner() - the old 15-character number behind a 2023 foreigner card
 * @alpha3 nationality, @number 18 digits, @link city code (2) and old sequence digit (1).
 * Return: false, @out empty, when a part is blank or not of that form. */
bool docnum_previous_foreigner(const char *alpha3, const char *number, const char *link,
			       char out[static 16]);
