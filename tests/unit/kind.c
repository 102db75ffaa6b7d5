#include "kind.h"
#include "check.h"
#include "matrix.h"
#include "vocabulary.h"

static struct span span(const char *text)
{
	return (struct span){ text, strlen(text) };
}

static enum kind of(const char *text)
{
	struct scan scan;
	struct object object = { 0 };
	struct fail failure = { 0 };
	scan_init(&scan, text, strlen(text));
	CHECK(object_read(&object, &scan, &failure));
	enum kind kind = kind_of_object(&object);
	object_release(&object);
	scan_release(&scan);
	return kind;
}

static bool allows(const char *from, const char *name, const char *to)
{
	enum kind a = kind_named(span(from)), b = kind_named(span(to));
	CHECK(a != KIND_NONE && b != KIND_NONE);
	return matrix_allows(a, span(name), b);
}

int main(void)
{
	CHECK(kind_of_type(span("file")) == KIND_FILE && kind_of_type(span("")) == KIND_NONE);
	CHECK(kind_of_type(span("x-opencti-case-incident")) == KIND_CASE_INCIDENT);
	CHECK(kind_of_id(span("x-mitre-data-source--x")) == KIND_DATA_SOURCE);
	CHECK(kind_of_id(span("identity--x")) == KIND_IDENTITY);
	CHECK(kind_of_id(span("x")) == KIND_NONE && kind_of_id(span("")) == KIND_NONE);
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		CHECK(kind_named(span(kind_name((enum kind)kind))) == (enum kind)kind);
		const char *type = kind_type((enum kind)kind);
		if (type)
			CHECK(kind_can_be(kind_of_type(span(type)), (enum kind)kind));
	}
	CHECK(!kind_type(KIND_NONE) && !kind_family(KIND_NONE));

	CHECK(of("{\"type\":\"identity\"}") == KIND_ORGANIZATION);
	CHECK(of("{\"type\":\"identity\",\"identity_class\":\"class\"}") == KIND_SECTOR);
	CHECK(of("{\"type\":\"identity\",\"identity_class\":\"group\"}") == KIND_ORGANIZATION);
	CHECK(of("{\"type\":\"location\",\"region\":\"a\",\"country\":\"b\"}") == KIND_COUNTRY);
	CHECK(of("{\"type\":\"location\"}") == KIND_POSITION);
	CHECK(of("{\"type\":\"location\",\"x_opencti_location_type\":\"Administrative-Area\","
		 "\"city\":\"a\"}") == KIND_ADMINISTRATIVE_AREA);
	CHECK(of("{\"type\":\"threat-actor\",\"resource_level\":\"individual\"}") ==
		KIND_THREAT_ACTOR_INDIVIDUAL);
	CHECK(of("{\"type\":\"threat-actor\",\"extensions\":{\"extension-definition--ea279b3e-"
		 "5c71-4632-ac08-831c66a786ba\":{\"type\":\"Threat-Actor-Individual\"}}}") ==
		KIND_THREAT_ACTOR_INDIVIDUAL);
	CHECK(of("{\"type\":\"relationship\",\"relationship_type\":\"uses\"}") == KIND_USES);

	CHECK(allows("Malware", "uses", "Attack-Pattern"));
	CHECK(!allows("Malware", "indicates", "Attack-Pattern"));
	CHECK(allows("Indicator", "based-on", "Url") &&
		allows("Indicator", "based-on", "SSH-Key"));
	CHECK(!allows("Url", "based-on", "Indicator"));
	CHECK(allows("Url", "related-to", "Note") && allows("Note", "revoked-by", "Url"));
	CHECK(allows("Identity", "located-at", "Location")); /* as an individual */
	CHECK(allows("Malware", "targets", "Identity") && !allows("Url", "located-at", "City"));
	CHECK(matrix_allows(KIND_NONE, span("uses"), KIND_TOOL));
	CHECK_TEXT(matrix_name(span("uses")), "uses");
	CHECK(!matrix_name(span("use")) && !matrix_name(span("")));
	struct buf text = { 0 };
	matrix_print(KIND_DOMAIN_NAME, KIND_IPV4_ADDR, &text);
	CHECK(strstr(buf_str(&text), "resolves-to") && strstr(buf_str(&text), ", related-to"));
	buf_release(&text);

	const struct vocabulary *words = vocabulary_of(KIND_REPORT);
	bool exact;
	CHECK(words && words->kind == KIND_REPORT);
	CHECK(!vocabulary_of(KIND_URL) && !vocabulary_of(KIND_NONE));
	words = vocabulary_of(KIND_GROUPING);
	CHECK_TEXT(vocabulary_find(words, span("unspecified"), &exact), "unspecified");
	CHECK(exact);
	CHECK_TEXT(vocabulary_find(words, span(" Unspecified"), &exact), "unspecified");
	CHECK(!exact && !vocabulary_find(words, span("unspec"), &exact) && !exact);
	return check_end("kind");
}
