#include "trust.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool is_pem(const char *text)
{
	text += strspn(text, " \t\r\n");
	return !strncmp(text, "-----BEGIN", 10);
}

/* Adds PEM text, or that of a file, and a newline. */
static bool add(struct buf *to, const char *pem_or_path, struct fail *fail)
{
	if (is_pem(pem_or_path)) {
		buf_text(to, pem_or_path);
	} else {
		FILE *file = fopen(pem_or_path, "re");
		char *room = NULL;
		size_t n = 0;
		if (file)
			while ((room = buf_room(to, 8192)) &&
				(n = fread(room, 1, 8192, file))) {
				to->len += n;
				room[n] = '\0';
			}
		bool bad = !file || ferror(file);
		int error = errno;
		if (file)
			fclose(file);
		if (bad)
			return fail_set(
				fail, FAIL_USAGE, "%s: %s", pem_or_path, strerror(error));
	}
	buf_char(to, '\n');
	return true;
}

static const char *from_environment(void)
{
	static const char *const names[] = { "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
		"SSL_CERT_FILE" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *text = getenv(names[i]);
		if (text && *text)
			return text;
	}
	return NULL;
}

bool trust_choose(struct trust *trust, const char *only, const char *extra, struct fail *fail)
{
	struct stat st;
	if (!only)
		only = from_environment();
	if (only) {
		trust->file = trust->directory = NULL;
		if (is_pem(only)) {
			if (!add(&trust->text, only, fail))
				return false;
		} else if (stat(only, &st)) {
			return fail_set(fail, FAIL_USAGE, "%s: %s", only, strerror(errno));
		} else if (S_ISDIR(st.st_mode)) {
			trust->directory = only;
		} else {
			trust->file = only;
		}
	}
	if (extra) {
		if (trust->file && !add(&trust->text, trust->file, fail))
			return false;
		size_t before = trust->text.len;
		if (!add(&trust->text, extra, fail))
			return false;
		if (trust->text.state == BUF_OK &&
			!strstr(trust->text.data + before, "-----BEGIN CERTIFICATE-----"))
			return fail_set(fail, FAIL_USAGE, "%s: no certificate in it",
				is_pem(extra) ? "PEM text" : extra);
	}
	return buf_ok(&trust->text, fail);
}

void trust_release(struct trust *trust)
{
	buf_release(&trust->text);
}
