#include "coerce.h"

#include "canonical.h"
#include "print.h"
#include "unicode.h"

#include <math.h>
#include <stdlib.h>

bool coerce_text(struct buf *to, struct span value, struct fail *fail)
{
	switch (*value.text) {
	case '"':
		return canonical_value(to, value, fail);
	case '[':
	case '{':
		return fail_set(fail, FAIL_NO, "no string");
	case 't':
		buf_text(to, "\"True\"");
		return true;
	case 'f':
		buf_text(to, "\"False\"");
		return true;
	default:
		buf_char(to, '"');
		print_value(to, value);
		buf_char(to, '"');
		return true;
	}
}

bool coerce_texts(struct buf *to, struct span value, struct fail *fail)
{
	struct span element;
	const char *comma = "";
	bool ok = true;
	buf_char(to, '[');
	if (*value.text == '[') {
		const char *at = value.text + 1;
		for (; ok && span_member(&at, NULL, &element); comma = ",") {
			buf_text(to, comma);
			ok = coerce_text(to, element, fail);
		}
	} else {
		ok = coerce_text(to, value, fail);
	}
	buf_char(to, ']');
	return ok;
}

/* Adds what strtod() reads of a text that Python's int() takes. */
static bool read_integer(struct span text, struct buf *to)
{
	text = unicode_trim(text, UNICODE_PYTHON);
	const char *at = text.text, *end = at + text.len;
	if (at < end && (*at == '+' || *at == '-'))
		buf_char(to, *at++);
	bool digit = false;
	for (; at < end; at++) {
		if (*at == '_' ? !digit : *at < '0' || *at > '9')
			return false;
		digit = *at != '_';
		if (digit)
			buf_char(to, *at);
	}
	return digit;
}

bool coerce_integer(struct buf *to, struct span value, struct fail *fail)
{
	struct buf text = { 0 }, digits = { 0 };
	bool ok = true;
	switch (*value.text) {
	case 't':
	case 'f':
		buf_char(&digits, *value.text == 't' ? '1' : '0');
		break;
	case '"':
		span_decode(value, &text);
		ok = read_integer((struct span){ buf_str(&text), text.len }, &digits);
		break;
	case '[':
	case '{':
		ok = false;
		break;
	default:
		buf_add(&digits, value.text, value.len);
	}
	double number = trunc(strtod(buf_str(&digits), NULL));
	buf_clear(&text);
	buf_format(&text, "%.0f", number);
	if (!ok || !isfinite(number))
		ok = fail_set(fail, FAIL_NO, "no integer");
	else
		ok = buf_ok(&text, fail) && buf_ok(&digits, fail) &&
			canonical_value(to, (struct span){ buf_str(&text), text.len }, fail);
	buf_release(&text);
	buf_release(&digits);
	return ok;
}
