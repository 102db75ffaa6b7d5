#include "vocabulary.h"

#include <strings.h>

/* clang-format off */
static const char *const account_type_ov[] = { "facebook", "ldap", "nis", "openid", "radius", "skype", "tacacs", "twitter", "unix", "windows-local", "windows-domain", NULL };
static const char *const attack_resource_level_ov[] = { "individual", "club", "contest", "team", "organization", "government", NULL };
static const char *const attack_motivation_ov[] = { "accidental", "coercion", "dominance", "ideology", "notoriety", "organizational-gain", "personal-gain", "personal-satisfaction", "revenge", "unpredictable", NULL };
static const char *const case_severity_ov[] = { "low", "medium", "high", "critical", NULL };
static const char *const case_priority_ov[] = { "P1", "P2", "P3", "P4", NULL };
static const char *const channel_types_ov[] = { "Twitter", "Facebook", NULL };
static const char *const event_type_ov[] = { "conference", "financial", "holiday", "international-summit", "local-election", "national-election", "sport-competition", NULL };
static const char *const grouping_context_ov[] = { "suspicious-activity", "malware-analysis", "unspecified", NULL };
static const char *const implementation_language_ov[] = { "applescript", "bash", "c", "c++", "c#", "go", "java", "javascript", "lua", "objective-c", "perl", "php", "powershell", "python", "ruby", "rust", "scala", "swift", "typescript", "visual-basic", "x86-32", "x86-64", NULL };
static const char *const incident_response_types_ov[] = { "ransomware", "data-leak", NULL };
static const char *const incident_type_ov[] = { "alert", "compromise", "information-system-disruption", "ransomware", "reputation-damage", "data-leak", "typosquatting", "phishing", "cybercrime", NULL };
static const char *const incident_severity_ov[] = { "low", "medium", "high", "critical", NULL };
static const char *const indicator_type_ov[] = { "anomalous-activity", "anonymization", "benign", "compromised", "malicious-activity", "attribution", "unknown", NULL };
static const char *const infrastructure_type_ov[] = { "amplification", "anonymization", "botnet", "command-and-control", "control-system", "exfiltration", "firewall", "hosting-malware", "hosting-target-lists", "phishing", "reconnaissance", "routers-switches", "staging", "workstation", "unknown", NULL };
static const char *const integrity_level_ov[] = { "low", "medium", "high", "system", NULL };
static const char *const malware_capabilities_ov[] = { "accesses-remote-machines", "anti-debugging", "anti-disassembly", "anti-emulation", "anti-memory-forensics", "anti-sandbox", "anti-vm", "captures-input-peripherals", "captures-output-peripherals", "captures-system-state-data", "cleans-traces-of-infection", "commits-fraud", "communicates-with-c2", "compromises-data-availability", "compromises-data-integrity", "compromises-system-availability", "controls-local-machine", "degrades-security-software", "degrades-system-updates", "determines-c2-server", "emails-spam", "escalates-privileges", "evades-av", "exfiltrates-data", "fingerprints-host", "hides-artifacts", "hides-executing-code", "infects-files", "infects-remote-machines", "installs-other-components", "persists-after-system-reboot", "prevents-artifact-access", "prevents-artifact-deletion", "probes-network-environment", "self-modifies", "steals-authentication-credentials", "violates-system-operational-integrity", NULL };
static const char *const malware_result_ov[] = { "malicious", "suspicious", "benign", "unknown", NULL };
static const char *const malware_type_ov[] = { "adware", "backdoor", "bot", "bootkit", "ddos", "downloader", "dropper", "exploit-kit", "keylogger", " ransomware", "remote-access-trojan", "resource-exploitation", "rogue-security-software", "rootkit", "screen-capture", "spyware", "trojan", "unknown", "virus", "webshell", "wiper", "worm", NULL };
static const char *const note_types_ov[] = { "internal", "assessment", "analysis", "feedback", "external", NULL };
static const char *const opinion_ov[] = { "strongly-disagree", "disagree", "neutral", "agree", "strongly-agree", NULL };
static const char *const organization_type_ov[] = { "constituent", "csirt", "partner", "vendor", "other", NULL };
static const char *const permissions_ov[] = { "User", "Administrator", NULL };
static const char *const platforms_ov[] = { "android", "macos", "linux", "windows", NULL };
static const char *const collection_layers_ov[] = { "container", "cloud-control-plane", "host", "OSINT", "network", NULL };
static const char *const pattern_type_ov[] = { "stix", "pcre", "sigma", "snort", "suricata", "yara", "tanium-signal", "spl", "eql", "shodan", "nova", NULL };
static const char *const processor_architecture_ov[] = { "alpha", "arm", "ia-64", "mips", "powerpc", "sparc", "x86", "x86-64", NULL };
static const char *const persona_type_ov[] = { "true name", "previous true name", "nickname", "moniker", "assumed name", "alternative spelling/transliteration", "unknown", NULL };
static const char *const reliability_ov[] = { "A - Completely reliable", "B - Usually reliable", "C - Fairly reliable", "D - Not usually reliable", "E - Unreliable", "F - Reliability cannot be judged", NULL };
static const char *const report_types_ov[] = { "threat-report", "internal-report", NULL };
static const char *const request_for_information_types_ov[] = { "none", NULL };
static const char *const request_for_takedown_types_ov[] = { "phishing", "brand-abuse", NULL };
static const char *const security_platform_type_ov[] = { "EDR", "XDR", "SIEM", "SOAR", "NDR", "ISPM", NULL };
static const char *const service_status_ov[] = { "SERVICE_CONTINUE_PENDING", "SERVICE_PAUSE_PENDING", "SERVICE_PAUSED", "SERVICE_RUNNING", "SERVICE_START_PENDING", "SERVICE_STOP_PENDING", "SERVICE_STOPPED", NULL };
static const char *const service_type_ov[] = { "SERVICE_KERNEL_DRIVER", "SERVICE_FILE_SYSTEM_DRIVER", "SERVICE_WIN32_OWN_PROCESS", "SERVICE_WIN32_SHARE_PROCESS", NULL };
static const char *const start_type_ov[] = { "SERVICE_AUTO_START", "SERVICE_BOOT_START", "SERVICE_DEMAND_START", "SERVICE_DISABLED", "SERVICE_SYSTEM_ALERT", NULL };
static const char *const threat_actor_group_type_ov[] = { "activist", "competitor", "crime-syndicate", "criminal", "hacker", "insider-accidental", "insider-disgruntled", "nation-state", "sensationalist", "spy", "terrorist", "unknown", NULL };
static const char *const threat_actor_group_role_ov[] = { "agent", "director", "independent", "infrastructure-architect", "infrastructure-operator", "malware-author", "sponsor", NULL };
static const char *const threat_actor_group_sophistication_ov[] = { "none", "minimal", "intermediate", "advanced", "expert", "innovator", "strategic", NULL };
static const char *const threat_actor_individual_type_ov[] = { "activist", "competitor", "crime-syndicate", "criminal", "hacker", "insider-accidental", "insider-disgruntled", "nation-state", "sensationalist", "spy", "terrorist", "unknown", NULL };
static const char *const threat_actor_individual_role_ov[] = { "agent", "director", "independent", "infrastructure-architect", "infrastructure-operator", "malware-author", "sponsor", NULL };
static const char *const threat_actor_individual_sophistication_ov[] = { "none", "minimal", "intermediate", "advanced", "expert", "innovator", "strategic", NULL };
static const char *const tool_types_ov[] = { "denial-of-service", "exploitation", "information-gathering", "network-capture", "credential-exploitation", "remote-access", "vulnerability-scanning", "unknown", NULL };
static const char *const gender_ov[] = { "male", "female", "nonbinary", "other", "unknown", NULL };
static const char *const marital_status_ov[] = { "annulled", "divorced", "domestic_partner", "legally_separated", "separated", "married", "never_married", "polygamous", "single", "widowed", NULL };
static const char *const hair_color_ov[] = { "black", "brown", "blond", "red", "green", "blue", "gray", "bald", "other", NULL };
static const char *const eye_color_ov[] = { "black", "brown", "green", "blue", "hazel", "other", NULL };
static const char *const key_type_ov[] = { "rsa", "ecdsa", "ed25519", "dsa", NULL };

/* By kind. */
static const struct vocabulary all[] = {
	{ KIND_ATTACK_PATTERN, "x_mitre_permissions_required", "permissions_ov", permissions_ov },
	{ KIND_ATTACK_PATTERN, "x_mitre_platforms", "platforms_ov", platforms_ov },
	{ KIND_CASE_INCIDENT, "priority", "case_priority_ov", case_priority_ov },
	{ KIND_CASE_INCIDENT, "response_types", "incident_response_types_ov", incident_response_types_ov },
	{ KIND_CASE_INCIDENT, "severity", "case_severity_ov", case_severity_ov },
	{ KIND_CASE_RFI, "information_types", "request_for_information_types_ov", request_for_information_types_ov },
	{ KIND_CASE_RFI, "priority", "case_priority_ov", case_priority_ov },
	{ KIND_CASE_RFI, "severity", "case_severity_ov", case_severity_ov },
	{ KIND_CASE_RFT, "priority", "case_priority_ov", case_priority_ov },
	{ KIND_CASE_RFT, "severity", "case_severity_ov", case_severity_ov },
	{ KIND_CASE_RFT, "takedown_types", "request_for_takedown_types_ov", request_for_takedown_types_ov },
	{ KIND_CHANNEL, "channel_types", "channel_types_ov", channel_types_ov },
	{ KIND_DATA_SOURCE, "collection_layers", "collection_layers_ov", collection_layers_ov },
	{ KIND_DATA_SOURCE, "x_mitre_platforms", "platforms_ov", platforms_ov },
	{ KIND_EVENT, "event_types", "event_type_ov", event_type_ov },
	{ KIND_GROUPING, "context", "grouping_context_ov", grouping_context_ov },
	{ KIND_INCIDENT, "incident_type", "incident_type_ov", incident_type_ov },
	{ KIND_INCIDENT, "severity", "incident_severity_ov", incident_severity_ov },
	{ KIND_INDICATOR, "indicator_types", "indicator_type_ov", indicator_type_ov },
	{ KIND_INDICATOR, "pattern_type", "pattern_type_ov", pattern_type_ov },
	{ KIND_INDICATOR, "x_mitre_platforms", "platforms_ov", platforms_ov },
	{ KIND_INDIVIDUAL, "x_opencti_reliability", "reliability_ov", reliability_ov },
	{ KIND_INFRASTRUCTURE, "infrastructure_types", "infrastructure_type_ov", infrastructure_type_ov },
	{ KIND_INTRUSION_SET, "personal_motivations", "attack_motivation_ov", attack_motivation_ov },
	{ KIND_INTRUSION_SET, "primary_motivation", "attack_motivation_ov", attack_motivation_ov },
	{ KIND_INTRUSION_SET, "resource_level", "attack_resource_level_ov", attack_resource_level_ov },
	{ KIND_INTRUSION_SET, "secondary_motivations", "attack_motivation_ov", attack_motivation_ov },
	{ KIND_MALWARE, "architecture_execution_envs", "processor_architecture_ov", processor_architecture_ov },
	{ KIND_MALWARE, "capabilities", "malware_capabilities_ov", malware_capabilities_ov },
	{ KIND_MALWARE, "implementation_languages", "implementation_language_ov", implementation_language_ov },
	{ KIND_MALWARE, "malware_types", "malware_type_ov", malware_type_ov },
	{ KIND_MALWARE_ANALYSIS, "result", "malware_result_ov", malware_result_ov },
	{ KIND_NOTE, "note_types", "note_types_ov", note_types_ov },
	{ KIND_OPINION, "opinion", "opinion_ov", opinion_ov },
	{ KIND_ORGANIZATION, "x_opencti_organization_type", "organization_type_ov", organization_type_ov },
	{ KIND_ORGANIZATION, "x_opencti_reliability", "reliability_ov", reliability_ov },
	{ KIND_PERSONA, "persona_type", "persona_type_ov", persona_type_ov },
	{ KIND_PROCESS, "integrity_level", "integrity_level_ov", integrity_level_ov },
	{ KIND_PROCESS, "service_status", "service_status_ov", service_status_ov },
	{ KIND_PROCESS, "service_type", "service_type_ov", service_type_ov },
	{ KIND_PROCESS, "start_type", "start_type_ov", start_type_ov },
	{ KIND_REPORT, "report_types", "report_types_ov", report_types_ov },
	{ KIND_REPORT, "x_opencti_reliability", "reliability_ov", reliability_ov },
	{ KIND_SECURITY_PLATFORM, "security_platform_type", "security_platform_type_ov", security_platform_type_ov },
	{ KIND_SSH_KEY, "key_type", "key_type_ov", key_type_ov },
	{ KIND_SYSTEM, "x_opencti_reliability", "reliability_ov", reliability_ov },
	{ KIND_THREAT_ACTOR_GROUP, "personal_motivations", "attack_motivation_ov", attack_motivation_ov },
	{ KIND_THREAT_ACTOR_GROUP, "primary_motivation", "attack_motivation_ov", attack_motivation_ov },
	{ KIND_THREAT_ACTOR_GROUP, "resource_level", "attack_resource_level_ov", attack_resource_level_ov },
	{ KIND_THREAT_ACTOR_GROUP, "roles", "threat_actor_group_role_ov", threat_actor_group_role_ov },
	{ KIND_THREAT_ACTOR_GROUP, "secondary_motivations", "attack_motivation_ov", attack_motivation_ov },
	{ KIND_THREAT_ACTOR_GROUP, "sophistication", "threat_actor_group_sophistication_ov", threat_actor_group_sophistication_ov },
	{ KIND_THREAT_ACTOR_GROUP, "threat_actor_types", "threat_actor_group_type_ov", threat_actor_group_type_ov },
	{ KIND_THREAT_ACTOR_INDIVIDUAL, "eye_color", "eye_color_ov", eye_color_ov },
	{ KIND_THREAT_ACTOR_INDIVIDUAL, "gender", "gender_ov", gender_ov },
	{ KIND_THREAT_ACTOR_INDIVIDUAL, "hair_color", "hair_color_ov", hair_color_ov },
	{ KIND_THREAT_ACTOR_INDIVIDUAL, "marital_status", "marital_status_ov", marital_status_ov },
	{ KIND_THREAT_ACTOR_INDIVIDUAL, "roles", "threat_actor_individual_role_ov", threat_actor_individual_role_ov },
	{ KIND_THREAT_ACTOR_INDIVIDUAL, "sophistication", "threat_actor_individual_sophistication_ov", threat_actor_individual_sophistication_ov },
	{ KIND_THREAT_ACTOR_INDIVIDUAL, "threat_actor_types", "threat_actor_individual_type_ov", threat_actor_individual_type_ov },
	{ KIND_TOOL, "tool_types", "tool_types_ov", tool_types_ov },
	{ KIND_USER_ACCOUNT, "account_type", "account_type_ov", account_type_ov },
	{ KIND_NONE, NULL, NULL, NULL },
};
/* clang-format on */

const struct vocabulary *vocabulary_of(enum kind kind)
{
	if (kind == KIND_NONE)
		return NULL;
	for (const struct vocabulary *at = all; at->kind != KIND_NONE; at++)
		if (at->kind == kind)
			return at;
	return NULL;
}

static struct span trim(const char *text, size_t n)
{
	while (n && *text == ' ') {
		text++;
		n--;
	}
	while (n && text[n - 1] == ' ')
		n--;
	return (struct span){ text, n };
}

const char *vocabulary_find(const struct vocabulary *vocabulary, struct span word, bool *exact)
{
	struct span wanted = trim(word.text, word.len);
	const char *near = NULL;
	*exact = true;
	for (const char *const *at = vocabulary->words; *at; at++) {
		struct span is = trim(*at, strlen(*at));
		if (text_is(word, *at))
			return *at;
		if (is.len == wanted.len && !strncasecmp(is.text, wanted.text, is.len))
			near = *at;
	}
	*exact = false;
	return near;
}
