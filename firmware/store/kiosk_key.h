/*
 * The kiosk's own Ed25519 key pair, DATA/keys/kiosk.key (mode 0600): made at first need, never in
 * an image or a package. Its fingerprint stands on the operator's screen and on the hand-over sheet.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { KIOSK_KEY_BYTES = 32, KIOSK_SIG_BYTES = 64, KIOSK_FINGERPRINT_MAX = 40 };

/** kiosk_key_public() - made (durably) when there is none. Return: 0; -EUCLEAN the file is damaged (it
 * is never replaced); other negative errno. */
int kiosk_key_public(const char *data_dir, uint8_t out[static KIOSK_KEY_BYTES]);
/** kiosk_key_sign() - Return: 0, negative errno. */
int kiosk_key_sign(const char *data_dir, const void *data, size_t bytes,
		   uint8_t out[static KIOSK_SIG_BYTES]);
/** kiosk_key_verify() - Return: 0, -EBADMSG. */
int kiosk_key_verify(const uint8_t key[static KIOSK_KEY_BYTES], const void *data, size_t bytes,
		     const uint8_t sig[static KIOSK_SIG_BYTES]);
/** kiosk_fingerprint() - "5F3A 91C0 …": the first 12 bytes of SHA-256 of the public key, in groups. */
void kiosk_fingerprint(const uint8_t key[static KIOSK_KEY_BYTES],
		       char out[static KIOSK_FINGERPRINT_MAX]);
/** kiosk_fingerprint_same() - compares as people write it: blanks, colons, dashes, case ignored. A part
 * of one is not the same. */
int kiosk_fingerprint_same(const char *a, const char *b);
