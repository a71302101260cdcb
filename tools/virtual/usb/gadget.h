/*
 * A device of the virtual bus by its name: "reader-split,serial=A1,control=/tmp/r.ctl". One place
 * knows all kinds, their keys and whose vocabulary a control line is from.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/virtual/usb/vusb.h"

struct gadget; /* opaque */

/** gadget_new() - from words KIND[,KEY=VALUE…]; unplugged. NULL: @wrong says why. */
struct gadget *gadget_new(const char *words, char *wrong, size_t size);
void gadget_free(struct gadget *g);

struct vusb *gadget_bus(struct gadget *g);
/** gadget_control() / gadget_port() / gadget_redir() - values of these keys, NULL not given. */
const char *gadget_control(const struct gadget *g);
const char *gadget_port(const struct gadget *g);
const char *gadget_redir(const struct gadget *g);
/** gadget_absent() - the key "absent": it is plugged in later, by a control line. */
bool gadget_absent(const struct gadget *g);

/** gadget_line() - one control line: the bus's words, then the device's own.
 * Return: false when gadget_later() has the answer. */
bool gadget_line(struct gadget *g, int64_t now_ms, const char *line, char *out, size_t size);
/** gadget_later() - true: @out has the answer of a line that waited. */
bool gadget_later(struct gadget *g, int64_t now_ms, char *out, size_t size);
bool gadget_waits(const struct gadget *g);

/** gadget_kinds() - all names, for the usage. */
const char *gadget_kinds(void);
