#include "spelling.h"

#include "coerce.h"
#include "idrule.h"

enum { DOMAIN = 1 << STIX_DOMAIN, LINK = 1 << STIX_LINK, SEEN = 1 << STIX_OBSERVABLE };

static const struct word {
	const char *from, *to;
	unsigned families;
	const char *types; /* only these, with blanks around each; NULL: all */
	const char *except;
} words[] = {
	/* clang-format off */
	{ "created_by_ref", "x_opencti_created_by_ref", SEEN, NULL, NULL },
	{ "labels", "x_opencti_labels", SEEN, NULL, NULL },
	{ "description", "x_opencti_description", SEEN, NULL, " media-content simple-observable " },
	{ "external_references", "x_opencti_external_references", SEEN, NULL, NULL },
	{ "create_indicator", "x_opencti_create_indicator", SEEN, NULL, NULL },
	{ "additional_names", "x_opencti_additional_names", SEEN, " file artifact ", NULL },
	{ "product", "x_opencti_product", SEEN, " software ", NULL },
	{ "x_opencti_created_by_ref", "created_by_ref", DOMAIN | LINK, NULL, NULL },
	{ "x_opencti_labels", "labels", DOMAIN | LINK, NULL, NULL },
	{ "x_opencti_description", "description", DOMAIN | LINK, NULL, NULL },
	{ "x_opencti_external_references", "external_references", DOMAIN | LINK, NULL, NULL },
	{ "x_opencti_kill_chain_phases", "kill_chain_phases", DOMAIN | LINK, NULL, NULL },
	{ "score", "x_opencti_score", DOMAIN | SEEN, NULL, NULL },
	{ "files", "x_opencti_files", DOMAIN | SEEN, NULL, NULL },
	{ "granted_refs", "x_opencti_granted_refs", DOMAIN | LINK | SEEN, NULL, NULL },
	{ "stix_ids", "x_opencti_stix_ids", DOMAIN | LINK | SEEN, NULL, NULL },
	{ "workflow_id", "x_opencti_workflow_id", DOMAIN | LINK, NULL, NULL },
	{ "assignee_ids", "x_opencti_assignee_ids", DOMAIN, NULL, NULL },
	{ "participant_ids", "x_opencti_participant_ids", DOMAIN, NULL, NULL },
	{ "main_observable_type", "x_opencti_main_observable_type", DOMAIN, " indicator ", NULL },
	{ "detection", "x_opencti_detection", DOMAIN, " indicator ", NULL },
	{ "create_observables", "x_opencti_create_observables", DOMAIN, " indicator ", NULL },
	{ "platforms", "x_mitre_platforms", DOMAIN, " indicator attack-pattern ", NULL },
	{ "detection", "x_mitre_detection", DOMAIN, " attack-pattern ", NULL },
	{ "permissions_required", "x_mitre_permissions_required", DOMAIN, " attack-pattern ", NULL },
	{ "mitre_id", "x_mitre_id", DOMAIN, " attack-pattern course-of-action ", NULL },
	{ "aliases", "x_opencti_aliases", DOMAIN,
		" course-of-action vulnerability grouping identity location ", NULL },
	{ "location_type", "x_opencti_location_type", DOMAIN, " location ", NULL },
	{ "firstname", "x_opencti_firstname", DOMAIN, " identity ", NULL },
	{ "lastname", "x_opencti_lastname", DOMAIN, " identity ", NULL },
	{ "organization_type", "x_opencti_organization_type", DOMAIN, " identity ", NULL },
	{ "reliability", "x_opencti_reliability", DOMAIN, " identity report ", NULL },
	{ "content", "x_opencti_content", DOMAIN,
		" report grouping case-incident case-rfi case-rft ", NULL },
	{ "cwe", "x_opencti_cwe", DOMAIN, " vulnerability ", NULL },
	{ "cisa_kev", "x_opencti_cisa_kev", DOMAIN, " vulnerability ", NULL },
	{ "epss_score", "x_opencti_epss_score", DOMAIN, " vulnerability ", NULL },
	{ "epss_percentile", "x_opencti_epss_percentile", DOMAIN, " vulnerability ", NULL },
	{ "first_seen_active", "x_opencti_first_seen_active", DOMAIN, " vulnerability ", NULL },
	{ "negative", "x_opencti_negative", LINK, " sighting ", NULL },
	/* clang-format on */
};

static bool is_among(const char *types, const char *type)
{
	size_t n = strlen(type);
	for (const char *at = types; (at = strstr(at, type)); at += n)
		if (at[-1] == ' ' && at[n] == ' ')
			return true;
	return false;
}

static const char *right(struct span key, enum stix_family family, const char *type)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		const struct word *word = &words[i];
		if (*word->from == *key.text && word->families & 1u << family &&
			strlen(word->from) == key.len &&
			!memcmp(word->from, key.text, key.len) &&
			(!word->types || is_among(word->types, type)) &&
			(!word->except || !is_among(word->except, type)))
			return word->to;
	}
	return NULL;
}

/* cvss_base_score and its like: there are many. */
static bool is_cvss(struct span key, const char *type)
{
	return key.len > 5 && !memcmp(key.text, "cvss_", 5) && !strcmp(type, "vulnerability");
}

bool spelling_right(
	struct draft *draft, enum stix_family family, const char *type, struct fail *fail)
{
	struct buf cvss = { 0 };
	bool ok = true;
	for (size_t i = 0; ok && i < draft->count; i++) {
		struct span key, value;
		draft_at(draft, i, &key, &value);
		if (!value.len || !key.len)
			continue;
		const char *name = right(key, family, type);
		if (!name && is_cvss(key, type)) {
			buf_clear(&cvss);
			buf_format(&cvss, "x_opencti_%.*s", (int)key.len, key.text);
			ok = buf_ok(&cvss, fail);
			name = buf_str(&cvss);
		}
		if (ok && name && !draft_has(draft, name))
			ok = draft_rename(draft, i, name, fail);
	}
	buf_release(&cvss);
	return ok;
}

/* Whether it is a number without fraction and exponent. */
static bool is_integer(struct span value)
{
	size_t i = *value.text == '-';
	while (i < value.len && value.text[i] >= '0' && value.text[i] <= '9')
		i++;
	return i == value.len;
}

static bool correct(struct draft *draft, const struct idrule_part *part, struct fail *fail)
{
	struct span value;
	struct buf text = { 0 };
	struct fail none = { 0 };
	bool made = false, ok = true;
	if (!draft_get(draft, part->property, &value))
		return true;
	if (part->how == IDRULE_TEXT && *value.text != '"')
		made = coerce_text(&text, value, &none);
	else if (part->how == IDRULE_TEXTS && *value.text != '[')
		made = coerce_texts(&text, value, &none);
	else if (part->how == IDRULE_INTEGER && !is_integer(value))
		made = coerce_integer(&text, value, &none);
	if (made)
		ok = buf_ok(&text, fail) &&
			draft_set_json(draft, part->property, buf_str(&text), fail);
	fail_clear(&none);
	buf_release(&text);
	return ok;
}

bool spelling_values(struct draft *draft, const char *type, struct fail *fail)
{
	const struct idrule *rule = idrule_of(type, strlen(type));
	bool ok = true;
	for (int i = 0; ok && rule && i < IDRULE_WAYS && rule->pycti[i]; i++)
		for (const struct idrule_part *part = rule->pycti[i]->parts;
			ok && part->property; part++)
			ok = correct(draft, part, fail);
	return ok;
}
