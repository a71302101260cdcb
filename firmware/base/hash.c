#include "firmware/base/hash.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"

struct hash {
	EVP_MD_CTX *ctx;
};

struct hash *hash_new(void)
{
	struct hash *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->ctx = EVP_MD_CTX_new();
	if (!h->ctx || EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL) != 1) {
		hash_free(h);
		return NULL;
	}
	return h;
}

void hash_update(struct hash *h, const void *data, size_t bytes)
{
	EVP_DigestUpdate(h->ctx, data, bytes);
}

void hash_final(struct hash *h, uint8_t out[static SHA256_BYTES])
{
	EVP_DigestFinal_ex(h->ctx, out, NULL);
}

void hash_free(struct hash *h)
{
	if (!h)
		return;
	EVP_MD_CTX_free(h->ctx);
	free(h);
}

int hash_fd(int fd, uint8_t out[static SHA256_BYTES])
{
	enum { CHUNK = 1 << 18 };
	SCOPED_FREE uint8_t *chunk = malloc(CHUNK);
	struct hash *h = hash_new();
	off_t at = 0;
	ssize_t n = 0;

	if (!chunk || !h) {
		hash_free(h);
		return -ENOMEM;
	}
	while ((n = pread(fd, chunk, CHUNK, at)) > 0 || (n < 0 && errno == EINTR)) {
		if (n < 0)
			continue;
		hash_update(h, chunk, (size_t)n);
		at += n;
	}
	n = n < 0 ? -errno : 0;
	hash_final(h, out);
	hash_free(h);
	return (int)n;
}

void hash_hex(const uint8_t digest[static SHA256_BYTES], char out[static SHA256_HEX])
{
	for (int i = 0; i < SHA256_BYTES; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
}
