/* query: a question to a list, as a command line has it. */
#ifndef OCTI_QUERY_H
#define OCTI_QUERY_H

#include "graphql.h"
#include "listing.h"
#include "opt.h"
#include "question.h"

/* Zero-initialised but for the listing; all text is borrowed, NULL where nothing is said. */
struct query {
	struct listing listing;
	const struct opt_list *conditions; /* of filter_print, as is `group` */
	const char *group;
	const char *search;
	const char *order; /* a GraphQL name */
	bool descending;
	const char *fields; /* GraphQL selection, instead of the listing's */
	bool stix, ids;     /* its STIX, its ids */
};

/* Finds the listing of a word. One that is not known is taken for the name of a list when there are
 * fields. FAIL_USAGE otherwise, and for STIX of what has none. */
bool query_about(struct query *query, const char *word, struct fail *fail);

/* Makes the question and its document. old: as platforms before 5.12 want it, without the group. */
bool query_ask(const struct query *query, bool old, struct question *question,
	struct buf *document, struct fail *fail);

/* Whether the client's last call failed because the platform is older than 5.12, and the same can be
 * asked of that. graphql may be NULL. */
bool query_is_newer(
	const struct query *query, const struct graphql *graphql, const struct fail *fail);

/* Whether a text can stand for the fields of an object: something, with all its brackets closed. */
bool query_is_selection(const char *text);

#endif
