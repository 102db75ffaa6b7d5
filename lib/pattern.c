#include "pattern.h"

#include "unicode.h"

/* What gets blanks around it: operators, and all that the grammar has a name for. */
static const char *const spaced[] = { "=", "!=", "<", ">", "<=", ">=", "AND", "OR", "NOT",
	"FOLLOWEDBY", "LIKE", "MATCHES", "ISSUPERSET", "ISSUBSET", "EXISTS", "LAST", "IN",
	"START", "STOP", "SECONDS", "TRUE", "FALSE", "WITHIN", "REPEATS", "TIMES", "EQ", "NEQ",
	"LT", "LE", "GT", "GE", "QUOTE", "COLON", "DOT", "COMMA", "RPAREN", "LPAREN", "RBRACK",
	"LBRACK", "PLUS", "HYPHEN", "MINUS", "POWER_OP", "DIVIDE", "ASTERISK", "WS", "COMMENT",
	"LINE_COMMENT" };

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One past the string that begins at `at`; `at` when it does not end. */
static const char *skip_string(const char *at, const char *end)
{
	for (const char *p = at + 1; p < end; p++) {
		if (*p == '\'')
			return p + 1;
		if (*p == '\\' && (++p == end || (*p != '\'' && *p != '\\')))
			break;
	}
	return at;
}

static const char *skip_comment(const char *at, const char *end)
{
	if (end - at < 2 || *at != '/')
		return at;
	if (at[1] == '/') {
		while (at < end && *at != '\n' && *at != '\r')
			at++;
		return at;
	}
	if (at[1] == '*')
		for (const char *p = at + 2; end - p >= 2; p++)
			if (p[0] == '*' && p[1] == '/')
				return p + 2;
	return at;
}

static const char *skip_blank(const char *at, const char *end)
{
	for (;;) {
		const char *begin = at;
		struct span rest = { at, (size_t)(end - at) };
		/* The grammar's white space is Python's but for U+001C to U+001F. */
		const char *past = unicode_trim(rest, UNICODE_PYTHON).text;
		while (at < past && !(*at >= 0x1c && *at <= 0x1f))
			at++;
		at = skip_comment(at, end);
		if (at == begin)
			return at;
	}
}

/* The token at *at, which is moved past it; false at the end. */
static bool next(const char **at, const char *end, struct span *token)
{
	const char *begin = skip_blank(*at, end), *p = begin;
	if (begin == end)
		return false;
	if (is_letter(*p)) {
		while (p < end && (is_letter(*p) || is_digit(*p) || *p == '-'))
			p++;
	} else if (is_digit(*p)) {
		while (p < end && is_digit(*p))
			p++;
	} else if (*p == '\'') {
		p = skip_string(p, end);
	} else if (end - p >= 2 &&
		(!memcmp(p, "==", 2) || !memcmp(p, "!=", 2) || !memcmp(p, "<>", 2) ||
			!memcmp(p, "<=", 2) || !memcmp(p, ">=", 2))) {
		p += 2;
	}
	if (p == begin) {
		size_t n = scan_utf8(p, end);
		p += n ? n : 1;
	}
	*token = (struct span){ begin, (size_t)(p - begin) };
	*at = p;
	return true;
}

static bool is(struct span token, const char *text)
{
	return token.len == strlen(text) && !memcmp(token.text, text, token.len);
}

static bool is_spaced(struct span token)
{
	for (size_t i = 0; i < sizeof spaced / sizeof *spaced; i++)
		if (is(token, spaced[i]))
			return true;
	return false;
}

/* Whether the quoted step is a plain name. */
static bool is_name(struct span quoted)
{
	if (quoted.len < 3 || quoted.text[0] != '\'' || !is_letter(quoted.text[1]))
		return false;
	for (size_t i = 1; i < quoted.len - 1; i++)
		if (!is_letter(quoted.text[i]) && !is_digit(quoted.text[i]))
			return false;
	return true;
}

void pattern_clean(struct span pattern, struct buf *to)
{
	const char *at = pattern.text, *end = at + pattern.len;
	struct span token;
	struct buf clean = { 0 };
	bool after_dot = false;
	while (next(&at, end, &token)) {
		if (is_spaced(token)) {
			buf_char(&clean, ' ');
			buf_add(&clean, token.text, token.len);
			buf_char(&clean, ' ');
		} else if (after_dot && is_name(token)) {
			buf_add(&clean, token.text + 1, token.len - 2);
		} else {
			buf_add(&clean, token.text, token.len);
		}
		after_dot = is(token, ".");
	}
	struct span result =
		unicode_trim((struct span){ buf_str(&clean), clean.len }, UNICODE_JAVASCRIPT);
	buf_add(to, result.text, result.len);
	if (clean.state != BUF_OK)
		to->state = clean.state;
	buf_release(&clean);
}

bool pattern_type(struct span pattern, struct span *type)
{
	const char *at = pattern.text, *end = at + pattern.len;
	struct span token, before = { 0 };
	for (bool first = true; next(&at, end, &token); first = false) {
		if (first && !is(token, "[") && !is(token, "("))
			return false;
		if (is(token, ":") && before.len && is_letter(*before.text)) {
			*type = before;
			return true;
		}
		before = token;
	}
	return false;
}
