#include "playbook.h"

#include "clock.h"
#include "json.h"
#include "print.h"

static const char document[] =
	"mutation PlaybookStepExecution($execution_id: ID!, $event_id: ID!, $execution_start: "
	"DateTime!,"
	" $data_instance_id: ID!, $playbook_id: ID!, $previous_step_id: ID!, $step_id: ID!,"
	" $previous_bundle: String!, $bundle: String!) {"
	" playbookStepExecution(execution_id: $execution_id, event_id: $event_id,"
	" execution_start: $execution_start, data_instance_id: $data_instance_id,"
	" playbook_id: $playbook_id, previous_step_id: $previous_step_id, step_id: $step_id,"
	" previous_bundle: $previous_bundle, bundle: $bundle) }";

static bool print_variables(const struct job *job, const struct buf *bundle,
	const struct buf *previous, struct buf *to, struct fail *fail)
{
	static const char *const ids[] = { "execution_id", "event_id", "data_instance_id",
		"playbook_id", "previous_step_id", "step_id" };
	struct span value;
	struct buf now = { 0 };
	buf_char(to, '{');
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		if (!span_find(job->playbook, ids[i], &value))
			return fail_set(fail, FAIL_NO, "the playbook's job has no %s", ids[i]);
		buf_format(to, "\"%s\": ", ids[i]);
		print_value(to, value);
		buf_text(to, ", ");
	}
	clock_print_utc(&now);
	buf_text(to, "\"execution_start\": ");
	print_text(to, buf_str(&now));
	buf_text(to, ", \"previous_bundle\": ");
	print_string(to, buf_str(previous), previous->len);
	buf_text(to, ", \"bundle\": ");
	print_string(to, buf_str(bundle), bundle->len);
	buf_char(to, '}');
	buf_release(&now);
	return buf_ok(to, fail);
}

bool playbook_answer(struct platform *platform, const struct job *job,
	const struct parcel *parcel, struct fail *fail)
{
	struct buf previous = { 0 }, bundle = { 0 }, variables = { 0 };
	struct span came;
	if (!span_find(job->event, "bundle", &came) || *came.text != '{')
		return fail_set(fail, FAIL_NO, "the playbook's job has no bundle");
	print_value(&previous, came);
	if (parcel)
		parcel_whole(parcel, &bundle);
	else
		print_value(&bundle, came);
	struct json *data = buf_ok(&previous, fail) && buf_ok(&bundle, fail) &&
			print_variables(job, &bundle, &previous, &variables, fail)
		? graphql_call(platform->graphql, document, variables.data, fail)
		: NULL;
	bool ok = data &&
		(json_true(data, "playbookStepExecution") ||
			fail_set(fail, FAIL_NO,
				"PlaybookStepExecution: the platform does not know the step "
				"any more"));
	json_free(data);
	buf_release(&previous);
	buf_release(&bundle);
	buf_release(&variables);
	return ok;
}
