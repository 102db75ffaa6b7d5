#include "message.h"
#include "check.h"

static void prints(
	const struct message *message, size_t sequence, const char *content, const char *wanted)
{
	struct buf buf = { 0 };
	message_print(message, sequence, content, strlen(content), &buf);
	CHECK_TEXT(buf_str(&buf), wanted);
	buf_release(&buf);
}

int main(void)
{
	struct message message = { .applicant_id = "a\"b\xc3\xa9" };
	prints(&message, 1, "{}",
		"{\"bundle_type\": \"QUEUE_BUNDLE\", \"applicant_id\": \"a\\\"b\\u00e9\", "
		"\"action_sequence\": 1, \"entities_types\": [], \"content\": \"e30=\", "
		"\"update\": false, \"draft_id\": null, \"no_split\": false}");
	message = (struct message){ .applicant_id = "u",
		.entities_types = "Report, Malware,",
		.draft_id = "",
		.work_id = "work_1",
		.update = true,
		.no_split = true };
	prints(&message, 21635, "",
		"{\"bundle_type\": \"QUEUE_BUNDLE\", \"applicant_id\": \"u\", "
		"\"action_sequence\": 21635, \"entities_types\": [\"Report\", \"Malware\"], "
		"\"content\": \"\", \"update\": true, \"draft_id\": \"\", \"no_split\": true, "
		"\"work_id\": \"work_1\"}");
	message.draft_id = "d-1";
	message.applicant_id = NULL;
	message.work_id = "";
	prints(&message, 0, "x",
		"{\"bundle_type\": \"QUEUE_BUNDLE\", \"applicant_id\": null, "
		"\"action_sequence\": 0, \"entities_types\": [\"Report\", \"Malware\"], "
		"\"content\": \"eA==\", \"update\": true, \"draft_id\": \"d-1\", \"no_split\": "
		"true, "
		"\"work_id\": \"\"}");
	return check_end("message");
}
