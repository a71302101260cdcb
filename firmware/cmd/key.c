/* `tapshot key`: the fingerprint by which a school knows this kiosk's packages. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "firmware/cmd/cmd.h"
#include "firmware/store/kiosk_key.h"

static const char usage[] =
	"usage: tapshot key [--data DIR] [--json]\n"
	"Prints the fingerprint of this kiosk's signing key. It also stands on the operator's help page\n"
	"and on every 核对单.pdf; packages are checked with: tapshot verify DIR --signer FINGERPRINT\n";

static void print(const uint8_t key[static KIOSK_KEY_BYTES], int json)
{
	char fingerprint[KIOSK_FINGERPRINT_MAX];

	kiosk_fingerprint(key, fingerprint);
	if (!json) {
		printf("%s\n", fingerprint);
		return;
	}
	printf("{\"fingerprint\":\"%s\",\"public_key\":\"", fingerprint);
	for (int i = 0; i < KIOSK_KEY_BYTES; i++)
		printf("%02x", key[i]);
	printf("\"}\n");
}

int cmd_key(int argc, char **argv)
{
	uint8_t key[KIOSK_KEY_BYTES];
	struct cmd_common c;
	int rc;

	argc = cmd_common(argc, argv, &c);
	if (argc != 1 || c.help) {
		fputs(usage, c.help ? stdout : stderr);
		return c.help ? 0 : EXIT_USAGE;
	}
	rc = kiosk_key_public(c.data, key);
	if (rc < 0) {
		fprintf(stderr, "tapshot key: %s/keys/kiosk.key: %s\n", c.data,
			rc == -EUCLEAN ? "damaged; put back a copy, or move it away and tell every "
					 "school the new fingerprint"
				       : strerror(-rc));
		return EXIT_CANNOT;
	}
	print(key, c.json);
	return 0;
}
