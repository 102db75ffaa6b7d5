/* page: the pages of a list: asking for one after the other, again when the platform is busy. */
#ifndef OCTI_PAGE_H
#define OCTI_PAGE_H

#include "platform.h"
#include "scan.h"

enum {
	PAGE_SIZE = 500, /* what the platform gives when it is not told */
	PAGE_MAX = 5000, /* above it the platform loses rows and says that all came */
	PAGE_TRIES = 5
};

/* Zero-initialised but for the first rows; pages_release at the end. */
struct pages {
	struct platform *platform;
	const char *document;  /* takes $after, and $first when size is set; has a pageInfo */
	const char *variables; /* members of a JSON object, without its braces; may be empty */
	uint64_t size;         /* rows of a page; 0: as the document has it */
	uint64_t limit; /* rows in all that are still wanted; UINT64_MAX: all there are */
	unsigned tries; /* of each page */

	struct buf cursor; /* after which the page begins; may be set to begin elsewhere */
	struct buf next;   /* the same of the page after it */
	bool asked, more, stuck;
	struct buf body; /* the variables of the call */
	const char *at;  /* in the page's nodes; NULL: none */
	bool edges;
};

/*
 * Asks for the next page, which holds until the client's next call. False at the end, and on a
 * failure; cursor is then where to go on. What may pass (FAIL_RETRY) is tried again after the
 * time that the platform wants, or one that doubles. The list is the first object of the answer,
 * depth first, that has a pageInfo and edges or nodes.
 */
bool pages_next(struct pages *pages, struct fail *fail);

/* The page's next node. False at its end, and when `limit` are through. */
bool pages_node(struct pages *pages, struct span *node);

/* All nodes that are left go to `take`; after each page, `done` is called, so that what was taken can be put
 * where it is safe. When one of them fails, cursor and limit are those of the page that was begun. */
bool pages_each(struct pages *pages,
	bool (*take)(void *ctx, struct span node, struct fail *fail),
	bool (*done)(void *ctx, struct fail *fail), void *ctx, struct fail *fail);

void pages_release(struct pages *pages);

#endif
