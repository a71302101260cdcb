/* The bus's part of the control vocabulary. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/virtual/usb/vusb_internal.h"

static void say_stat(const struct vusb *d, char *out, size_t size)
{
	int n = snprintf(out, size,
			 "ok plugged=%d opens=%u claims=%u refused=%u resets=%u controls=%u",
			 d->plugged, d->opens, d->claims, d->refused, d->resets, d->controls);

	for (int i = 0; i < d->pipe_count && n > 0 && (size_t)n < size; i++) {
		const struct pipe *p = &d->pipes[i];

		n += snprintf(out + n, size - (size_t)n,
			      " ep%02x=%u ep%02x_bytes=%llu ep%02x_halts=%u ep%02x_cleared=%u",
			      p->desc->address, p->transfers, p->desc->address,
			      (unsigned long long)p->bytes, p->desc->address, p->halts,
			      p->desc->address, p->cleared);
	}
}

static const char *set_fault(struct vusb *d, const char *command, const char *ep, const char *n)
{
	struct pipe *p = vusb_pipe(d, (uint8_t)strtoul(ep, NULL, 16));
	int times = n[0] ? atoi(n) : 1;

	if (!p)
		return "no such endpoint";
	if (!strcmp(command, "stall"))
		p->stall = times;
	else if (!strcmp(command, "zlp"))
		p->stray_zlp = times;
	else if (!strcmp(command, "lose"))
		p->lose = times;
	else
		p->nak_ms = times;
	return NULL;
}

static const char *plug(struct vusb *d, bool in, const char *port)
{
	if (strlen(port) >= sizeof(d->port))
		return "no such port";
	if (port[0])
		strcpy(d->port, port);
	vusb_plug(d, in);
	return NULL;
}

static bool is_fault(const char *command)
{
	return !strcmp(command, "stall") || !strcmp(command, "zlp") || !strcmp(command, "lose") ||
	       !strcmp(command, "nak");
}

bool vusb_control_line(struct vusb *d, const char *line, char *out, size_t size)
{
	char command[16] = "", first[40] = "", second[16] = "";
	const char *wrong = NULL;

	sscanf(line, "%15s %39s %15s", command, first, second);
	if (!strcmp(command, "stat")) {
		say_stat(d, out, size);
		return true;
	}
	if (is_fault(command))
		wrong = set_fault(d, command, first, second);
	else if (!strcmp(command, "plug") || !strcmp(command, "unplug"))
		wrong = plug(d, command[0] == 'p', first);
	else if (!strcmp(command, "busy"))
		d->busy = !strcmp(first, "on");
	else
		return false;
	snprintf(out, size, wrong ? "error %s" : "ok", wrong);
	return true;
}
