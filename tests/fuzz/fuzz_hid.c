/* HID reports of any content, to both makers' codecs: first byte chooses, then reports of 64 bytes. */
#include <stdlib.h>
#include <string.h>

#include "drivers/reader/hid_codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct hid_codec *codec = size && data[0] & 1 ? &hid_miaxis : &hid_derk;
	struct hid_state s = { 0 };

	for (size_t at = 1; at < size; at += HID_REPORT_BYTES) {
		size_t n = size - at < HID_REPORT_BYTES ? size - at : HID_REPORT_BYTES;
		uint8_t *report = calloc(1, HID_REPORT_BYTES), *out = malloc(HID_REPORT_BYTES);
		int rc;

		memcpy(report, data + at, n);
		rc = codec->unwrap(&s, report, out);
		if (rc > HID_REPORT_BYTES)
			abort();
		codec->wrap(report, n, out);
		free(report);
		free(out);
	}
	return 0;
}
