/*
 * Readers on a serial line at 115200, 57600, 38400, 19200 or 9600 (8N1); the speed is found. Also a pty.
 * Address: path of the device node ("/dev/ttyUSB0"); a symbolic link is followed at every open.
 */
#pragma once

#include "drivers/reader/reader.h"

extern const struct reader_ops reader_serial_ops;
