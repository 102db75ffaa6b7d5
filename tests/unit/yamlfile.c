/* yamlfile: what a connector's config.yml has, key by key, and what is refused where. */
#include "yamlfile.h"
#include "check.h"

static bool knows(const char *section)
{
	return !strcmp(section, "connector") || !strcmp(section, "opencti");
}

/* Prints "LINE section.key=value" a line. */
static bool take(void *ctx, const char *section, const char *key, const char *value,
	unsigned line, struct fail *fail)
{
	struct buf *to = ctx;
	buf_format(to, "%u %s", line, section);
	if (key)
		buf_format(to, ".%s", key);
	if (value)
		buf_format(to, "=%s", value);
	buf_char(to, '\n');
	return buf_ok(to, fail);
}

static bool read_bytes(const char *bytes, size_t n, struct buf *taken, struct fail *fail)
{
	struct yamlfile file = {
		.path = "c.yml", .list = "scope", .knows = knows, .take = take, .ctx = taken
	};
	struct buf text = { 0 };
	buf_add(&text, bytes, n);
	bool ok = yamlfile_read(&file, &text, fail);
	buf_release(&text);
	return ok;
}

static void check_taken(const char *text, const char *wanted)
{
	struct buf taken = { 0 };
	struct fail fail = { 0 };
	if (!read_bytes(text, strlen(text), &taken, &fail))
		CHECK_TEXT(fail_text(&fail), "");
	CHECK_TEXT(buf_str(&taken), wanted);
	buf_release(&taken);
}

static void check_refused(const char *text, const char *wanted)
{
	struct buf taken = { 0 };
	struct fail fail = { 0 };
	CHECK(!read_bytes(text, strlen(text), &taken, &fail));
	CHECK_FAIL(&fail, FAIL_USAGE, wanted);
	buf_release(&taken);
}

/* The value of connector.name, or what refuses it. */
static void check_name(const char *yaml, const char *wanted)
{
	struct buf text = { 0 }, taken = { 0 };
	buf_format(&text, "connector:\n  name: %s\n", yaml);
	buf_format(&taken, "1 connector\n2 connector.name%s%s\n", wanted ? "=" : "",
		wanted ? wanted : "");
	check_taken(buf_str(&text), buf_str(&taken));
	buf_release(&text);
	buf_release(&taken);
}

static void test_values(void)
{
	check_name("A feed", "A feed");
	check_name("'it''s'", "it's");
	check_name("\"a\\tb\\u00e9\"", "a\tb\xc3\xa9");
	check_name("two # comment", "two");
	check_name("two#words", "two#words");
	check_name("two\n    lines", "two lines");
	check_name("|-\n    -----BEGIN\n    x", "-----BEGIN\nx");
	check_name("&anchor text", "text");
	static const char *const texts[] = { "true", "No", "5", "0x10", "1.50", "12:00:00",
		"2024-01-01T00:00:00Z", "PT1H", "nul", "=" };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		check_name(texts[i], texts[i]);
	static const char *const none[] = { "", "~", "null", "Null", "NULL", "''", "\"\"",
		"# comment" };
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		check_name(none[i], NULL);
	check_name("'null'", "null");
	check_name("\"~\"", "~");
}

static void test_lists(void)
{
	check_taken("connector:\n  scope: [a, 'b,c', d]\n",
		"1 connector\n2 connector.scope=a,b,c,d\n");
	check_taken("connector:\n  scope:\n    - IPv4-Addr\n    - Url\n  name: x\n",
		"1 connector\n2 connector.scope=IPv4-Addr,Url\n5 connector.name=x\n");
	check_taken("connector: {scope: []}", "1 connector\n1 connector.scope\n");
	check_refused("connector:\n  name: [a]\n", "c.yml:2: a list, where a text is wanted");
	check_refused("connector:\n  scope:\n    - a\n    - [b]\n",
		"c.yml:4: a list of something else than texts");
	check_refused("connector:\n  scope:\n    - a\n    - {b: c}\n",
		"c.yml:4: a list of something else than texts");
	check_refused("connector:\n  scope: [a, ~]\n",
		"c.yml:2: a list of something else than texts");
	check_refused("connector:\n  name: &n x\n  scope: [*n]\n",
		"c.yml:3: an alias; write what it stands for");
	check_refused(
		"connector:\n  scope: !!set [a]\n", "c.yml:2: a tag; a value is its text");
	check_refused(
		"connector:\n  scope: [!!str 5]\n", "c.yml:2: a tag; a value is its text");
}

static void test_sections(void)
{
	check_taken("", "");
	check_taken("# nothing\n", "");
	check_taken("---\n...\n", "");
	check_taken("~\n", "");
	check_taken("\xef\xbb\xbf"
		    "opencti:\r\n  url: x\r\n",
		"1 opencti\n2 opencti.url=x\n");
	check_taken("connector:\nopencti: null\n", "1 connector\n2 opencti\n");
	/* what is another's may be anything, and ends where it ends */
	check_taken("base: &base\n  a: [1, {b: !c d}]\nmine:\n  <<: *base\n  [x, y]: z\nother: "
		    "*base\n"
		    "opencti:\n  url: x\n",
		"1 base\n3 mine\n6 other\n7 opencti\n8 opencti.url=x\n");
	check_taken("mine: 1\nmine: 2\n", "1 mine\n2 mine\n");

	check_refused("text\n", "c.yml:1: a configuration has sections, `name:`");
	check_refused("- opencti\n", "c.yml:1: a configuration has sections, `name:`");
	check_refused("connector: text\n", "c.yml:1: a section has lines `key: value`");
	check_refused("connector:\n  - name\n", "c.yml:2: a section has lines `key: value`");
	check_refused(
		"a: &a {}\nconnector: *a\n", "c.yml:2: an alias; write what it stands for");
	check_refused("connector: !mine {}\n", "c.yml:1: a tag; a value is its text");
	check_refused("a: &a {}\n<<: *a\n", "c.yml:2: a merge key; write what it would merge");
	check_refused("connector:\n  name: x\nopencti:\nconnector:\n  id: y\n",
		"c.yml:4: the section is there for the second time");
	check_refused("? [a]\n: b\n", "c.yml:1: a name that is not a text");
	check_refused("opencti:\n---\nconnector:\n", "c.yml:2: a second document");
}

static void test_keys(void)
{
	check_refused("connector:\n  log:\n    level: info\n",
		"c.yml:3: a mapping, where a text is wanted");
	check_refused("connector:\n  a: &a x\n  name: *a\n",
		"c.yml:3: an alias; write what it stands for");
	check_refused("a: &a {}\nconnector:\n  <<: *a\n",
		"c.yml:3: a merge key; write what it would merge");
	check_refused("connector:\n  ? {a: b}\n  : c\n", "c.yml:2: a name that is not a text");
	check_refused("connector:\n  port: !!int 5\n", "c.yml:2: a tag; a value is its text");
	check_refused("connector:\n  name: \"a\\0b\"\n", "c.yml:2: a NUL byte");
	check_refused("connector:\n  \"na\\0me\": b\n", "c.yml:2: a NUL byte");
	check_taken("connector:\n  '<<': x\n", "1 connector\n2 connector.<<=x\n");
}

static void test_syntax(void)
{
	check_refused("connector:\n  name: a: b\n",
		"c.yml:2: not YAML: mapping values are not allowed in this context");
	check_refused("connector:\n\tname: a\n",
		"c.yml:2: not YAML: found character that cannot start any token, while "
		"scanning "
		"for the next token");
	check_refused("connector:\n  name: 'a\n",
		"c.yml:3: not YAML: found unexpected end of stream, while scanning a quoted "
		"scalar");
	check_refused("connector: {name: x\n",
		"c.yml:2: not YAML: did not find expected ',' or '}', while parsing a flow "
		"mapping");
	check_refused("connector:\n  name: x\n  id: \xff\n",
		"c.yml:3: not YAML: invalid leading UTF-8 octet");
	check_refused("connector:\n  name: *nowhere\n",
		"c.yml:2: an alias; write what it stands for");
}

int main(void)
{
	test_values();
	test_lists();
	test_sections();
	test_keys();
	test_syntax();
	return check_end("yamlfile");
}
