/* period: a length of time, as people and pycti write it. */
#ifndef OCTI_PERIOD_H
#define OCTI_PERIOD_H

#include "fail.h"

/*
 * Reads one of these, to seconds, at least 0:
 *   90s  15m  6h  1d  2w  1.5h  1h30m       ours, in lower case
 *   P1D  PT6H  P1DT12H  PT1H30M  P2W        ISO 8601, in upper case; a year has 365 days, a month 30
 *   06:00  12:30:00  1 day  2 days, 06:00   as pydantic reads them, for pycti does (helper's schedule_iso)
 *   0                                       nothing
 * All but ours are cut to whole seconds, as pycti does. FAIL_USAGE for any other text, and for more than
 * a hundred years.
 */
bool period_read(const char *text, double *seconds, struct fail *fail);

#endif
