#include "stixid.h"
#include "check.h"
#include "idrule.h"

/* tests/vectors/ids.ndjson: objects, and the ids that pycti or python-stix2 and the platform's own
 * identifier.js gave them; null where they gave none. */

static void check_rule(enum stixid_rules rules, const char *name, struct span row, int line)
{
	struct span object, wanted;
	struct buf made = { 0 }, text = { 0 };
	struct fail fail = { 0 };
	CHECK(span_find(row, "object", &object));
	if (!span_find(row, name, &wanted))
		return;
	enum stixid_result result = stixid_make(rules, object, &made, &fail);
	CHECK((result == STIXID_MISSING || result == STIXID_FAILED) ==
		(fail.kind != FAIL_NONE));
	if (*wanted.text == 'n') {
		CHECK(result != STIXID_MADE && made.len == 0);
	} else {
		span_decode(wanted, &text);
		if (strcmp(buf_str(&made), buf_str(&text)) != 0)
			fprintf(stderr, "tests/vectors/ids.ndjson:%d: %s: %s\n", line, name,
				fail_text(&fail));
		CHECK_TEXT(buf_str(&made), buf_str(&text));
	}
	/* What is there before stays. */
	buf_clear(&text);
	buf_text(&text, "x");
	stixid_make(rules, object, &text, &fail);
	CHECK(text.data[0] == 'x' && !strcmp(text.data + 1, buf_str(&made)));
	fail_clear(&fail);
	buf_release(&made);
	buf_release(&text);
}

static void check_vectors(void)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	int number = 0;
	FILE *file = fopen("tests/vectors/ids.ndjson", "r");
	CHECK(file);
	while ((n = getline(&line, &cap, file)) > 0) {
		struct span row = { line, (size_t)n - 1 };
		number++;
		check_rule(STIXID_PYCTI, "pycti", row, number);
		check_rule(STIXID_PLATFORM, "platform", row, number);
	}
	CHECK(number > 130);
	free(line);
	fclose(file);
}

static enum stixid_result make(
	enum stixid_rules rules, const char *object, struct buf *id, struct fail *fail)
{
	buf_clear(id);
	fail_clear(fail);
	return stixid_make(rules, (struct span){ object, strlen(object) }, id, fail);
}

static void check_answers(void)
{
	struct buf id = { 0 };
	struct fail fail = { 0 };
	CHECK(make(STIXID_PYCTI, "{\"type\": \"process\", \"pid\": 1}", &id, &fail) ==
		STIXID_RANDOM);
	CHECK(make(STIXID_PYCTI, "{\"type\": \"x-acme\", \"name\": \"n\"}", &id, &fail) ==
		STIXID_RANDOM);
	CHECK(make(STIXID_PYCTI, "{\"type\": \"user-account\", \"user_id\": null}", &id,
		      &fail) == STIXID_RANDOM);
	CHECK(make(STIXID_PLATFORM, "{\"type\": \"process\", \"pid\": 1}", &id, &fail) ==
		STIXID_RANDOM);
	CHECK(make(STIXID_PYCTI, "{\"type\": \"tool\"}", &id, &fail) == STIXID_MISSING);
	CHECK_FAIL(&fail, FAIL_NO, "it has no name, of which its id is made");
	CHECK(make(STIXID_PYCTI, "{}", &id, &fail) == STIXID_MISSING);
	CHECK_FAIL(&fail, FAIL_NO, "it has no type");
	CHECK(make(STIXID_PYCTI, "{\"type\": \"tool\", \"name\": 7}", &id, &fail) ==
		STIXID_FAILED);
	CHECK_FAIL(&fail, FAIL_NO, "its name is no string");
	CHECK(make(STIXID_PYCTI, "{\"type\": \"tool\", \"name\": \"\\ud800\"}", &id, &fail) ==
		STIXID_FAILED);
	CHECK_FAIL(&fail, FAIL_NO, "its name: a surrogate without its other half");
	CHECK(make(STIXID_PYCTI, "{\"type\": \"autonomous-system\", \"number\": NaN}", &id,
		      &fail) == STIXID_FAILED);
	CHECK_FAIL(&fail, FAIL_NO, "its number: no integer");
	CHECK(make(STIXID_PYCTI, "{\"type\": \"autonomous-system\", \"number\": \"AS1\"}", &id,
		      &fail) == STIXID_FAILED);
	CHECK_FAIL(&fail, FAIL_NO, "its number: no integer");
	CHECK(make(STIXID_PYCTI, "{\"type\": \"autonomous-system\", \"number\": \"1__0\"}", &id,
		      &fail) == STIXID_FAILED);
	CHECK(make(STIXID_PYCTI, "{\"type\": \"autonomous-system\", \"number\": \"1_\"}", &id,
		      &fail) == STIXID_FAILED);
	CHECK(make(STIXID_PYCTI, "{\"type\": \"autonomous-system\", \"number\": \"-\"}", &id,
		      &fail) == STIXID_FAILED);
	CHECK(make(STIXID_PYCTI, "{\"type\": \"url\", \"value\": [\"x\"]}", &id, &fail) ==
		STIXID_FAILED);
	CHECK_FAIL(&fail, FAIL_NO, "its value: no string");
	CHECK(make(STIXID_PYCTI, "{\"type\": \"tool\", \"name\": NaN}", &id, &fail) ==
		STIXID_FAILED);
	CHECK(make(STIXID_PYCTI,
		      "{\"type\": \"location\", \"x_opencti_location_type\": \"Position\", "
		      "\"latitude\": NaN}",
		      &id, &fail) == STIXID_FAILED);
	CHECK_FAIL(&fail, FAIL_NO, "its latitude: NaN is no number that can be hashed");
	CHECK(make(STIXID_PLATFORM,
		      "{\"type\": \"report\", \"name\": \"r\", \"published\": \"soon\"}", &id,
		      &fail) == STIXID_FAILED);
	CHECK_FAIL(&fail, FAIL_NO, "its published is no date");
	CHECK(id.len == 0);

	/* The names that the platform exports some types under. */
	CHECK(make(STIXID_PYCTI, "{\"type\": \"x-mitre-data-source\", \"name\": \"Emotet\"}",
		      &id, &fail) == STIXID_MADE);
	CHECK_TEXT(buf_str(&id), "data-source--36297121-bf18-56e1-b200-d39c9f9f5cee");
	/* Keys are seen through escapes; the last of a key that is repeated counts. */
	CHECK(make(STIXID_PYCTI,
		      "{\"t\\u0079pe\": \"malware\", \"name\": \"x\", \"n\\u0061me\": "
		      "\"Emotet\"}",
		      &id, &fail) == STIXID_MADE);
	CHECK_TEXT(buf_str(&id), "malware--36297121-bf18-56e1-b200-d39c9f9f5cee");
	fail_clear(&fail);
	buf_release(&id);
}

/* The tables: types are sorted, and so are the names that are hashed, for they are not sorted later. */
static void check_table(void)
{
	const struct idrule *before = NULL, *rule;
	for (size_t i = 0; (rule = idrule_at(i)); i++) {
		CHECK(!before || strcmp(before->type, rule->type) < 0);
		CHECK(idrule_of(rule->type, strlen(rule->type)) == rule);
		before = rule;
		for (int who = 0; who < 2; who++) {
			const struct idrule_way *const *ways =
				who ? rule->platform : rule->pycti;
			for (int k = 0; k < IDRULE_WAYS && ways[k]; k++)
				for (const struct idrule_part *part = ways[k]->parts;
					part[0].property && part[1].property; part++)
					CHECK(strcmp(part[0].as, part[1].as) < 0);
		}
	}
	CHECK(!idrule_of("mal", 3) && !idrule_of("malwares", 8) && !idrule_of("", 0));
}

int main(void)
{
	check_table();
	check_vectors();
	check_answers();
	return check_end("stixid");
}
