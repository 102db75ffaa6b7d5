/* settings: the configuration, looked at for octi-doctor. */
#ifndef OCTI_SETTINGS_H
#define OCTI_SETTINGS_H

#include "conf.h"
#include "diagnosis.h"

/* Says each value and where it came from, secrets masked (all: the defaults too), what is missing or
 * contradicts itself, and which names of the environment look like slips. */
void settings_check(struct diagnosis *diagnosis, const struct conf *conf, bool all);

/* Whether a connector is configured: it has an id, a name and a type. */
bool settings_connector(const struct conf *conf);

/* What its work goes by. */
bool settings_listens(const struct conf *conf);   /* it takes jobs from the broker's queue */
bool settings_called(const struct conf *conf);    /* it takes jobs over HTTP */
bool settings_publishes(const struct conf *conf); /* it sends bundles to the broker */
bool settings_streams(const struct conf *conf);   /* it follows a stream */

#endif
