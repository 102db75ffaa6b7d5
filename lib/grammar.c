#include "grammar.h"

#include "token.h"

enum { DEPTH = 256 }; /* of parentheses */

struct reader {
	const char *start, *at, *end; /* of what is not read */
	enum token token;             /* the next one, and its text */
	struct span text;
	const char *error;
	size_t error_at;
	unsigned depth;
	bool hashes;      /* the last path went through `hashes` */
	struct span last; /* its last part, "" for an index */
};

/* Each function reads what it is named after. */

static bool is_text(struct span span, const char *text)
{
	size_t n = strlen(text);
	return span.len == n && !memcmp(span.text, text, n);
}

static bool wrong(struct reader *reader, const char *error)
{
	if (!reader->error) {
		reader->error = error;
		reader->error_at = (size_t)(reader->text.text - reader->start);
	}
	return false;
}

static void take(struct reader *reader)
{
	reader->token = token_next(&reader->at, reader->end, &reader->text);
}

static bool take_if(struct reader *reader, enum token token)
{
	bool is = reader->token == token;
	if (is)
		take(reader);
	return is;
}

static bool must(struct reader *reader, enum token token, const char *error)
{
	return take_if(reader, token) || wrong(reader, error);
}

static bool enter(struct reader *reader)
{
	return ++reader->depth <= DEPTH || wrong(reader, "nested too deeply");
}

/* A part of a path: a name, or a string with its quotes. */
static bool part(struct reader *reader, const char *error)
{
	struct span text = reader->text;
	if (reader->token == TOKEN_STRING)
		text = (struct span){ text.text + 1, text.len - 2 };
	if (!take_if(reader, TOKEN_STRING) && !must(reader, TOKEN_NAME, error))
		return false;
	reader->hashes = reader->hashes || is_text(text, "hashes");
	reader->last = text;
	return true;
}

static bool path(struct reader *reader)
{
	reader->hashes = false;
	if (!take_if(reader, TOKEN_HYPHENS) &&
		!must(reader, TOKEN_NAME, "expected a type of object"))
		return false;
	if (!must(reader, TOKEN_COLON, "expected : after the type of object"))
		return false;
	if (!part(reader, "expected a property"))
		return false;
	for (;;) {
		if (take_if(reader, TOKEN_DOT)) {
			if (!part(reader, "expected a property after the dot"))
				return false;
		} else if (take_if(reader, TOKEN_LEFT)) {
			if (!take_if(reader, TOKEN_INT) &&
				!must(reader, TOKEN_ASTERISK, "expected a number or *"))
				return false;
			if (!must(reader, TOKEN_RIGHT, "expected ]"))
				return false;
			reader->last = (struct span){ "", 0 };
		} else {
			return true;
		}
	}
}

/* Whether a name, in any case and without its hyphens, is this one. */
static bool is_named(struct span name, const char *text)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.text[i];
		if (c == '-')
			continue;
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (!*text || c != *text++)
			return false;
	}
	return !*text;
}

/* Whether the value, in its quotes, can be the hash that the path names. */
static bool is_hash(struct span name, struct span value)
{
	static const struct {
		const char *name;
		size_t digits;
	} hashes[] = { { "MD5", 32 }, { "RIPEMD160", 40 }, { "SHA1", 40 }, { "SHA224", 56 },
		{ "SHA256", 64 }, { "SHA384", 96 }, { "SHA512", 128 }, { "SHA3224", 56 },
		{ "SHA3256", 64 }, { "SHA3384", 96 }, { "SHA3512", 128 },
		{ "WHIRLPOOL", 128 } };
	struct span digits = value;
	if (value.len >= 2 && *value.text == '\'')
		digits = (struct span){ value.text + 1, value.len - 2 };
	for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++)
		if (is_named(name, hashes[i].name))
			return digits.len == hashes[i].digits &&
				token_is_hex(digits.text, digits.len);
	return !is_named(name, "SSDEEP") || (digits.len >= 1 && digits.len <= 128);
}

static bool check_hash(struct reader *reader, struct span value)
{
	if (!reader->hashes || is_hash(reader->last, value))
		return true;
	reader->text = value;
	return wrong(reader, "not a hash of that kind");
}

static bool ordered(struct reader *reader)
{
	if (reader->token < TOKEN_INT || reader->token > TOKEN_TIME ||
		reader->token == TOKEN_BOOL)
		return wrong(reader, "expected a value");
	take(reader);
	return true;
}

static bool primitive(struct reader *reader)
{
	return take_if(reader, TOKEN_BOOL) || ordered(reader);
}

static bool set(struct reader *reader)
{
	if (!must(reader, TOKEN_OPEN, "expected ( after IN"))
		return false;
	if (take_if(reader, TOKEN_CLOSE))
		return true;
	do
		if (!primitive(reader))
			return false;
	while (take_if(reader, TOKEN_COMMA));
	return must(reader, TOKEN_CLOSE, "expected , or )");
}

static bool comparison(struct reader *reader);

static bool test(struct reader *reader)
{
	if (reader->token == TOKEN_OPEN) {
		if (!enter(reader))
			return false;
		take(reader);
		bool ok = comparison(reader) && must(reader, TOKEN_CLOSE, "expected )");
		reader->depth--;
		return ok;
	}
	if (take_if(reader, TOKEN_EXISTS))
		return path(reader);
	if (!path(reader))
		return false;
	take_if(reader, TOKEN_NOT);
	bool ok;
	enum token operator= reader->token;
	struct span value;
	switch (operator) {
	case TOKEN_EQUALS:
		take(reader);
		value = reader->text;
		ok = primitive(reader);
		break;
	case TOKEN_ORDER:
		take(reader);
		value = reader->text;
		ok = ordered(reader);
		break;
	case TOKEN_IN:
		take(reader);
		value = reader->text;
		ok = set(reader);
		break;
	case TOKEN_LIKE:
	case TOKEN_MATCHES:
	case TOKEN_ISSUBSET:
	case TOKEN_ISSUPERSET:
		take(reader);
		value = reader->text;
		ok = must(reader, TOKEN_STRING, "expected a string in '");
		break;
	default:
		return wrong(reader, "expected a comparison");
	}
	return ok && check_hash(reader, value);
}

static bool comparison(struct reader *reader)
{
	do
		if (!test(reader))
			return false;
	while (take_if(reader, TOKEN_AND) || take_if(reader, TOKEN_OR));
	return true;
}

/* once: each kind of qualifier only once. */
static bool qualifiers(struct reader *reader, bool once)
{
	for (unsigned seen = 0;;) {
		unsigned bit = reader->token == TOKEN_START ? 1
			: reader->token == TOKEN_WITHIN     ? 2
							    : 0;
		bit = reader->token == TOKEN_REPEATS ? 4 : bit;
		if (once && (seen & bit))
			return wrong(reader, "the same qualifier twice");
		seen |= bit;
		if (take_if(reader, TOKEN_START)) {
			if (!must(reader, TOKEN_TIME, "expected t'...' after START") ||
				!must(reader, TOKEN_STOP, "expected STOP") ||
				!must(reader, TOKEN_TIME, "expected t'...' after STOP"))
				return false;
		} else if (take_if(reader, TOKEN_WITHIN)) {
			if ((!take_if(reader, TOKEN_INT) &&
				    !must(reader, TOKEN_FLOAT,
					    "expected a number after WITHIN")) ||
				!must(reader, TOKEN_SECONDS, "expected SECONDS"))
				return false;
		} else if (take_if(reader, TOKEN_REPEATS)) {
			if (!must(reader, TOKEN_INT, "expected a number after REPEATS") ||
				!must(reader, TOKEN_TIMES, "expected TIMES"))
				return false;
		} else {
			return true;
		}
	}
}

static bool observations(struct reader *reader)
{
	do {
		bool ok, simple = take_if(reader, TOKEN_LEFT);
		if (simple) {
			ok = comparison(reader) &&
				must(reader, TOKEN_RIGHT, "expected AND, OR or ]");
		} else {
			ok = enter(reader) && must(reader, TOKEN_OPEN, "expected [ or (") &&
				observations(reader) && must(reader, TOKEN_CLOSE, "expected )");
			reader->depth--;
		}
		if (!ok || !qualifiers(reader, simple))
			return false;
	} while (take_if(reader, TOKEN_AND) || take_if(reader, TOKEN_OR) ||
		take_if(reader, TOKEN_FOLLOWEDBY));
	return true;
}

bool grammar_check(struct span pattern, const char **error, size_t *at)
{
	struct reader reader = {
		.start = pattern.text, .at = pattern.text, .end = pattern.text + pattern.len
	};
	const char *open = reader.at;
	while (open < reader.end && (*open == '(' || token_blank(open, reader.end)))
		open += *open == '(' ? 1 : token_blank(open, reader.end);
	take(&reader);
	if (open == reader.end || *open != '[')
		wrong(&reader, "expected [ or (");
	bool ok = !reader.error && observations(&reader) &&
		must(&reader, TOKEN_END, "expected the end, AND, OR or FOLLOWEDBY");
	*error = reader.error;
	*at = reader.error_at;
	return ok;
}
