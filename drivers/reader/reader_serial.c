#include "drivers/reader/reader_serial.h"

#include <errno.h>
#include <stdio.h>

#include "drivers/reader/hint.h"
#include "drivers/reader/reader_sam.h"
#include "drivers/reader/serial_line.h"

struct serial {
	struct sam_reader sam;
	struct serial_line line;
	char where[READER_WHERE];
};

static void serial_close(void *priv)
{
	struct serial *s = priv;

	reader_sam_forget(&s->sam);
	serial_line_close(&s->line);
}

static int serial_open(void *priv, const char *address)
{
	struct serial *s = priv;
	int rc = serial_line_open(&s->line, address);

	if (!rc)
		rc = reader_sam_open(&s->sam, &s->line.line);
	if (rc < 0) {
		serial_close(s);
		return rc;
	}
	hint_of(address)->good = serial_line_speed(&s->line);
	snprintf(s->where, sizeof(s->where), "serial:%s %d", address, serial_line_speed(&s->line));
	return 0;
}

static const char *serial_where(void *priv)
{
	return ((struct serial *)priv)->where;
}

const struct reader_ops reader_serial_ops = {
	.name = "serial",
	.priv_size = sizeof(struct serial),
	.open = serial_open,
	.close = serial_close,
	.find = reader_sam_find,
	.read = reader_sam_read,
	.poll_removed = reader_sam_poll_removed,
	.identity = reader_sam_identity,
	.where = serial_where,
};
