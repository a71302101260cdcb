/* What makes one camera differ from another: identity, properties, operations, manners. */
#pragma once

#include <stdbool.h>

#include "tools/virtual/camera/dataset.h"
#include "tools/virtual/camera/vcam.h"

enum { /* of a property; the last two are ours */
       TYPE_U8 = 2,
       TYPE_U16 = 4,
       TYPE_U32 = 6,
       TYPE_TEXT = 0xffff,
       TYPE_EOS_FORMAT = 0xfffe, /* 0 JPEG, 1 RAW and JPEG, 2 RAW; on the wire a list of files */
       TYPE_EOS_TIME = 0xfffd, /* the body's clock, seconds */
};

struct property {
	uint16_t code, type;
	bool writable;
	uint32_t value;
	char text[24];
	char form; /* 'n' none, 'r' range 0…100, 'e' enumeration */
	uint8_t choice_count;
	uint32_t choices[12];
	const char *texts[4];
};

enum { FILE_JPEG = 1, FILE_RAW = 2 }; /* what a release makes */

struct exposure {
	uint32_t iso, time_10000, f_100;
};

struct body {
	const char *name; /* --body */
	const char *maker, *model, *version, *serial; /* DeviceInfo */
	const char *make; /* EXIF */
	const char *usb_maker, *usb_product;
	uint16_t vid, pid;
	uint32_t extension;
	const char *extension_text;
	const uint16_t *operations, *events;
	size_t operation_count, event_count;
	const struct property *props;
	size_t prop_count;
	const char *prefix, *folder, *raw_ext; /* "DSC_", "ND750" behind 100, "NEF" */
	uint16_t raw_format;
	bool pushes; /* events go out by themselves, not when asked for */
	uint16_t full_rc; /* a release with a full card answers this; 0: OK and an event */

	/* Operations of its own; RC_NO_OPERATION: not one of them. */
	uint16_t (*carry_out)(struct vcam *v, const struct vcam_request *rq, struct blob *b,
			      struct vcam_reply *rp);
	/* Somebody presses the shutter button. */
	uint16_t (*press)(struct vcam *v);
	void (*battery)(struct vcam *v, long pct);
	int (*files)(const struct vcam *v); /* FILE_… its settings ask for */
	void (*exposure)(struct vcam *v, struct exposure *out);
	void (*hang_up)(struct vcam *v); /* the session is over */
};

extern const struct body body_nikon, body_canon, body_ptp, body_phone;
