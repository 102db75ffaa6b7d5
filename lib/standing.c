#include "standing.h"

#include "json.h"
#include "settings.h"

#include <string.h>

/* ---- registration ---- */

static void warn(struct diagnosis *diagnosis, const char *advice, const char *text)
{
	diagnosis_say(diagnosis, CHECK_REGISTRATION, DIAGNOSIS_WARNING, advice, "%s", text);
}

static void compare(struct diagnosis *diagnosis, const struct conf *conf, const char *user_id,
	const struct registration *registration)
{
	static const char again[] = "register again: octi-register, or --register";
	const char *type = conf_text(conf, CONNECTOR_TYPE),
		   *name = conf_text(conf, CONNECTOR_NAME);
	const char *is = registration_text(registration, "connector_type");
	const char *owner = registration_text(registration, "connector_user_id");
	if (type && *is && strcmp(type, is) != 0)
		diagnosis_say(diagnosis, CHECK_REGISTRATION, DIAGNOSIS_WARNING, again,
			"it is registered as %s, and configured as %s", is, type);
	if (name && strcmp(name, registration_text(registration, "name")) != 0)
		warn(diagnosis, again, "it is registered under another name");
	if (*owner && *user_id && strcmp(owner, user_id) != 0)
		warn(diagnosis, again,
			"it is registered by another user than the token's, in whose name it "
			"imports");
	if (json_true(registration->json, "connector_state_reset"))
		warn(diagnosis, "its next ping takes it over",
			"its state was reset on the platform");
}

static void look(struct diagnosis *diagnosis, struct platform *platform, const char *user_id,
	const char *id, struct registration *registration)
{
	struct fail fail = { 0 };
	bool unknown = false;
	if (connector_look(platform, id, registration, &unknown, &fail)) {
		bool active = json_true(registration->json, "active");
		diagnosis_say(diagnosis, CHECK_REGISTRATION,
			active ? DIAGNOSIS_OK : DIAGNOSIS_WARNING,
			active ? NULL
			       : "well before its start, and between runs of their own; else "
				 "see its log",
			"%s is registered%s", id,
			active ? " and active"
			       : ", and has not pinged for five minutes: it does not run");
		compare(diagnosis, platform->conf, user_id, registration);
	} else if (unknown) {
		warn(diagnosis,
			"it registers when it starts; --register does it now, so that its "
			"queues can be looked at",
			"the platform does not know the connector yet");
		diagnosis->lacks[CHECK_REGISTRATION] = true;
	} else {
		diagnosis_say(diagnosis, CHECK_REGISTRATION, DIAGNOSIS_PROBLEM, NULL, "%s",
			fail_text(&fail));
	}
	fail_clear(&fail);
}

static void register_now(struct diagnosis *diagnosis, struct platform *platform,
	struct registration *registration)
{
	struct fail fail = { 0 };
	if (registration_make(platform, registration, &fail))
		diagnosis_say(diagnosis, CHECK_REGISTRATION, DIAGNOSIS_OK, NULL,
			"%s has been registered", registration_text(registration, "id"));
	else
		diagnosis_say(diagnosis, CHECK_REGISTRATION, DIAGNOSIS_PROBLEM, NULL, "%s",
			fail_text(&fail));
	fail_clear(&fail);
}

void standing_check_registration(struct diagnosis *diagnosis, struct platform *platform,
	const char *user_id, bool may_register, struct registration *registration)
{
	struct fail fail = { 0 };
	struct buf id = { 0 };
	if (!diagnosis_ready(diagnosis, CHECK_REGISTRATION, CHECK_TOKEN))
		return;
	if (!connector_own_id(platform, &id, &fail))
		diagnosis_say(diagnosis, CHECK_REGISTRATION, DIAGNOSIS_PROBLEM,
			"see OCTI_REGISTRATION, or unset it", "%s", fail_text(&fail));
	else if (may_register)
		register_now(diagnosis, platform, registration);
	else
		look(diagnosis, platform, user_id, id.data, registration);
	buf_release(&id);
	fail_clear(&fail);
}

/* ---- stream ---- */

static const char between[] = "see what stands between here and the platform";

static void judge_stream(
	struct diagnosis *diagnosis, const char *id, long status, const char *type)
{
	const char *text = "an answer that is none of a stream";
	const char *advice = between;
	if (status == 200 && !strncmp(type, "text/event-stream", 17)) {
		diagnosis_say(
			diagnosis, CHECK_STREAM, DIAGNOSIS_OK, NULL, "%s may be followed", id);
		return;
	}
	if (status == 401) {
		text = "unknown, or the user may not follow it";
		advice = strcmp(id, "live") == 0
			? "it takes BYPASS: follow a stream of the platform's own making"
			: "see its id; make it public, or give the user TAXIIAPI and access to "
			  "it";
	} else if (status == 410) {
		text = "it is stopped";
		advice = "start it on the platform";
	} else if (status == 429) {
		text = "too many requests";
		advice = "try again later";
	}
	diagnosis_say(diagnosis, CHECK_STREAM, DIAGNOSIS_PROBLEM, advice, "%s: %s (HTTP %ld)",
		id, text, status);
}

void standing_check_stream(struct diagnosis *diagnosis, struct platform *platform)
{
	struct fail fail = { 0 };
	struct buf path = { 0 };
	long status;
	const char *type, *id = conf_text(platform->conf, CONNECTOR_LIVE_STREAM_ID);
	if (!id || !diagnosis_ready(diagnosis, CHECK_STREAM, CHECK_TOKEN))
		return;
	buf_format(&path, "/stream/%s", id);
	if (buf_ok(&path, &fail) &&
		graphql_peek(platform->graphql, path.data, &status, &type, &fail))
		judge_stream(diagnosis, id, status, type);
	else
		diagnosis_say(diagnosis, CHECK_STREAM, DIAGNOSIS_PROBLEM, between, "%s: %s", id,
			fail_text(&fail));
	buf_release(&path);
	fail_clear(&fail);
}
