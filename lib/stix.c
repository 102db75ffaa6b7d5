#include "stix.h"

#include "uid.h"

#include <stdlib.h>
#include <string.h>

static const char *const types[] = {
	/* sorted; clang-format off */
	"ai-prompt", "artifact", "attack-pattern", "autonomous-system", "bank-account",
	"campaign", "capability", "case-incident", "case-rfi", "case-rft", "channel",
	"course-of-action", "credential", "cryptocurrency-wallet", "cryptographic-key",
	"data-component", "data-source", "deleteoperation", "directory", "domain-name",
	"draftworkspace", "email-addr", "email-message", "email-mime-part-type", "event",
	"external-reference", "feedback", "file", "group", "grouping", "hostname", "iccid",
	"identity", "imei", "imsi", "incident", "indicator", "infrastructure", "intrusion-set",
	"ipv4-addr", "ipv6-addr", "kill-chain-phase", "label", "language", "location",
	"mac-addr", "malware", "malware-analysis", "marking-definition", "media-content",
	"mutex", "narrative", "network-traffic", "note", "notification", "observed-data",
	"opinion", "payment-card", "persona", "phone-number", "pir", "playbook", "process",
	"publicdashboard", "relationship", "report", "role", "security-coverage",
	"security-coverage-result", "settings", "sighting", "simple-observable", "software",
	"ssh-key", "task", "text", "threat-actor", "tool", "tracking-number", "trash", "url",
	"user", "user-account", "user-agent", "vocabulary", "vulnerability",
	"windows-registry-key", "windows-registry-value-type", "work", "workspace",
	"x-mitre-data-component", "x-mitre-data-source", "x-opencti-case-incident",
	"x-opencti-case-rfi", "x-opencti-case-rft", "x-opencti-feedback", "x-opencti-task",
	"x509-certificate",
	/* clang-format on */
};

struct prefix {
	const char *text;
	size_t len;
};

static int compare(const void *key, const void *type)
{
	const struct prefix *prefix = key;
	const char *name = *(const char *const *)type;
	int order = strncmp(prefix->text, name, prefix->len);
	return order ? order : -(name[prefix->len] != '\0');
}

static const char *separator(const char *id, size_t len)
{
	const char *at = id, *end = id + len;
	while ((at = memchr(at, '-', (size_t)(end - at))) && end - at >= 2) {
		if (at[1] == '-')
			return at;
		at++;
	}
	return NULL;
}

bool stix_supported(const char *id, size_t len)
{
	const char *end = separator(id, len);
	if (!end)
		return true;
	struct prefix prefix = { id, (size_t)(end - id) };
	return bsearch(&prefix, types, sizeof types / sizeof *types, sizeof *types, compare);
}

bool stix_type(const char *type, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = type[i];
		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
			!(c >= '0' && c <= '9') && c != '-' && c != '_')
			return false;
	}
	return len;
}

bool stix_id(const char *id, size_t len)
{
	if (len < UID_LEN + 3)
		return false;
	const char *uuid = id + len - UID_LEN;
	return uuid[-1] == '-' && uuid[-2] == '-' && uid_is(uuid, UID_LEN) &&
		stix_type(id, len - UID_LEN - 2);
}

static const char *const observables[] = {
	/* sorted; clang-format off */
	"ai-prompt", "artifact", "autonomous-system", "bank-account", "credential",
	"cryptocurrency-wallet", "cryptographic-key", "directory", "domain-name", "email-addr",
	"email-message", "email-mime-part-type", "file", "hostname", "iccid", "imei", "imsi",
	"ipv4-addr", "ipv6-addr", "mac-addr", "media-content", "mutex", "network-traffic",
	"payment-card", "persona", "phone-number", "process", "simple-observable", "software",
	"ssh-key", "text", "tracking-number", "url", "user-account", "user-agent",
	"windows-registry-key", "windows-registry-value-type", "x509-certificate",
	/* clang-format on */
};

static bool is_observable(const char *type, size_t len)
{
	struct prefix prefix = { type, len };
	return bsearch(&prefix, observables, sizeof observables / sizeof *observables,
		sizeof *observables, compare);
}

static bool is_among(const char *const *names, size_t count, const char *type, size_t len)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(names[i]) == len && !memcmp(names[i], type, len))
			return true;
	return false;
}

enum stix_family stix_family(const char *type, size_t len)
{
	static const char *const links[] = { "relationship", "sighting" },
				 *const metas[] = { "marking-definition", "label", "vocabulary",
					 "kill-chain-phase", "external-reference" };
	if (is_observable(type, len))
		return STIX_OBSERVABLE;
	if (is_among(links, sizeof links / sizeof *links, type, len))
		return STIX_LINK;
	if (is_among(metas, sizeof metas / sizeof *metas, type, len))
		return STIX_META;
	return STIX_DOMAIN;
}

bool stix_observable(const char *type, size_t len, struct buf *to)
{
	static const struct {
		const char *type, *name;
	} odd[] = { { "file", "StixFile" }, { "ipv4-addr", "IPv4-Addr" },
		{ "ipv6-addr", "IPv6-Addr" }, { "ssh-key", "SSH-Key" },
		{ "ai-prompt", "AI-Prompt" }, { "imei", "IMEI" }, { "iccid", "ICCID" },
		{ "imsi", "IMSI" } };
	if (!is_observable(type, len))
		return false;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		if (strlen(odd[i].type) == len && !memcmp(odd[i].type, type, len)) {
			buf_text(to, odd[i].name);
			return true;
		}
	for (size_t i = 0; i < len; i++)
		buf_char(to,
			i && type[i - 1] != '-'  ? type[i]
				: type[i] >= 'a' ? (char)(type[i] - 32)
						 : type[i]);
	return true;
}
