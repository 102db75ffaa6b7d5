#include "question.h"

#include "print.h"

#include <string.h>

static void declare(struct question *question, const char *name, const char *type)
{
	buf_format(&question->declarations, ", $%s: %s", name, type);
	buf_format(&question->arguments, ", %s: $%s", name, name);
	buf_format(
		&question->variables, "%s\"%s\": ", question->variables.len ? ", " : "", name);
}

void question_json(
	struct question *question, const char *name, const char *type, struct span json)
{
	declare(question, name, type);
	print_value(&question->variables, json);
}

void question_text(
	struct question *question, const char *name, const char *type, const char *text)
{
	declare(question, name, type);
	print_text(&question->variables, text);
}

void question_literal(struct question *question, const char *name, const char *graphql)
{
	buf_text(&question->arguments, ", ");
	buf_text(&question->arguments, name);
	buf_text(&question->arguments, ": ");
	buf_text(&question->arguments, graphql);
}

bool question_document(const struct question *question, const char *list, const char *selection,
	struct buf *to, struct fail *fail)
{
	buf_text(to, "query ");
	buf_text(to, list);
	buf_text(to, "($first: Int, $after: ID");
	buf_text(to, buf_str(&question->declarations));
	buf_text(to, ") { ");
	buf_text(to, list);
	buf_text(to, "(first: $first, after: $after");
	buf_text(to, buf_str(&question->arguments));
	buf_text(to, ") { edges { node { ");
	buf_text(to, selection);
	buf_text(to, " } } pageInfo { hasNextPage endCursor } } }");
	return buf_ok(&question->declarations, fail) && buf_ok(&question->arguments, fail) &&
		buf_ok(&question->variables, fail) && buf_ok(to, fail);
}

void question_release(struct question *question)
{
	buf_release(&question->declarations);
	buf_release(&question->arguments);
	buf_release(&question->variables);
}

bool question_is_name(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	size_t n =
		strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
	return *text && strchr(letters, *text) && !text[n];
}
