#include "firmware/check/history.h"

#include <math.h>
#include <string.h>

static const double misfire_ev = 2, drift_ev = 0.5;
static const double black = 1e-4; /* linear light below it is no light at all */

static double median(const double *values, size_t n)
{
	double sorted[CHECK_HISTORY];

	memcpy(sorted, values, n * sizeof(*values));
	for (size_t i = 1; i < n; i++)
		for (size_t j = i; j > 0 && sorted[j] < sorted[j - 1]; j--) {
			double v = sorted[j];

			sorted[j] = sorted[j - 1];
			sorted[j - 1] = v;
		}
	return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

static double stops(double a, double b)
{
	return log2(fmax(a, black) / fmax(b, black));
}

static void remember(struct check_history *h, double light)
{
	if (h->count < CHECK_HISTORY_FIRST)
		h->first[h->count] = light;
	h->light[h->next] = light;
	h->next = (h->next + 1) % CHECK_HISTORY;
	if (h->count < CHECK_HISTORY)
		h->count++;
}

enum check_light check_history_add(struct check_history *h, double light)
{
	enum check_light says = CHECK_LIGHT_USUAL;
	double usual;

	if (isnan(light))
		return says;
	if (h->count >= CHECK_HISTORY_FIRST) {
		usual = median(h->light, h->count);
		if (stops(usual, light) >= misfire_ev)
			says = CHECK_LIGHT_MISFIRE;
		else if (fabs(stops(usual, median(h->first, CHECK_HISTORY_FIRST))) >= drift_ev)
			says = CHECK_LIGHT_DRIFT;
	}
	remember(h, light);
	return says;
}
