/* listing: words find lists, and the tables hold together. */
#include "listing.h"

#include "check.h"
#include "question.h"

static void find(const char *word, const char *name, const char *type)
{
	struct listing listing;
	CHECK(listing_find(word, &listing));
	CHECK_TEXT(listing.name, name);
	CHECK_TEXT(listing.type, type);
	CHECK(question_is_name(listing.name) && listing.fields && listing.old && listing.id);
}

static void ask(void)
{
	struct question question = { 0 };
	struct buf text = { 0 };
	struct fail fail = { 0 };
	CHECK(question_document(&question, "malwares", "id", &text, &fail));
	CHECK_TEXT(text.data,
		"query malwares($first: Int, $after: ID) { malwares(first: $first, after: "
		"$after) { edges "
		"{ node { id } } pageInfo { hasNextPage endCursor } } }");
	buf_clear(&text);
	question_text(&question, "search", "String", "a \"b\"");
	question_literal(&question, "orderBy", "name");
	question_json(&question, "filters", "FilterGroup", (struct span){ "{\"a\":1}", 7 });
	CHECK(question_document(&question, "malwares", "id", &text, &fail));
	CHECK_TEXT(text.data,
		"query malwares($first: Int, $after: ID, $search: String, $filters: "
		"FilterGroup) { "
		"malwares(first: $first, after: $after, search: $search, orderBy: name, "
		"filters: "
		"$filters) { edges { node { id } } pageInfo { hasNextPage endCursor } } }");
	CHECK_TEXT(question.variables.data,
		"\"search\": \"a \\\"b\\\"\", \"filters\": {\"a\": 1}");
	question_release(&question);
	buf_release(&text);
}

int main(void)
{
	struct listing listing;
	find("malware", "malwares", NULL);
	find("MALWARE", "malwares", NULL);
	find("malwares", "malwares", NULL);
	find("ipv4-addr", "stixCyberObservables", "IPv4-Addr");
	find("StixFile", "stixCyberObservables", "StixFile");
	find("Individual", "identities", "Individual");
	find("individuals", "individuals", NULL);
	find("works", "works", NULL);
	CHECK(!listing_find("Malwares", &listing) && !listing_find("", &listing));
	CHECK(listing_any().stix);
	CHECK(question_is_name("_a1") && !question_is_name("1a") && !question_is_name("") &&
		!question_is_name("a b") && !question_is_name("a\xc3\xa9"));
	ask();
	return check_end("listing");
}
