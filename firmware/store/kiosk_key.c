#include "firmware/store/kiosk_key.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/base/cleanup.h"
#include "firmware/base/hash.h"
#include "firmware/store/job.h"

/* The file: HEAD, the 32 bytes of the seed in hex, a newline. */
#define HEAD "tapshot-key-1 "
enum {
	HEAD_BYTES = sizeof(HEAD) - 1,
	FILE_BYTES = HEAD_BYTES + 2 * crypto_sign_SEEDBYTES + 1,
	FINGERPRINT_BYTES = 12,
};
_Static_assert(KIOSK_KEY_BYTES == crypto_sign_PUBLICKEYBYTES, "Ed25519");
_Static_assert(KIOSK_SIG_BYTES == crypto_sign_BYTES, "Ed25519");

struct pair {
	uint8_t public[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
};

/* Return: descriptor of DATA/keys, made when @make; negative errno. */
static int keys_dir(const char *data_dir, bool make)
{
	char path[JOB_PATH_MAX];
	int fd;

	if (snprintf(path, sizeof(path), "%s/keys", data_dir) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	if (make && mkdir(data_dir, 0700) < 0 && errno != EEXIST)
		return -errno;
	if (make && mkdir(path, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int sync_data_dir(int keys)
{
	SCOPED_FD int up = openat(keys, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return up < 0 || fsync(keys) < 0 || fsync(up) < 0 ? -EIO : 0;
}

/* A damaged file is never replaced: what it signed could no longer be told from a stranger's. */
static int read_pair(int keys, struct pair *out)
{
	uint8_t seed[crypto_sign_SEEDBYTES];
	char text[FILE_BYTES + 1];
	size_t n = 0;
	ssize_t got;
	SCOPED_FD int fd = openat(keys, "kiosk.key", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int rc = 0;

	if (fd < 0)
		return -errno;
	got = read(fd, text, sizeof(text));
	if (got != FILE_BYTES || memcmp(text, HEAD, HEAD_BYTES) != 0 ||
	    text[FILE_BYTES - 1] != '\n' ||
	    sodium_hex2bin(seed, sizeof(seed), text + HEAD_BYTES, FILE_BYTES - HEAD_BYTES - 1, NULL,
			   &n, NULL) < 0 ||
	    n != sizeof(seed))
		rc = -EUCLEAN;
	else
		crypto_sign_seed_keypair(out->public, out->secret, seed);
	sodium_memzero(seed, sizeof(seed));
	sodium_memzero(text, sizeof(text));
	return rc;
}

static int write_new(int keys, const char *temporary)
{
	char text[FILE_BYTES + 1] = HEAD;
	uint8_t seed[crypto_sign_SEEDBYTES];
	SCOPED_FD int fd = openat(keys, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int rc = 0;

	if (fd < 0)
		return -errno;
	randombytes_buf(seed, sizeof(seed));
	sodium_bin2hex(text + HEAD_BYTES, sizeof(text) - HEAD_BYTES, seed, sizeof(seed));
	text[FILE_BYTES - 1] = '\n';
	if (write(fd, text, FILE_BYTES) != FILE_BYTES || fsync(fd) < 0)
		rc = -EIO;
	sodium_memzero(seed, sizeof(seed));
	sodium_memzero(text, sizeof(text));
	return rc;
}

/* Two processes may both find none: link() lets one win, and both then read that one. */
static int make_pair(int keys)
{
	char temporary[48];
	int rc;

	snprintf(temporary, sizeof(temporary), "kiosk.key.%d.%08x", (int)getpid(),
		 randombytes_random());
	rc = write_new(keys, temporary);
	if (!rc && linkat(keys, temporary, keys, "kiosk.key", 0) < 0 && errno != EEXIST)
		rc = -errno;
	unlinkat(keys, temporary, 0);
	return rc < 0 ? rc : sync_data_dir(keys);
}

static int load(const char *data_dir, struct pair *out)
{
	SCOPED_FD int keys = -1;
	int rc;

	if (sodium_init() < 0)
		return -EIO;
	keys = keys_dir(data_dir, false);
	rc = keys < 0 ? keys : read_pair(keys, out);
	if (rc != -ENOENT)
		return rc;
	if (keys < 0)
		keys = keys_dir(data_dir, true);
	if (keys < 0)
		return keys;
	rc = make_pair(keys);
	return rc < 0 ? rc : read_pair(keys, out);
}

int kiosk_key_public(const char *data_dir, uint8_t out[static KIOSK_KEY_BYTES])
{
	struct pair p;
	int rc = load(data_dir, &p);

	if (!rc)
		memcpy(out, p.public, sizeof(p.public));
	sodium_memzero(&p, sizeof(p));
	return rc;
}

int kiosk_key_sign(const char *data_dir, const void *data, size_t bytes,
		   uint8_t out[static KIOSK_SIG_BYTES])
{
	struct pair p;
	int rc = load(data_dir, &p);

	if (!rc)
		crypto_sign_detached(out, NULL, data, bytes, p.secret);
	sodium_memzero(&p, sizeof(p));
	return rc;
}

int kiosk_key_verify(const uint8_t key[static KIOSK_KEY_BYTES], const void *data, size_t bytes,
		     const uint8_t sig[static KIOSK_SIG_BYTES])
{
	if (sodium_init() < 0)
		return -EIO;
	return crypto_sign_verify_detached(sig, data, bytes, key) ? -EBADMSG : 0;
}

void kiosk_fingerprint(const uint8_t key[static KIOSK_KEY_BYTES],
		       char out[static KIOSK_FINGERPRINT_MAX])
{
	uint8_t digest[crypto_hash_sha256_BYTES];
	size_t at = 0;

	crypto_hash_sha256(digest, key, KIOSK_KEY_BYTES);
	for (int i = 0; i < FINGERPRINT_BYTES; i++)
		at += (size_t)snprintf(out + at, KIOSK_FINGERPRINT_MAX - at, "%s%02X",
				       i && i % 2 == 0 ? " " : "", digest[i]);
}

/* Return: how many hex digits, or -1 when there is something else. */
static int digits_only(const char *text, char out[static 2 * FINGERPRINT_BYTES])
{
	int n = 0;

	for (; *text; text++) {
		if (strchr(" \t\r\n:-", *text))
			continue;
		if (!isxdigit((unsigned char)*text) || n == 2 * FINGERPRINT_BYTES)
			return -1;
		out[n++] = (char)toupper((unsigned char)*text);
	}
	return n;
}

int kiosk_fingerprint_same(const char *a, const char *b)
{
	char left[2 * FINGERPRINT_BYTES], right[2 * FINGERPRINT_BYTES];

	return digits_only(a, left) == 2 * FINGERPRINT_BYTES &&
	       digits_only(b, right) == 2 * FINGERPRINT_BYTES && !memcmp(left, right, sizeof(left));
}
