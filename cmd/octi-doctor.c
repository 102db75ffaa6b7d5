/* octi-doctor [-a] [--json] [--register] [--size BYTES] [DIR...]
 * Finds out what keeps a connector from working, a line for each thing looked at. */
#include "account.h"
#include "brokerage.h"
#include "http.h"
#include "places.h"
#include "proxy.h"
#include "reach.h"
#include "settings.h"
#include "standing.h"
#include "trust.h"

#include <string.h>

static struct platform platform;
static struct diagnosis diagnosis = { .timeout = 10 };
static bool all, may_register;
static uint64_t size;

static const struct opt options[] = {
	{ 'a', "all", NULL, "show the defaults of the configuration too", OPT_FLAG, &all },
	{ 0, "json", NULL, "print each line as JSON", OPT_FLAG, &diagnosis.json },
	{ 0, "register", NULL, "register the connector; else nothing is changed anywhere",
		OPT_FLAG, &may_register },
	{ 0, "size", "BYTES", "find out whether the broker takes a message of BYTES",
		OPT_NUMBER, &size },
	{ 't', "timeout", "SECONDS", "how long each check may take (10)", OPT_SECONDS,
		&diagnosis.timeout },
	PLATFORM_OPTIONS(platform, 'v'),
	{ 0, NULL, NULL, NULL, OPT_END, NULL },
};

static const struct tool tool = { .name = "octi-doctor",
	.synopsis = "[-av] [-c FILE] [-s NAME=VALUE] [-t SECONDS] [--json] [--register] "
		    "[--size BYTES] [DIR...]",
	.summary = "Find out what keeps a connector from working, a line for each thing "
		   "looked at.",
	.options = options };

/* Whom to trust, as requests have it. */
struct vouchers {
	bool verify;          /* it counts */
	const char *ca;       /* as in reach.h */
	const char *unusable; /* likewise */
};

static const char tls_advice[] =
	"see HTTPS_CA_CERTIFICATES, OPENCTI_SSL_VERIFY and SSL_CERT_FILE";

/* The way to the proxy is all that can be seen from here. */
static void check_proxy(const struct proxy *proxy, const struct vouchers *vouchers)
{
	struct buf shown = { 0 }, advice = { 0 }, unseen = { 0 };
	buf_format(&shown, "%s (%s)", buf_str(&proxy->host), proxy->name);
	buf_format(&advice, "see %s, and NO_PROXY", proxy->name);
	buf_format(&unseen, "the platform is reached through the proxy of %s", proxy->name);
	struct reach reach = { .dns = CHECK_DNS,
		.tcp = CHECK_TCP,
		.tls = CHECK_TLS,
		.host = buf_str(&proxy->host),
		.shown = buf_str(&shown),
		.port = proxy->port,
		.unusable = vouchers->unusable,
		.host_advice = buf_str(&advice),
		.tls_advice = tls_advice,
		.unseen = buf_str(&unseen) };
	reach_check(&diagnosis, &reach);
	buf_release(&shown);
	buf_release(&advice);
	buf_release(&unseen);
}

static void check_place(const struct http_place *place, const struct vouchers *vouchers)
{
	struct reach reach = { .dns = CHECK_DNS,
		.tcp = CHECK_TCP,
		.tls = CHECK_TLS,
		.host = place->host,
		.shown = place->host,
		.port = place->port,
		.use_tls = place->tls,
		.verify = vouchers->verify,
		.ca = vouchers->ca,
		.unusable = vouchers->unusable,
		.host_advice = "see OPENCTI_URL, and whether the platform is up",
		.ca_advice = "set HTTPS_CA_CERTIFICATES to the authority that issued it",
		.tls_advice = tls_advice,
		.plain = "not used" };
	bool local = !strcmp(place->host, "localhost") || !strcmp(place->host, "::1") ||
		!strncmp(place->host, "127.", 4);
	if (!local)
		reach.plain_advice = "the token can be read on the way: use https";
	reach_check(&diagnosis, &reach);
}

static void check_known(const struct http_place *place, const struct proxy *proxy)
{
	const struct conf *conf = platform.conf;
	const char *text = conf_text(conf, OPENCTI_SSL_VERIFY);
	struct vouchers vouchers = { .verify = true };
	bool word = conf_parse_bool(text, &vouchers.verify);
	struct fail fail = { 0 };
	struct trust trust = { 0 };
	struct http_options http = { .ca = word ? NULL : text,
		.extra_ca = conf_text(conf, HTTPS_CA_CERTIFICATES) };
	if (http_trust(&http, &trust, &fail))
		vouchers.ca = trust.text.len ? strstr(trust.text.data, "-----BEGIN")
			: trust.file         ? trust.file
					     : trust.directory;
	else if (vouchers.verify)
		vouchers.unusable = fail_text(&fail);
	if (proxy->name)
		check_proxy(proxy, &vouchers);
	else
		check_place(place, &vouchers);
	trust_release(&trust);
	fail_clear(&fail);
}

static void check_way(void)
{
	struct fail fail = { 0 };
	struct buf text = { 0 };
	struct http_place place;
	struct proxy proxy = { 0 };
	const char *url = conf_text(platform.conf, OPENCTI_URL);
	bool known = false;
	if (!url || !*url)
		diagnosis_say(
			&diagnosis, CHECK_DNS, DIAGNOSIS_SKIPPED, NULL, "needs OPENCTI_URL");
	else if (!http_place(url, &text, &place, &fail))
		diagnosis_say(&diagnosis, CHECK_DNS, DIAGNOSIS_PROBLEM, "see OPENCTI_URL",
			"OPENCTI_URL: %s", fail_text(&fail));
	else if (!proxy_find(&proxy, place.host, place.tls, &fail))
		diagnosis_say(
			&diagnosis, CHECK_DNS, DIAGNOSIS_PROBLEM, NULL, "%s", fail_text(&fail));
	else
		known = true;
	if (!known) {
		diagnosis_ready(&diagnosis, CHECK_TCP, CHECK_DNS);
		diagnosis_ready(&diagnosis, CHECK_TLS, CHECK_DNS);
	} else {
		check_known(&place, &proxy);
	}
	proxy_release(&proxy);
	buf_release(&text);
	fail_clear(&fail);
}

/* No request may take longer than a check. */
static void hurry(struct fail *fail)
{
	struct buf seconds = { 0 };
	buf_format(&seconds, "%.0f", diagnosis.timeout < 1 ? 1 : diagnosis.timeout);
	if (buf_ok(&seconds, fail) &&
		conf_set(platform.conf, OPENCTI_REQUESTS_TIMEOUT, seconds.data, fail))
		conf_set(platform.conf, OPENCTI_CONNECT_TIMEOUT, seconds.data, fail);
	buf_release(&seconds);
}

static void examine(char *const *directories, size_t count, struct fail *fail)
{
	struct registration registration = { 0 };
	struct buf user_id = { 0 };
	settings_check(&diagnosis, platform.conf, all);
	places_check_directories(&diagnosis, platform.conf, directories, count);
	places_check_callback(&diagnosis, platform.conf);
	check_way();
	hurry(fail);
	platform.said_platform = true; /* the line on TLS has said it */
	account_check(&diagnosis, &platform, &user_id);
	if (settings_connector(platform.conf)) {
		standing_check_registration(
			&diagnosis, &platform, buf_str(&user_id), may_register, &registration);
		standing_check_stream(&diagnosis, &platform);
		brokerage_check(&diagnosis, platform.conf, &registration, size);
	}
	registration_release(&registration);
	buf_release(&user_id);
}

int main(int argc, char **argv)
{
	int first = tool_begin(&tool, argc, argv);
	struct fail fail = { 0 };
	diagnosis.to = stdout;
	if (platform_load(&platform, &tool, &fail)) {
		examine(argv + first, (size_t)(argc - first), &fail);
	} else if (fail.kind == FAIL_USAGE) {
		diagnosis_say(&diagnosis, CHECK_CONFIGURATION, DIAGNOSIS_PROBLEM, NULL, "%s",
			fail_text(&fail));
		fail_clear(&fail);
	}
	platform_close(&platform);
	if (diagnosis.out_of_memory)
		fail_memory(&fail);
	int status = tool_end(&tool, &fail);
	return status ? status : diagnosis.problems > 0;
}
