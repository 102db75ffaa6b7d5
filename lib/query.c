#include "query.h"

#include "filter.h"

#include <string.h>

bool query_about(struct query *query, const char *word, struct fail *fail)
{
	if (!listing_find(word, &query->listing)) {
		if (!question_is_name(word) || !query->fields)
			return fail_set(fail, FAIL_USAGE,
				"%s: no such type; a list that is not known here needs "
				"--fields",
				word);
		query->listing = (struct listing){ .name = word };
	}
	if (query->stix && !query->listing.stix)
		return fail_set(fail, FAIL_USAGE, "%s have no STIX", query->listing.name);
	return true;
}

static const char *selection(const struct query *query, bool old)
{
	if (query->fields)
		return query->fields;
	if (query->stix)
		return query->listing.stix;
	if (query->ids)
		return query->listing.id;
	return old ? query->listing.old : query->listing.fields;
}

static bool add_filters(
	const struct query *query, bool old, struct question *question, struct fail *fail)
{
	struct buf group = { 0 };
	bool ok = filter_print(query->conditions, query->group, &group, fail);
	if (ok && old) {
		buf_clear(&group);
		filter_print_old(query->conditions, &group);
		question_literal(question, "filters", buf_str(&group));
	} else if (ok) {
		question_json(question, "filters", "FilterGroup",
			(struct span){ buf_str(&group), group.len });
	}
	ok = ok && buf_ok(&group, fail);
	buf_release(&group);
	return ok;
}

bool query_ask(const struct query *query, bool old, struct question *question,
	struct buf *document, struct fail *fail)
{
	struct buf types = { 0 };
	if (query->listing.type) {
		buf_format(&types, "[\"%s\"]", query->listing.type);
		question_literal(question, "types", buf_str(&types));
	}
	bool ok = buf_ok(&types, fail);
	buf_release(&types);
	if (ok && (query->conditions->count || query->group))
		ok = add_filters(query, old, question, fail);
	if (query->search)
		question_text(question, "search", "String", query->search);
	if (query->order) {
		question_literal(question, "orderBy", query->order);
		question_literal(question, "orderMode", query->descending ? "desc" : "asc");
	}
	return ok &&
		question_document(
			question, query->listing.name, selection(query, old), document, fail);
}

bool query_is_newer(
	const struct query *query, const struct graphql *graphql, const struct fail *fail)
{
	const char *text = fail_text(fail);
	return graphql && graphql_outdated(graphql) && !query->group &&
		(strstr(text, "FilterGroup") || strstr(text, "representative"));
}

bool query_is_selection(const char *text)
{
	int depth = 0;
	if (!text[strspn(text, " ,\t\n")])
		return false;
	for (; *text && depth >= 0; text++)
		depth += (*text == '{' || *text == '(') - (*text == '}' || *text == ')');
	return !depth;
}
