#include "job.h"
#include "check.h"

static const struct span none;

static struct job reads(const char *text, const char *type)
{
	struct job job = { 0 };
	struct fail fail = { 0 };
	CHECK(job_read(&job, text, strlen(text), type, &fail));
	CHECK(!fail.kind);
	return job;
}

static void refuses(const char *text, const char *wanted)
{
	struct job job = { 0 };
	struct fail fail = { 0 };
	CHECK(!job_read(&job, text, strlen(text), "INTERNAL_ENRICHMENT", &fail));
	CHECK_FAIL(&fail, FAIL_NO, wanted);
	job_release(&job);
}

static void prints(
	const char *text, const char *entity, const char *objects, const char *wanted)
{
	struct job job = reads(text, "INTERNAL_ENRICHMENT");
	struct buf event = { 0 };
	job_print_event(&job, (struct span){ entity, strlen(entity) },
		(struct span){ objects, strlen(objects) }, none, &event);
	CHECK_TEXT(buf_str(&event), wanted);
	buf_release(&event);
	job_release(&job);
}

static void texts(void)
{
	struct job job =
		reads("{\"internal\": {\"work_id\": \"w\", \"applicant_id\": \"a\", "
		      "\"draft_id\": \"d\"},"
		      " \"event\": {\"entity_id\": \"caf\\u00e9\", \"entity_type\": \"Report\","
		      " \"validation_mode\": \"workbench\", \"force_validation\": true}}",
			"INTERNAL_IMPORT_FILE");
	struct buf text = { 0 };
	CHECK(job.kind == JOB_IMPORT);
	CHECK_TEXT(buf_str(&job.work_id), "w");
	CHECK_TEXT(buf_str(&job.applicant_id), "a");
	CHECK_TEXT(buf_str(&job.draft_id), "d");
	CHECK_TEXT(buf_str(&job.entity_id), "caf\xc3\xa9");
	CHECK_TEXT(buf_str(&job.validation_mode), "workbench");
	CHECK(job.in_draft_context && job.force_validation && !job.bypass_validation);
	job_text(&job, "entity_type", &text);
	job_text(&job, "nothing", &text);
	job_text(&job, "force_validation", &text);
	CHECK_TEXT(buf_str(&text), "Report");
	buf_release(&text);
	job_release(&job);
}

static void kinds(void)
{
	static const struct {
		const char *type, *text;
		enum job_kind kind;
	} rows[] = {
		{ "INTERNAL_EXPORT_FILE", "{\"event\": {}}", JOB_EXPORT },
		{ "INTERNAL_ANALYSIS", "{\"event\": {}}", JOB_ANALYSIS },
		{ "INTERNAL_ENRICHMENT", "{\"event\": {}}", JOB_ENRICHMENT },
		{ "INTERNAL_ENRICHMENT", "{\"internal\": {\"playbook\": null}, \"event\": {}}",
			JOB_ENRICHMENT },
		{ "INTERNAL_ENRICHMENT", "{\"internal\": {\"playbook\": {}}, \"event\": {}}",
			JOB_PLAYBOOK },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct job job = reads(rows[i].text, rows[i].type);
		CHECK(job.kind == rows[i].kind);
		job_release(&job);
	}
}

static void drafts(void)
{
	struct job job = reads("{\"internal\": {}, \"event\": {}}", "INTERNAL_ENRICHMENT");
	CHECK(job.in_draft_context && !job.draft_id.len);
	job_release(&job);
	job = reads(
		"{\"internal\": {\"draft_id\": null}, \"event\": {}}", "INTERNAL_ENRICHMENT");
	CHECK(!job.in_draft_context);
	job_release(&job);
}

int main(void)
{
	texts();
	kinds();
	drafts();
	refuses("[]", "job: not a JSON object");
	refuses("{}", "job: it has no event");
	refuses("{\"event\": \"x\"}", "job: it has no event");
	refuses("{\"event\": {}} x", "job: not a JSON object");
	prints("{\"event\": {\"a\": 1.50, \"b\" :\n\"\\u00e9\"}}", "", "",
		"{\"a\":1.50,\"b\":\"\\u00e9\"}");
	prints("{\"event\": {\"stix_entity\": \"{\\\"n\\\": 1}\", \"stix_objects\": \"\"}}", "",
		"", "{\"stix_entity\":{\"n\":1},\"stix_objects\":\"\"}");
	prints("{\"event\": {\"stix_entity\": \"{\", \"stix_objects\": null}}", "", "",
		"{\"stix_entity\":\"{\",\"stix_objects\":null}");
	prints("{\"event\": {\"stix_entity\": \"old\", \"x\": 1}}", "{}", "[]",
		"{\"x\":1,\"stix_entity\":{},\"stix_objects\":[]}");
	prints("{\"event\": {}, \"configuration\": \"{}\"}", "", "",
		"{\"configuration\":\"{}\"}");
	prints("{\"event\": {}, \"configuration\": null}", "", "", "{}");
	return check_end("job");
}
