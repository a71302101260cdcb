/* SHA-256 (FIPS 180-4) through libcrypto, whole or streaming. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES 32
#define SHA256_HEX   65 /* with the closing zero */

struct hash; /* opaque: a running SHA-256 */

/** hash_new() - start one; free with hash_free(). Return: NULL without memory. */
struct hash *hash_new(void);
/** hash_update() - add bytes. Never fails for a hash from hash_new(). */
void hash_update(struct hash *h, const void *data, size_t bytes);
/** hash_final() - write the digest; after it only hash_free() is allowed. */
void hash_final(struct hash *h, uint8_t out[static SHA256_BYTES]);
/** hash_free() - NULL is allowed. */
void hash_free(struct hash *h);

/** hash_fd() - digest of the whole file behind @fd, read with pread from 0.
 * Return: 0 or a negative errno of pread. */
int hash_fd(int fd, uint8_t out[static SHA256_BYTES]);

/** hash_hex() - lower-case hex of a digest. */
void hash_hex(const uint8_t digest[static SHA256_BYTES], char out[static SHA256_HEX]);
