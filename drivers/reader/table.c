#include "drivers/reader/reader_serial.h"

const struct reader_ops *const reader_drivers[] = {
	&reader_serial_ops,
	NULL,
};
