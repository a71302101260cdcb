/*
 * Readers on a serial line: 115200 8N1, no flow control, one byte stream. Also a pty.
 * Address: path of the device node ("/dev/ttyUSB0"); a symbolic link is followed at every open.
 */
#pragma once

#include "drivers/reader/reader.h"

extern const struct reader_ops reader_serial_ops;
