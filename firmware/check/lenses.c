/* Eyes behind glasses: gaze, red pupils, glare and dark lenses. */
#include "firmware/check/measures.h"

void check_measure_lenses(const struct check_input *in, const struct check_axes *a,
			  struct check_measures *m)
{
	(void)in;
	(void)a;
	(void)m;
}
