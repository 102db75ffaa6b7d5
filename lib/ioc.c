#include "ioc.h"

#include "print.h"

#include <stdlib.h>

struct ioc {
	const struct ioc_order *order;
	struct complete *complete;
	void (*problem)(void *ctx, const char *text);
	void *ctx;
	struct buf *indicates, *related; /* ids, in the order of the lists */
	struct ioc_counts counts;

	/* Of the record: */
	struct observable observable;
	struct span *values;        /* of the columns */
	struct buf labels, malware; /* as the columns have them */
	struct buf object;          /* the one that is being made */
	struct buf observable_id, indicator_id, malware_id;
	struct buf text;
};

static void say(struct ioc *ioc, const char *what, const char *why, struct span value)
{
	enum { SHOWN = 100 };
	buf_clear(&ioc->text);
	buf_format(&ioc->text, "%s%s%s", what ? what : "", what ? ": " : "", why);
	if (value.len)
		buf_format(&ioc->text, ": %.*s%s", value.len > SHOWN ? SHOWN : (int)value.len,
			value.text, value.len > SHOWN ? "..." : "");
	ioc->problem(ioc->ctx, buf_str(&ioc->text));
}

/* Tells of a value of a column that is left out. */
static void misfit(struct ioc *ioc, const char *property, const char *why, struct span value)
{
	ioc->counts.misfits++;
	say(ioc, property, why, value);
}

/* Completes the object that was begun in ioc->object. */
static bool finish(struct ioc *ioc, struct buf *id, struct buf *out, struct fail *fail)
{
	buf_char(&ioc->object, '}');
	if (id)
		buf_clear(id);
	return buf_ok(&ioc->object, fail) &&
		complete_object(ioc->complete,
			(struct span){ ioc->object.data, ioc->object.len }, out, id, fail);
}

static void begin(struct ioc *ioc, const char *type)
{
	buf_clear(&ioc->object);
	buf_text(&ioc->object, "{\"type\":\"");
	buf_text(&ioc->object, type);
	buf_char(&ioc->object, '"');
}

static void add_string(struct ioc *ioc, const char *key, const char *text, size_t len)
{
	buf_text(&ioc->object, ",\"");
	buf_text(&ioc->object, key);
	buf_text(&ioc->object, "\":");
	print_string(&ioc->object, text, len);
}

/* Adds ioc->text. */
static bool add_text(struct ioc *ioc, const char *key, struct fail *fail)
{
	add_string(ioc, key, buf_str(&ioc->text), ioc->text.len);
	return buf_ok(&ioc->text, fail);
}

static bool relate(struct ioc *ioc, const struct buf *source, const char *type,
	const struct buf *target, struct buf *out, struct fail *fail)
{
	begin(ioc, "relationship");
	add_string(ioc, "relationship_type", type, strlen(type));
	add_string(ioc, "source_ref", source->data, source->len);
	add_string(ioc, "target_ref", target->data, target->len);
	return finish(ioc, NULL, out, fail);
}

/* ---- what all records refer to */

/* Whether TYPE:NAME is of what an indicator may indicate. */
static bool can_be_indicated(const char *target)
{
	static const char *const types[] = { "attack-pattern", "campaign", "infrastructure",
		"intrusion-set", "malware", "threat-actor", "tool", "vulnerability" };
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (!strncmp(target, types[i], strlen(types[i])) &&
			(!target[strlen(types[i])] || target[strlen(types[i])] == ':'))
			return true;
	return false;
}

/* Makes the object of TYPE:NAME. */
static bool make_target(
	struct ioc *ioc, const char *text, struct buf *id, struct buf *out, struct fail *fail)
{
	const char *colon = strchr(text, ':');
	if (!colon || colon == text || !colon[1])
		return fail_set(fail, FAIL_USAGE, "not TYPE:NAME: %s", text);
	buf_clear(&ioc->object);
	buf_text(&ioc->object, "{\"type\":");
	print_string(&ioc->object, text, (size_t)(colon - text));
	add_string(ioc, "name", colon + 1, strlen(colon + 1));
	if (finish(ioc, id, out, fail))
		return true;
	return fail->kind == FAIL_NO
		? fail_set(fail, FAIL_USAGE, "%s: %s", text, fail_text(fail))
		: false;
}

static bool make_targets(struct ioc *ioc, const struct opt_list *list, struct buf **ids,
	struct buf *out, struct fail *fail)
{
	*ids = calloc(list->count ? list->count : 1, sizeof **ids);
	bool ok = *ids || fail_memory(fail);
	for (size_t i = 0; ok && i < list->count; i++)
		ok = make_target(ioc, list->items[i], &(*ids)[i], out, fail);
	return ok;
}

static bool check_order(const struct ioc_order *order, struct fail *fail)
{
	if (order->indicator && order->create_indicator)
		return fail_set(
			fail, FAIL_USAGE, "-i and --create-indicator both make an indicator");
	if (order->indicates.count && !order->indicator)
		return fail_set(fail, FAIL_USAGE,
			"--indicates needs -i: it is the indicator that indicates");
	for (size_t i = 0; i < order->indicates.count; i++)
		if (!can_be_indicated(order->indicates.items[i]))
			return fail_set(fail, FAIL_USAGE,
				"--indicates: no indicator indicates that: %s",
				order->indicates.items[i]);
	for (size_t i = 0; i < order->column_count; i++)
		if (column_of_indicator(&order->columns[i]) && !order->indicator)
			return fail_set(fail, FAIL_USAGE,
				"--set %s needs -i: it is a property of indicators",
				order->columns[i].property);
	return true;
}

struct ioc *ioc_new(const struct ioc_order *order, struct complete *complete,
	void (*problem)(void *ctx, const char *text), void *ctx, struct buf *out,
	struct fail *fail)
{
	if (!check_order(order, fail))
		return NULL;
	struct ioc *ioc = calloc(1, sizeof *ioc);
	if (!ioc)
		return fail_memory(fail), NULL;
	ioc->order = order;
	ioc->complete = complete;
	ioc->problem = problem;
	ioc->ctx = ctx;
	ioc->values = calloc(order->column_count + 1, sizeof *ioc->values);
	if (!ioc->values)
		fail_memory(fail);
	else if (make_targets(ioc, &order->indicates, &ioc->indicates, out, fail) &&
		make_targets(ioc, &order->related, &ioc->related, out, fail))
		return ioc;
	ioc_free(ioc);
	return NULL;
}

static void free_ids(struct buf *ids, size_t count)
{
	for (size_t i = 0; ids && i < count; i++)
		buf_release(&ids[i]);
	free(ids);
}

void ioc_free(struct ioc *ioc)
{
	if (!ioc)
		return;
	free_ids(ioc->indicates, ioc->order->indicates.count);
	free_ids(ioc->related, ioc->order->related.count);
	observable_release(&ioc->observable);
	free(ioc->values);
	buf_release(&ioc->labels);
	buf_release(&ioc->malware);
	buf_release(&ioc->object);
	buf_release(&ioc->observable_id);
	buf_release(&ioc->indicator_id);
	buf_release(&ioc->malware_id);
	buf_release(&ioc->text);
	free(ioc);
}

const struct ioc_counts *ioc_counts(const struct ioc *ioc)
{
	return &ioc->counts;
}

/* ---- a record */

static bool take_values(struct ioc *ioc, const struct span *values, struct fail *fail)
{
	for (size_t i = 0; i < ioc->order->column_count; i++)
		if (!column_take(&ioc->order->columns[i], &values, &ioc->values[i], fail))
			return false;
	return true;
}

/* Collects what is more than a member: the labels of all columns, the family. */
static void collect(struct ioc *ioc)
{
	buf_clear(&ioc->labels);
	buf_clear(&ioc->malware);
	for (size_t i = 0; i < ioc->order->column_count; i++) {
		struct span value = ioc->values[i];
		enum column_kind kind = ioc->order->columns[i].kind;
		struct buf *to = kind == COLUMN_LABELS ? &ioc->labels : &ioc->malware;
		if ((kind != COLUMN_LABELS && kind != COLUMN_MALWARE) || !value.len)
			continue;
		if (!column_is_text(value)) {
			misfit(ioc, ioc->order->columns[i].property, "not UTF-8", value);
			continue;
		}
		buf_text(to, to->len ? "," : "");
		buf_add(to, value.text, value.len);
	}
}

/* Adds to the object what the columns say of it. A misfit is told once, by the first object. */
static void add_columns(struct ioc *ioc, enum column_family family, bool tell)
{
	for (size_t i = 0; i < ioc->order->column_count; i++) {
		const struct column *column = &ioc->order->columns[i];
		struct span value = ioc->values[i];
		const char *why = NULL;
		bool fits = column_print(column, value, family, &ioc->object, &why);
		if (!fits && (tell || column_of_indicator(column)))
			misfit(ioc, column->property, why, value);
	}
	if (ioc->labels.len) {
		buf_text(&ioc->object,
			family == COLUMN_OBSERVABLE ? ",\"x_opencti_labels\":"
						    : ",\"labels\":");
		print_list(&ioc->object, buf_str(&ioc->labels));
	}
}

/* The observable, or the vulnerability that a CVE is. */
static bool add_observable(struct ioc *ioc, struct buf *out, struct fail *fail)
{
	bool is_cve = ioc->observable.kind == OBSERVABLE_CVE;
	begin(ioc, observable_type(ioc->observable.kind));
	buf_char(&ioc->object, ',');
	observable_print(&ioc->observable, &ioc->object);
	add_columns(ioc, is_cve ? COLUMN_VULNERABILITY : COLUMN_OBSERVABLE, true);
	if (ioc->order->create_indicator && !is_cve)
		buf_text(&ioc->object, ",\"x_opencti_create_indicator\":true");
	if (!finish(ioc, &ioc->observable_id, out, fail))
		return false;
	for (size_t i = 0; i < ioc->order->related.count; i++)
		if (!relate(ioc, &ioc->observable_id, "related-to", &ioc->related[i], out,
			    fail))
			return false;
	return true;
}

static bool names_itself(const struct ioc *ioc)
{
	bool is_named = false;
	for (size_t i = 0; i < ioc->order->column_count; i++)
		is_named |= ioc->order->columns[i].kind == COLUMN_NAME && ioc->values[i].len;
	return is_named;
}

static bool add_indicator(struct ioc *ioc, struct buf *out, struct fail *fail)
{
	struct observable *observable = &ioc->observable;
	begin(ioc, "indicator");
	if (!names_itself(ioc)) {
		buf_clear(&ioc->text);
		observable_name(observable, &ioc->text);
		if (!add_text(ioc, "name", fail))
			return false;
	}
	buf_clear(&ioc->text);
	observable_pattern(observable, &ioc->text);
	if (!add_text(ioc, "pattern", fail))
		return false;
	buf_text(
		&ioc->object, ",\"pattern_type\":\"stix\",\"x_opencti_main_observable_type\":");
	print_text(&ioc->object, observable_main_type(observable->kind));
	add_columns(ioc, COLUMN_INDICATOR, false);
	if (!finish(ioc, &ioc->indicator_id, out, fail) ||
		!relate(ioc, &ioc->indicator_id, "based-on", &ioc->observable_id, out, fail))
		return false;
	for (size_t i = 0; i < ioc->order->indicates.count; i++)
		if (!relate(ioc, &ioc->indicator_id, "indicates", &ioc->indicates[i], out,
			    fail))
			return false;
	return true;
}

/* The family that a column names: indicated by the indicator, else related to the observable. */
static bool add_malware(struct ioc *ioc, bool has_indicator, struct buf *out, struct fail *fail)
{
	begin(ioc, "malware");
	add_string(ioc, "name", buf_str(&ioc->malware), ioc->malware.len);
	if (!finish(ioc, &ioc->malware_id, out, fail))
		return false;
	return has_indicator
		? relate(ioc, &ioc->indicator_id, "indicates", &ioc->malware_id, out, fail)
		: relate(ioc, &ioc->observable_id, "related-to", &ioc->malware_id, out, fail);
}

bool ioc_add(struct ioc *ioc, const struct span *values, struct buf *out, struct fail *fail)
{
	struct observable *observable = &ioc->observable;
	struct span value = *values++;
	ioc->counts.records++;
	bool known = value.text &&
		observable_read(observable, ioc->order->kind, ioc->order->verbatim, value.text,
			value.len);
	if (!buf_ok(&observable->text, fail) || !buf_ok(&observable->value, fail))
		return false;
	if (!known) {
		ioc->counts.unknown++;
		say(ioc, NULL, value.text ? observable->why : "no value", value);
		return true;
	}
	if (observable->is_private && ioc->order->no_private) {
		ioc->counts.private ++;
		return true;
	}
	bool wants_indicator = ioc->order->indicator && observable->kind != OBSERVABLE_CVE;
	ioc->counts.ports += observable->has_port;
	ioc->counts.no_indicator += ioc->order->indicator && !wants_indicator;
	if (!take_values(ioc, values, fail))
		return false;
	collect(ioc);
	if (!buf_ok(&ioc->labels, fail) || !buf_ok(&ioc->malware, fail))
		return false;
	bool ok = add_observable(ioc, out, fail) &&
		(!wants_indicator || add_indicator(ioc, out, fail)) &&
		(!ioc->malware.len || add_malware(ioc, wants_indicator, out, fail));
	if (ok || fail->kind != FAIL_NO)
		return ok;
	/* One that cannot be completed is as good as not recognised. */
	ioc->counts.unknown++;
	say(ioc, NULL, fail_text(fail), value);
	fail_clear(fail);
	return true;
}
