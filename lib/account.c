#include "account.h"

#include "clock.h"
#include "json.h"
#include "settings.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- capabilities ---- */

static bool always(const struct conf *conf)
{
	(void)conf;
	return true;
}

static bool is_type(const struct conf *conf, const char *type)
{
	const char *is = conf_text(conf, CONNECTOR_TYPE);
	return is && !strcmp(is, type);
}

/* What it sends is written by the workers in the name of its user. */
static bool writes(const struct conf *conf)
{
	return is_type(conf, "EXTERNAL_IMPORT") || is_type(conf, "INTERNAL_IMPORT_FILE") ||
		is_type(conf, "INTERNAL_ENRICHMENT");
}

static bool reads(const struct conf *conf)
{
	return is_type(conf, "INTERNAL_ANALYSIS") || is_type(conf, "INTERNAL_EXPORT_FILE");
}

static bool fetches(const struct conf *conf)
{
	return is_type(conf, "INTERNAL_IMPORT_FILE") ||
		conf_bool(conf, CONNECTOR_VALIDATE_BEFORE_IMPORT);
}

static bool follows(const struct conf *conf)
{
	const char *id = conf_text(conf, CONNECTOR_LIVE_STREAM_ID);
	return settings_streams(conf) && id && strcmp(id, "live") != 0;
}

static bool follows_all(const struct conf *conf)
{
	const char *id = conf_text(conf, CONNECTOR_LIVE_STREAM_ID);
	return settings_streams(conf) && id && !strcmp(id, "live");
}

static const struct {
	const char *name, *what;
	bool (*needed)(const struct conf *conf);
} capabilities[] = {
	{ "CONNECTORAPI", "to register, to ping and to report on works", always },
	{ "MODULES", "to read the connector's state and its works", always },
	{ "KNOWLEDGE_KNUPDATE", "for what is imported in its name", writes },
	{ "KNOWLEDGE", "to read what it works on", reads },
	{ "KNOWLEDGE_KNASKIMPORT", "for files that are imported", fetches },
	{ "TAXIIAPI", "to follow a stream", follows },
	{ "BYPASS", "to follow the stream of everything", follows_all },
};

/* As the platform compares: a capability is had with one whose name holds its own. */
static bool has(const struct json *held, const char *capability)
{
	for (const struct json *one = json_at(held, 0); one; one = json_next(one)) {
		const char *name = json_text(one, "name");
		if (name && (strstr(name, capability) || !strcmp(name, "BYPASS")))
			return true;
	}
	return false;
}

static void check_capabilities(
	struct diagnosis *diagnosis, const struct conf *conf, const struct json *me)
{
	const struct json *held = json_get(me, "capabilities");
	const char *name = json_text(me, "name");
	struct buf advice = { 0 };
	buf_format(&advice, "give it to a role of the user %s", name ? name : "");
	for (size_t i = 0; i < sizeof capabilities / sizeof *capabilities; i++) {
		if (!capabilities[i].needed(conf))
			continue;
		bool had = has(held, capabilities[i].name);
		diagnosis_say(diagnosis, CHECK_CAPABILITY,
			had ? DIAGNOSIS_OK : DIAGNOSIS_PROBLEM, had ? NULL : buf_str(&advice),
			"%s%s, %s", capabilities[i].name, had ? "" : " is missing",
			capabilities[i].what);
	}
	buf_release(&advice);
}

static void check_token(
	struct diagnosis *diagnosis, const struct conf *conf, const struct json *me)
{
	const char *name = json_text(me, "name");
	bool all = has(json_get(me, "capabilities"), "BYPASS") && !follows_all(conf);
	diagnosis_say(diagnosis, CHECK_TOKEN, all ? DIAGNOSIS_WARNING : DIAGNOSIS_OK,
		all ? "give the connector a user of its own, of the role Connector" : NULL,
		"it is of the user %s%s", name ? name : "?",
		all ? ", who may do anything (BYPASS)" : "");
}

/* ---- version ---- */

static void check_version(
	struct diagnosis *diagnosis, const struct conf *conf, const char *version)
{
	static const enum conf_key newer[] = { CONNECTOR_AUTO_UPDATE,
		CONNECTOR_ENRICHMENT_RESOLUTION, CONNECTOR_XTM_ONE_INTENT };
	long major = strtol(version, NULL, 10);
	if (major < 6) {
		diagnosis_say(diagnosis, CHECK_VERSION, DIAGNOSIS_PROBLEM,
			"update it to 6.7 or later",
			"OpenCTI %s is older than what octi speaks", version);
		return;
	}
	diagnosis_say(diagnosis, CHECK_VERSION, DIAGNOSIS_OK, NULL, "OpenCTI %s%s", version,
		major > 6 ? ""
			  : ", which has no multipart works, no object store in the "
			    "registration and no keys for callbacks; done without");
	for (size_t i = 0; major == 6 && i < sizeof newer / sizeof *newer; i++)
		if (strcmp(conf_origin(conf, newer[i]), "default") != 0 &&
			conf_text(conf, newer[i]))
			diagnosis_say(diagnosis, CHECK_VERSION, DIAGNOSIS_WARNING,
				"take it away, or update the platform to 7",
				"%s has no effect before OpenCTI 7", conf_name(newer[i]));
}

/* ---- clock ---- */

enum { CLOCK_ODD = 30, CLOCK_WRONG = 300 /* seconds */ };

static void check_clock(struct diagnosis *diagnosis, time_t theirs, time_t ours)
{
	long long ahead = (long long)ours - theirs, off = llabs(ahead);
	if (!theirs) {
		diagnosis_say(diagnosis, CHECK_CLOCK, DIAGNOSIS_SKIPPED, NULL,
			"the platform does not tell the time");
	} else if (off < CLOCK_ODD) {
		diagnosis_say(diagnosis, CHECK_CLOCK, DIAGNOSIS_OK, NULL,
			"less than %d s from the platform's", CLOCK_ODD);
	} else {
		diagnosis_say(diagnosis, CHECK_CLOCK,
			off < CLOCK_WRONG ? DIAGNOSIS_WARNING : DIAGNOSIS_PROBLEM,
			"have both set by NTP", "%lld min %lld s %s the platform's", off / 60,
			off % 60, ahead > 0 ? "ahead of" : "behind");
	}
}

/* ---- the question ---- */

static struct json *ask(struct platform *platform, struct fail *fail)
{
	static const char document[] =
		"query Doctor { about { version } me { id name capabilities { name } } }";
	return graphql_call(platform->graphql, document, NULL, fail);
}

static const char *advise(const struct platform *platform, const struct fail *fail)
{
	if (fail->kind == FAIL_USAGE)
		return "OPENCTI_URL is the address of the user interface, without /graphql";
	if (fail->kind != FAIL_RETRY)
		return NULL;
	/* so do servers that are greeted without TLS, and expect it */
	bool closed = strstr(fail_text(fail), "closed without an answer") != NULL;
	return closed && !strncasecmp(conf_text(platform->conf, OPENCTI_URL), "http:", 5)
		? "is the platform up, and is it https that is spoken there? see OPENCTI_URL"
		: "see to it that the platform is up";
}

/* A token that is not accepted is an answer too; any other failure is none. */
static void refused(
	struct diagnosis *diagnosis, const struct platform *platform, const struct fail *fail)
{
	if (!platform->graphql) { /* nothing was tried */
		diagnosis_say(
			diagnosis, CHECK_TOKEN, DIAGNOSIS_PROBLEM, NULL, "%s", fail_text(fail));
		diagnosis_ready(diagnosis, CHECK_PLATFORM, CHECK_TOKEN);
		return;
	}
	if (!strcmp(graphql_code(platform->graphql), "AUTH_REQUIRED")) {
		diagnosis_say(diagnosis, CHECK_PLATFORM, DIAGNOSIS_OK, NULL, "it answers");
		diagnosis_say(diagnosis, CHECK_TOKEN, DIAGNOSIS_PROBLEM,
			"make a new one for the connector's user and set OPENCTI_TOKEN",
			"the platform does not accept it: it is wrong, has expired, or is not "
			"to be used for the API");
		return;
	}
	diagnosis_say(diagnosis, CHECK_PLATFORM, DIAGNOSIS_PROBLEM, advise(platform, fail),
		"%s", fail_text(fail));
	diagnosis_ready(diagnosis, CHECK_TOKEN, CHECK_PLATFORM);
}

void account_check(struct diagnosis *diagnosis, struct platform *platform, struct buf *user_id)
{
	struct fail fail = { 0 };
	struct json *data = NULL;
	bool reached = diagnosis_ready(diagnosis, CHECK_PLATFORM, CHECK_TCP) &&
		diagnosis_ready(diagnosis, CHECK_PLATFORM, CHECK_TLS);
	if (reached && platform_open(platform, platform->tool, &fail))
		data = ask(platform, &fail);
	time_t theirs = platform->graphql ? graphql_date(platform->graphql) : 0;
	const char *version = json_text(data, "about.version");
	const char *id = json_text(data, "me.id");
	if (!reached) {
		diagnosis_ready(diagnosis, CHECK_TOKEN, CHECK_PLATFORM);
	} else if (!data) {
		refused(diagnosis, platform, &fail);
	} else {
		diagnosis_say(diagnosis, CHECK_PLATFORM, DIAGNOSIS_OK, NULL, "it answers");
		check_token(diagnosis, platform->conf, json_get(data, "me"));
		buf_text(user_id, id ? id : "");
	}
	if (diagnosis_ready(diagnosis, CHECK_CLOCK, CHECK_PLATFORM))
		check_clock(diagnosis, theirs, time(NULL));
	if (diagnosis_ready(diagnosis, CHECK_VERSION, CHECK_TOKEN))
		check_version(diagnosis, platform->conf, version ? version : "");
	if (diagnosis_ready(diagnosis, CHECK_CAPABILITY, CHECK_TOKEN))
		check_capabilities(diagnosis, platform->conf, json_get(data, "me"));
	json_free(data);
	fail_clear(&fail);
}
