/* question: what is asked of a list, as GraphQL and its variables. */
#ifndef OCTI_QUESTION_H
#define OCTI_QUESTION_H

#include "scan.h"

/* Zero-initialised; question_release at the end. Its additions are checked by question_document. */
struct question {
	struct buf declarations, arguments; /* GraphQL */
	struct buf variables;               /* members of a JSON object, without its braces */
};

/* Adds an argument that goes as a variable of the same name: JSON, or text. */
void question_json(
	struct question *question, const char *name, const char *type, struct span json);
void question_text(
	struct question *question, const char *name, const char *type, const char *text);

/* Adds an argument that is written into the document: a name of an enumeration, a list. */
void question_literal(struct question *question, const char *name, const char *graphql);

/* Adds the document, which is named after the list and takes $first and $after besides. False when
 * memory ran out. */
bool question_document(const struct question *question, const char *list, const char *selection,
	struct buf *to, struct fail *fail);

void question_release(struct question *question);

/* Whether the text is a name of GraphQL: letters, digits and _, no digit first. */
bool question_is_name(const char *text);

#endif
