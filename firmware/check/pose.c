/* Roll, yaw and pitch of the head from the points. */
#include <math.h>

#include "firmware/check/measures.h"
#include "firmware/check/pixels.h"

void check_measure_pose(const struct check_input *in, const struct check_axes *a,
			struct check_measures *m)
{
	const struct check_point *p = in->points;
	double nose = to_axes(a, p[30].x, p[30].y).x;
	double left = nose - to_axes(a, p[2].x, p[2].y).x;
	double right = to_axes(a, p[14].x, p[14].y).x - nose;

	m->roll_deg = atan2(a->s, a->c) * 180 / M_PI;
	if (left + right > 0.1)
		m->yaw_deg = atan((left - right) / (left + right) / 1.2) * 180 / M_PI;
}
