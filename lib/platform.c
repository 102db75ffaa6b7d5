#include "platform.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool apply(struct conf *conf, const char *setting, struct fail *fail)
{
	size_t n = strcspn(setting, "=");
	for (int key = 0; key < CONF_COUNT; key++) {
		const char *name = conf_name((enum conf_key)key);
		if (strlen(name) != n || memcmp(name, setting, n) != 0)
			continue;
		if (conf_is_secret((enum conf_key)key))
			return fail_set(fail, FAIL_USAGE,
				"-s %s: a secret on the command line can be seen by all; use "
				"the "
				"environment, %s_FILE or the file",
				name, name);
		if (!setting[n])
			return fail_set(fail, FAIL_USAGE, "-s %s: =VALUE is missing", name);
		return conf_set(conf, (enum conf_key)key, setting + n + 1, fail);
	}
	return fail_set(
		fail, FAIL_USAGE, "-s %.*s: no such name; see octi-config(5)", (int)n, setting);
}

bool platform_load(struct platform *platform, const struct tool *tool, struct fail *fail)
{
	platform->tool = tool;
	platform->log = (struct log){ .tool = tool->name,
		.least = platform->verbose ? LOG_INFO : LOG_WARNING };
	if (!(platform->conf = conf_new()))
		return fail_memory(fail);
	if (!conf_load(platform->conf, platform->config, fail))
		return false;
	for (size_t i = 0; i < platform->set.count; i++)
		if (!apply(platform->conf, platform->set.items[i], fail))
			return false;
	return true;
}

bool platform_open(struct platform *platform, const struct tool *tool, struct fail *fail)
{
	bool verify;
	if (platform->graphql)
		return true;
	if (!platform->conf && !platform_load(platform, tool, fail))
		return false;
	const char *text = conf_text(platform->conf, OPENCTI_SSL_VERIFY);
	const char *url = conf_text(platform->conf, OPENCTI_URL);
	if (!platform->said_platform && url && !strncmp(url, "https:", 6) && text &&
		conf_parse_bool(text, &verify) && !verify) {
		platform->said_platform = true;
		platform_warn(platform,
			"the platform's certificate is not checked (OPENCTI_SSL_VERIFY)");
	}
	platform->graphql = graphql_open(platform->conf, fail);
	return platform->graphql;
}

void platform_close(struct platform *platform)
{
	graphql_close(platform->graphql);
	conf_free(platform->conf);
	free(platform->set.items);
	platform->graphql = NULL;
	platform->conf = NULL;
	platform->set = (struct opt_list){ 0 };
}

bool platform_log(struct platform *platform, struct fail *fail)
{
	const struct conf *conf = platform->conf;
	const char *level = conf_text(conf, CONNECTOR_LOG_LEVEL);
	struct log *log = &platform->log;
	if (!log_parse_level(level, &log->least))
		return fail_set(fail, FAIL_USAGE,
			"CONNECTOR_LOG_LEVEL: none of debug, info, warning and error: %s (%s)",
			level, conf_origin(conf, CONNECTOR_LOG_LEVEL));
	if (platform->verbose && log->least > LOG_INFO)
		log->least = LOG_INFO;
	log->json = strcmp(conf_origin(conf, OPENCTI_JSON_LOGGING), "default")
		? conf_bool(conf, OPENCTI_JSON_LOGGING)
		: !isatty(STDERR_FILENO);
	log->name = conf_text(conf, CONNECTOR_NAME);
	return true;
}

void platform_say(const struct platform *platform, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	log_vsay(&platform->log, LOG_INFO, NULL, format, ap);
	va_end(ap);
}

void platform_warn(const struct platform *platform, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	log_vsay(&platform->log, LOG_WARNING, NULL, format, ap);
	va_end(ap);
}
