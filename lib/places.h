/* places: directories and the port of this host that a connector needs, looked at for octi-doctor. */
#ifndef OCTI_PLACES_H
#define OCTI_PLACES_H

#include "conf.h"
#include "diagnosis.h"

/* Whether the directories can be written to: that of CONNECTOR_SEND_TO_DIRECTORY, that for temporary files, and
 * those given. Writes nothing. */
void places_check_directories(
	struct diagnosis *diagnosis, const struct conf *conf, char *const *given, size_t count);

/* Whether the port of CONNECTOR_LISTEN_PROTOCOL=API can be had, its certificate used, and whether workers can be
 * told of it. */
void places_check_callback(struct diagnosis *diagnosis, const struct conf *conf);

#endif
