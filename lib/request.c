#include "request.h"

#include <errno.h>

bool request_moves_file(const struct request *request)
{
	bool file = request->to || request->take || request->body_file;
	for (size_t i = 0; i < request->part_count; i++)
		file = file || request->parts[i].file;
	return file;
}

bool request_saves(const struct request *request, const struct answer *answer)
{
	return (request->to || request->take) && answer->status == 200 &&
		(!request->wanted || request->wanted(answer));
}

bool request_take(const struct request *request, struct answer *answer, const char *bytes,
	size_t len, int *error)
{
	if (!answer->saved) {
		buf_add(&answer->body, bytes, len);
		return answer->body.state == BUF_OK;
	}
	answer->saved_bytes += len;
	if (request->take)
		return request->take(request->take_ctx, bytes, len);
	if (fwrite(bytes, 1, len, request->to) == len)
		return true;
	*error = errno;
	return false;
}
