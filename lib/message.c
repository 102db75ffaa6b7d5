#include "message.h"

#include "print.h"

void message_print(const struct message *message, size_t sequence, const char *content,
	size_t n, struct buf *to)
{
	buf_text(to, "{\"bundle_type\": \"QUEUE_BUNDLE\", \"applicant_id\": ");
	print_text_or_null(to, message->applicant_id);
	buf_format(to, ", \"action_sequence\": %zu, \"entities_types\": ", sequence);
	print_list(to, message->entities_types);
	buf_text(to, ", \"content\": \"");
	buf_base64(to, content, n);
	buf_format(
		to, "\", \"update\": %s, \"draft_id\": ", message->update ? "true" : "false");
	print_text_or_null(to, message->draft_id);
	buf_format(to, ", \"no_split\": %s", message->no_split ? "true" : "false");
	if (message->work_id) {
		buf_text(to, ", \"work_id\": ");
		print_text(to, message->work_id);
	}
	buf_char(to, '}');
}
