/* `tapshot check --annotate`. */
#include <errno.h>

#include "firmware/cmd/check_cmd.h"

int check_annotate(const uint8_t *data, size_t bytes, const struct judge_outcome *o,
		   const struct check_limits *limits, const char *png)
{
	(void)data;
	(void)bytes;
	(void)o;
	(void)limits;
	(void)png;
	return -ENOSYS;
}
