#include "reach.h"

#include "clock.h"
#include "dial.h"
#include "lookup.h"
#include "tls.h"

#include <string.h>
#include <unistd.h>

enum { DAY = 86400, SOON = 21 /* days: renewing takes a while */ };

static void check_dns(
	struct diagnosis *diagnosis, const struct reach *reach, struct buf *addresses)
{
	struct fail fail = { 0 };
	if (lookup(reach->host, diagnosis_deadline(diagnosis), addresses, &fail))
		diagnosis_say(diagnosis, reach->dns, DIAGNOSIS_OK, NULL, "%s is %s",
			reach->shown, buf_str(addresses));
	else
		diagnosis_say(diagnosis, reach->dns, DIAGNOSIS_PROBLEM, reach->host_advice,
			"%s: %s", reach->shown, fail_text(&fail));
	fail_clear(&fail);
}

/* Tries the addresses "A, B", the time shared between them, for who asks for the name again may wait for its
 * server again. */
static int dial_any(char *addresses, uint16_t port, double deadline, struct fail *fail)
{
	size_t left = 1;
	int fd = -1;
	for (const char *at = addresses; (at = strchr(at, ',')); at++)
		left++;
	for (char *at = addresses, *next; at && fd < 0; at = next, left--) {
		double now = clock_now();
		next = strchr(at, ',');
		if (next) {
			*next = '\0';
			next += 2;
		}
		fail_clear(fail);
		fd = dial(at, port, now + (deadline - now) / (double)left, fail);
	}
	return fd;
}

static int check_tcp(
	struct diagnosis *diagnosis, const struct reach *reach, const struct buf *addresses)
{
	struct fail fail = { 0 };
	if (!diagnosis_ready(diagnosis, reach->tcp, reach->dns))
		return -1;
	int fd = dial_any(addresses->data, reach->port, diagnosis_deadline(diagnosis), &fail);
	if (fd >= 0)
		diagnosis_say(diagnosis, reach->tcp, DIAGNOSIS_OK, NULL,
			"port %u of %s takes connections", reach->port, reach->shown);
	else
		diagnosis_say(diagnosis, reach->tcp, DIAGNOSIS_PROBLEM, reach->host_advice,
			"port %u of %s: %s", reach->port, reach->shown, fail_text(&fail));
	fail_clear(&fail);
	return fd;
}

/* What is to be done so that it is accepted. */
static void advise(const struct reach *reach, const struct tls_peer *peer, struct buf *advice)
{
	if (peer->expired)
		buf_text(advice, "renew it, or set this host's clock");
	else if (peer->misnamed)
		buf_format(advice, "it is for %s: use such a name",
			peer->names.len ? peer->names.data : "no host at all");
	else
		buf_text(advice, reach->ca_advice);
}

static void judge(
	struct diagnosis *diagnosis, const struct reach *reach, const struct tls_peer *peer)
{
	struct buf advice = { 0 };
	long long days = ((long long)peer->until - time(NULL)) / DAY;
	if (peer->distrust.len) {
		advise(reach, peer, &advice);
		diagnosis_say(diagnosis, reach->tls,
			reach->verify ? DIAGNOSIS_PROBLEM : DIAGNOSIS_WARNING, buf_str(&advice),
			"%s%s, %s: %s",
			reach->verify ? "" : "not checked: ", buf_str(&peer->subject),
			peer->self_signed ? "self-signed" : buf_str(&peer->issuer),
			buf_str(&peer->distrust));
	} else {
		bool soon = days < SOON;
		diagnosis_say(diagnosis, reach->tls,
			!reach->verify || soon ? DIAGNOSIS_WARNING : DIAGNOSIS_OK,
			soon                    ? "renew it"
				: reach->verify ? NULL
						: "it would be accepted: have it checked",
			"%s%s, %s, of %s, %lld days left",
			reach->verify ? "" : "not checked: ", peer->protocol,
			buf_str(&peer->subject), buf_str(&peer->issuer), days);
	}
	buf_release(&advice);
}

/* Nothing speaks against it, for all that can be seen. */
static void skip_tls(struct diagnosis *diagnosis, const struct reach *reach)
{
	diagnosis_say(diagnosis, reach->tls, DIAGNOSIS_SKIPPED, NULL, "%s", reach->unseen);
	diagnosis->lacks[reach->tls] = false;
}

/* The authorities for a certificate that is not checked are read by nobody else. */
static bool look(const struct reach *reach, int fd, double deadline, struct tls_peer *peer,
	struct fail *fail)
{
	struct tls_options options = { .host = reach->host,
		.ca = reach->ca,
		.cert = reach->cert,
		.key = reach->key,
		.passphrase = reach->passphrase };
	bool seen = tls_look(fd, &options, deadline, peer, fail);
	if (!seen && fail->kind == FAIL_USAGE && options.ca && !reach->verify) {
		fail_clear(fail);
		options.ca = NULL;
		seen = tls_look(fd, &options, deadline, peer, fail);
	}
	return seen;
}

static void check_tls(struct diagnosis *diagnosis, const struct reach *reach, int fd)
{
	struct fail fail = { 0 };
	struct tls_peer peer = { 0 };
	if (reach->unusable)
		diagnosis_say(diagnosis, reach->tls, DIAGNOSIS_PROBLEM, reach->tls_advice, "%s",
			reach->unusable);
	else if (!reach->use_tls && !reach->unseen)
		diagnosis_say(diagnosis, reach->tls,
			reach->plain_advice ? DIAGNOSIS_WARNING : DIAGNOSIS_OK,
			reach->plain_advice, "%s", reach->plain);
	else if (!diagnosis_ready(diagnosis, reach->tls, reach->tcp))
		return;
	else if (reach->unseen)
		skip_tls(diagnosis, reach);
	else if (look(reach, fd, diagnosis_deadline(diagnosis), &peer, &fail))
		judge(diagnosis, reach, &peer);
	else if (fail.kind == FAIL_USAGE)
		diagnosis_say(diagnosis, reach->tls, DIAGNOSIS_PROBLEM, reach->tls_advice, "%s",
			fail_text(&fail));
	else
		diagnosis_say(diagnosis, reach->tls, DIAGNOSIS_PROBLEM,
			"is TLS spoken at this port?", "%s: %s", reach->host, fail_text(&fail));
	tls_peer_release(&peer);
	fail_clear(&fail);
}

void reach_check(struct diagnosis *diagnosis, const struct reach *reach)
{
	struct buf addresses = { 0 };
	check_dns(diagnosis, reach, &addresses);
	int fd = check_tcp(diagnosis, reach, &addresses);
	check_tls(diagnosis, reach, fd);
	if (fd >= 0)
		close(fd);
	buf_release(&addresses);
}
