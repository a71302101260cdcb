/* Light and colour on the skin beyond its mean. */
#include "firmware/check/measures.h"

void check_measure_skin(const struct check_input *in, const struct check_axes *a,
			struct check_measures *m)
{
	(void)in;
	(void)a;
	(void)m;
}
