#include "job.h"

#include "print.h"

#include <string.h>

/* Adds the string at the path of an object, if there is one. */
static void take_text(struct span object, const char *path, struct buf *to)
{
	struct span value;
	if (span_find(object, path, &value) && *value.text == '"')
		span_decode(value, to);
}

static bool take_true(struct span object, const char *path)
{
	struct span value;
	return span_find(object, path, &value) && *value.text == 't';
}

static enum job_kind kind_of(const struct job *job, const char *connector_type)
{
	if (!strcmp(connector_type, "INTERNAL_IMPORT_FILE"))
		return JOB_IMPORT;
	if (!strcmp(connector_type, "INTERNAL_EXPORT_FILE"))
		return JOB_EXPORT;
	if (!strcmp(connector_type, "INTERNAL_ANALYSIS"))
		return JOB_ANALYSIS;
	return job->playbook.len ? JOB_PLAYBOOK : JOB_ENRICHMENT;
}

bool job_read(struct job *job, const char *bytes, size_t len, const char *connector_type,
	struct fail *fail)
{
	struct scan scan;
	struct span message, value;
	buf_add(&job->body, bytes, len);
	if (!buf_ok(&job->body, fail))
		return false;
	scan_init(&scan, buf_str(&job->body), job->body.len);
	bool ok = scan_value(&scan, &message);
	if (!ok)
		scan_fail(&scan, "job", fail);
	else if (scan_peek(&scan) != -1 || *message.text != '{')
		ok = fail_set(fail, FAIL_NO, "job: not a JSON object");
	else if (!span_find(message, "event", &job->event) || *job->event.text != '{')
		ok = fail_set(fail, FAIL_NO, "job: it has no event");
	scan_release(&scan);
	if (!ok)
		return false;

	if (span_find(message, "internal.playbook", &value) && *value.text == '{')
		job->playbook = value;
	if (span_find(message, "configuration", &value) && *value.text != 'n')
		job->configuration = value;
	take_text(message, "internal.work_id", &job->work_id);
	take_text(message, "internal.applicant_id", &job->applicant_id);
	/* As pycti: absent is outside of any draft, null says nothing. */
	if (span_find(message, "internal.draft_id", &value) && *value.text == '"')
		span_decode(value, &job->draft_id);
	job->in_draft_context =
		!span_find(message, "internal.draft_id", &value) || *value.text != 'n';
	take_text(job->event, "entity_id", &job->entity_id);
	take_text(job->event, "entity_type", &job->entity_type);
	take_text(job->event, "validation_mode", &job->validation_mode);
	job->force_validation = take_true(job->event, "force_validation");
	job->bypass_validation = take_true(job->event, "bypass_validation");
	job->kind = kind_of(job, connector_type);
	return buf_ok(&job->work_id, fail) && buf_ok(&job->applicant_id, fail) &&
		buf_ok(&job->draft_id, fail) && buf_ok(&job->entity_id, fail) &&
		buf_ok(&job->entity_type, fail) && buf_ok(&job->validation_mode, fail);
}

void job_release(struct job *job)
{
	buf_release(&job->body);
	buf_release(&job->work_id);
	buf_release(&job->applicant_id);
	buf_release(&job->draft_id);
	buf_release(&job->entity_id);
	buf_release(&job->entity_type);
	buf_release(&job->validation_mode);
	*job = (struct job){ 0 };
}

/* A string that holds JSON becomes that JSON; what does not stays as it is. */
static void print_parsed(struct span value, struct buf *to)
{
	struct buf text = { 0 };
	struct scan scan;
	struct span inner;
	if (*value.text == '"')
		span_decode(value, &text);
	scan_init(&scan, buf_str(&text), text.len);
	if (text.len && scan_value(&scan, &inner) && scan_peek(&scan) == -1)
		print_line(to, inner);
	else
		print_line(to, value);
	scan_release(&scan);
	buf_release(&text);
}

static void add_member(const char *key, struct span value, const char **comma, struct buf *to)
{
	if (!value.len)
		return;
	buf_text(to, *comma);
	print_text(to, key);
	buf_text(to, ":");
	print_line(to, value);
	*comma = ",";
}

void job_print_event(const struct job *job, struct span entity, struct span objects,
	struct span enrichment, struct buf *to)
{
	struct span key, value;
	const char *comma = "";
	buf_char(to, '{');
	for (const char *at = job->event.text + 1; span_member(&at, &key, &value);) {
		bool is_entity = span_is(key, "stix_entity"),
		     is_objects = span_is(key, "stix_objects");
		if ((is_entity && entity.len) || (is_objects && objects.len))
			continue;
		buf_text(to, comma);
		print_line(to, key);
		buf_char(to, ':');
		if (is_entity || is_objects)
			print_parsed(value, to);
		else
			print_line(to, value);
		comma = ",";
	}
	add_member("configuration", job->configuration, &comma, to);
	add_member("stix_entity", entity, &comma, to);
	add_member("stix_objects", objects, &comma, to);
	add_member("enrichment_entity", enrichment, &comma, to);
	buf_char(to, '}');
}

void job_text(const struct job *job, const char *key, struct buf *to)
{
	take_text(job->event, key, to);
}

void job_list(const struct job *job, const char *key, struct buf *to)
{
	struct span list, element;
	if (!span_find(job->event, key, &list) || *list.text != '[')
		return;
	for (const char *at = list.text + 1; span_member(&at, NULL, &element);)
		if (*element.text == '"') {
			buf_text(to, to->len ? "," : "");
			span_decode(element, to);
		}
}
