#include "dispatch.h"

#include "review.h"

bool dispatch_open(struct dispatch *dispatch, struct fail *fail)
{
	const struct conf *conf = dispatch->platform->conf;
	struct message none = { 0 };
	if (!sink_choose(&dispatch->sinks, &(struct opt_list){ 0 }, false, conf, fail))
		return false;
	dispatch->reviewed = dispatch_wants_work(dispatch) &&
		conf_bool(conf, CONNECTOR_VALIDATE_BEFORE_IMPORT);
	dispatch->reading.whole = sinks_need_whole(&dispatch->sinks);
	return sink_check(
		&dispatch->sinks, &none, dispatch->reading.cleanup, dispatch->reviewed, fail);
}

bool dispatch_wants_work(const struct dispatch *dispatch)
{
	return dispatch->sinks.queue || dispatch->sinks.api;
}

bool dispatch_send(struct dispatch *dispatch, const struct parcel *parcel, const char *work_id,
	struct fail *fail)
{
	struct message message = { .work_id = work_id,
		.applicant_id =
			registration_text(dispatch->registration, "connector_user_id") };
	struct queue_options options = dispatch->queue;
	struct queue_result result = { 0 };
	uint64_t bytes;
	options.owned = true;
	if (dispatch->reviewed && !dispatch->draft_id.len &&
		!review_draft(dispatch->platform, &(struct review){ .work_id = work_id },
			&dispatch->draft_id, fail))
		return false;
	if (dispatch->reviewed)
		message.draft_id = dispatch->draft_id.data;
	bool ok = sink_files(&dispatch->sinks, dispatch->platform, dispatch->registration,
			  parcel, &message, &bytes, fail) &&
		(!dispatch->sinks.queue ||
			queue_send(dispatch->platform, dispatch->registration, parcel, &message,
				&options, &result, fail)) &&
		(!dispatch->sinks.api ||
			sink_api(dispatch->platform, dispatch->registration, parcel, &message,
				&bytes, fail));
	if (dispatch->sinks.api) /* the platform adds them itself */
		dispatch->reports = SIZE_MAX;
	else
		dispatch->reports += result.reports;
	dispatch->objects += ok ? split_count(parcel->split) : result.confirmed;
	return ok;
}

void dispatch_close(struct dispatch *dispatch)
{
	sinks_release(&dispatch->sinks);
	buf_release(&dispatch->draft_id);
}
