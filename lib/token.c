#include "token.h"

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
size_t token_blank(const char *at, const char *end)
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
		size_t n = token_blank(at, end);
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

bool token_is_hex(const char *text, size_t n)
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
	} words[] = { { "AND", TOKEN_AND }, { "OR", TOKEN_OR }, { "NOT", TOKEN_NOT },
		{ "FOLLOWEDBY", TOKEN_FOLLOWEDBY }, { "LIKE", TOKEN_LIKE },
		{ "MATCHES", TOKEN_MATCHES }, { "ISSUPERSET", TOKEN_ISSUPERSET },
		{ "ISSUBSET", TOKEN_ISSUBSET }, { "EXISTS", TOKEN_EXISTS },
		{ "LAST", TOKEN_LAST }, { "IN", TOKEN_IN }, { "START", TOKEN_START },
		{ "STOP", TOKEN_STOP }, { "SECONDS", TOKEN_SECONDS }, { "true", TOKEN_BOOL },
		{ "false", TOKEN_BOOL }, { "WITHIN", TOKEN_WITHIN },
		{ "REPEATS", TOKEN_REPEATS }, { "TIMES", TOKEN_TIMES } };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (is_text(text, words[i].text))
			return words[i].token;
	return memchr(text.text, '-', text.len) ? TOKEN_HYPHENS : TOKEN_NAME;
}

/* A literal such as h'...'; WRONG when it is none, and then a name begins here. */
static enum token prefixed(const char *at, const char *end, const char **after)
{
	enum token token = TOKEN_WRONG;
	if (end - at < 3 || at[1] != '\'')
		return TOKEN_WRONG;
	const char *close = memchr(at + 2, '\'', (size_t)(end - at - 2));
	if (!close)
		return TOKEN_WRONG;
	size_t n = (size_t)(close - at - 2);
	if (*at == 't' && is_time(at + 2, n))
		token = TOKEN_TIME;
	else if (*at == 'h' && token_is_hex(at + 2, n))
		token = TOKEN_HEX;
	else if (*at == 'b' && is_base64(at + 2, n))
		token = TOKEN_BINARY;
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
		return minus ? TOKEN_MINUS_FLOAT : TOKEN_FLOAT;
	}
	if (whole == digits)
		return TOKEN_WRONG;
	*after = *digits == '0' ? digits + 1 : whole; /* 01 is 0 and 1 */
	return minus ? TOKEN_MINUS_INT : TOKEN_INT;
}

static enum token sign(const char *at, const char *end, const char **after)
{
	static const struct {
		const char *text;
		enum token token;
	} signs[] = { { "==", TOKEN_EQUALS }, { "!=", TOKEN_EQUALS }, { "<>", TOKEN_EQUALS },
		{ "<=", TOKEN_ORDER }, { ">=", TOKEN_ORDER }, { "=", TOKEN_EQUALS },
		{ "<", TOKEN_ORDER }, { ">", TOKEN_ORDER }, { "(", TOKEN_OPEN },
		{ ")", TOKEN_CLOSE }, { "[", TOKEN_LEFT }, { "]", TOKEN_RIGHT },
		{ ":", TOKEN_COLON }, { ".", TOKEN_DOT }, { ",", TOKEN_COMMA },
		{ "*", TOKEN_ASTERISK } };
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
		size_t n = strlen(signs[i].text);
		if ((size_t)(end - at) >= n && !memcmp(at, signs[i].text, n)) {
			*after = at + n;
			return signs[i].token;
		}
	}
	return TOKEN_WRONG;
}

enum token token_next(const char **from, const char *end, struct span *text)
{
	const char *at = skip_blanks(*from, end), *after = at;
	enum token token = TOKEN_WRONG;
	if (at == end) {
		token = TOKEN_END;
	} else if (*at == '\'') {
		after = quoted(at, end);
		token = after ? TOKEN_STRING : TOKEN_WRONG;
	} else if (is_letter(*at)) {
		token = prefixed(at, end, &after);
		if (token == TOKEN_WRONG) {
			for (after = at; after < end &&
				(is_letter(*after) || is_digit(*after) || *after == '-');)
				after++;
			token = word((struct span){ at, (size_t)(after - at) });
		}
	} else {
		if (is_digit(*at) || strchr("+-.", *at))
			token = number(at, end, &after);
		if (token == TOKEN_WRONG)
			token = sign(at, end, &after);
	}
	if (token == TOKEN_WRONG)
		after = at + 1;
	*text = (struct span){ at, (size_t)(after - at) };
	*from = after;
	return token;
}
