#include "imprint.h"

#include "canonical.h"
#include "embed.h"
#include "shorthand.h"

#include <stdio.h>

static bool is_utf8(const char *text)
{
	const char *end = text + strlen(text);
	size_t n = 1;
	for (; n && text < end; text += n)
		n = scan_utf8(text, end);
	return n;
}

static bool wrong(struct fail *fail, const char *option, const char *value, const char *what)
{
	return fail_set(fail, FAIL_USAGE, "--%s %s: %s", option, value, what);
}

static bool read_text(const char *option, const char *text, struct fail *fail)
{
	return !text || (*text && is_utf8(text)) ||
		wrong(fail, option, text, *text ? "not UTF-8" : "it is empty");
}

static bool read_percent(
	const char *option, const char *text, char number[4], struct fail *fail)
{
	uint64_t value;
	if (!text)
		return true;
	if (!opt_number(text, &value) || value > 100)
		return wrong(fail, option, text, "it is 0 to 100");
	snprintf(number, 4, "%u", (unsigned)value);
	return true;
}

static bool read_date(
	const char *option, const char *text, struct date *date, struct fail *fail)
{
	return !text || date_read(date, text, strlen(text)) ||
		wrong(fail, option, text, "no date; one is 2020-01-31T12:00:00Z");
}

/* Reads a text that begins with a brace. */
static bool read_object(
	const char *option, const char *text, struct span *object, struct fail *fail)
{
	struct scan scan;
	scan_init(&scan, text, strlen(text));
	bool ok = scan_value(&scan, object) && scan_peek(&scan) < 0;
	if (!ok)
		wrong(fail, option, text, scan.error ? scan.error : "not one JSON object");
	scan_release(&scan);
	return ok;
}

/* Puts the object in `to`, with the type, unless it has one. */
static bool read_identity(const char *text, struct buf *to, struct fail *fail)
{
	struct span object, type, name;
	if (!read_object("author", text, &object, fail))
		return false;
	if (!span_find(object, "name", &name) || *name.text != '"')
		return wrong(fail, "author", text, "it has no name");
	if (!span_find(object, "type", &type)) {
		buf_text(to, "{\"type\":\"identity\",");
		object.text++;
		object.len--;
	} else if (!span_is(type, "identity")) {
		return wrong(fail, "author", text, "no identity");
	}
	buf_add(to, object.text, object.len);
	return true;
}

static bool read_author(struct imprint *imprint, const char *text, struct fail *fail)
{
	struct buf quoted = { 0 };
	bool ok = true;
	canonical_string(&quoted, text, strlen(text));
	if (*text == '{')
		ok = read_identity(text, &imprint->author, fail);
	else if (!strncmp(text, "identity--", 10) &&
		embed_is_id((struct span){ buf_str(&quoted), quoted.len }))
		buf_text(&imprint->author_id, text);
	else
		shorthand_author(text, &imprint->author);
	ok = ok && buf_ok(&quoted, fail) && buf_ok(&imprint->author, fail) &&
		buf_ok(&imprint->author_id, fail);
	buf_release(&quoted);
	return ok;
}

static bool add_label(const char *text, struct buf *list, struct fail *fail)
{
	(void)fail;
	shorthand_labels(text, list);
	return true;
}

static bool add_reference(const char *text, struct buf *list, struct fail *fail)
{
	struct span object;
	if (*text != '{') {
		shorthand_reference(text, list);
		return true;
	}
	if (!read_object("external-ref", text, &object, fail))
		return false;
	buf_char(list, list->len ? ',' : '[');
	buf_add(list, object.text, object.len);
	return true;
}

static bool read_list(const char *option, const struct opt_list *texts,
	bool (*add)(const char *text, struct buf *list, struct fail *fail), struct buf *list,
	struct fail *fail)
{
	for (size_t i = 0; i < texts->count; i++) {
		if (!read_text(option, texts->items[i], fail))
			return false;
		if (*texts->items[i] == ',')
			return wrong(fail, option, texts->items[i], "it begins with a comma");
		if (!add(texts->items[i], list, fail))
			return false;
	}
	if (list->len)
		buf_char(list, ']');
	return buf_ok(list, fail);
}

bool imprint_read(
	struct imprint *imprint, const struct imprint_options *options, struct fail *fail)
{
	imprint->created = imprint->published = date_now();
	if (!read_text("author", options->author, fail) ||
		!read_text("report", options->report, fail) ||
		!read_text("type", options->report_type, fail) ||
		!read_percent("score", options->score, imprint->score, fail) ||
		!read_percent("confidence", options->confidence, imprint->confidence, fail) ||
		!read_date("created", options->created, &imprint->created, fail) ||
		!read_date("published", options->published, &imprint->published, fail) ||
		!read_list("label", &options->labels, add_label, &imprint->labels, fail) ||
		!read_list("external-ref", &options->references, add_reference,
			&imprint->references, fail))
		return false;
	if (options->tlp && !(imprint->tlp = tlp_named(options->tlp)))
		return wrong(fail, "tlp", options->tlp,
			"it is clear, green, amber, amber+strict or red");
	if (options->ids && !stixid_rules_named(options->ids, &imprint->rules))
		return wrong(fail, "ids", options->ids, "it is pycti or platform");
	if (!options->report && (options->published || options->report_type))
		return fail_set(fail, FAIL_USAGE, "--%s is for a --report",
			options->published ? "published" : "type");
	return !options->author || read_author(imprint, options->author, fail);
}

void imprint_release(struct imprint *imprint)
{
	buf_release(&imprint->author);
	buf_release(&imprint->author_id);
	buf_release(&imprint->labels);
	buf_release(&imprint->references);
}
