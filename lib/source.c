#include "source.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

bool source_read(struct source *source, char *to, size_t max, size_t *n)
{
	uint64_t left = source->len - source->at;
	*n = max < left ? max : (size_t)left;
	if (*n && source->file) {
		ssize_t got;
		do
			got = pread(fileno(source->file), to, *n, (off_t)source->at);
		while (got < 0 && errno == EINTR);
		source->error = got < 0 ? errno : 0;
		source->cut = !got;
		if (got <= 0)
			return false;
		*n = (size_t)got;
	} else if (*n) {
		memcpy(to, source->bytes + source->at, *n);
	}
	source->at += *n;
	return true;
}

bool source_seek(struct source *source, long long at)
{
	if (at < 0 || (uint64_t)at > source->len)
		return false;
	source->at = (uint64_t)at;
	return true;
}

bool source_ok(const struct source *source, struct fail *fail)
{
	errno = source->error;
	if (source->error)
		return fail_errno(fail, "reading what is sent");
	if (source->cut)
		return fail_set(fail, FAIL_RETRY,
			"what is sent became shorter meanwhile (%llu of %llu bytes)",
			(unsigned long long)source->at, (unsigned long long)source->len);
	return true;
}
