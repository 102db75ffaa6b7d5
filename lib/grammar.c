#include "grammar.h"

#include <string.h>

enum { DEPTH = 256 }; /* of parentheses */

enum token {
	END,
	INT,
	MINUS_INT,
	FLOAT,
	MINUS_FLOAT,
	HEX,
	BINARY,
	STRING,
	BOOL,
	TIME,
	NAME,    /* without hyphens */
	HYPHENS, /* a name with hyphens */
	AND,
	OR,
	NOT,
	FOLLOWEDBY,
	LIKE,
	MATCHES,
	ISSUPERSET,
	ISSUBSET,
	EXISTS,
	LAST,
	IN,
	START,
	STOP,
	SECONDS,
	WITHIN,
	REPEATS,
	TIMES,
	EQUALS, /* = == != <> */
	ORDER,  /* < <= > >= */
	OPEN,
	CLOSE,
	LEFT,
	RIGHT,
	COLON,
	DOT,
	COMMA,
	ASTERISK,
	WRONG,
};

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

/* ---- tokens ---- */

static bool is_text(struct span span, const char *text)
{
	size_t n = strlen(text);
	return span.len == n && !memcmp(span.text, text, n);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* White space of the grammar, in UTF-8: its length, 0 when there is none. */
static size_t blank(const char *at, const char *end)
{
	static const char *const wide[] = { "\xc2\x85", "\xc2\xa0", "\xe1\x9a\x80",
		"\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f",
		"\xe3\x80\x80" };
	if (at == end)
		return 0;
	if (strchr(" \t\r\n\v\f", *at))
		return *at != '\0';
	for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
		size_t n = strlen(wide[i]);
		if ((size_t)(end - at) >= n && !memcmp(at, wide[i], n))
			return n;
	}
	if (end - at >= 3 && !memcmp(at, "\xe2\x80", 2) && (unsigned char)at[2] >= 0x80 &&
		(unsigned char)at[2] <= 0x8a)
		return 3;
	return 0;
}

static const char *skip_blanks(const char *at, const char *end)
{
	for (;;) {
		size_t n = blank(at, end);
		at += n;
		if (n)
			continue;
		if (end - at >= 2 && at[0] == '/' && at[1] == '/') {
			while (at < end && *at != '\n' && *at != '\r')
				at++;
			continue;
		}
		if (end - at >= 2 && at[0] == '/' && at[1] == '*') {
			const char *close = at + 2;
			while (end - close >= 2 && (close[0] != '*' || close[1] != '/'))
				close++;
			if (end - close >= 2) {
				at = close + 2;
				continue;
			}
		}
		return at;
	}
}

/* One past the quote that closes the string which opens at `at`, NULL when there is none. */
static const char *quoted(const char *at, const char *end)
{
	for (at++; at < end && *at != '\'';) {
		if (*at == '\\') {
			if (end - at < 2 || (at[1] != '\\' && at[1] != '\''))
				return NULL;
			at++;
		}
		at++;
	}
	return at < end ? at + 1 : NULL;
}

/* Whether text has this shape: 0 is a digit, other characters are themselves. */
static bool has_shape(const char *text, const char *shape)
{
	for (; *shape; shape++, text++)
		if (*shape == '0' ? !is_digit(*text) : *text != *shape)
			return false;
	return true;
}

static int two(const char *digits)
{
	return (digits[0] - '0') * 10 + digits[1] - '0';
}

/* What is between the quotes of t'...'. */
static bool is_time(const char *text, size_t n)
{
	if (n < 20 || !has_shape(text, "0000-00-00T00:00:00") || text[n - 1] != 'Z')
		return false;
	if (two(text + 5) < 1 || two(text + 5) > 12 || two(text + 8) < 1 ||
		two(text + 8) > 31 || two(text + 11) > 23 || two(text + 14) > 59 ||
		two(text + 17) > 60)
		return false;
	if (n == 20)
		return true;
	for (size_t i = 20; i < n - 1; i++)
		if (!is_digit(text[i]))
			return false;
	return text[19] == '.' && n > 21;
}

static bool is_hex(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!text[i] || !strchr("0123456789abcdefABCDEF", text[i]))
			return false;
	return n % 2 == 0;
}

static bool is_base64(const char *text, size_t n)
{
	size_t pads = 0;
	while (pads < 2 && pads < n && text[n - 1 - pads] == '=')
		pads++;
	for (size_t i = 0; i < n - pads; i++)
		if (!is_digit(text[i]) && (!is_letter(text[i]) || text[i] == '_') &&
			text[i] != '+' && text[i] != '/')
			return false;
	return n && n % 4 == 0;
}

static enum token word(struct span text)
{
	static const struct {
		const char *text;
		enum token token;
	} words[] = { { "AND", AND }, { "OR", OR }, { "NOT", NOT },
		{ "FOLLOWEDBY", FOLLOWEDBY }, { "LIKE", LIKE }, { "MATCHES", MATCHES },
		{ "ISSUPERSET", ISSUPERSET }, { "ISSUBSET", ISSUBSET }, { "EXISTS", EXISTS },
		{ "LAST", LAST }, { "IN", IN }, { "START", START }, { "STOP", STOP },
		{ "SECONDS", SECONDS }, { "true", BOOL }, { "false", BOOL },
		{ "WITHIN", WITHIN }, { "REPEATS", REPEATS }, { "TIMES", TIMES } };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (is_text(text, words[i].text))
			return words[i].token;
	return memchr(text.text, '-', text.len) ? HYPHENS : NAME;
}

/* A literal such as h'...'; WRONG when it is none, and then a name begins here. */
static enum token prefixed(const char *at, const char *end, const char **after)
{
	enum token token = WRONG;
	if (end - at < 3 || at[1] != '\'')
		return WRONG;
	const char *close = memchr(at + 2, '\'', (size_t)(end - at - 2));
	if (!close)
		return WRONG;
	size_t n = (size_t)(close - at - 2);
	if (*at == 't' && is_time(at + 2, n))
		token = TIME;
	else if (*at == 'h' && is_hex(at + 2, n))
		token = HEX;
	else if (*at == 'b' && is_base64(at + 2, n))
		token = BINARY;
	*after = close + 1;
	return token;
}

static enum token number(const char *at, const char *end, const char **after)
{
	bool minus = *at == '-';
	const char *digits = at + (*at == '-' || *at == '+'), *p = digits;
	while (p < end && is_digit(*p))
		p++;
	const char *whole = p;
	if (end - p >= 2 && *p == '.' && is_digit(p[1])) {
		for (p++; p < end && is_digit(*p);)
			p++;
		*after = p;
		return minus ? MINUS_FLOAT : FLOAT;
	}
	if (whole == digits)
		return WRONG;
	*after = *digits == '0' ? digits + 1 : whole; /* 01 is 0 and 1 */
	return minus ? MINUS_INT : INT;
}

static enum token sign(const char *at, const char *end, const char **after)
{
	static const struct {
		const char *text;
		enum token token;
	} signs[] = { { "==", EQUALS }, { "!=", EQUALS }, { "<>", EQUALS }, { "<=", ORDER },
		{ ">=", ORDER }, { "=", EQUALS }, { "<", ORDER }, { ">", ORDER }, { "(", OPEN },
		{ ")", CLOSE }, { "[", LEFT }, { "]", RIGHT }, { ":", COLON }, { ".", DOT },
		{ ",", COMMA }, { "*", ASTERISK } };
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
		size_t n = strlen(signs[i].text);
		if ((size_t)(end - at) >= n && !memcmp(at, signs[i].text, n)) {
			*after = at + n;
			return signs[i].token;
		}
	}
	return WRONG;
}

static void read_token(struct reader *reader)
{
	const char *end = reader->end, *at = skip_blanks(reader->at, end), *after = at;
	enum token token = WRONG;
	if (at == end) {
		token = END;
	} else if (*at == '\'') {
		after = quoted(at, end);
		token = after ? STRING : WRONG;
	} else if (is_letter(*at)) {
		token = prefixed(at, end, &after);
		if (token == WRONG) {
			for (after = at; after < end &&
				(is_letter(*after) || is_digit(*after) || *after == '-');)
				after++;
			token = word((struct span){ at, (size_t)(after - at) });
		}
	} else {
		if (is_digit(*at) || strchr("+-.", *at))
			token = number(at, end, &after);
		if (token == WRONG)
			token = sign(at, end, &after);
	}
	if (token == WRONG)
		after = at + 1;
	reader->token = token;
	reader->text = (struct span){ at, (size_t)(after - at) };
	reader->at = after;
}

/* ---- the grammar: each function reads what it is named after ---- */

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
	read_token(reader);
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
	if (reader->token == STRING)
		text = (struct span){ text.text + 1, text.len - 2 };
	if (!take_if(reader, STRING) && !must(reader, NAME, error))
		return false;
	reader->hashes = reader->hashes || is_text(text, "hashes");
	reader->last = text;
	return true;
}

static bool path(struct reader *reader)
{
	reader->hashes = false;
	if (!take_if(reader, HYPHENS) && !must(reader, NAME, "expected a type of object"))
		return false;
	if (!must(reader, COLON, "expected : after the type of object"))
		return false;
	if (!part(reader, "expected a property"))
		return false;
	for (;;) {
		if (take_if(reader, DOT)) {
			if (!part(reader, "expected a property after the dot"))
				return false;
		} else if (take_if(reader, LEFT)) {
			if (!take_if(reader, INT) &&
				!must(reader, ASTERISK, "expected a number or *"))
				return false;
			if (!must(reader, RIGHT, "expected ]"))
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
				is_hex(digits.text, digits.len);
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
	if (reader->token < INT || reader->token > TIME || reader->token == BOOL)
		return wrong(reader, "expected a value");
	take(reader);
	return true;
}

static bool primitive(struct reader *reader)
{
	return take_if(reader, BOOL) || ordered(reader);
}

static bool set(struct reader *reader)
{
	if (!must(reader, OPEN, "expected ( after IN"))
		return false;
	if (take_if(reader, CLOSE))
		return true;
	do
		if (!primitive(reader))
			return false;
	while (take_if(reader, COMMA));
	return must(reader, CLOSE, "expected , or )");
}

static bool comparison(struct reader *reader);

static bool test(struct reader *reader)
{
	if (reader->token == OPEN) {
		if (!enter(reader))
			return false;
		take(reader);
		bool ok = comparison(reader) && must(reader, CLOSE, "expected )");
		reader->depth--;
		return ok;
	}
	if (take_if(reader, EXISTS))
		return path(reader);
	if (!path(reader))
		return false;
	take_if(reader, NOT);
	bool ok;
	enum token operator= reader->token;
	struct span value;
	switch (operator) {
	case EQUALS:
		take(reader);
		value = reader->text;
		ok = primitive(reader);
		break;
	case ORDER:
		take(reader);
		value = reader->text;
		ok = ordered(reader);
		break;
	case IN:
		take(reader);
		value = reader->text;
		ok = set(reader);
		break;
	case LIKE:
	case MATCHES:
	case ISSUBSET:
	case ISSUPERSET:
		take(reader);
		value = reader->text;
		ok = must(reader, STRING, "expected a string in '");
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
	while (take_if(reader, AND) || take_if(reader, OR));
	return true;
}

/* once: each kind of qualifier only once. */
static bool qualifiers(struct reader *reader, bool once)
{
	for (unsigned seen = 0;;) {
		unsigned bit = reader->token == START ? 1 : reader->token == WITHIN ? 2 : 0;
		bit = reader->token == REPEATS ? 4 : bit;
		if (once && (seen & bit))
			return wrong(reader, "the same qualifier twice");
		seen |= bit;
		if (take_if(reader, START)) {
			if (!must(reader, TIME, "expected t'...' after START") ||
				!must(reader, STOP, "expected STOP") ||
				!must(reader, TIME, "expected t'...' after STOP"))
				return false;
		} else if (take_if(reader, WITHIN)) {
			if ((!take_if(reader, INT) &&
				    !must(reader, FLOAT, "expected a number after WITHIN")) ||
				!must(reader, SECONDS, "expected SECONDS"))
				return false;
		} else if (take_if(reader, REPEATS)) {
			if (!must(reader, INT, "expected a number after REPEATS") ||
				!must(reader, TIMES, "expected TIMES"))
				return false;
		} else {
			return true;
		}
	}
}

static bool observations(struct reader *reader)
{
	do {
		bool ok, simple = take_if(reader, LEFT);
		if (simple) {
			ok = comparison(reader) && must(reader, RIGHT, "expected AND, OR or ]");
		} else {
			ok = enter(reader) && must(reader, OPEN, "expected [ or (") &&
				observations(reader) && must(reader, CLOSE, "expected )");
			reader->depth--;
		}
		if (!ok || !qualifiers(reader, simple))
			return false;
	} while (take_if(reader, AND) || take_if(reader, OR) || take_if(reader, FOLLOWEDBY));
	return true;
}

bool grammar_check(struct span pattern, const char **error, size_t *at)
{
	struct reader reader = {
		.start = pattern.text, .at = pattern.text, .end = pattern.text + pattern.len
	};
	const char *open = reader.at;
	while (open < reader.end && (*open == '(' || blank(open, reader.end)))
		open += *open == '(' ? 1 : blank(open, reader.end);
	read_token(&reader);
	if (open == reader.end || *open != '[')
		wrong(&reader, "expected [ or (");
	bool ok = !reader.error && observations(&reader) &&
		must(&reader, END, "expected the end, AND, OR or FOLLOWEDBY");
	*error = reader.error;
	*at = reader.error_at;
	return ok;
}
