#include "refang.h"

#include "unicode.h"

#include <strings.h>

/* A value that is being read. */
struct cursor {
	const char *at, *end;
};

static size_t left(struct cursor c)
{
	return (size_t)(c.end - c.at);
}

/* Whether the text is next, in any case. */
static bool is_next(struct cursor c, const char *text)
{
	size_t n = strlen(text);
	return left(c) >= n && !strncasecmp(c.at, text, n);
}

/* Length of what is nothing to see at the beginning, or at the end: a control character, or a blank of any
 * script. */
static size_t blank(struct cursor c, bool at_end)
{
	const char *at = at_end && left(c) ? c.end - 1 : c.at;
	while (at_end && at > c.at && ((unsigned char)*at & 0xc0) == 0x80)
		at--;
	size_t n = left(c) ? scan_utf8(at, c.end) : 0;
	bool whole = n && (!at_end || at + n == c.end);
	bool nothing = n == 1 ? (unsigned char)*at <= ' ' : unicode_blank(at, n);
	return whole && nothing ? n : 0;
}

static struct cursor trim(struct cursor c)
{
	size_t n;
	while ((n = blank(c, false)))
		c.at += n;
	while ((n = blank(c, true)))
		c.end -= n;
	return c;
}

/* Whether the brackets at both ends belong to each other. */
static bool is_wrapped(struct cursor c)
{
	static const char opening[] = "\"'`<([{", closing[] = "\"'`>)]}";
	const char *pair = left(c) >= 2 && *c.at ? strchr(opening, *c.at) : NULL;
	if (!pair || c.end[-1] != closing[pair - opening])
		return false;
	return !memchr(c.at + 1, *c.at, left(c) - 2) &&
		!memchr(c.at + 1, c.end[-1], left(c) - 2);
}

/* Takes away what stands around the value. */
static struct cursor unwrap(struct cursor c)
{
	for (;;) {
		c = trim(c);
		if (left(c) && (c.end[-1] == ',' || c.end[-1] == ';'))
			c.end--;
		else if (is_wrapped(c))
			c = (struct cursor){ c.at + 1, c.end - 1 };
		else
			return c;
	}
}

/* What may stand in brackets, and what it is. In a path only the first two are taken. */
static const struct {
	const char *text, *is;
} words[] = {
	{ ".", "." },
	{ "dot", "." },
	{ "d0t", "." },
	{ "://", "://" },
	{ ":", ":" },
	{ "//", "//" },
	{ "/", "/" },
	{ "@", "@" },
	{ "at", "@" },
};

enum { PATH_WORDS = 2 };

/* The word in brackets that comes next. Returns the length with the brackets, 0 when it is none. */
static size_t bracketed(struct cursor c, bool host, const char **is)
{
	char close = *c.at == '[' ? ']' : *c.at == '(' ? ')' : *c.at == '{' ? '}' : '\0';
	if (!close || (!host && close != ']'))
		return 0;
	const char *begin = c.at++;
	while (left(c) && *c.at == ' ')
		c.at++;
	for (size_t i = 0; i < (host ? sizeof words / sizeof *words : PATH_WORDS); i++) {
		struct cursor rest = c;
		if (!is_next(c, words[i].text))
			continue;
		rest.at += strlen(words[i].text);
		while (left(rest) && *rest.at == ' ')
			rest.at++;
		if (left(rest) && *rest.at == close) {
			*is = words[i].is;
			return (size_t)(rest.at + 1 - begin);
		}
	}
	return 0;
}

/* A dot that is written otherwise: in half a bracket, behind a backslash, of another script. */
static size_t odd_dot(struct cursor c)
{
	static const char *const odd[] = { "[.", ".]", "\\.", "\xe3\x80\x82", "\xef\xbc\x8e",
		"\xef\xbd\xa1" };
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		if (is_next(c, odd[i]))
			return strlen(odd[i]);
	return 0;
}

/* The scheme, before "://" or before brackets with these in them. Returns its length. */
static size_t scheme(struct cursor c, const char **is)
{
	static const struct {
		const char *text, *is;
	} schemes[] = {
		{ "hxxps", "https" },
		{ "htxps", "https" },
		{ "hxtps", "https" },
		{ "h**ps", "https" },
		{ "h__ps", "https" },
		{ "meows", "https" },
		{ "hxxp", "http" },
		{ "htxp", "http" },
		{ "hxtp", "http" },
		{ "h**p", "http" },
		{ "h__p", "http" },
		{ "meow", "http" },
		{ "fxps", "ftps" },
		{ "fxp", "ftp" },
		{ "sxftp", "sftp" },
	};
	if (!left(c) || !*c.at || !strchr("hmfsHMFS", *c.at))
		return 0;
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
		size_t n = strlen(schemes[i].text);
		if (!is_next(c, schemes[i].text) || n == left(c) || !strchr(":[({", c.at[n]))
			continue;
		*is = schemes[i].is;
		return n;
	}
	return 0;
}

/* Whether nothing in the value can be a tooth that was drawn. */
static bool is_whole(struct cursor c)
{
	for (; c.at < c.end; c.at++)
		if ((unsigned char)*c.at >= 0x80 || (*c.at && strchr("[](){}\\", *c.at)))
			return false;
	return true;
}

void refang(const char *text, size_t len, struct buf *to)
{
	struct cursor c = unwrap((struct cursor){ text, text + len });
	bool host = true;
	const char *is;
	size_t n = scheme(c, &is);
	if (n) {
		buf_text(to, is);
		c.at += n;
	} else if (is_next(c, "mailto:")) {
		c.at += strlen("mailto:");
	}
	if (is_whole(c)) {
		buf_add(to, c.at, left(c));
		return;
	}
	while (left(c)) {
		if ((n = bracketed(c, host, &is))) {
			buf_text(to, is);
		} else if (host && (n = odd_dot(c))) {
			buf_char(to, '.');
		} else {
			n = is_next(c, "://") ? 3 : 1;
			host = host && !(n == 1 && *c.at && strchr("/?#", *c.at));
			buf_add(to, c.at, n);
		}
		c.at += n;
	}
}
