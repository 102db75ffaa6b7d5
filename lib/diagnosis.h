/* diagnosis: what octi-doctor has looked at, and what came of it, a line each. */
#ifndef OCTI_DIAGNOSIS_H
#define OCTI_DIAGNOSIS_H

#include "buf.h"

#include <stdio.h>

/* What is looked at, by its name on the line. */
/* clang-format off */
#define DIAGNOSIS_CHECKS(X) \
	X(CONFIGURATION, "configuration") \
	X(DIRECTORY, "directory") \
	X(CALLBACK, "callback") \
	X(DNS, "dns") \
	X(TCP, "tcp") \
	X(TLS, "tls") \
	X(PLATFORM, "platform") \
	X(TOKEN, "token") \
	X(VERSION, "version") \
	X(CLOCK, "clock") \
	X(CAPABILITY, "capability") \
	X(REGISTRATION, "registration") \
	X(STREAM, "stream") \
	X(BROKER_DNS, "broker-dns") \
	X(BROKER_TCP, "broker-tcp") \
	X(BROKER_TLS, "broker-tls") \
	X(LOGIN, "login") \
	X(VHOST, "vhost") \
	X(QUEUE, "queue") \
	X(PUBLISH, "publish") \
	X(MESSAGE_SIZE, "message-size")
/* clang-format on */

enum check {
#define X(check, name) CHECK_##check,
	DIAGNOSIS_CHECKS(X)
#undef X
		CHECK_COUNT
};

enum verdict { DIAGNOSIS_OK, DIAGNOSIS_WARNING, DIAGNOSIS_PROBLEM, DIAGNOSIS_SKIPPED };

/* Zero-initialised but for `to`. */
struct diagnosis {
	FILE *to;                /* each line is flushed; who owns it looks for errors */
	bool json;               /* lines are JSON objects: state, name, text, advice */
	double timeout;          /* seconds a check may take */
	unsigned problems;       /* so far */
	bool out_of_memory;      /* a line is not what it should be */
	bool lacks[CHECK_COUNT]; /* a problem, or skipped: what builds on it is skipped */
};

/* Says "VERDICT NAME: TEXT; ADVICE". advice: what to do; NULL: nothing. Control characters come out as
 * "?", in JSON escaped. */
void diagnosis_say(struct diagnosis *diagnosis, enum check check, enum verdict verdict,
	const char *advice, const char *format, ...) FAIL_PRINTF(5, 6);

/* Whether what a check builds on is there; says that it is skipped, if not. */
bool diagnosis_ready(struct diagnosis *diagnosis, enum check check, enum check needs);

/* A time of clock_now until which a check that begins now may take. */
double diagnosis_deadline(const struct diagnosis *diagnosis);

#endif
