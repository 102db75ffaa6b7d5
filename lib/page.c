#include "page.h"

#include "clock.h"
#include "print.h"

#include <string.h>

enum { WAIT_MAX = 300 }; /* seconds */

/* A list of the answer: its pageInfo, and its edges or nodes. */
struct list {
	struct span info, nodes;
	bool edges;
};

enum { CHILDREN = 8 }; /* members of an object that are not passed over twice */

/* The first object, depth first, that is a list. Members are passed over once: one of them is as large
 * as the page. */
static bool find_list(struct span value, struct list *list)
{
	struct span key, member, children[CHILDREN];
	size_t count = 0;
	const char *at = value.text + 1;
	if (*value.text != '{' && *value.text != '[')
		return false;
	*list = (struct list){ 0 };
	bool object = *value.text == '{';
	for (; span_member(&at, object ? &key : NULL, &member); count++) {
		if (count < CHILDREN)
			children[count] = member;
		if (object && span_is(key, "pageInfo"))
			list->info = member;
		else if (object && span_is(key, "edges"))
			list->edges = true;
		if (object &&
			(span_is(key, "edges") || (!list->edges && span_is(key, "nodes"))))
			list->nodes = member;
	}
	if (list->info.len && list->nodes.len)
		return true;
	at = value.text + 1;
	for (size_t i = 0; i < count; i++) {
		if (count > CHILDREN)
			span_member(&at, object ? &key : NULL, &member);
		else
			member = children[i];
		if (find_list(member, list))
			return true;
	}
	return false;
}

/* Asks, and asks again. */
static bool fetch(struct pages *pages, struct span *data, struct fail *fail)
{
	struct graphql *graphql = pages->platform->graphql;
	double pause = 1;
	for (unsigned try = 1;; try++) {
		if (graphql_fetch(graphql, pages->document, pages->body.data, &data->text,
			    &data->len, fail))
			return true;
		if (fail->kind != FAIL_RETRY || try >= pages->tries)
			return false;
		double wanted = graphql_retry_after(graphql);
		double wait = wanted >= 0 ? wanted : pause * clock_jitter(0.25);
		if (wait > WAIT_MAX)
			wait = WAIT_MAX;
		platform_say(
			pages->platform, "%s; trying again in %.1f s", fail_text(fail), wait);
		if (!clock_wait(wait))
			return false;
		pause *= 2;
		fail_clear(fail);
	}
}

static bool write_variables(struct pages *pages, struct fail *fail)
{
	struct buf *body = &pages->body;
	const char *comma = pages->variables && *pages->variables ? ", " : "";
	buf_clear(body);
	buf_char(body, '{');
	if (*comma)
		buf_text(body, pages->variables);
	if (pages->size) {
		uint64_t first = pages->size < pages->limit ? pages->size : pages->limit;
		buf_format(body, "%s\"first\": %llu", comma, (unsigned long long)first);
		comma = ", ";
	}
	if (pages->cursor.len) {
		buf_text(body, comma);
		buf_text(body, "\"after\": ");
		print_text(body, pages->cursor.data);
	}
	buf_char(body, '}');
	return buf_ok(body, fail);
}

/* Notes where the page after this one begins, if there is one. */
static bool note_next(struct pages *pages, struct span page_info, struct fail *fail)
{
	struct span info;
	pages->more = pages->at && *span_space(pages->at) != ']' &&
		span_find(page_info, "hasNextPage", &info) && *info.text == 't';
	if (!pages->more)
		return true;
	buf_clear(&pages->next);
	if (span_find(page_info, "endCursor", &info) && *info.text == '"')
		span_decode(info, &pages->next);
	pages->stuck = !strcmp(buf_str(&pages->next), buf_str(&pages->cursor));
	return buf_ok(&pages->next, fail);
}

bool pages_next(struct pages *pages, struct fail *fail)
{
	struct span data;
	struct list list;
	if (pages->asked && !pages->more)
		return false;
	if (pages->stuck)
		return fail_set(fail, FAIL_NO, "the pages do not go on: the cursor stays %s",
			buf_str(&pages->cursor));
	if (pages->asked) {
		buf_clear(&pages->cursor);
		buf_add(&pages->cursor, buf_str(&pages->next), pages->next.len);
	}
	pages->at = NULL;
	if (!pages->limit)
		return false;
	if (clock_stopped())
		return fail_set(fail, FAIL_RETRY, "stopped by signal %d", clock_stopped());
	if (!buf_ok(&pages->cursor, fail) || !write_variables(pages, fail) ||
		!fetch(pages, &data, fail))
		return false;
	pages->asked = true;
	if (!find_list(data, &list))
		return fail_set(fail, FAIL_NO, "no list with a pageInfo in the answer");
	pages->edges = list.edges;
	if (*list.nodes.text == '[')
		pages->at = list.nodes.text + 1;
	return note_next(pages, list.info, fail);
}

bool pages_node(struct pages *pages, struct span *node)
{
	struct span inner;
	if (!pages->at || !pages->limit || !span_member(&pages->at, NULL, node))
		return false;
	if (pages->edges && *node->text == '{' && span_find(*node, "node", &inner))
		*node = inner;
	if (pages->limit != UINT64_MAX)
		pages->limit--;
	return true;
}

bool pages_each(struct pages *pages,
	bool (*take)(void *ctx, struct span node, struct fail *fail),
	bool (*done)(void *ctx, struct fail *fail), void *ctx, struct fail *fail)
{
	struct span node;
	bool ok = true;
	while (ok && pages_next(pages, fail)) {
		uint64_t left = pages->limit;
		while (ok && pages_node(pages, &node))
			ok = take(ctx, node, fail);
		ok = ok && done(ctx, fail);
		if (!ok)
			pages->limit = left;
	}
	return !fail->kind;
}

void pages_release(struct pages *pages)
{
	buf_release(&pages->cursor);
	buf_release(&pages->next);
	buf_release(&pages->body);
}
