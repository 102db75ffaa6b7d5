#include "stix.h"

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
