#include "export.h"

#include "closure.h"
#include "filter.h"
#include "listing.h"
#include "page.h"
#include "print.h"
#include "question.h"

#include <string.h>

/* Roots whose relationships are asked for at once: each is several conditions of the platform's query. */
enum { RELATED_AT_ONCE = 100 };

/* ---- the job ---- */

static bool find_text(struct span object, const char *key, struct buf *to)
{
	struct span value;
	if (!span_find(object, key, &value) || *value.text != '"')
		return false;
	span_decode(value, to);
	return true;
}

static void find_object(struct span object, const char *key, struct span *value)
{
	if (!span_find(object, key, value) || *value->text != '{')
		*value = (struct span){ NULL, 0 };
}

static size_t count_list(struct span object, const char *key)
{
	struct span list, element;
	size_t count = 0;
	if (!span_find(object, key, &list) || *list.text != '[')
		return 0;
	for (const char *at = list.text + 1; span_member(&at, NULL, &element);)
		count++;
	return count;
}

static bool read_scope(struct export_job *job, struct fail *fail)
{
	static const char *const scopes[] = { "single", "selection", "query" };
	struct buf text = { 0 };
	bool known = false;
	find_text(job->event, "export_scope", &text);
	for (int i = 0; i < 3 && !known; i++) {
		job->scope = i;
		known = !strcmp(buf_str(&text), scopes[i]);
	}
	if (!known)
		fail_set(
			fail, FAIL_NO, "no export job: export_scope is \"%s\"", buf_str(&text));
	buf_clear(&text);
	if (known && find_text(job->event, "export_type", &text)) {
		job->full = !strcmp(buf_str(&text), "full");
		if (!job->full && strcmp(buf_str(&text), "simple") != 0)
			known = fail_set(fail, FAIL_NO,
				"export_type is neither simple nor full: %s", buf_str(&text));
	}
	buf_release(&text);
	return known;
}

bool export_job_read(struct export_job *job, struct span message, struct fail *fail)
{
	struct span value;
	if (*message.text != '{')
		return fail_set(fail, FAIL_NO, "no export job: not a JSON object");
	find_object(message, "event", &job->event);
	if (!job->event.text)
		job->event = message;
	find_text(message, "internal.applicant_id", &job->applicant_id);
	find_text(job->event, "entity_type", &job->entity_type);
	find_object(job->event, "main_filter", &job->main_filter);
	find_object(job->event, "access_filter", &job->access_filter);
	find_object(job->event, "list_params", &job->list_params);
	if (!read_scope(job, fail))
		return false;
	if (job->scope == EXPORT_SINGLE)
		job->named = span_find(job->event, "entity_id", &value) && *value.text == '"';
	else if (job->scope == EXPORT_SELECTION)
		job->named = count_list(job->event, "selected_ids");
	if (job->scope != EXPORT_QUERY && !job->named)
		return fail_set(fail, FAIL_NO, "no export job: it names no element");
	return buf_ok(&job->applicant_id, fail) && buf_ok(&job->entity_type, fail);
}

void export_job_release(struct export_job *job)
{
	buf_release(&job->applicant_id);
	buf_release(&job->entity_type);
}

/* ---- the roots ---- */

/* Adds a group that holds the elements a job names, from its ids. */
static void print_named(const struct export_job *job, struct buf *to)
{
	struct span value, none = { NULL, 0 };
	struct buf ids = { 0 };
	if (span_find(job->event, job->scope == EXPORT_SINGLE ? "entity_id" : "selected_ids",
		    &value)) {
		print_value(&ids, value);
		if (*value.text == '[' && ids.len) { /* filter_any_of has brackets of its own */
			ids.data[ids.len - 1] = ' ';
			ids.data[0] = ' ';
		}
	}
	filter_any_of("ids", buf_str(&ids), none, to);
	if (ids.state != BUF_OK)
		to->state = ids.state;
	buf_release(&ids);
}

/* An argument of a list, as list_params has it. */
static void pass_on(const struct export_job *job, const char *name, const char *type,
	struct question *question)
{
	struct span value;
	if (job->list_params.text && span_find(job->list_params, name, &value) &&
		*value.text != 'n')
		question_json(question, name, type, value);
}

/* An enumeration's name, as list_params has it; false when there is none. */
static bool find_name(const struct export_job *job, const char *key, struct buf *to)
{
	return job->list_params.text && find_text(job->list_params, key, to) &&
		question_is_name(buf_str(to));
}

/*
 * The order of a query. By relevance it would be another one with each page, so a search goes by date,
 * as pycti has it.
 */
static void order(const struct export_job *job, struct question *question)
{
	struct buf by = { 0 }, mode = { 0 }, search = { 0 };
	bool given = find_name(job, "orderBy", &by) && strcmp(by.data, "_score") != 0;
	bool searched = job->list_params.text &&
		find_text(job->list_params, "search", &search) && search.len;
	if (given || searched) {
		question_literal(question, "orderBy", given ? by.data : "created_at");
		if (find_name(job, "orderMode", &mode))
			question_literal(question, "orderMode", mode.data);
		else if (!given)
			question_literal(question, "orderMode", "desc");
	}
	buf_release(&by);
	buf_release(&mode);
	buf_release(&search);
}

/* The list that a query is about, and its arguments but for the filters. */
static struct listing ask_query(const struct export_job *job, struct question *question)
{
	static const char *const relations[][2] = { { "fromOrToId", "[String]" },
		{ "elementWithTargetTypes", "[String]" }, { "fromId", "[String]" },
		{ "fromRole", "String" }, { "fromTypes", "[String]" }, { "toId", "[String]" },
		{ "toRole", "String" }, { "toTypes", "[String]" },
		{ "relationship_type", "[String]" } };
	struct listing listing;
	struct buf types = { 0 };
	if (!listing_find(buf_str(&job->entity_type), &listing) || !listing.stix) {
		listing_find("stixCoreObjects", &listing);
		listing.type = buf_str(&job->entity_type);
	}
	if (listing.type && *listing.type) {
		buf_char(&types, '[');
		print_text(&types, listing.type);
		buf_char(&types, ']');
		question_literal(question, "types", buf_str(&types));
		if (types.state != BUF_OK)
			question->arguments.state = types.state;
		buf_release(&types);
	} else if (!strcmp(listing.name, "stixCyberObservables")) {
		pass_on(job, "types", "[String]", question);
	}
	if (!strcmp(listing.name, "stixCoreRelationships"))
		for (size_t i = 0; i < sizeof relations / sizeof *relations; i++)
			pass_on(job, relations[i][0], relations[i][1], question);
	pass_on(job, "search", "String", question);
	order(job, question);
	return listing;
}

/* Prepares the question for the roots. main_filter holds the access filter already, as the platform
 * writes it; it is added all the same. */
static bool ask_roots(const struct export_job *job, struct question *question,
	struct buf *document, struct fail *fail)
{
	struct listing listing = listing_any();
	struct buf named = { 0 }, group = { 0 };
	struct span groups[3] = { job->main_filter, job->access_filter, { NULL, 0 } };
	if (job->scope == EXPORT_QUERY) {
		listing = ask_query(job, question);
		if (job->list_params.text)
			find_object(job->list_params, "filters", &groups[2]);
		if (filter_is_empty(job->main_filter) ||
			(job->main_filter.len == job->access_filter.len &&
				!memcmp(job->main_filter.text, job->access_filter.text,
					job->main_filter.len)))
			groups[0].text = NULL;
	} else {
		print_named(job, &named);
		groups[2] = (struct span){ buf_str(&named), named.len };
	}
	filter_join(groups, 3, &group);
	if (group.len)
		question_json(question, "filters", "FilterGroup",
			(struct span){ group.data, group.len });
	bool ok = buf_ok(&named, fail) && buf_ok(&group, fail) &&
		question_document(question, listing.name, listing.stix, document, fail);
	buf_release(&named);
	buf_release(&group);
	return ok;
}

/* ---- what is related ---- */

/* Writes what a list has of relationships from or to one of the ids (JSON strings). */
static bool write_related(
	struct closure *closure, const char *list, const char *ids, struct fail *fail)
{
	struct question question = { 0 };
	struct buf group = { 0 }, document = { 0 };
	struct batch batch = { 0 };
	struct span node;
	filter_any_of("fromOrToId", ids, closure->access, &group);
	question_json(&question, "filters", "FilterGroup",
		(struct span){ buf_str(&group), group.len });
	struct pages pages = { .platform = closure->platform,
		.size = PAGE_SIZE,
		.limit = UINT64_MAX,
		.tries = PAGE_TRIES };
	bool ok = buf_ok(&group, fail) &&
		question_document(&question, list, "toStix", &document, fail);
	pages.document = buf_str(&document);
	pages.variables = buf_str(&question.variables);
	while (ok && pages_next(&pages, fail)) {
		while (ok && pages_node(&pages, &node))
			ok = closure_take(closure, &batch, node, false, fail);
		ok = ok && closure_settle(closure, &batch, fail) &&
			closure_write(closure, &batch, fail);
		batch_clear(&batch);
	}
	pages_release(&pages);
	question_release(&question);
	batch_release(&batch);
	buf_release(&group);
	buf_release(&document);
	return ok && !fail->kind;
}

static bool write_relations(struct closure *closure, const char *ids, struct fail *fail)
{
	return write_related(closure, "stixCoreRelationships", ids, fail) &&
		write_related(closure, "stixSightingRelationships", ids, fail);
}

/* One page of roots: itself, and what goes with it. `ids` are its internal ids, one a NUL. */
static bool write_page(
	struct closure *closure, struct batch *batch, const struct buf *ids, struct fail *fail)
{
	if (!closure_settle(closure, batch, fail) || !closure_write(closure, batch, fail))
		return false;
	if (!closure->whole)
		return true;
	struct buf some = { 0 };
	bool ok = true;
	size_t count = 0;
	for (size_t at = 0; ok && at < ids->len; at += strlen(ids->data + at) + 1) {
		buf_text(&some, count++ ? ", " : "");
		print_text(&some, ids->data + at);
		if (count < RELATED_AT_ONCE)
			continue;
		ok = buf_ok(&some, fail) && write_relations(closure, some.data, fail);
		buf_clear(&some);
		count = 0;
	}
	ok = ok &&
		(!count || (buf_ok(&some, fail) && write_relations(closure, some.data, fail)));
	buf_release(&some);
	for (size_t i = 0; ok && i < batch->count; i++)
		if (batch->all[i].root && batch->all[i].container)
			ok = closure_write_content(closure, closure_text(batch, i), fail);
	return ok && closure_write_roots(closure, batch, fail);
}

bool export_run(struct platform *platform, const struct export_job *job,
	bool (*write)(void *ctx, struct span object, struct fail *fail), void *ctx,
	struct export_count *count, struct fail *fail)
{
	struct closure closure = {
		.platform = platform, .whole = job->full, .write = write, .ctx = ctx
	};
	struct question question = { 0 };
	struct batch batch = { 0 };
	struct buf document = { 0 }, ids = { 0 };
	struct span node;
	struct pages pages = { .platform = platform,
		.size = PAGE_SIZE,
		.limit = UINT64_MAX,
		.tries = PAGE_TRIES };
	if (!filter_is_empty(job->access_filter))
		closure.access = job->access_filter;
	bool ok = ask_roots(job, &question, &document, fail);
	pages.document = buf_str(&document);
	pages.variables = buf_str(&question.variables);
	while (ok && pages_next(&pages, fail)) {
		while (ok && pages_node(&pages, &node)) {
			ok = closure_take(&closure, &batch, node, true, fail);
			if (*node.text == '{' && find_text(node, "id", &ids))
				buf_char(&ids, '\0');
		}
		ok = ok && buf_ok(&ids, fail) && write_page(&closure, &batch, &ids, fail);
		for (size_t i = 0; ok && i < batch.count; i++)
			count->roots += batch.all[i].root &&
				closure.states[batch.all[i].id] != CLOSURE_REFUSED;
		batch_clear(&batch);
		buf_clear(&ids);
	}
	ok = ok && !fail->kind && closure_finish(&closure, fail);
	count->written = closure.written;
	count->refused = closure.refused;
	pages_release(&pages);
	question_release(&question);
	closure_release(&closure);
	batch_release(&batch);
	buf_release(&document);
	buf_release(&ids);
	return ok;
}
