#include "claim.h"

#include "clock.h"
#include "lock.h"
#include "owner.h"

#include <string.h>

static const double patience = 86400; /* with a work that another host has open */

/* What works are called; the time follows when they have no name of their own. */
static void add_name(const struct claim *claim, struct buf *to)
{
	const char *connector = conf_text(claim->platform->conf, CONNECTOR_NAME);
	buf_text(to, claim->work ? claim->work : connector);
	buf_text(to, claim->work ? "" : " run @ ");
}

static bool look_around(const struct claim *claim, struct owner_watch *watch, struct fail *fail)
{
	struct buf name = { 0 };
	add_name(claim, &name);
	watch->name = buf_str(&name);
	bool ok = buf_ok(&name, fail) &&
		owner_sweep(claim->platform, claim->connector_id, watch, fail);
	if (ok && watch->young && clock_wait(OWNER_MARK_SECONDS + 1)) {
		watch->young = false;
		ok = owner_sweep(claim->platform, claim->connector_id, watch, fail);
	}
	watch->name = NULL;
	buf_release(&name);
	return ok;
}

bool claim_sweep(const struct claim *claim, struct fail *fail)
{
	struct owner_watch watch = { 0 };
	bool ok = look_around(claim, &watch, fail);
	if (!ok && fail->kind == FAIL_NO) { /* a user who may send, and not list works */
		platform_say(
			claim->platform, "open works are not looked at: %s", fail_text(fail));
		fail_clear(fail);
		ok = true;
	}
	buf_release(&watch.rival);
	return ok;
}

/* Whether no other copy has a work open that is older than ours. */
static bool is_alone(const struct claim *claim, bool *taken, struct fail *fail)
{
	const char *mine = claim->work_id.len ? claim->work_id.data : NULL;
	struct owner_watch watch = { .patience = patience, .mine = mine };
	bool ok = look_around(claim, &watch, fail);
	*taken = ok && watch.rival.len && (!mine || strcmp(watch.rival.data, mine) < 0);
	if (*taken)
		ok = fail_set(fail, FAIL_RETRY, "another copy is running: work %s is open",
			watch.rival.data);
	buf_release(&watch.rival);
	return ok;
}

bool claim_take(struct claim *claim, time_t began, bool *taken, struct fail *fail)
{
	*taken = false;
	if (!claim->path)
		return claim_sweep(claim, fail);
	claim->lock = lock_take(claim->path, false, taken, fail);
	if (*taken)
		fail_set(fail, FAIL_RETRY, "another copy is running on this machine");
	return claim->lock >= 0 && is_alone(claim, taken, fail) &&
		claim_open(claim, began, fail) && is_alone(claim, taken, fail);
}

bool claim_open(struct claim *claim, time_t began, struct fail *fail)
{
	struct buf name = { 0 };
	if (claim->work_id.len || claim->unseen)
		return true;
	add_name(claim, &name);
	if (!claim->work)
		clock_print_utc_plain(&name, began);
	bool ok = buf_ok(&name, fail) &&
		owner_begin(
			claim->platform, claim->connector_id, name.data, &claim->work_id, fail);
	buf_release(&name);
	return ok;
}

const char *claim_work(const struct claim *claim)
{
	return claim->work_id.len ? claim->work_id.data : NULL;
}

void claim_release(struct claim *claim)
{
	lock_drop(claim->lock);
	claim->lock = -1;
	buf_release(&claim->work_id);
}
