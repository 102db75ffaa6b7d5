#include "pattern.h"
#include "check.h"

/* tests/vectors/patterns.ndjson: patterns, and what the platform's cleanupIndicatorPattern makes of them. */
static void check_vectors(void)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	int rows = 0;
	struct buf text = { 0 }, clean = { 0 }, wanted = { 0 };
	FILE *file = fopen("tests/vectors/patterns.ndjson", "r");
	CHECK(file);
	while ((n = getline(&line, &cap, file)) > 0) {
		struct span row = { line, (size_t)n - 1 }, pattern = { 0 }, platform = { 0 };
		CHECK(span_find(row, "pattern", &pattern) &&
			span_find(row, "clean", &platform));
		buf_clear(&text);
		buf_clear(&clean);
		buf_clear(&wanted);
		span_decode(pattern, &text);
		span_decode(platform, &wanted);
		pattern_clean((struct span){ buf_str(&text), text.len }, &clean);
		CHECK_TEXT(buf_str(&clean), buf_str(&wanted));
		rows++;
	}
	CHECK(rows > 20);
	buf_release(&text);
	buf_release(&clean);
	buf_release(&wanted);
	free(line);
	fclose(file);
}

static void cleans(const char *text, const char *wanted)
{
	struct buf clean = { 0 };
	pattern_clean((struct span){ text, strlen(text) }, &clean);
	CHECK_TEXT(buf_str(&clean), wanted);
	buf_release(&clean);
}

static void begins(const char *text, const char *wanted)
{
	struct span type = { "", 0 };
	struct buf name = { 0 };
	bool found = pattern_type((struct span){ text, strlen(text) }, &type);
	CHECK(found == (wanted != NULL));
	buf_add(&name, type.text, type.len);
	CHECK_TEXT(buf_str(&name), wanted ? wanted : "");
	buf_release(&name);
}

int main(void)
{
	check_vectors();
	cleans("", "");
	cleans("[a:b='x'/* c */AND// d\nc:d='y']", "[a:b = 'x' AND c:d = 'y']");
	cleans("[a:b = 'AND = \\' x']", "[a:b = 'AND = \\' x']");
	cleans("[a:b == 1]", "[a:b==1]");
	cleans("[a:b\u00a0=\u30001]", "[a:b = 1]");
	cleans("[file:hashes.'a-b'='x' OR file:hashes.'a_b'='x']",
		"[file:hashes.'a-b' = 'x' OR file:hashes.a_b = 'x']");
	cleans("[a:b = 'not closed", "[a:b = 'notclosed");
	begins("[ipv4-addr:value = '1.2.3.4']", "ipv4-addr");
	begins(" ( [ file : name = 'x' ] )", "file");
	begins("[EXISTS url:value]", "url");
	begins("rule x { strings: $a }", NULL);
	begins("[]", NULL);
	begins("", NULL);
	return check_end("pattern");
}
