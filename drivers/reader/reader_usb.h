/*
 * Readers on USB, by libusb. Address: bus path ("1-1.2"), or none: the first known reader that
 * another program does not hold. Which pipes a device answers on is remembered by ids and path.
 */
#pragma once

#include "drivers/reader/reader.h"

extern const struct reader_ops reader_usb_ops;
