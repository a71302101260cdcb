#include "drivers/reader/reader_serial.h"
#include "drivers/reader/reader_usb.h"

const struct reader_ops *const reader_drivers[] = {
	&reader_serial_ops,
	&reader_usb_ops,
	NULL,
};
