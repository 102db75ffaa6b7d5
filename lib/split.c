#include "split.h"

#include "ids.h"
#include "print.h"
#include "set.h"
#include "stix.h"

#include <stdlib.h>
#include <string.h>

/* A count of dependencies. It counts paths, so it doubles with each layer of a diamond, and
 * pycti's integers have no end. */
struct count {
	uint64_t high, low;
};

enum kind { KIND_REF, KIND_REFS, KIND_EXTERNAL, KIND_PHASES, KIND_NB_DEPS };

/* A key of an object that matters here. */
struct field {
	uint32_t key;       /* offset in the object's text, of the key's quote */
	unsigned kind : 3;  /* enum kind */
	unsigned edit : 29; /* EDIT_NONE, EDIT_NULL, or an edit, counted from EDIT_FIRST */
};

enum { EDIT_NONE, EDIT_NULL, EDIT_FIRST, EDIT_MAX = (1 << 29) - 1 };

/* An element of a list: where it is in the object's text, and as an id of the index. */
struct kept {
	uint32_t at, id;
};

/* What is left of a list: a range of split->left. */
struct edit {
	uint32_t start, count;
};

enum type { TYPE_OTHER, TYPE_RELATIONSHIP, TYPE_SIGHTING };

struct object {
	const char *text;
	struct count deps;
	uint32_t len;
	uint32_t id;
	uint32_t alias;  /* in split->aliases, NONE */
	uint32_t frame;  /* the latest visit to it that goes on, NONE */
	uint32_t fields; /* in split->fields */
	uint16_t field_count;
	uint8_t type;
};

#define NONE UINT32_MAX

/* What an id stands for; one for each entry of the index. */
struct target {
	uint32_t object;  /* the last one that has it */
	uint32_t done;    /* the one that was visited under it, NONE */
	uint32_t entered; /* visits under it that go on */
	uint32_t mark;    /* the last list in which it was seen */
	bool on_path;
};

/* A visit that goes on. Its list of references, while it has one, lies on split->lists: first the
 * elements, when they come from an edited list and not from the text, then those kept so far. */
struct frame {
	struct count deps;
	uint32_t id, object;
	uint32_t below; /* an earlier visit to the same object that goes on, NONE */
	uint32_t field;
	uint32_t source, source_count; /* on split->lists */
	uint32_t cursor;               /* the next element: in the source or in the text; 0: no list */
	uint32_t seen;                 /* elements taken */
	uint32_t kept, kept_count;     /* on split->lists */
};

struct split {
	struct ids ids;
	struct target *targets;
	struct object *objects;
	struct field *fields;
	struct frame *frames;
	struct kept *lists, *left;
	struct edit *edits;
	uint32_t (*aliases)[2];
	struct set pairs; /* (from, to): `from` was found to refer to `to` */
	uint32_t *parts, *incompatible;
	char **copies; /* texts of objects that had to be rewritten */

	size_t target_cap, object_cap, field_cap, frame_cap, list_cap, left_cap, edit_cap, alias_cap,
		part_cap, incompatible_cap, copy_cap;
	uint32_t object_count, field_count, frame_count, list_count, left_count, edit_count,
		alias_count, part_count, incompatible_count, copy_count;
	uint32_t mark, replaced;
	bool cleanup, saturated;
};

/* ---- arrays that grow ---- */

static bool reserve(void *array, size_t *cap, size_t need, size_t size, struct fail *fail)
{
	if (need <= *cap)
		return true;
	if (need >= UINT32_MAX)
		return fail_set(fail, FAIL_NO, "too many objects or references");
	size_t more = *cap ? *cap + *cap / 2 : 64;
	if (more < need)
		more = need;
	void *data = realloc(*(void **)array, more * size);
	if (!data)
		return fail_memory(fail);
	*(void **)array = data;
	*cap = more;
	return true;
}

#define RESERVE(split, array, cap, need, fail) \
	reserve(&(split)->array, &(split)->cap, (need), sizeof *(split)->array, (fail))

struct split *split_new(void)
{
	return calloc(1, sizeof(struct split));
}

void split_free(struct split *split)
{
	if (!split)
		return;
	for (uint32_t i = 0; i < split->copy_count; i++)
		free(split->copies[i]);
	free(split->copies);
	free(split->targets);
	free(split->objects);
	free(split->fields);
	free(split->frames);
	free(split->lists);
	free(split->left);
	free(split->edits);
	free(split->aliases);
	set_release(&split->pairs);
	free(split->parts);
	free(split->incompatible);
	ids_release(&split->ids);
	free(split);
}

/* ---- counts ---- */

static void count_add(struct split *split, struct count *to, struct count n)
{
	uint64_t low = to->low + n.low, carry = low < n.low;
	uint64_t high = to->high + n.high, over = high < n.high;
	uint64_t sum = high + carry;
	if (over || sum < high) {
		split->saturated = true;
		*to = (struct count){ UINT64_MAX, UINT64_MAX };
		return;
	}
	*to = (struct count){ sum, low };
}

static bool count_above(struct count a, struct count b)
{
	return a.high != b.high ? a.high > b.high : a.low > b.low;
}

static void count_print(struct count n, struct buf *to)
{
	char digits[40], *at = digits + sizeof digits;
	do { /* long division by ten, 32 bits at a time */
		uint64_t rest = 0, part[4] = { n.high >> 32, n.high & UINT32_MAX, n.low >> 32,
			n.low & UINT32_MAX };
		for (int i = 0; i < 4; i++) {
			rest = rest << 32 | part[i];
			part[i] = rest / 10;
			rest %= 10;
		}
		n = (struct count){ part[0] << 32 | part[1], part[2] << 32 | part[3] };
		*--at = (char)('0' + rest);
	} while (n.high || n.low);
	buf_add(to, at, (size_t)(digits + sizeof digits - at));
}

/* ---- taking objects in ---- */

static struct span value_of(const struct object *object, const struct field *field)
{
	const char *at = scan_space(scan_space(scan_skip(object->text + field->key)) + 1);
	return (struct span){ at, (size_t)(scan_skip(at) - at) };
}

static struct span key_of(const struct object *object, const struct field *field)
{
	const char *at = object->text + field->key;
	return (struct span){ at, (size_t)(scan_skip(at) - at) };
}

static bool ends_with(struct span key, const char *end)
{
	size_t n = strlen(end);
	return key.len >= n + 2 && !memcmp(key.text + key.len - 1 - n, end, n);
}

/* True for the keys that matter; a key with escapes is looked at decoded. */
static bool kind_of(struct span key, enum kind *kind)
{
	struct buf plain = { 0 };
	bool found = true;
	if (!scan_is_raw(key)) {
		buf_char(&plain, '"');
		scan_decode(key, &plain);
		buf_char(&plain, '"');
		key = (struct span){ buf_str(&plain), plain.len };
	}
	if (ends_with(key, "_refs"))
		*kind = KIND_REFS;
	else if (ends_with(key, "_ref"))
		*kind = KIND_REF;
	else if (scan_is(key, "external_references"))
		*kind = KIND_EXTERNAL;
	else if (scan_is(key, "kill_chain_phases"))
		*kind = KIND_PHASES;
	else if (scan_is(key, "nb_deps"))
		*kind = KIND_NB_DEPS;
	else
		found = false;
	buf_release(&plain);
	return found;
}

static bool is_null(struct span value)
{
	return *value.text == 'n';
}

/* Whether pycti could walk this value as a list, and what is wrong when not. Python also walks
 * the characters of a string and the keys of an object: `odd` says so when there are any. */
static bool check_field(enum kind kind, struct span key, struct span value, bool *odd,
	struct fail *fail)
{
	if (kind == KIND_NB_DEPS || kind == KIND_REF || is_null(value))
		return true;
	bool list = *value.text == '[';
	bool walkable = list || *value.text == '{' || *value.text == '"';
	const char *inside = walkable ? scan_space(value.text + 1) : value.text;
	bool empty = *value.text == '"' ? value.len == 2 : *inside == ']' || *inside == '}';
	if (!walkable || (kind != KIND_REFS && !list && !empty))
		return fail_set(fail, FAIL_NO, "%.*s is not a list", (int)key.len, key.text);
	*odd = *odd || (!list && !empty && kind == KIND_REFS);
	if (!list)
		return true;
	struct span element;
	char first = kind == KIND_REFS ? '"' : '{';
	for (const char *at = value.text + 1; scan_member(&at, NULL, &element);)
		if (*element.text != first)
			return fail_set(fail, FAIL_NO, "%.*s holds what is %s: %.*s", (int)key.len,
				key.text, kind == KIND_REFS ? "no id" : "no object",
				(int)(element.len < 60 ? element.len : 60), element.text);
	return true;
}

static bool add_field(struct split *split, struct object *object, struct span key, enum kind kind,
	struct fail *fail)
{
	if (object->field_count == UINT16_MAX)
		return fail_set(fail, FAIL_NO, "it has more than %d references", UINT16_MAX);
	if (!RESERVE(split, fields, field_cap, (size_t)split->field_count + 1, fail))
		return false;
	split->fields[split->field_count++] = (struct field){ (uint32_t)(key.text - object->text),
		(unsigned)kind, EDIT_NONE };
	object->field_count++;
	return true;
}

/* The number of an id in the index, which is made when it is new. */
static bool intern(struct split *split, struct span string, uint32_t *id, struct fail *fail)
{
	uint32_t known = split->ids.count;
	*id = ids_add_string(&split->ids, string);
	if (*id == IDS_NONE)
		return fail_memory(fail);
	if (*id < known)
		return true;
	if (!RESERVE(split, targets, target_cap, split->ids.count, fail))
		return false;
	split->targets[*id] = (struct target){ .object = NONE, .done = NONE };
	return true;
}

/* The text of an object as Python sees it: keys that repeat merged, strings and objects that
 * stand where a list of ids belongs made lists of their characters and keys. */
static void rewrite(struct span text, struct buf *to)
{
	struct buf merged = { 0 };
	print_merged(&merged, text);
	if (merged.state != BUF_OK) {
		to->state = merged.state;
		buf_release(&merged);
		return;
	}
	const char *at = merged.data + 1;
	struct span key, value;
	enum kind kind;
	buf_char(to, '{');
	for (bool first = true; scan_member(&at, &key, &value); first = false) {
		buf_text(to, first ? "" : ", ");
		print_value(to, key);
		buf_text(to, ": ");
		bool odd = kind_of(key, &kind) && kind == KIND_REFS &&
			(*value.text == '{' ? value.len > 2 : *value.text == '"' && value.len > 2);
		if (!odd) {
			print_value(to, value);
			continue;
		}
		buf_char(to, '[');
		if (*value.text == '{') {
			struct span name, inner;
			const char *in = value.text + 1;
			for (bool head = true; scan_member(&in, &name, &inner); head = false) {
				buf_text(to, head ? "" : ", ");
				print_value(to, name);
			}
		} else {
			struct buf letters = { 0 };
			scan_decode(value, &letters);
			for (size_t i = 0, n; i < letters.len; i += n) {
				for (n = 1; ((unsigned char)letters.data[i + n] & 0xc0) == 0x80;)
					n++;
				buf_text(to, i ? ", " : "");
				print_string(to, letters.data + i, n);
			}
			buf_release(&letters);
		}
		buf_char(to, ']');
	}
	buf_char(to, '}');
	buf_release(&merged);
}

static bool take(struct split *split, struct scan *scan, struct fail *fail);

static bool take_rewritten(struct split *split, struct span text, struct fail *fail)
{
	struct buf copy = { 0 };
	rewrite(text, &copy);
	size_t len = copy.len;
	if (!buf_ok(&copy, fail) || !RESERVE(split, copies, copy_cap, split->copy_count + 1, fail)) {
		buf_release(&copy);
		return false;
	}
	char *owned = buf_take(&copy);
	split->copies[split->copy_count++] = owned;
	struct scan again;
	scan_init(&again, owned, len);
	bool ok = take(split, &again, fail);
	if (again.error) /* it was checked before, so memory it is */
		fail_memory(fail);
	scan_release(&again);
	return ok;
}

/* What is read off an object's top level while its text is checked. */
struct head {
	struct span id, type, alias, extensions;
	bool odd;
};

static bool read_head(struct split *split, struct scan *scan, struct object *object,
	struct head *head, struct fail *fail)
{
	struct scan_list list;
	struct span value;
	enum kind kind;
	for (scan_open(scan, &list); scan_next(scan, &list);) {
		struct span key = list.key;
		if (!scan_value(scan, &value))
			return false;
		if ((size_t)(scan->at - object->text) >= UINT32_MAX)
			return fail_set(fail, FAIL_NO, "it is larger than 4 GiB");
		if (scan_is(key, "id"))
			head->id = value;
		else if (scan_is(key, "type"))
			head->type = value;
		else if (scan_is(key, "x_opencti_id"))
			head->alias = value;
		else if (scan_is(key, "extensions"))
			head->extensions = value;
		else if (kind_of(key, &kind) &&
			(!check_field(kind, key, value, &head->odd, fail) ||
				!add_field(split, object, key, kind, fail)))
			return false;
	}
	return !scan->error;
}

/* The id in OpenCTI's extension; empty when there is none. */
static struct span extension_id(struct span extensions)
{
	struct span key, value, id = { 0 };
	if (!extensions.len || *extensions.text != '{')
		return id;
	for (const char *at = extensions.text + 1; scan_member(&at, &key, &value);)
		if (scan_is(key, STIX_OPENCTI_EXTENSION) && !scan_find(value, "id", &id))
			id = (struct span){ 0 };
	return id;
}

static bool add_alias(struct split *split, struct object *object, uint32_t index, int which,
	struct span alias, struct fail *fail)
{
	uint32_t id;
	if (alias.len <= 2 || *alias.text != '"')
		return true;
	if (!intern(split, alias, &id, fail))
		return false;
	split->targets[id].object = index;
	if (object->alias == NONE) {
		if (!RESERVE(split, aliases, alias_cap, (size_t)split->alias_count + 1, fail))
			return false;
		object->alias = split->alias_count++;
		split->aliases[object->alias][0] = split->aliases[object->alias][1] = NONE;
	}
	split->aliases[object->alias][which] = id;
	return true;
}

static bool take(struct split *split, struct scan *scan, struct fail *fail)
{
	struct object object = { .text = scan->at, .alias = NONE, .frame = NONE,
		.fields = split->field_count };
	struct head head = { 0 };
	bool repeated = scan->repeated;
	scan->repeated = false;
	if (!read_head(split, scan, &object, &head, fail))
		return false;
	bool again = scan->repeated || head.odd;
	scan->repeated = repeated;
	object.len = (uint32_t)(scan->at - object.text);
	if (again) {
		split->field_count = object.fields;
		return take_rewritten(split, (struct span){ object.text, object.len }, fail);
	}

	if (!head.id.len)
		return fail_set(fail, FAIL_NO, "it has no id");
	if (*head.id.text != '"')
		return fail_set(fail, FAIL_NO, "its id is not a string");
	if (!head.type.len)
		return fail_set(fail, FAIL_NO, "it has no type");
	object.type = scan_is(head.type, "relationship") ? TYPE_RELATIONSHIP
		: scan_is(head.type, "sighting")         ? TYPE_SIGHTING
							 : TYPE_OTHER;
	uint32_t index = split->object_count;
	if (!RESERVE(split, objects, object_cap, (size_t)index + 1, fail) ||
		!intern(split, head.id, &object.id, fail))
		return false;
	struct target *target = &split->targets[object.id];
	if (target->object != NONE && split->objects[target->object].id == object.id)
		split->replaced++;
	target->object = index;
	if (!add_alias(split, &object, index, 0, head.alias, fail) ||
		!add_alias(split, &object, index, 1, extension_id(head.extensions), fail))
		return false;
	split->objects[split->object_count++] = object;
	return true;
}

bool split_add(void *split, struct scan *scan, struct fail *fail)
{
	return take(split, scan, fail);
}

/* ---- the walk ---- */

static bool fail_in(const struct split *split, uint32_t object, struct fail *fail)
{
	const struct id *id = &split->ids.all[split->objects[object].id];
	return fail_at(fail, "object %u (%.*s)", object + 1, (int)(id->len < 200 ? id->len : 200),
		id->text);
}

static struct span value_at(const struct object *object, uint32_t at)
{
	const char *text = object->text + at;
	return (struct span){ text, (size_t)(scan_skip(text) - text) };
}

static bool is_supported(struct span ref)
{
	if (scan_is_raw(ref))
		return stix_supported(ref.text + 1, ref.len - 2);
	struct buf text = { 0 };
	scan_decode(ref, &text);
	bool known = stix_supported(buf_str(&text), text.len);
	buf_release(&text);
	return known;
}

/* Whether the visit keeps the reference, which is `id` in the index (NONE: not in the bundle). */
static bool keeps(const struct split *split, const struct frame *f, struct span ref, uint32_t id)
{
	if (!is_supported(ref))
		return false;
	if (id == NONE)
		return !split->cleanup;
	return !split->targets[id].on_path && id != f->id &&
		!set_has(&split->pairs, (uint64_t)id << 32 | f->id);
}

/*
 * Counts a reference that is kept: at once when the target was visited, is missing, or else
 * *child tells which visit comes first. The pair is asked for by visits under the id `id` only, so
 * it is noted only when there are such, now or later.
 */
static bool follow(struct split *split, struct frame *f, uint32_t id, uint32_t *child,
	struct fail *fail)
{
	if (id == NONE)
		return true;
	const struct target *target = &split->targets[id];
	if ((target->done == NONE || target->entered) &&
		!set_add(&split->pairs, (uint64_t)f->id << 32 | id, NULL))
		return fail_memory(fail);
	if (target->done != NONE)
		count_add(split, &f->deps, split->objects[target->done].deps);
	else
		*child = id;
	return true;
}

static bool visit_ref(struct split *split, struct frame *f, struct field *field, uint32_t *child,
	struct fail *fail)
{
	const struct object *object = &split->objects[f->object];
	struct span value = value_of(object, field), key = key_of(object, field);
	if (field->edit == EDIT_NULL || is_null(value))
		return true;
	if (*value.text != '"') {
		if (split->cleanup && *value.text != '{' && *value.text != '[') {
			field->edit = EDIT_NULL;
			return true;
		}
		return fail_set(fail, FAIL_NO, "%.*s is no id: %.*s", (int)key.len, key.text,
			(int)(value.len < 60 ? value.len : 60), value.text);
	}
	uint32_t id = ids_find_string(&split->ids, value);
	if (keeps(split, f, value, id))
		return follow(split, f, id, child, fail);
	field->edit = EDIT_NULL;
	return true;
}

/* Takes repeats out of a list on split->lists, keeping the first of each. */
static bool dedupe(struct split *split, const struct object *object, uint32_t start,
	uint32_t *count, struct fail *fail)
{
	struct kept *list = split->lists + start;
	uint32_t left = 0, mark = ++split->mark;
	struct ids missing = { 0 };
	for (uint32_t i = 0; i < *count; i++) {
		uint32_t id = list[i].id;
		if (id != NONE) {
			if (split->targets[id].mark == mark)
				continue;
			split->targets[id].mark = mark;
		} else {
			uint32_t known = missing.count;
			uint32_t n = ids_add_string(&missing, value_at(object, list[i].at));
			if (n == IDS_NONE) {
				ids_release(&missing);
				return fail_memory(fail);
			}
			if (n < known)
				continue;
		}
		list[left++] = list[i];
	}
	ids_release(&missing);
	*count = left;
	return true;
}

/* Makes what is on split->lists the value of a field. */
static bool store_list(struct split *split, struct field *field, uint32_t start, uint32_t count,
	struct fail *fail)
{
	if (!RESERVE(split, left, left_cap, (size_t)split->left_count + count, fail) ||
		!RESERVE(split, edits, edit_cap, (size_t)split->edit_count + 1, fail))
		return false;
	if (split->edit_count > EDIT_MAX - EDIT_FIRST)
		return fail_set(fail, FAIL_NO, "too many references to drop");
	if (count)
		memcpy(split->left + split->left_count, split->lists + start, count * sizeof *split->left);
	split->edits[split->edit_count] = (struct edit){ split->left_count, count };
	split->left_count += count;
	field->edit = (split->edit_count++ + EDIT_FIRST) & EDIT_MAX;
	return true;
}

/* The list that an earlier visit to the same object, which is still at this field, has put in
 * the field's place: what it kept before the reference that led here. */
static const struct frame *live_list(const struct split *split, const struct frame *f)
{
	for (uint32_t i = f->below; i != NONE; i = split->frames[i].below) {
		const struct frame *g = &split->frames[i];
		if (g->field > f->field)
			return NULL;
		if (g->field == f->field && g->cursor && g->seen > 1)
			return g;
	}
	return NULL;
}

/* Copies elements onto split->lists. */
static bool push_list(struct split *split, const struct kept *from, bool on_lists, uint32_t start,
	uint32_t count, struct fail *fail)
{
	if (!RESERVE(split, lists, list_cap, (size_t)split->list_count + count, fail))
		return false;
	if (count)
		memmove(split->lists + split->list_count, (on_lists ? split->lists : from) + start,
			count * sizeof *from);
	split->list_count += count;
	return true;
}

/* Begins the list of a field. Without any elements, cursor stays 0. */
static bool begin_list(struct split *split, struct frame *f, struct field *field,
	struct fail *fail)
{
	const struct object *object = &split->objects[f->object];
	const struct frame *live = live_list(split, f);
	f->source = split->list_count;
	f->source_count = f->seen = f->kept_count = 0;
	if (live || field->edit >= EDIT_FIRST) {
		uint32_t start, count;
		if (live) {
			start = live->kept;
			count = live->kept_count - 1;
			if (!push_list(split, split->lists, true, start, count, fail))
				return false;
		} else {
			start = split->edits[field->edit - EDIT_FIRST].start;
			count = split->edits[field->edit - EDIT_FIRST].count;
			if (!push_list(split, split->left, false, start, count, fail))
				return false;
		}
		if (!dedupe(split, object, f->source, &count, fail))
			return false;
		split->list_count = f->source + count;
		if (!count)
			return store_list(split, field, f->source, 0, fail);
		f->source_count = count;
		f->cursor = 1;
	} else {
		struct span value = value_of(object, field);
		const char *first = *value.text == '[' ? scan_space(value.text + 1) : "]";
		f->cursor = *first == ']' ? 0 : (uint32_t)(first - object->text);
	}
	f->kept = split->list_count;
	return true;
}

/* The next element of the list, false at its end. */
static bool next_element(const struct split *split, struct frame *f, struct kept *element,
	struct span *ref)
{
	const struct object *object = &split->objects[f->object];
	if (f->source_count) {
		if (f->cursor > f->source_count)
			return false;
		*element = split->lists[f->source + f->cursor++ - 1];
		*ref = value_at(object, element->at);
		return true;
	}
	const char *at = object->text + f->cursor;
	if (!scan_member(&at, NULL, ref))
		return false;
	f->cursor = (uint32_t)(at - object->text);
	element->at = (uint32_t)(ref->text - object->text);
	element->id = ids_find_string(&split->ids, *ref);
	return true;
}

static bool end_list(struct split *split, struct frame *f, struct field *field, struct fail *fail)
{
	uint32_t count = f->kept_count;
	if (!dedupe(split, &split->objects[f->object], f->kept, &count, fail))
		return false;
	if (!f->source_count && count == f->seen)
		field->edit = EDIT_NONE;
	else if (!store_list(split, field, f->kept, count, fail))
		return false;
	split->list_count = f->source;
	f->cursor = 0;
	return true;
}

/* Goes on with a list until a visit has to come first (*child) or it ends (*ended). */
static bool visit_refs(struct split *split, struct frame *f, struct field *field, uint32_t *child,
	bool *ended, struct fail *fail)
{
	struct kept element;
	struct span ref;
	*ended = false;
	if (!f->cursor && !begin_list(split, f, field, fail))
		return false;
	if (!f->cursor) {
		*ended = true;
		return true;
	}
	while (next_element(split, f, &element, &ref)) {
		f->seen++;
		if (!keeps(split, f, ref, element.id))
			continue;
		if (!RESERVE(split, lists, list_cap, (size_t)split->list_count + 1, fail) ||
			!follow(split, f, element.id, child, fail))
			return false;
		split->lists[split->list_count++] = element;
		f->kept_count++;
		if (*child != NONE)
			return true;
	}
	*ended = true;
	return end_list(split, f, field, fail);
}

/* A number for a value that is compared; strings and other values never have the same. */
static bool number_of(struct ids *ids, struct span value, uint64_t *number)
{
	uint32_t n = *value.text == '"' ? ids_add_string(ids, value)
					: ids_add(ids, value.text, value.len);
	*number = (uint64_t)n << 1 | (*value.text == '"');
	return n != IDS_NONE;
}

/* What identifies an external reference or a kill chain phase to the platform, as a number.
 * *has is false for a reference that nothing identifies. */
static bool identify(enum kind kind, struct span entry, struct ids *ids, uint64_t *number, bool *has)
{
	static const struct span null = { "null", 4 };
	struct span one, two;
	uint64_t a, b = 0;
	*has = true;
	if (kind == KIND_PHASES) {
		one = scan_find(entry, "phase_name", &one) ? one : null;
		two = scan_find(entry, "kill_chain_name", &two) ? two : null;
	} else if (scan_find(entry, "url", &one) && !is_null(one)) {
		two = (struct span){ "url", 3 }; /* no JSON value is written so */
	} else if (!scan_find(entry, "source_name", &one) || is_null(one) ||
		!scan_find(entry, "external_id", &two) || is_null(two)) {
		*has = false;
		return true;
	}
	if (!number_of(ids, one, &a) || !number_of(ids, two, &b))
		return false;
	*number = a << 32 | b;
	return true;
}

/* External references and kill chain phases: the first of each is kept. */
static bool visit_entries(struct split *split, struct object *object, struct field *field,
	struct fail *fail)
{
	struct span value = value_of(object, field), entry;
	if (field->edit != EDIT_NONE || is_null(value))
		return true;
	if (*value.text != '[') /* "" or {}, which Python walks as nothing */
		return store_list(split, field, split->list_count, 0, fail);
	uint32_t start = split->list_count, seen = 0;
	struct ids ids = { 0 };
	struct set known = { 0 };
	bool ok = true;
	const char *at = value.text + 1;
	for (; ok && scan_member(&at, NULL, &entry); seen++) {
		uint64_t number = 0;
		bool has, added = false;
		ok = identify(field->kind, entry, &ids, &number, &has) &&
			(!has || set_add(&known, number, &added));
		if (!ok)
			fail_memory(fail);
		if (!ok || !added)
			continue;
		ok = RESERVE(split, lists, list_cap, (size_t)split->list_count + 1, fail);
		if (ok)
			split->lists[split->list_count++] =
				(struct kept){ (uint32_t)(entry.text - object->text), NONE };
	}
	if (ok && split->list_count - start < seen)
		ok = store_list(split, field, start, split->list_count - start, fail);
	split->list_count = start;
	set_release(&known);
	ids_release(&ids);
	return ok;
}

/* Goes on with the topmost visit until another one has to come first; *child stays NONE when the
 * visit is at its end. */
static bool advance(struct split *split, uint32_t *child, struct fail *fail)
{
	struct frame *f = &split->frames[split->frame_count - 1];
	struct object *object = &split->objects[f->object];
	while (f->field < object->field_count && *child == NONE) {
		struct field *field = &split->fields[object->fields + f->field];
		bool ok = true, ended = true;
		switch ((enum kind)field->kind) {
		case KIND_REF:
			ok = visit_ref(split, f, field, child, fail);
			break;
		case KIND_REFS:
			ok = visit_refs(split, f, field, child, &ended, fail);
			break;
		case KIND_EXTERNAL:
		case KIND_PHASES:
			ok = visit_entries(split, object, field, fail);
			break;
		case KIND_NB_DEPS:
			break;
		}
		if (!ok)
			return fail_in(split, f->object, fail);
		f->field += ended;
	}
	return true;
}

static bool enter(struct split *split, uint32_t id, struct fail *fail)
{
	if (!RESERVE(split, frames, frame_cap, (size_t)split->frame_count + 1, fail))
		return false;
	struct target *target = &split->targets[id];
	struct object *object = &split->objects[target->object];
	split->frames[split->frame_count] = (struct frame){ .deps = { 0, 1 }, .id = id,
		.object = target->object, .below = object->frame };
	object->frame = split->frame_count++;
	target->entered++;
	/* The way begins after the root, which can so be come to once more. */
	target->on_path = split->frame_count > 1;
	return true;
}

static const struct field *field_named(const struct split *split, const struct object *object,
	const char *name)
{
	for (uint32_t i = 0; i < object->field_count; i++) {
		const struct field *field = &split->fields[object->fields + i];
		if (scan_is(key_of(object, field), name))
			return field;
	}
	return NULL;
}

static bool has_ref(const struct split *split, const struct object *object, const char *name)
{
	const struct field *field = field_named(split, object, name);
	return field && field->edit != EDIT_NULL && !is_null(value_of(object, field));
}

static bool has_refs(const struct split *split, const struct object *object, const char *name)
{
	const struct field *field = field_named(split, object, name);
	if (!field)
		return false;
	if (field->edit >= EDIT_FIRST)
		return split->edits[field->edit - EDIT_FIRST].count;
	struct span value = value_of(object, field);
	return *value.text == '[' && *scan_space(value.text + 1) != ']';
}

/* Why the platform would not take the object, NULL when it would. */
static const char *refusal(const struct split *split, const struct object *object, uint32_t id)
{
	const struct id *name = &split->ids.all[id];
	switch ((enum type)object->type) {
	case TYPE_RELATIONSHIP:
		return !has_ref(split, object, "source_ref") ? "no source_ref"
			: !has_ref(split, object, "target_ref") ? "no target_ref"
								: NULL;
	case TYPE_SIGHTING:
		return !has_ref(split, object, "sighting_of_ref") ? "no sighting_of_ref"
			: !has_refs(split, object, "where_sighted_refs") ? "no where_sighted_refs"
									 : NULL;
	case TYPE_OTHER:
		break;
	}
	return stix_supported(name->text, name->len) ? NULL : "type not supported";
}

/* Ends the topmost visit. */
static bool leave(struct split *split, struct fail *fail)
{
	struct frame f = split->frames[--split->frame_count];
	struct object *object = &split->objects[f.object];
	struct target *target = &split->targets[f.id];
	object->deps = f.deps;
	object->frame = f.below;
	target->entered--;
	if (split->frame_count) {
		target->on_path = false;
		count_add(split, &split->frames[split->frame_count - 1].deps, f.deps);
	}
	if (target->done != NONE)
		return true;
	if (!refusal(split, object, f.id)) {
		if (!RESERVE(split, parts, part_cap, (size_t)split->part_count + 1, fail))
			return false;
		split->parts[split->part_count++] = f.object;
	} else {
		if (!RESERVE(split, incompatible, incompatible_cap,
			    (size_t)split->incompatible_count + 1, fail))
			return false;
		split->incompatible[split->incompatible_count++] = f.object;
	}
	target->done = f.object;
	for (int i = 0; object->alias != NONE && i < 2; i++)
		if (split->aliases[object->alias][i] != NONE)
			split->targets[split->aliases[object->alias][i]].done = f.object;
	return true;
}

static bool visit(struct split *split, uint32_t root, struct fail *fail)
{
	if (split->targets[root].done != NONE)
		return true;
	if (!enter(split, root, fail))
		return false;
	while (split->frame_count) {
		uint32_t child = NONE;
		if (!advance(split, &child, fail))
			return false;
		if (!(child != NONE ? enter(split, child, fail) : leave(split, fail)))
			return false;
	}
	return true;
}

/* Sorts the parts by their counts; those of one count stay in their order. */
static bool sort_parts(struct split *split, struct fail *fail)
{
	uint32_t n = split->part_count, *from = split->parts;
	uint32_t *to = malloc((n + 1) * sizeof *to), *other = to;
	if (!to)
		return fail_memory(fail);
	for (size_t width = 1; width < n; width *= 2) {
		for (size_t begin = 0; begin < n; begin += 2 * width) {
			size_t middle = begin + width < n ? begin + width : n;
			size_t end = middle + width < n ? middle + width : n;
			for (size_t a = begin, b = middle, k = begin; k < end; k++) {
				bool second = a == middle ||
					(b < end && count_above(split->objects[from[a]].deps,
							    split->objects[from[b]].deps));
				to[k] = from[second ? b++ : a++];
			}
		}
		uint32_t *swap = from;
		from = to;
		to = swap;
	}
	if (from == other)
		memcpy(split->parts, from, n * sizeof *from);
	free(other);
	return true;
}

bool split_run(struct split *split, bool cleanup, struct fail *fail)
{
	split->cleanup = cleanup;
	for (uint32_t i = 0; i < split->object_count; i++)
		if (!visit(split, split->objects[i].id, fail))
			return false;
	free(split->frames);
	free(split->lists);
	set_release(&split->pairs);
	split->frames = NULL;
	split->lists = NULL;
	split->frame_cap = split->list_cap = 0;
	return sort_parts(split, fail);
}

/* ---- the result ---- */

static void print_edit(const struct split *split, const struct object *object,
	const struct field *field, struct buf *to)
{
	if (field->kind == KIND_NB_DEPS) {
		count_print(object->deps, to);
		return;
	}
	if (field->edit == EDIT_NULL) {
		buf_text(to, "null");
		return;
	}
	const struct edit *edit = &split->edits[field->edit - EDIT_FIRST];
	buf_char(to, '[');
	for (uint32_t i = 0; i < edit->count; i++) {
		buf_text(to, i ? ", " : "");
		print_value(to, value_at(object, split->left[edit->start + i].at));
	}
	buf_char(to, ']');
}

static void print_object(const struct split *split, const struct object *object, struct buf *to)
{
	const char *at = object->text;
	bool counted = false;
	for (uint32_t i = 0; i < object->field_count; i++) {
		const struct field *field = &split->fields[object->fields + i];
		bool is_count = field->kind == KIND_NB_DEPS;
		if (field->edit == EDIT_NONE && !is_count)
			continue;
		struct span value = value_of(object, field);
		print_range(to, at, value.text);
		print_edit(split, object, field, to);
		at = value.text + value.len;
		counted = counted || is_count;
	}
	print_range(to, at, object->text + object->len - 1);
	if (!counted) {
		buf_text(to, ", \"nb_deps\": ");
		count_print(object->deps, to);
	}
	buf_char(to, '}');
}

size_t split_count(const struct split *split)
{
	return split->part_count;
}

void split_part(const struct split *split, size_t index, const char *id, const char *event_version,
	struct buf *to)
{
	const struct object *object = &split->objects[split->parts[index]];
	buf_text(to, "{\"type\": \"bundle\", \"id\": ");
	buf_text(to, id);
	buf_text(to, ", \"spec_version\": \"2.1\", \"x_opencti_seq\": ");
	count_print(object->deps, to);
	buf_text(to, ", \"objects\": [");
	print_object(split, object, to);
	buf_char(to, ']');
	if (event_version) {
		buf_text(to, ", \"x_opencti_event_version\": ");
		print_text(to, event_version);
	}
	buf_char(to, '}');
}

static void print_id(const struct split *split, uint32_t object, struct buf *to)
{
	const struct id *id = &split->ids.all[split->objects[object].id];
	buf_add(to, id->text, id->len);
}

void split_part_id(const struct split *split, size_t index, struct buf *to)
{
	print_id(split, split->parts[index], to);
}

size_t split_incompatible_count(const struct split *split)
{
	return split->incompatible_count;
}

void split_incompatible(const struct split *split, size_t index, struct buf *to)
{
	print_object(split, &split->objects[split->incompatible[index]], to);
}

void split_incompatible_id(const struct split *split, size_t index, struct buf *to)
{
	print_id(split, split->incompatible[index], to);
}

const char *split_incompatible_reason(const struct split *split, size_t index)
{
	const struct object *object = &split->objects[split->incompatible[index]];
	const char *reason = refusal(split, object, object->id);
	return reason ? reason : "refused under another of its ids";
}

/* The elements of a list that are not left in it. A reference that is left once is not dropped
 * when it was there more often. */
static size_t dropped_elements(const struct split *split, const struct object *object,
	const struct field *field, split_dropped_fn *each, void *ctx, struct span id)
{
	const struct edit *edit = &split->edits[field->edit - EDIT_FIRST];
	struct span value = value_of(object, field), element;
	struct ids left = { 0 };
	size_t count = 0;
	if (*value.text != '[')
		return 0;
	for (uint32_t i = 0; field->kind == KIND_REFS && i < edit->count; i++)
		ids_add_string(&left, value_at(object, split->left[edit->start + i].at));
	uint32_t next = 0;
	for (const char *at = value.text + 1; scan_member(&at, NULL, &element);) {
		if (next < edit->count &&
			object->text + split->left[edit->start + next].at == element.text) {
			next++;
			continue;
		}
		if (field->kind == KIND_REFS && ids_find_string(&left, element) != IDS_NONE)
			continue;
		count++;
		if (each)
			each(ctx, id, key_of(object, field), element);
	}
	ids_release(&left);
	return count;
}

size_t split_dropped(const struct split *split, split_dropped_fn *each, void *ctx)
{
	size_t count = 0;
	for (uint32_t i = 0; i < split->object_count; i++) {
		const struct object *object = &split->objects[i];
		const struct id *name = &split->ids.all[object->id];
		struct span id = { name->text, name->len };
		for (uint32_t k = 0; k < object->field_count; k++) {
			const struct field *field = &split->fields[object->fields + k];
			if (field->edit == EDIT_NULL) {
				count++;
				if (each)
					each(ctx, id, key_of(object, field), value_of(object, field));
			} else if (field->edit >= EDIT_FIRST) {
				count += dropped_elements(split, object, field, each, ctx, id);
			}
		}
	}
	return count;
}

size_t split_replaced(const struct split *split)
{
	return split->replaced;
}

bool split_saturated(const struct split *split)
{
	return split->saturated;
}
