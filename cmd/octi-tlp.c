/* octi-tlp [-q] [--default LEVEL] [--max LEVEL [--drop]] [FILE ...]
 * Marks STIX objects that have no TLP marking; refuses, or leaves out, those above a ceiling. */
#include "bundle.h"
#include "cascade.h"
#include "marking.h"
#include "patch.h"
#include "tool.h"

#include <stdlib.h>

static const char *max_name;
static bool drop, quiet;
static struct opt_list default_names, max_names;

static const struct opt options[] = {
	{ 0, "default", "LEVEL",
		"mark objects that have no such marking; may be repeated (PAP)", OPT_LIST,
		&default_names },
	{ 0, "max", "LEVEL", "refuse objects above LEVEL; may be repeated (PAP)", OPT_LIST,
		&max_names },
	{ 0, "drop", NULL, "with --max: leave them out instead, and what refers to them",
		OPT_FLAG, &drop },
	{ 'q', "quiet", NULL, "do not say on stderr what was done", OPT_FLAG, &quiet },
	{ 0, NULL, NULL, NULL, OPT_END, NULL },
};

static const struct tool tool = { .name = "octi-tlp",
	.synopsis = "[-q] [--default LEVEL] [--max LEVEL [--drop]] [FILE ...]",
	.summary =
		"Mark STIX objects that have no TLP marking; refuse, or leave out, those above "
		"a ceiling.",
	.options = options };

/* What goes on, object by object, in two or three readings of the same bytes. */
struct filter {
	enum tlp defaults[MARKING_SCALES], ceilings[MARKING_SCALES]; /* TLP_NONE: not asked */
	struct markings markings;
	struct cascade cascade;
	struct object object;
	struct patch patch;

	const struct input *input;
	const char *line_at;    /* where `line` is */
	size_t line, number;    /* of the object, from 1 */
	struct patch_list list; /* of objects, in which the present one is */

	size_t above, marked[MARKING_SCALES], unknown;
	size_t dropped, also, references;
};

/* Takes an element of a list out of the output. */
static bool leave_out_of(struct filter *filter, struct patch_list *list, const char *begin,
	const char *end, const char *next, struct fail *fail)
{
	const char *from, *to;
	patch_drop(list, begin, end, next, &from, &to);
	return patch_replace(&filter->patch, from, to, "", 0, fail);
}

static bool write_all(struct filter *filter, const char *end, struct fail *fail)
{
	return patch_write(&filter->patch, end, stdout, NULL, fail) &&
		(!ferror(stdout) || fail_errno(fail, "stdout"));
}

static bool is_marking(const struct object *object)
{
	return text_is(object->type, "marking-definition");
}

/* What the platform keeps without markings. */
static bool can_be_marked(const struct object *object)
{
	static const char *const types[] = { "marking-definition", "extension-definition",
		"language-content", "label", "vocabulary", "kill-chain-phase",
		"external-reference" };
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (text_is(object->type, types[i]))
			return false;
	return true;
}

/* The level that counts: that of the object, its default, or that of a part of it. */
static enum tlp level_of(
	const struct filter *filter, const struct marked *marked, enum marking_scale scale)
{
	enum tlp level = marked->whole[scale];
	if (level == TLP_NONE && can_be_marked(&filter->object))
		level = filter->defaults[scale];
	return level > marked->parts[scale] ? level : marked->parts[scale];
}

/* Whether the object is above a ceiling, and which marking says so. */
static bool is_above(
	const struct filter *filter, const struct marked *marked, struct marking *marking)
{
	for (int scale = MARKING_TLP; scale < MARKING_SCALES; scale++) {
		enum marking_scale s = (enum marking_scale)scale;
		*marking = (struct marking){ s, level_of(filter, marked, s) };
		if (filter->ceilings[s] != TLP_NONE && marking->level > filter->ceilings[s])
			return !is_marking(&filter->object);
	}
	return false;
}

static size_t line_of(struct filter *filter, const char *at)
{
	filter->line += scan_line(filter->line_at, at) - 1;
	filter->line_at = at;
	return filter->line;
}

static bool read(struct filter *filter, struct scan *scan, struct fail *fail)
{
	filter->number++;
	return object_read(&filter->object, scan, fail);
}

/* ---- first reading: what the marking definitions are ---- */

static bool learn(void *ctx, struct scan *scan, struct fail *fail)
{
	struct filter *filter = ctx;
	return read(filter, scan, fail) &&
		(!is_marking(&filter->object) ||
			markings_add(&filter->markings, &filter->object, fail));
}

/* ---- second reading: what is above the ceiling, and what would go with it ---- */

static bool judge(void *ctx, struct scan *scan, struct fail *fail)
{
	struct filter *filter = ctx;
	const struct object *object = &filter->object;
	struct marked marked;
	struct marking marking;
	if (!read(filter, scan, fail))
		return false;
	markings_of(&filter->markings, object, &marked);
	filter->unknown += marked.unknown;
	if (is_above(filter, &marked, &marking)) {
		filter->above++;
		if (!drop || !quiet)
			tool_say(&tool, "%s:%zu: object %zu (%.*s): %s%s%s",
				filter->input->name, line_of(filter, object->text.text),
				filter->number, (int)object->id.len, object->id.text,
				marking_name(marking), drop ? ": left out" : " is above ",
				drop ? ""
				     : marking_name((struct marking){ marking.scale,
					       filter->ceilings[marking.scale] }));
		const struct span *id = object_get(object, "id");
		if (drop && id && !cascade_drop(&filter->cascade, *id, fail))
			return false;
	}
	return !drop || cascade_add(&filter->cascade, object, fail);
}

/* ---- last reading: writing ---- */

static bool is_reference(struct span value)
{
	return *value.text == '"' && !text_begins(value, "\"marking-definition--");
}

/* Takes out of a list of references those to what is left out; *all tells that nothing is left. */
static bool write_refs(
	struct filter *filter, struct span refs, bool *all, size_t *gone, struct fail *fail)
{
	struct patch_list list = { 0 };
	struct span ref, next;
	size_t seen = 0;
	*gone = 0;
	for (const char *at = refs.text + 1; span_member(&at, NULL, &ref); seen++)
		*gone += is_reference(ref) && cascade_dropped(&filter->cascade, ref);
	*all = *gone && *gone == seen;
	if (!*gone || *all)
		return true;
	for (const char *at = refs.text + 1; span_member(&at, NULL, &ref);) {
		const char *end = ref.text + ref.len, *after = at;
		if (!is_reference(ref) || !cascade_dropped(&filter->cascade, ref))
			patch_keep(&list, end);
		else if (!leave_out_of(filter, &list, ref.text, end,
				 span_member(&after, NULL, &next) ? next.text : NULL, fail))
			return false;
	}
	return true;
}

/* Takes out of the object's references those to what is left out; a key of which nothing is left
 * goes with them. */
static bool write_references(struct filter *filter, struct fail *fail)
{
	const struct object *object = &filter->object;
	struct patch_list list = { 0 };
	for (size_t i = 0; i < object->count; i++) {
		const struct member *member = &object->all[i];
		const char *end = member->value.text + member->value.len;
		size_t gone = 0;
		bool all = false;
		if (member_is_ref(member->key)) {
			all = is_reference(member->value) &&
				cascade_dropped(&filter->cascade, member->value);
			gone = all;
		}
		if (member_is_refs(member->key) && *member->value.text == '[' &&
			!write_refs(filter, member->value, &all, &gone, fail))
			return false;
		filter->references += gone;
		if (!all)
			patch_keep(&list, end);
		else if (!leave_out_of(filter, &list, member->key.text, end,
				 i + 1 < object->count ? object->all[i + 1].key.text : NULL,
				 fail))
			return false;
	}
	return true;
}

/* Adds what is missing to the object's markings. */
static bool write_defaults(
	struct filter *filter, const struct marked *marked, struct fail *fail)
{
	const struct object *object = &filter->object;
	const struct span *refs = object_get(object, "object_marking_refs");
	struct buf text = { 0 };
	if (!can_be_marked(object))
		return true;
	for (int scale = MARKING_TLP; scale < MARKING_SCALES; scale++) {
		struct marking marking = { (enum marking_scale)scale, filter->defaults[scale] };
		if (marking.level == TLP_NONE || marked->whole[scale] != TLP_NONE)
			continue;
		filter->marked[scale]++;
		buf_format(&text, "%s\"%s\"", text.len ? ", " : "", marking_id(marking));
	}
	if (!text.len)
		return buf_ok(&text, fail);
	const char *at = object->text.text + object->text.len - 1, *to = at;
	struct buf new = { 0 };
	bool ok = true;
	if (refs && *refs->text == '[') {
		bool empty = *span_space(refs->text + 1) == ']';
		to = at = refs->text + refs->len - 1;
		buf_format(&new, "%s%s", empty ? "" : ", ", buf_str(&text));
	} else if (refs && *refs->text == 'n') {
		at = refs->text;
		to = at + refs->len;
		buf_format(&new, "[%s]", buf_str(&text));
	} else if (refs) {
		ok = fail_set(fail, FAIL_NO, "its object_marking_refs is no list");
	} else {
		buf_format(&new, "%s\"object_marking_refs\": [%s]", object->count ? ", " : "",
			buf_str(&text));
	}
	ok = ok && buf_ok(&new, fail) &&
		patch_replace(&filter->patch, at, to, buf_str(&new), new.len, fail);
	buf_release(&new);
	buf_release(&text);
	return ok;
}

/* Finds out whether the object is in another list than the one before it, or behind something else
 * in the same. */
static void enter_list(struct filter *filter, const char *begin)
{
	const char *at = begin, *start = filter->input->data;
	while (at > start && strchr(" \t\r\n", at[-1]))
		at--;
	if (at == start || at[-1] != ',') { /* the first, or in no list */
		filter->list = (struct patch_list){ 0 };
		return;
	}
	for (at--; at > start && strchr(" \t\r\n", at[-1]);)
		at--;
	if (at != filter->list.end)
		patch_keep(&filter->list, at);
}

static bool leave_out(struct filter *filter, const struct scan *scan, struct fail *fail)
{
	const struct span text = filter->object.text;
	const char *end = text.text + text.len, *at = end;
	while (at < scan->end && strchr(" \t\r\n", *at))
		at++;
	bool listed = at < scan->end && (*at == ',' || *at == ']');
	if (listed) {
		const char *next = *at == ',' ? at + 1 : NULL;
		while (next && strchr(" \t\r\n", *next))
			next++;
		return leave_out_of(filter, &filter->list, text.text, end, next, fail);
	}
	for (at = end; at < scan->end && strchr(" \t\r", *at);)
		at++;
	if (at < scan->end && *at == '\n')
		end = at + 1;
	return patch_replace(&filter->patch, text.text, end, "", 0, fail);
}

static bool write_object(void *ctx, struct scan *scan, struct fail *fail)
{
	struct filter *filter = ctx;
	const struct object *object = &filter->object;
	struct marked marked;
	struct marking marking;
	if (!read(filter, scan, fail))
		return false;
	const char *end = object->text.text + object->text.len;
	const struct span *id = object_get(object, "id");
	markings_of(&filter->markings, object, &marked);
	enter_list(filter, object->text.text);
	bool above = is_above(filter, &marked, &marking);
	if (above || (!is_marking(object) && id && cascade_dropped(&filter->cascade, *id))) {
		filter->dropped++;
		filter->also += !above;
		return leave_out(filter, scan, fail);
	}
	patch_keep(&filter->list, end);
	return (!filter->above || write_references(filter, fail)) &&
		write_defaults(filter, &marked, fail) && write_all(filter, end, fail);
}

/* ---- */

typedef bool pass_fn(void *ctx, struct scan *scan, struct fail *fail);

static bool read_all(
	struct filter *filter, const struct inputs *inputs, pass_fn *each, struct fail *fail)
{
	struct bundle_reader reader = { .object = each, .ctx = filter };
	bool writes = each == write_object;
	filter->number = 0;
	for (size_t i = 0; i < inputs->count; i++) {
		const struct input *input = &inputs->all[i];
		const char *end = input->data + input->len;
		filter->input = input;
		filter->line = 1;
		filter->line_at = filter->patch.at = input->data;
		filter->list = (struct patch_list){ 0 };
		if (!input->len)
			continue;
		if (!bundle_read(&reader, input, fail) ||
			(writes && !write_all(filter, end, fail)))
			return false;
		if (writes && i + 1 < inputs->count && end[-1] != '\n')
			putchar('\n');
	}
	return true;
}

static void say_counts(const struct filter *filter)
{
	for (int scale = MARKING_TLP; scale < MARKING_SCALES; scale++)
		if (filter->marked[scale])
			tool_say(&tool, "%zu objects marked %s", filter->marked[scale],
				marking_name((struct marking){
					(enum marking_scale)scale, filter->defaults[scale] }));
	if (filter->dropped)
		tool_say(&tool,
			"%zu objects left out: %zu above %s, %zu that need them; %zu "
			"references to them taken out",
			filter->dropped, filter->dropped - filter->also, max_name, filter->also,
			filter->references);
	if (filter->unknown)
		tool_say(&tool, "%zu objects have a marking that is not known here",
			filter->unknown);
}

static void set_levels(const struct opt_list *names, const char *option, enum tlp *levels)
{
	for (size_t i = 0; i < names->count; i++) {
		struct marking marking;
		if (!marking_named(names->items[i], &marking))
			tool_usage(&tool, "--%s: no level of TLP or PAP: %s", option,
				names->items[i]);
		levels[marking.scale] = marking.level;
	}
}

int main(int argc, char **argv)
{
	int first = tool_begin(&tool, argc, argv);
	struct fail fail = { 0 };
	struct inputs inputs = { 0 };
	struct filter filter = { 0 };
	if (!default_names.count && !max_names.count)
		tool_usage(&tool, "nothing to do: give --default or --max");
	if (drop && !max_names.count)
		tool_usage(&tool, "--drop needs --max");
	set_levels(&default_names, "default", filter.defaults);
	set_levels(&max_names, "max", filter.ceilings);
	max_name = max_names.count == 1 ? max_names.items[0] : "a ceiling";

	bool ok = inputs_open(&inputs, argv + first, (size_t)(argc - first), &fail) &&
		read_all(&filter, &inputs, learn, &fail) &&
		(!max_names.count || read_all(&filter, &inputs, judge, &fail)) &&
		cascade_settle(&filter.cascade, &fail);
	if (ok && filter.above && !drop)
		ok = fail_set(&fail, FAIL_NO, "%zu objects are above %s: nothing is written",
			filter.above, max_name);
	ok = ok && read_all(&filter, &inputs, write_object, &fail);
	if (ok && !quiet)
		say_counts(&filter);

	cascade_release(&filter.cascade);
	markings_release(&filter.markings);
	object_release(&filter.object);
	patch_release(&filter.patch);
	inputs_close(&inputs);
	free(default_names.items);
	free(max_names.items);
	return tool_end(&tool, &fail);
}
