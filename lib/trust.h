/* trust: the authorities whose certificates are accepted. */
#ifndef OCTI_TRUST_H
#define OCTI_TRUST_H

#include "buf.h"

/* Zero-initialised but for file and directory, the library's own; trust_release at the end. */
struct trust {
	const char *file, *directory; /* borrowed; NULL: not used */
	struct buf text;              /* PEM, instead of file; empty: not used */
};

/*
 * Finds out whom to trust: `only` (path of a file or a directory, or PEM text), else the first of
 * $REQUESTS_CA_BUNDLE, $CURL_CA_BUNDLE and $SSL_CERT_FILE that is set, else whom the struct names;
 * and beside them those of `extra` (path of a file or PEM text). Both may be NULL. The text is
 * borrowed. FAIL_USAGE when one cannot be read, or `extra` has no certificate.
 */
bool trust_choose(struct trust *trust, const char *only, const char *extra, struct fail *fail);
void trust_release(struct trust *trust);

#endif
