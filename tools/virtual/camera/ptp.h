/* Numbers of PIMA 15740 and its vendors' extensions that the virtual camera uses. */
#pragma once

enum { /* PTP response codes (PIMA 15740) and Nikon's and Canon's own */
       RC_OK = 0x2001,
       RC_GENERAL = 0x2002,
       RC_NO_SESSION = 0x2003,
       RC_NO_OPERATION = 0x2005,
       RC_BAD_PARAMETER = 0x2006,
       RC_BAD_STORAGE = 0x2008,
       RC_BAD_HANDLE = 0x2009,
       RC_NO_PROPERTY = 0x200a,
       RC_STORE_FULL = 0x200c,
       RC_STORE_READ_ONLY = 0x200e,
       RC_READ_ONLY = 0x200f,
       RC_NO_THUMBNAIL = 0x2010,
       RC_NO_STORE = 0x2013,
       RC_BUSY = 0x2019,
       RC_SESSION_OPEN = 0x201e,
       RC_OUT_OF_FOCUS = 0xa002,
       RC_INVALID_STATUS = 0xa004,
       RC_NOT_LIVE_VIEW = 0xa00b,
       RC_EOS_NOT_READY = 0xa102,
};

enum { /* events */
       EV_OBJECT_ADDED = 0x4002,
       EV_OBJECT_REMOVED = 0x4003,
       EV_STORE_ADDED = 0x4004,
       EV_STORE_REMOVED = 0x4005,
       EV_PROPERTY = 0x4006,
       EV_STORE_FULL = 0x400a,
       EV_CAPTURE_COMPLETE = 0x400d,
       EV_SDRAM_ADDED = 0xc101,
       EV_SDRAM_COMPLETE = 0xc102,
       EV_EOS_FOCUS = 0xc1a5, /* 1 found, 0 not */
       EV_EOS_STATUS = 0xc18b, /* 1 at work, 0 done */
       EV_EOS_CHOICES = 0xc18a,
};

enum {
	STORAGE_ID = 0x00010001,
	STORAGE_EMPTY = 0x00010000, /* slot without a card */
	HANDLE_DCIM = 0x00010000 | 0x1,
	HANDLE_FOLDER = 0x00010000 | 0x2, /* the first; one more a folder */
	HANDLE_FIRST = 0x00011001,
	FORMAT_FOLDER = 0x3001,
	FORMAT_JPEG = 0x3801,
	FORMAT_NEF = 0x3000,
	FORMAT_CR2 = 0xb103,
	LIVE_HEADER_BYTES = 384,
};
#define HANDLE_SDRAM 0xffff0001u
