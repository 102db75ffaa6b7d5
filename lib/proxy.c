#include "proxy.h"

#include "address.h"
#include "opt.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PORT_USUAL = 1080, PORT_TLS = 443 }; /* libcurl's */

static const char *value_of(const char *name)
{
	const char *value = getenv(name);
	return value && *value ? value : NULL;
}

/* ---- exceptions ---- */

static bool same_network(const struct address *host, const struct address *network)
{
	/* /0 is no prefix to libcurl */
	int bits = network->prefix > 0 ? network->prefix : network->is_v6 ? 128 : 32;
	int whole = bits / 8, rest = bits % 8;
	unsigned mask = 0xff00u >> rest & 0xff;
	return host->is_v6 == network->is_v6 &&
		!memcmp(host->bytes, network->bytes, (size_t)whole) &&
		(!rest || !((host->bytes[whole] ^ network->bytes[whole]) & mask));
}

/* Whether a name is another, or below it. */
static bool is_below(const char *name, size_t len, const char *above, size_t above_len)
{
	size_t from = len - above_len;
	return len >= above_len && !strncasecmp(name + from, above, above_len) &&
		(!from || name[from - 1] == '.');
}

static bool is_excepted(const char *host)
{
	static const char between[] = ", \t";
	const char *list = value_of("no_proxy");
	size_t len, host_len = strlen(host);
	struct address address, network;
	bool is_address = address_read(host, host_len, &address), found;
	if (!list)
		list = value_of("NO_PROXY");
	found = list && !strcmp(list, "*");
	if (host_len && host[host_len - 1] == '.')
		host_len--;
	for (; list && *list && !found; list += len) {
		list += strspn(list, between);
		len = strcspn(list, between);
		bool before = *list == '.', after = len > before && list[len - 1] == '.';
		size_t dots = (size_t)before + after;
		if (is_address)
			found = address_read(list, len, &network) &&
				same_network(&address, &network);
		else
			found = len > dots &&
				is_below(host, host_len, list + before, len - dots);
	}
	return found;
}

/* ---- the proxy ---- */

/* [SCHEME://][USER[:PASSWORD]@]HOST[:PORT][/] */
static bool take_apart(struct proxy *proxy, const char *url, struct fail *fail)
{
	const char *scheme_end = strstr(url, "://");
	const char *host = scheme_end ? scheme_end + 3 : url;
	size_t len = strcspn(host, "/");
	uint64_t port = !strncasecmp(url, "https://", 8) ? PORT_TLS : PORT_USUAL;
	for (const char *at; (at = memchr(host, '@', len)); host = at + 1)
		len -= (size_t)(at + 1 - host);
	bool bracketed = len && *host == '[';
	size_t host_len = bracketed ? strcspn(host, "]") : strcspn(host, ":/");
	const char *end = host + host_len + bracketed;
	struct buf digits = { 0 };
	if (*end == ':')
		buf_add(&digits, end + 1, strcspn(end + 1, "/"));
	buf_add(&proxy->host, host + bracketed, host_len - bracketed);
	bool ok = buf_ok(&proxy->host, fail) && buf_ok(&digits, fail);
	if (ok &&
		(host_len <= bracketed || (digits.len && !opt_number(digits.data, &port)) ||
			port < 1 || port > 65535))
		ok = fail_set(fail, FAIL_USAGE, "%s: not the address of a proxy", proxy->name);
	proxy->port = (uint16_t)port;
	buf_release(&digits);
	return ok;
}

bool proxy_find(struct proxy *proxy, const char *host, bool tls, struct fail *fail)
{
	const char *const names[] = { tls ? "https_proxy" : "http_proxy",
		tls ? "HTTPS_PROXY" : "HTTP_PROXY", "all_proxy", "ALL_PROXY" };
	proxy->name = NULL;
	buf_clear(&proxy->host);
	for (size_t i = 0; !proxy->name && i < sizeof names / sizeof *names; i++)
		if (value_of(names[i]))
			proxy->name = names[i];
	if (proxy->name && is_excepted(host))
		proxy->name = NULL;
	return !proxy->name || take_apart(proxy, getenv(proxy->name), fail);
}

void proxy_release(struct proxy *proxy)
{
	buf_release(&proxy->host);
}
