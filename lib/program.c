#include "program.h"

#include "buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whether this file can be run. False: errno says why not. */
static bool runs(const char *path)
{
	struct stat st;
	if (stat(path, &st) || faccessat(AT_FDCWD, path, X_OK, AT_EACCESS))
		return false;
	errno = EACCES; /* of a directory */
	return S_ISREG(st.st_mode);
}

/* Looks for the program; its path goes to `path`. False: errno says why there is none. */
static bool find(const char *name, struct buf *path)
{
	const char *at = getenv("PATH");
	bool found = false, denied = false;
	if (strchr(name, '/')) {
		buf_text(path, name);
		return runs(buf_str(path));
	}
	at = at ? at : "/bin:/usr/bin";
	for (bool more = *name; more && !found;) {
		size_t n = strcspn(at, ":");
		buf_clear(path);
		buf_format(path, "%.*s%s%s", (int)n, at, n ? "/" : "", name);
		found = runs(buf_str(path));
		denied = denied || (!found && errno == EACCES);
		more = at[n];
		at += n + more;
	}
	errno = denied ? EACCES : ENOENT;
	return found;
}

/* The same of the interpreter that a script names, which goes to `path`. What is no script, or may be run
 * but not be read, is not looked at. */
static bool find_interpreter(const char *program, struct buf *path)
{
	char line[4096];
	FILE *file = fopen(program, "r");
	bool script = file && fgets(line, sizeof line, file) && !strncmp(line, "#!", 2);
	if (file)
		fclose(file);
	if (!script)
		return true;
	const char *name = line + 2 + strspn(line + 2, " \t");
	buf_add(path, name, strcspn(name, " \t\n"));
	return runs(buf_str(path));
}

bool program_look(const char *name, struct fail *fail)
{
	struct buf path = { 0 }, interpreter = { 0 };
	bool found = find(name, &path) && find_interpreter(buf_str(&path), &interpreter);
	if (!found) {
		int error = errno;
		bool none = error == ENOENT || error == ENOTDIR;
		fail_set(fail, none ? FAIL_NOT_FOUND : FAIL_NOT_RUN, "%s: %s%s%s", name,
			buf_str(&interpreter), interpreter.len ? ": " : "", strerror(error));
	}
	buf_release(&path);
	buf_release(&interpreter);
	return found;
}
