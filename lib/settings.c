#include "settings.h"

#include "log.h"
#include "typo.h"
#include "uid.h"

#include <string.h>
#include <strings.h>
#include <sys/stat.h>

extern char **environ;

static bool is_set(const struct conf *conf, enum conf_key key)
{
	const char *text = conf_text(conf, key);
	return text && *text;
}

static bool is(const struct conf *conf, enum conf_key key, const char *text)
{
	return is_set(conf, key) && !strcasecmp(conf_text(conf, key), text);
}

bool settings_connector(const struct conf *conf)
{
	return is_set(conf, CONNECTOR_ID) && is_set(conf, CONNECTOR_NAME) &&
		is_set(conf, CONNECTOR_TYPE);
}

static bool has_jobs(const struct conf *conf)
{
	return is_set(conf, CONNECTOR_TYPE) &&
		!strncmp(conf_text(conf, CONNECTOR_TYPE), "INTERNAL_", 9);
}

bool settings_called(const struct conf *conf)
{
	return is(conf, CONNECTOR_LISTEN_PROTOCOL, "API");
}

bool settings_listens(const struct conf *conf)
{
	return has_jobs(conf) && !settings_called(conf);
}

bool settings_publishes(const struct conf *conf)
{
	return conf_bool(conf, CONNECTOR_SEND_TO_QUEUE) &&
		is(conf, CONNECTOR_QUEUE_PROTOCOL, "amqp");
}

bool settings_streams(const struct conf *conf)
{
	return is(conf, CONNECTOR_TYPE, "STREAM") || is_set(conf, CONNECTOR_LIVE_STREAM_ID);
}

static void problem(struct diagnosis *diagnosis, const char *advice, const char *name,
	const char *text, const struct conf *conf, enum conf_key key)
{
	diagnosis_say(diagnosis, CHECK_CONFIGURATION, DIAGNOSIS_PROBLEM, advice, "%s: %s (%s)",
		name, text, conf_origin(conf, key));
}

/* ---- what there is ---- */

/* The value as it may be shown: a URL without its password, PEM text by its name. */
static void print_value(const struct conf *conf, enum conf_key key, struct buf *to)
{
	const char *text = conf_text(conf, key);
	const char *scheme = strstr(text, "://"), *at = scheme ? strrchr(scheme, '@') : NULL;
	if (conf_is_secret(key))
		buf_text(to, "*****");
	else if (!strncmp(text, "-----BEGIN", 10))
		buf_text(to, "(PEM text)");
	else if (at)
		buf_format(to, "%.*s*****%s", (int)(scheme + 3 - text), text, at);
	else
		buf_text(to, text);
}

static void show(struct diagnosis *diagnosis, const struct conf *conf, bool all)
{
	for (int i = 0; i < CONF_COUNT; i++) {
		enum conf_key key = (enum conf_key)i;
		struct buf value = { 0 };
		const char *origin = conf_origin(conf, key);
		bool chosen = strcmp(origin, "default") != 0;
		if (!is_set(conf, key) || (!chosen && !all))
			continue;
		print_value(conf, key, &value);
		diagnosis_say(diagnosis, CHECK_CONFIGURATION, DIAGNOSIS_OK, NULL, "%s=%s (%s)",
			conf_name(key), buf_str(&value), origin);
		buf_release(&value);
	}
}

/* A file of secrets is its owner's alone. */
static void check_modes(struct diagnosis *diagnosis, const struct conf *conf)
{
	struct buf path = { 0 }, said = { 0 };
	struct stat st;
	for (int i = 0; i < CONF_COUNT; i++) {
		const char *origin = conf_origin(conf, (enum conf_key)i);
		const char *colon = strrchr(origin, ':');
		if (!conf_is_secret((enum conf_key)i) || !strchr(origin, '/'))
			continue;
		buf_clear(&path);
		buf_add(&path, origin, colon ? (size_t)(colon - origin) : strlen(origin));
		if (stat(buf_str(&path), &st) || !(st.st_mode & 0077) ||
			!strcmp(buf_str(&path), buf_str(&said)))
			continue;
		diagnosis_say(diagnosis, CHECK_CONFIGURATION, DIAGNOSIS_WARNING,
			"take the rights from the others: chmod go= FILE",
			"%s: it holds secrets, and others than its owner have rights to it "
			"(mode %o)",
			buf_str(&path), (unsigned)(st.st_mode & 0777));
		buf_clear(&said);
		buf_text(&said, buf_str(&path));
	}
	buf_release(&path);
	buf_release(&said);
}

/* ---- what there should be ---- */

static void check_needed(struct diagnosis *diagnosis, const struct conf *conf)
{
	static const struct {
		enum conf_key key;
		const char *advice;
	} needed[] = {
		{ OPENCTI_URL, "set it to the address of the platform" },
		{ OPENCTI_TOKEN,
			"set it, or OPENCTI_TOKEN_FILE, to a token of the connector's "
			"user" },
		{ CONNECTOR_ID, "set it to a UUID made for this connector (uuidgen)" },
		{ CONNECTOR_NAME, "set it to what the platform shall show" },
		{ CONNECTOR_TYPE, "set it to what it does, see octi-config(5)" },
	};
	bool any = is_set(conf, CONNECTOR_ID) || is_set(conf, CONNECTOR_NAME) ||
		is_set(conf, CONNECTOR_TYPE);
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		if (!is_set(conf, needed[i].key) && (any || i < 2))
			diagnosis_say(diagnosis, CHECK_CONFIGURATION, DIAGNOSIS_PROBLEM,
				needed[i].advice, "%s is not set", conf_name(needed[i].key));
	if (!any)
		diagnosis_say(diagnosis, CHECK_CONFIGURATION, DIAGNOSIS_WARNING,
			"set CONNECTOR_ID, CONNECTOR_NAME and CONNECTOR_TYPE to have one "
			"looked at",
			"no connector is configured");
}

static void check_connector(struct diagnosis *diagnosis, const struct conf *conf)
{
	static const char *const types[] = { "EXTERNAL_IMPORT", "INTERNAL_IMPORT_FILE",
		"INTERNAL_ENRICHMENT", "INTERNAL_ANALYSIS", "INTERNAL_EXPORT_FILE", "STREAM" };
	const char *type = conf_text(conf, CONNECTOR_TYPE), *id = conf_text(conf, CONNECTOR_ID);
	bool known = !type;
	for (size_t i = 0; type && i < sizeof types / sizeof *types; i++)
		known = known || !strcmp(types[i], type);
	if (!known)
		problem(diagnosis, "see octi-config(5) for the types", "CONNECTOR_TYPE",
			"not a type of connector", conf, CONNECTOR_TYPE);
	if (id && !uid_is(id, strlen(id)))
		diagnosis_say(diagnosis, CHECK_CONFIGURATION, DIAGNOSIS_WARNING,
			"make one with uuidgen, before the connector has a state to lose",
			"CONNECTOR_ID is no UUID%s",
			strchr(id, '_') ? ", and its works cannot be kept apart with a _ in it"
					: "");
	if (is_set(conf, CONNECTOR_NAME) && strlen(conf_text(conf, CONNECTOR_NAME)) < 2)
		problem(diagnosis, "use a longer one", "CONNECTOR_NAME",
			"the platform wants two characters at least", conf, CONNECTOR_NAME);
	if (settings_streams(conf) && !is_set(conf, CONNECTOR_LIVE_STREAM_ID))
		diagnosis_say(diagnosis, CHECK_CONFIGURATION, DIAGNOSIS_PROBLEM,
			"set it to the id of a stream of the platform, or to live",
			"CONNECTOR_LIVE_STREAM_ID is not set");
}

static void check_words(struct diagnosis *diagnosis, const struct conf *conf)
{
	enum log_level level;
	if (!is(conf, CONNECTOR_LISTEN_PROTOCOL, "AMQP") && !settings_called(conf))
		problem(diagnosis, "set it to one of them", "CONNECTOR_LISTEN_PROTOCOL",
			"neither AMQP nor API", conf, CONNECTOR_LISTEN_PROTOCOL);
	const char *protocol = conf_text(conf, CONNECTOR_QUEUE_PROTOCOL);
	if (strcmp(protocol, "amqp") != 0 && strcmp(protocol, "api") != 0)
		problem(diagnosis, "set it to one of them", "CONNECTOR_QUEUE_PROTOCOL",
			"neither amqp nor api", conf, CONNECTOR_QUEUE_PROTOCOL);
	if (!log_parse_level(conf_text(conf, CONNECTOR_LOG_LEVEL), &level))
		problem(diagnosis, "set it to one of them", "CONNECTOR_LOG_LEVEL",
			"none of debug, info, warning and error", conf, CONNECTOR_LOG_LEVEL);
	if (conf_bool(conf, CONNECTOR_SEND_TO_DIRECTORY) &&
		!is_set(conf, CONNECTOR_SEND_TO_DIRECTORY_PATH))
		diagnosis_say(diagnosis, CHECK_CONFIGURATION, DIAGNOSIS_PROBLEM,
			"set it, or CONNECTOR_SEND_TO_DIRECTORY to false",
			"CONNECTOR_SEND_TO_DIRECTORY_PATH is not set");
}

/* ---- what nobody reads ---- */

/* The key, or the key with _FILE, that a name is. CONF_COUNT: none. */
static enum conf_key find_key(const char *name, size_t len, bool *file)
{
	*file = false;
	for (int i = 0; i < CONF_COUNT; i++) {
		const char *known = conf_name((enum conf_key)i);
		size_t n = strlen(known);
		if (strncmp(name, known, n) != 0 || (len != n && len != n + 5))
			continue;
		*file = len == n + 5 && !strncmp(name + n, "_FILE", 5);
		if (len == n || *file)
			return (enum conf_key)i;
	}
	return CONF_COUNT;
}

/* The name that one which is in nobody's list may stand for; NULL: none. */
static const char *find_meant(const char *name)
{
	for (int i = 0; i < CONF_COUNT; i++) {
		const char *known = conf_name((enum conf_key)i);
		size_t prefix = strcspn(known, "_") + 1;
		/* short names are alike by chance */
		if (typo_is(name, known) && (prefix > 4 || !strncmp(name, known, prefix)))
			return known;
	}
	return NULL;
}

static void check_names(struct diagnosis *diagnosis)
{
	for (char **at = environ; at && *at; at++) {
		bool file;
		size_t len = strcspn(*at, "=");
		enum conf_key key = find_key(*at, len, &file);
		struct buf advice = { 0 }, name = { 0 };
		buf_add(&name, *at, len);
		const char *meant = key == CONF_COUNT ? find_meant(buf_str(&name)) : NULL;
		if (meant) {
			buf_format(&advice, "was %s meant?", meant);
			diagnosis_say(diagnosis, CHECK_CONFIGURATION, DIAGNOSIS_WARNING,
				buf_str(&advice), "%s in the environment is read by nobody",
				buf_str(&name));
		} else if (file && !conf_is_secret(key)) {
			buf_format(&advice, "set %s itself", conf_name(key));
			diagnosis_say(diagnosis, CHECK_CONFIGURATION, DIAGNOSIS_WARNING,
				buf_str(&advice),
				"%s in the environment is read by nobody: that is for secrets",
				buf_str(&name));
		}
		buf_release(&advice);
		buf_release(&name);
	}
}

void settings_check(struct diagnosis *diagnosis, const struct conf *conf, bool all)
{
	show(diagnosis, conf, all);
	check_modes(diagnosis, conf);
	check_needed(diagnosis, conf);
	check_connector(diagnosis, conf);
	check_words(diagnosis, conf);
	check_names(diagnosis);
}
