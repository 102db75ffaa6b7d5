/* filter: FilterGroups, the conditions of a list: from the command line, and put together. */
#ifndef OCTI_FILTER_H
#define OCTI_FILTER_H

#include "opt.h"
#include "scan.h"

/*
 * Adds a FilterGroup as JSON: all conditions of `conditions` and the group in the text `group`
 * (NULL when there is none). A condition is KEY=VALUE,VALUE, KEY:OPERATOR=VALUE,VALUE, KEY:nil=
 * or KEY:not_nil=, in which "\," is a comma. Of several values one is enough; for an operator
 * that begins with not_, all of them count. FAIL_USAGE for what is none of these, for an operator
 * that the platform does not have, and for a group without one of its three members.
 */
bool filter_print(const struct opt_list *conditions, const char *group, struct buf *to,
	struct fail *fail);

/* Adds the conditions as platforms before 5.12 take them: a list, in GraphQL. They
 * must have passed filter_print. */
void filter_print_old(const struct opt_list *conditions, struct buf *to);

/* True for a checked group that holds neither filters nor groups, and for no group at all (an
 * empty span, null). */
bool filter_is_empty(struct span group);

/* Adds a group that wants all of the groups that are not empty; nothing when all of them are. */
void filter_join(const struct span *groups, size_t count, struct buf *to);

/*
 * Adds a group: `key` is one of the JSON strings in `values` (separated by ", "), and `also`,
 * unless it is empty, holds.
 */
void filter_any_of(const char *key, const char *values, struct span also, struct buf *to);

#endif
