#include "shorthand.h"

#include "canonical.h"

void shorthand_author(const char *text, struct buf *to)
{
	static const char *const classes[] = { "individual", "group", "system", "organization",
		"class", "unknown", "securityplatform" };
	const char *colon = strrchr(text, ':'), *class = NULL;
	for (size_t i = 0; colon && i < sizeof classes / sizeof *classes; i++)
		if (!strcmp(colon + 1, classes[i]))
			class = classes[i];
	buf_text(to, "{\"type\":\"identity\",\"name\":");
	canonical_string(to, text, class ? (size_t)(colon - text) : strlen(text));
	if (class)
		buf_format(to, ",\"identity_class\":\"%s\"", class);
	buf_char(to, '}');
}

void shorthand_tlp(enum tlp level, struct buf *to)
{
	static const struct {
		enum tlp level;
		const char *name;
	} old[] = { { TLP_CLEAR, "white" }, { TLP_GREEN, "green" }, { TLP_AMBER, "amber" },
		{ TLP_RED, "red" } };
	buf_format(to,
		"{\"type\":\"marking-definition\",\"id\":\"%s\","
		"\"created\":\"2017-01-20T00:00:00.000Z\",",
		tlp_id(level));
	for (size_t i = 0; i < sizeof old / sizeof *old; i++)
		if (old[i].level == level) {
			buf_format(to,
				"\"definition_type\":\"tlp\",\"name\":\"%s\","
				"\"definition\":{\"tlp\":\"%s\"}}",
				level == TLP_CLEAR ? "TLP:WHITE" : tlp_name(level),
				old[i].name);
			return;
		}
	buf_format(to,
		"\"definition_type\":\"statement\",\"definition\":{\"statement\":\"custom\"},"
		"\"x_opencti_definition_type\":\"TLP\",\"x_opencti_definition\":\"%s\"}",
		tlp_name(level));
}

void shorthand_marking(const char *text, struct buf *to)
{
	enum tlp level = tlp_named(text);
	if (level) {
		shorthand_tlp(level, to);
		return;
	}
	buf_text(to, "{\"type\":\"marking-definition\",\"definition_type\":\"statement\",");
	if (!strncmp(text, "PAP:", 4)) {
		buf_text(to,
			"\"created\":\"2017-01-20T00:00:00.000Z\","
			"\"definition\":{\"statement\":\"custom\"},"
			"\"x_opencti_definition_type\":\"PAP\",\"x_opencti_definition\":");
		canonical_string(to, text, strlen(text));
	} else {
		buf_text(to, "\"definition\":{\"statement\":");
		canonical_string(to, text, strlen(text));
		buf_char(to, '}');
	}
	buf_char(to, '}');
}

void shorthand_labels(const char *text, struct buf *list)
{
	for (const char *at = text; *at;) {
		at += strspn(at, ", \t");
		size_t n = strcspn(at, ","), used = n;
		while (used && (at[used - 1] == ' ' || at[used - 1] == '\t'))
			used--;
		if (used) {
			buf_char(list, list->len ? ',' : '[');
			canonical_string(list, at, used);
		}
		at += n;
	}
}

void shorthand_reference(const char *text, struct buf *list)
{
	static const char *const names[] = { "source_name", "url", "external_id" };
	const char *comma = list->len ? ",{" : "[{", *at = text;
	for (int part = 0; part < 3 && at; part++) {
		size_t n = part < 2 ? strcspn(at, ",") : strlen(at);
		if (n) {
			buf_format(list, "%s\"%s\":", comma, names[part]);
			canonical_string(list, at, n);
			comma = ",";
		}
		at = at[n] ? at + n + 1 : NULL;
	}
	buf_char(list, '}');
}
