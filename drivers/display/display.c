#include "drivers/display/display.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct display {
	const struct display_ops *ops;
	_Alignas(16) char priv[];
};

static const struct display_ops *find(const char *driver)
{
	for (int i = 0; display_drivers[i]; i++)
		if (!strcmp(display_drivers[i]->name, driver))
			return display_drivers[i];
	return NULL;
}

int display_open(const char *driver, int *width_px, int *height_px, struct display **out)
{
	const struct display_ops *ops = find(driver);
	struct display *d;
	int rc;

	if (!ops)
		return -EINVAL;
	d = calloc(1, sizeof(*d) + ops->priv_size);
	if (!d)
		return -ENOMEM;
	d->ops = ops;
	rc = ops->open(d->priv, width_px, height_px);
	if (rc < 0) {
		free(d);
		return rc;
	}
	*out = d;
	return 0;
}

void display_close(struct display *d)
{
	if (!d)
		return;
	d->ops->close(d->priv);
	free(d);
}

int display_present(struct display *d, const struct image *im)
{
	return d->ops->present(d->priv, im);
}

bool display_wait(struct display *d, int timeout_ms, struct display_key *key, bool *resized,
		  int *width_px, int *height_px)
{
	*resized = false;
	return d->ops->wait(d->priv, timeout_ms, key, resized, width_px, height_px);
}

void display_wake(struct display *d)
{
	d->ops->wake(d->priv);
}
