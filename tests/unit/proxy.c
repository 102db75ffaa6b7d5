#include "proxy.h"
#include "check.h"

#include <stdlib.h>

static const char *const names[] = { "http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY",
	"all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY" };

static void forget(void)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unsetenv(names[i]);
}

/* The environment has NAME=VALUE; a host is reached through that, or (NULL) directly. */
static void check_name(const char *host, bool tls, const char *name)
{
	struct proxy proxy = { 0 };
	struct fail fail = { 0 };
	CHECK(proxy_find(&proxy, host, tls, &fail));
	CHECK(!proxy.name == !name);
	if (name)
		CHECK_TEXT(proxy.name, name);
	proxy_release(&proxy);
}

static void test_names(void)
{
	forget();
	check_name("a.example", true, NULL);
	setenv("ALL_PROXY", "p", 1);
	check_name("a.example", true, "ALL_PROXY");
	setenv("all_proxy", "p", 1);
	check_name("a.example", true, "all_proxy");
	setenv("HTTPS_PROXY", "p", 1);
	check_name("a.example", true, "HTTPS_PROXY");
	check_name("a.example", false, "all_proxy");
	setenv("https_proxy", "p", 1);
	check_name("a.example", true, "https_proxy");
	setenv("https_proxy", "", 1);
	check_name("a.example", true, "HTTPS_PROXY");
	setenv("HTTP_PROXY", "p", 1);
	check_name("a.example", false, "HTTP_PROXY");
	setenv("http_proxy", "p", 1);
	check_name("a.example", false, "http_proxy");
}

static bool excepted(const char *list, const char *host)
{
	struct proxy proxy = { 0 };
	struct fail fail = { 0 };
	forget();
	setenv("all_proxy", "p", 1);
	setenv("NO_PROXY", list, 1);
	CHECK(proxy_find(&proxy, host, true, &fail));
	bool is = !proxy.name;
	proxy_release(&proxy);
	return is;
}

static void test_exceptions(void)
{
	CHECK(excepted("*", "a.example"));
	CHECK(!excepted("*,b", "a.example"));
	CHECK(!excepted("", "a.example"));
	CHECK(!excepted(".", "a.example"));
	CHECK(excepted("example", "a.example"));
	CHECK(excepted(".example", "a.example"));
	CHECK(excepted(".a.example", "a.example"));
	CHECK(excepted("x, y,\tEXAMPLE.", "a.example."));
	CHECK(excepted("x y a.example", "a.example"));
	CHECK(!excepted("b.a.example", "a.example"));
	CHECK(!excepted("ample", "a.example"));
	CHECK(!excepted("a.example:443", "a.example"));
	CHECK(excepted("127.0.0.1", "127.0.0.1"));
	CHECK(!excepted("0.0.1", "127.0.0.1"));
	CHECK(excepted("10.0.0.0/8,127.0.0.0/9", "127.1.2.3"));
	CHECK(!excepted("127.128.0.0/9", "127.1.2.3"));
	CHECK(!excepted("0.0.0.0/0", "127.1.2.3"));
	CHECK(excepted("::1", "::1"));
	CHECK(excepted("fd00::/8", "fd12::1"));
	CHECK(!excepted("fd00::/8", "fe12::1"));
	CHECK(!excepted("fd00::/16", "fd12::1"));
	CHECK(!excepted("::/1", "127.0.0.1"));
	/* of two lists, the one in lower case */
	forget();
	setenv("all_proxy", "p", 1);
	setenv("NO_PROXY", "a.example", 1);
	setenv("no_proxy", "b.example", 1);
	check_name("a.example", true, "all_proxy");
	setenv("no_proxy", "", 1);
	check_name("a.example", true, NULL);
}

static void check_place(const char *url, const char *host, uint16_t port)
{
	struct proxy proxy = { 0 };
	struct fail fail = { 0 };
	forget();
	setenv("https_proxy", url, 1);
	bool found = proxy_find(&proxy, "a.example", true, &fail);
	CHECK(found == !!host);
	if (host) {
		CHECK_TEXT(buf_str(&proxy.host), host);
		CHECK(proxy.port == port);
	} else {
		CHECK_FAIL(&fail, FAIL_USAGE, "https_proxy: not the address of a proxy");
	}
	proxy_release(&proxy);
	fail_clear(&fail);
}

static void test_places(void)
{
	check_place("proxy.example", "proxy.example", 1080);
	check_place("proxy.example:3128", "proxy.example", 3128);
	check_place("http://proxy.example:3128/", "proxy.example", 3128);
	check_place("https://proxy.example", "proxy.example", 443);
	check_place("socks5h://me:se@cret@[fd00::1]:1081", "fd00::1", 1081);
	check_place("http://[::1]/", "::1", 1080);
	check_place("http://", NULL, 0);
	check_place("http://:3128", NULL, 0);
	check_place("http://[]", NULL, 0);
	check_place("proxy.example:0", NULL, 0);
	check_place("proxy.example:65536", NULL, 0);
	check_place("proxy.example:x", NULL, 0);
}

int main(void)
{
	test_names();
	test_exceptions();
	test_places();
	return check_end("proxy");
}
