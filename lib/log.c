#include "log.h"

#include "clock.h"
#include "print.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

bool log_parse_level(const char *word, enum log_level *level)
{
	static const struct {
		const char *word;
		enum log_level level;
	} words[] = { { "NOTSET", LOG_DEBUG }, { "DEBUG", LOG_DEBUG }, { "INFO", LOG_INFO },
		{ "WARN", LOG_WARNING }, { "WARNING", LOG_WARNING }, { "ERROR", LOG_ERROR },
		{ "CRITICAL", LOG_ERROR }, { "FATAL", LOG_ERROR } };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (!strcasecmp(word, words[i].word)) {
			*level = words[i].level;
			return true;
		}
	return false;
}

/* The next note that is there; NULL: no more. */
static const struct log_note *find(const struct log_note *note)
{
	while (note && note->key && note->text && !*note->text)
		note++;
	return note && note->key ? note : NULL;
}

static void print_json(const struct log *log, enum log_level level,
	const struct log_note *notes, const char *text, struct buf *to)
{
	static const char *const names[] = { "DEBUG", "INFO", "WARNING", "ERROR" };
	const struct log_note *note = find(notes);
	buf_text(to, "{\"timestamp\": \"");
	clock_print_utc_micro(to);
	buf_format(to, "\", \"level\": \"%s\", \"name\": ", names[level]);
	print_clean(to, log->name ? log->name : log->tool);
	buf_text(to, ", \"message\": ");
	print_clean(to, text);
	buf_text(to, note ? ", \"attributes\": {" : "");
	for (const char *between = ""; note; note = find(note + 1), between = ", ") {
		buf_text(to, between);
		print_clean(to, note->key);
		buf_text(to, ": ");
		if (note->text && note->number == LOG_JSON)
			buf_text(to, note->text);
		else if (note->text)
			print_clean(to, note->text);
		else
			buf_format(to, "%lld", note->number);
	}
	buf_text(to, find(notes) ? "}}" : "}");
}

static void print_plain(const struct log *log, enum log_level level,
	const struct log_note *notes, const char *text, struct buf *to)
{
	const struct log_note *note = find(notes);
	size_t start = to->len;
	buf_format(to, "%s: %s%s", log->tool, level == LOG_WARNING ? "warning: " : "", text);
	for (const char *between = " ("; note; note = find(note + 1), between = ", ") {
		buf_format(to, "%s%s=", between, note->key);
		if (note->text)
			buf_text(to, note->text);
		else
			buf_format(to, "%lld", note->number);
	}
	buf_text(to, find(notes) ? ")" : "");
	for (size_t i = start; i < to->len; i++)
		if ((unsigned char)to->data[i] < 0x20 || to->data[i] == 0x7f)
			to->data[i] = '?';
}

void log_print(const struct log *log, enum log_level level, const struct log_note *notes,
	const char *text, struct buf *to)
{
	if (log->json)
		print_json(log, level, notes, text, to);
	else
		print_plain(log, level, notes, text, to);
	buf_char(to, '\n');
}

/* All of it, when the other end takes it in parts. False with errno. */
static bool write_out(const char *bytes, size_t n)
{
	while (n) {
		ssize_t done = write(STDERR_FILENO, bytes, n);
		if (done < 0 && errno != EINTR)
			return false;
		bytes += done > 0 ? done : 0;
		n -= done > 0 ? (size_t)done : 0;
	}
	return true;
}

bool log_vsay(const struct log *log, enum log_level level, const struct log_note *notes,
	const char *format, va_list ap)
{
	static const char no_memory[] = "out of memory: a line of the log is lost\n";
	int error = errno;
	struct buf text = { 0 }, line = { 0 };
	if (level < log->least)
		return true;
	buf_vformat(&text, format, ap);
	log_print(log, level, notes, buf_str(&text), &line);
	bool whole = text.state == BUF_OK && line.state == BUF_OK;
	bool ok = whole ? write_out(line.data, line.len)
			: write_out(no_memory, sizeof no_memory - 1);
	error = ok ? error : errno;
	buf_release(&text);
	buf_release(&line);
	errno = error;
	return ok;
}

bool log_say(const struct log *log, enum log_level level, const struct log_note *notes,
	const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	bool ok = log_vsay(log, level, notes, format, ap);
	va_end(ap);
	return ok;
}
