#include "netname.h"

#include "unicode.h"

#include <string.h>
#include <strings.h>

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_label_byte(char c)
{
	return is_alnum(c) || c == '-' || c == '_' || (unsigned char)c >= 0x80;
}

/* The text behind the last dot. */
static const char *last_label(const char *text, size_t len, size_t *n)
{
	const char *at = text + len;
	while (at > text && at[-1] != '.')
		at--;
	*n = (size_t)(text + len - at);
	return at;
}

/* Whether there is a character in it that cannot be seen. */
static bool hides(const char *text, size_t len)
{
	for (const char *at = text, *end = text + len; at < end; at++) {
		size_t n = (unsigned char)*at < 0xc0 ? 1 : scan_utf8(at, end);
		if (n > 1 && unicode_blank(at, n))
			return true;
	}
	return false;
}

bool netname_is_domain(const char *text, size_t len)
{
	size_t label = 0, labels = 1;
	if (!len || len > 253 || *text == '-')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] != '.') {
			if (!is_label_byte(text[i]) || ++label > 63)
				return false;
			continue;
		}
		if (!label)
			return false;
		label = 0;
		labels++;
	}
	return labels >= 2 && label >= 2 && !hides(text, len);
}

static bool is_one_of(const char *text, size_t len, const char *const *all, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(all[i]) == len && !strncasecmp(text, all[i], len))
			return true;
	return false;
}

#define IS_ONE_OF(text, len, all) is_one_of(text, len, all, sizeof(all) / sizeof *(all))

bool netname_has_top_level(const char *text, size_t len)
{
	size_t n;
	const char *label = last_label(text, len, &n);
	if (n > 4 && !strncasecmp(label, "xn--", 4))
		return true;
	for (size_t i = 0; i < n; i++)
		if (label[i] == '-' || label[i] == '_' || (label[i] >= '0' && label[i] <= '9'))
			return false;
	return true;
}

bool netname_is_file(const char *text, size_t len)
{
	static const char *const endings[] = { "apk", "asp", "aspx", "bak", "bat", "bin", "bmp",
		"cfg", "chm", "cmd", "conf", "cpl", "csv", "dat", "dll", "dmg", "doc", "docm",
		"docx", "dotm", "drv", "elf", "eml", "exe", "gif", "gz", "hta", "htm", "html",
		"ico", "ini", "iso", "jar", "jpeg", "jpg", "jse", "js", "json", "jsp", "lnk",
		"log", "msg", "msi", "ocx", "odt", "one", "pdf", "php", "png", "ppt", "pptm",
		"pptx", "ps1", "psm1", "pyc", "rar", "reg", "rtf", "scr", "sln", "swf", "sys",
		"tar", "tgz", "tmp", "ttf", "txt", "vbe", "vbs", "wsf", "xls", "xlsb", "xlsm",
		"xlsx", "xml", "yaml", "yar", "yml" };
	size_t n;
	const char *label = last_label(text, len, &n);
	return IS_ONE_OF(label, n, endings);
}

bool netname_is_local(const char *text, size_t len)
{
	static const char *const local[] = { "local", "localdomain", "lan", "internal",
		"intranet", "localhost", "home", "corp" };
	size_t n;
	const char *label = last_label(text, len, &n);
	return IS_ONE_OF(label, n, local);
}

bool netname_is_host(const char *text, size_t len)
{
	if (!len || len > 253)
		return false;
	for (size_t i = 0; i < len; i++) {
		bool edge = !i || i + 1 == len || text[i - 1] == '.' || text[i + 1] == '.';
		if (!is_alnum(text[i]) && (edge || !text[i] || !strchr(".-_", text[i])))
			return false;
	}
	return true;
}

bool netname_is_email(const char *text, size_t len)
{
	const char *at = len ? memchr(text, '@', len) : NULL;
	if (!at || at == text)
		return false;
	for (const char *c = text; c < at; c++)
		if (!is_alnum(*c) && (!*c || !strchr(".!#$%&'*+/=?^_`{|}~-", *c)))
			return false;
	const char *end = text + len, *label = ++at;
	for (; at <= end; at++) {
		if (at < end && *at != '.') {
			if (!is_alnum(*at) && *at != '-')
				return false;
			continue;
		}
		if (at == label || at - label > 63 || *label == '-' || at[-1] == '-')
			return false;
		label = at + 1;
	}
	return true;
}

/* Length of "SCHEME://", 0 when there is none. */
static size_t scheme(const char *text, size_t len)
{
	size_t n = 0;
	while (n < len && (is_alnum(text[n]) || (n && strchr("+.-", text[n]) && text[n])))
		n++;
	bool letter = n && !(*text >= '0' && *text <= '9');
	return letter && len - n > 3 && !memcmp(text + n, "://", 3) ? n + 3 : 0;
}

bool netname_url(const char *text, size_t len, struct netname_url *url)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] <= ' ' || text[i] == 0x7f)
			return false;
	size_t n = scheme(text, len);
	const char *host = text + n, *end = text + len, *stop = host;
	while (stop < end && *stop && !strchr("/?#", *stop))
		stop++;
	*url = (struct netname_url){ .has_scheme = n, .has_path = stop < end };
	for (const char *c = host; c < stop; c++)
		if (*c == '@')
			host = c + 1;
	if (host < stop && *host == '[') {
		const char *close = memchr(host, ']', (size_t)(stop - host));
		if (!close)
			return false;
		stop = close;
		host++;
	} else {
		const char *port =
			host < stop ? memchr(host, ':', (size_t)(stop - host)) : NULL;
		stop = port ? port : stop;
	}
	url->host = host;
	url->host_len = (size_t)(stop - host);
	return url->host_len;
}
