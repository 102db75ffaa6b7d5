#include "need.h"

#include "unicode.h"

/* ---- properties that have to be there ---- */

/* From pycti's conditions for creating each (`if name is not None`, `Missing parameters`) and the
 * inputs of the platform's schema. Of a property with '|' one of them is enough. */
static const struct {
	enum kind kind;
	const char *property;
} required[] = {
	/* clang-format off */
	{ KIND_ATTACK_PATTERN, "name" }, { KIND_CAMPAIGN, "name" },
	{ KIND_CASE_INCIDENT, "name" }, { KIND_CASE_RFI, "name" }, { KIND_CASE_RFT, "name" },
	{ KIND_CHANNEL, "name" }, { KIND_COURSE_OF_ACTION, "name" },
	{ KIND_DATA_COMPONENT, "name" }, { KIND_DATA_SOURCE, "name" }, { KIND_EVENT, "name" },
	{ KIND_FEEDBACK, "name" }, { KIND_IDENTITY, "name" }, { KIND_INCIDENT, "name" },
	{ KIND_INFRASTRUCTURE, "name" }, { KIND_INTRUSION_SET, "name" },
	{ KIND_LANGUAGE, "name" }, { KIND_MALWARE, "name" }, { KIND_NARRATIVE, "name" },
	{ KIND_TASK, "name" }, { KIND_THREAT_ACTOR, "name" }, { KIND_TOOL, "name" },
	{ KIND_VULNERABILITY, "name" },
	{ KIND_REPORT, "name" }, { KIND_REPORT, "published" },
	{ KIND_GROUPING, "name" }, { KIND_GROUPING, "context" },
	{ KIND_INDICATOR, "pattern" }, { KIND_INDICATOR, "pattern_type" },
	{ KIND_NOTE, "content" }, { KIND_OPINION, "opinion" },
	{ KIND_OBSERVED_DATA, "first_observed" }, { KIND_OBSERVED_DATA, "last_observed" },
	{ KIND_OBSERVED_DATA, "number_observed" },
	{ KIND_OBSERVED_DATA, "object_refs|objects" },
	{ KIND_MALWARE_ANALYSIS, "product" }, { KIND_MALWARE_ANALYSIS, "result_name" },
	{ KIND_MARKING_DEFINITION, "definition_type|x_opencti_definition_type|name" },
	{ KIND_MARKING_DEFINITION, "definition|x_opencti_definition|name" },
	{ KIND_LOCATION, "name|city|country|region" },
	{ KIND_SECURITY_COVERAGE, "name" }, { KIND_SECURITY_COVERAGE, "covered_ref" },
	{ KIND_EXTERNAL_REFERENCE, "source_name" },
	{ KIND_KILL_CHAIN_PHASE, "kill_chain_name" }, { KIND_KILL_CHAIN_PHASE, "phase_name" },
	{ KIND_VOCABULARY, "name" }, { KIND_VOCABULARY, "category" },
	{ KIND_LABEL, "value" }, { KIND_LABEL, "color" },
	{ KIND_RELATIONSHIP, "relationship_type" },
	{ KIND_AUTONOMOUS_SYSTEM, "number" }, { KIND_DIRECTORY, "path" },
	{ KIND_DOMAIN_NAME, "value" }, { KIND_PROCESS, "command_line" },
	{ KIND_PAYMENT_CARD, "card_number" }, { KIND_MEDIA_CONTENT, "url" },
	{ KIND_PERSONA, "persona_name" }, { KIND_PERSONA, "persona_type" },
	{ KIND_SSH_KEY, "fingerprint_sha256" }, { KIND_IPV4_ADDR, "value" },
	{ KIND_IPV6_ADDR, "value" }, { KIND_URL, "value" }, { KIND_EMAIL_ADDR, "value" },
	{ KIND_MAC_ADDR, "value" }, { KIND_HOSTNAME, "value" }, { KIND_MUTEX, "name" },
	/* clang-format on */
};

static bool has_one(const struct object *object, const char *properties)
{
	char name[40];
	for (const char *at = properties; *at;) {
		size_t n = strcspn(at, "|");
		memcpy(name, at, n);
		name[n] = '\0';
		const struct span *value = object_get(object, name);
		if (value && *value->text != 'n')
			return true;
		at += n + (at[n] == '|');
	}
	return false;
}

static void report_none(struct exam *exam, const char *properties)
{
	struct buf names = { 0 };
	for (const char *at = properties; *at; at++)
		buf_add(&names, *at == '|' ? " or " : at, *at == '|' ? 4 : 1);
	exam_report(exam, "it has no %s", buf_str(&names));
	buf_release(&names);
}

void need_property(struct exam *exam)
{
	for (size_t i = 0; i < sizeof required / sizeof *required; i++)
		if (kind_can_be(required[i].kind, exam->kind) &&
			!has_one(&exam->object, required[i].property))
			report_none(exam, required[i].property);
}

/* ---- properties that have to have so many characters (@constraint of the platform's schema) ---- */

static const struct {
	enum kind kind; /* KIND_NONE: any domain object but identities */
	const char *property;
	size_t least;
} lengths[] = {
	{ KIND_NONE, "name", 2 },
	{ KIND_ORGANIZATION, "name", 1 },
	{ KIND_INDIVIDUAL, "name", 1 },
	{ KIND_SECURITY_PLATFORM, "name", 1 },
	{ KIND_SECTOR, "name", 2 },
	{ KIND_SYSTEM, "name", 2 },
	{ KIND_GROUPING, "context", 2 },
	{ KIND_NOTE, "content", 2 },
	{ KIND_OPINION, "opinion", 2 },
	{ KIND_PERSONA, "persona_name", 2 },
	{ KIND_SSH_KEY, "fingerprint_sha256", 5 },
	{ KIND_EXTERNAL_REFERENCE, "source_name", 1 },
};

/* As JavaScript counts them: in UTF-16. */
static size_t length(struct span text)
{
	size_t n = 0;
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.text[i];
		n += (c & 0xc0) != 0x80;
		n += c >= 0xf0;
	}
	return n;
}

/* Of blanks alone no id can be made, and most are refused before that. */
static bool is_long(struct span text, size_t least)
{
	return length(text) >= least && unicode_trim(text, UNICODE_JAVASCRIPT).len;
}

void need_length(struct exam *exam)
{
	struct span text;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		bool meant = lengths[i].kind == exam->kind ||
			(lengths[i].kind == KIND_NONE && (exam->family & FAMILY_DOMAIN) &&
				!kind_can_be(KIND_IDENTITY, exam->kind));
		if (!meant || !exam_text(exam, lengths[i].property, &text) ||
			is_long(text, lengths[i].least))
			continue;
		exam_report(
			exam, "%s is \"%.*s\"", lengths[i].property, (int)text.len, text.text);
	}
}

/* ---- properties that have to be strings ---- */

/* GraphQL takes nothing else for a String, and refuses all of the object. */
static bool is_string(struct span key)
{
	static const struct span names[] = { TEXT("name"), TEXT("description"), TEXT("value"),
		TEXT("content"), TEXT("pattern"), TEXT("pattern_type"), TEXT("pattern_version"),
		TEXT("abstract"), TEXT("opinion"), TEXT("explanation"), TEXT("context"),
		TEXT("path"), TEXT("url"), TEXT("subject"), TEXT("body"), TEXT("command_line"),
		TEXT("version"), TEXT("vendor"), TEXT("cpe"), TEXT("swid"), TEXT("user_id"),
		TEXT("account_login"), TEXT("account_type"), TEXT("display_name"),
		TEXT("serial_number"), TEXT("iban"), TEXT("card_number"), TEXT("persona_name"),
		TEXT("persona_type"), TEXT("identity_class"), TEXT("relationship_type"),
		TEXT("result_name"), TEXT("product"), TEXT("x_opencti_description"),
		TEXT("x_mitre_id") };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (text_same(text_inside(key), names[i]))
			return true;
	return false;
}

void need_string(struct exam *exam)
{
	for (size_t i = 0; i < exam->object.count; i++) {
		struct span value = exam->object.all[i].value, key = exam->object.all[i].key;
		if (*value.text == '"' || *value.text == 'n' || !is_string(key))
			continue;
		struct span name = text_inside(key);
		if (*value.text == '[' || *value.text == '{') {
			exam_report(exam, "%.*s is %s", (int)name.len, name.text,
				*value.text == '[' ? "a list" : "an object");
			continue;
		}
		struct buf quoted = { 0 };
		buf_format(&quoted, "\"%.*s\"", (int)value.len, value.text);
		exam_fix(exam, value.text, value.text + value.len,
			(struct span){ buf_str(&quoted), quoted.len }, "%.*s is %.*s",
			(int)name.len, name.text, (int)value.len, value.text);
		buf_release(&quoted);
	}
}
