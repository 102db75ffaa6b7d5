#include "harvest.h"

#include "clock.h"

#include <string.h>

enum { IN_MEMORY = 4 << 20, PART = 16 << 20, OBJECT = 64 << 20 }; /* bytes */
static const char output_name[] = "the command's output";

static void say_left_out(const struct harvest *harvest, const struct split *split)
{
	for (size_t i = 0; i < split_incompatible_count(split); i++) {
		struct buf id = { 0 };
		split_incompatible_id(split, i, &id);
		platform_warn(harvest->dispatch->platform, "%s is left out: %s", buf_str(&id),
			split_incompatible_reason(split, i));
		buf_release(&id);
	}
	size_t dropped = split_dropped(split, NULL, NULL);
	if (dropped)
		platform_say(harvest->dispatch->platform, "references left out: %zu", dropped);
}

static bool send_text(struct harvest *harvest, const char *name, const char *text, size_t n,
	struct fail *fail)
{
	struct parcel parcel = { 0 };
	bool ok = parcel_take(
		&parcel, &harvest->dispatch->reading, name, (struct span){ text, n }, fail);
	if (ok)
		say_left_out(harvest, parcel.split);
	ok = ok && claim_open(harvest->claim, harvest->began, fail) &&
		dispatch_send(harvest->dispatch, &parcel, claim_work(harvest->claim), fail);
	parcel_release(&parcel);
	return ok;
}

static bool send_part(struct harvest *harvest, struct fail *fail)
{
	struct buf name = { 0 };
	buf_format(&name, "%s from object %zu on", output_name,
		harvest->flow.count - harvest->part_count + 1);
	bool ok = buf_ok(&name, fail) && buf_ok(&harvest->part, fail) &&
		send_text(harvest, name.data, harvest->part.data, harvest->part.len, fail);
	buf_clear(&harvest->part);
	harvest->part_count = 0;
	buf_release(&name);
	return ok;
}

/* Its work is opened when the first object is there. */
static bool add_object(void *ctx, const char *text, size_t n, struct fail *fail)
{
	struct harvest *harvest = ctx;
	if (!harvest->part_count)
		harvest->part_since = clock_now();
	harvest->any = true;
	if (!claim_open(harvest->claim, harvest->began, fail))
		return false;
	buf_add(&harvest->part, text, n);
	buf_char(&harvest->part, '\n');
	harvest->part_count++;
	bool enough = (harvest->batch && harvest->part_count >= harvest->batch) ||
		harvest->part.len >= PART;
	return !enough || send_part(harvest, fail);
}

void harvest_open(struct harvest *harvest)
{
	harvest->kept.most = IN_MEMORY;
	harvest->flow = (struct flow){ .most = OBJECT, .object = add_object, .ctx = harvest };
}

bool harvest_parts(const struct harvest *harvest)
{
	return harvest->batch || harvest->linger > 0;
}

bool harvest_take(void *ctx, const char *bytes, size_t n)
{
	struct harvest *harvest = ctx;
	if (harvest_parts(harvest))
		return flow_add(&harvest->flow, bytes, n, &harvest->failed);
	for (size_t i = 0; i < n && !harvest->any; i++)
		harvest->any = !strchr(" \t\r\n", bytes[i]) || !bytes[i];
	return kept_add(&harvest->kept, bytes, n, &harvest->failed);
}

void harvest_tick(void *ctx)
{
	struct harvest *harvest = ctx;
	if (harvest->part_count && !harvest->failed.kind && harvest->linger > 0 &&
		clock_now() - harvest->part_since >= harvest->linger)
		send_part(harvest, &harvest->failed);
}

bool harvest_finish(struct harvest *harvest, struct fail *fail)
{
	struct input input;
	if (harvest_parts(harvest))
		return flow_end(&harvest->flow, fail) &&
			(!harvest->part_count || send_part(harvest, fail));
	if (!harvest->any)
		return true;
	if (!kept_open(&harvest->kept, &input, output_name, fail))
		return false;
	bool ok = send_text(harvest, output_name, input.data, input.len, fail);
	input_close(&input);
	return ok;
}

void harvest_release(struct harvest *harvest)
{
	kept_release(&harvest->kept);
	flow_release(&harvest->flow);
	buf_release(&harvest->part);
	fail_clear(&harvest->failed);
}
