/* document: a GraphQL document and its variables, as a command line has them. */
#ifndef OCTI_DOCUMENT_H
#define OCTI_DOCUMENT_H

#include "buf.h"

/*
 * Adds the document: text, or, when that is NULL or "-", what is in a file (NULL or "-": stdin). FAIL_USAGE when
 * it is not UTF-8 text; a file that cannot be read is as input_open has it.
 */
bool document_read(const char *text, const char *file, struct buf *document, struct fail *fail);

/* Adds a variable, as a member of the JSON object without its braces, for NAME=TEXT; with json, the text is a
 * JSON value. FAIL_USAGE for what is neither. Too little memory shows in `to`. */
bool document_variable(struct buf *to, const char *pair, bool json, struct fail *fail);

#endif
