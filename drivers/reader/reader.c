#include "drivers/reader/reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct reader {
	const struct reader_ops *ops;
	_Alignas(max_align_t) uint8_t priv[];
};

static const struct reader_ops *driver_of(const char *port, const char **address)
{
	for (const struct reader_ops *const *d = reader_drivers; *d; d++) {
		size_t n = strlen((*d)->name);

		if (strncmp(port, (*d)->name, n))
			continue;
		if ((*d)->bare && !port[n]) {
			*address = "";
			return *d;
		}
		if (port[n] != ':' || !port[n + 1])
			continue;
		*address = port + n + 1;
		return *d;
	}
	return NULL;
}

int reader_open(const char *port, struct reader **out)
{
	const char *address;
	const struct reader_ops *ops = driver_of(port, &address);
	struct reader *r;
	int rc;

	if (!ops)
		return -EINVAL;
	r = calloc(1, sizeof(*r) + ops->priv_size);
	if (!r)
		return -ENOMEM;
	r->ops = ops;
	rc = ops->open(r->priv, address);
	if (rc < 0) {
		free(r);
		return rc;
	}
	*out = r;
	return 0;
}

int reader_find(struct reader *r, int timeout_ms, enum reader_cause *cause)
{
	*cause = READER_OK;
	return r->ops->find(r->priv, timeout_ms, cause);
}

int reader_read(struct reader *r, struct card *out, enum reader_cause *cause)
{
	*cause = READER_OK;
	return r->ops->read(r->priv, out, cause);
}

int reader_wait(struct reader *r, int timeout_ms, struct card *out, enum reader_cause *cause)
{
	int rc = reader_find(r, timeout_ms, cause);

	return rc < 0 ? rc : reader_read(r, out, cause);
}

int reader_poll_removed(struct reader *r)
{
	return r->ops->poll_removed(r->priv);
}

const char *reader_identity(struct reader *r)
{
	return r->ops->identity(r->priv);
}

const char *reader_where(struct reader *r)
{
	return r->ops->where(r->priv);
}

void reader_close(struct reader *r)
{
	if (!r)
		return;
	r->ops->close(r->priv);
	explicit_bzero(r->priv, r->ops->priv_size);
	free(r);
}

enum reader_cause reader_cause_of(int rc)
{
	switch (rc) {
	case 0:
		return READER_OK;
	case -EACCES:
	case -EPERM:
		return READER_NO_ACCESS;
	case -EBUSY:
		return READER_CLAIMED;
	case -ENOTSUP:
		return READER_UNSUPPORTED;
	case -ETIMEDOUT:
		return READER_SILENT;
	case -EIO:
		return READER_MODULE_FAULT;
	case -EBADMSG:
		return READER_GARBLED;
	default:
		return READER_NOT_FOUND;
	}
}
