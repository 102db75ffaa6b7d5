#include "mq.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/*
 * One thread, one poll. librabbitmq frames, encodes and decodes; waiting is ours alone, because
 * its own waits start again after a signal, and one of them (0.11: a send that stays short until
 * the heartbeat is due) has no end. So it is only asked to read what has arrived, and only given
 * a frame to write, of CHUNK bytes at most, when the kernel has said that there is room.
 */

enum { PUBLISHING = 1, ASKING = 2 }; /* channels */
enum { HEARTBEAT = 10, FRAME_MAX = 131072, CHUNK = 16384, HEAD = 128 };

#define TICK 1.0              /* seconds between two looks at the clock and the gate */
#define FAREWELL 1.0          /* seconds to say goodbye */
#define REFUSED_FIRST 1.0     /* seconds before a refused message is sent again, at first, */
#define REFUSED_LAST 30.0     /* and at most */
#define LOST_FIRST 0.5        /* seconds before the broker is looked for again, at first, */
#define LOST_LAST 10.0        /* and at most */
#define PROGRESS_INTERVAL 0.1 /* seconds between two calls of progress */

/* A message in flight, found by its delivery tag. */
struct slot {
	size_t index;
	size_t bytes;
	bool open;     /* sent, and neither confirmed nor refused yet */
	bool returned; /* unroutable: its confirm does not count */
};

/*
 * The batch being published. Each message is in one of four places: ahead (index >= next), in
 * flight (an open slot), waiting to be sent again (again), or confirmed (only counted). New ones
 * are sent when none waits, so that in flight and waiting together are never more than span.
 */
struct run {
	const struct mq_batch *batch;
	struct fail *fail;
	size_t span;        /* the window, or the batch when that is smaller */
	struct slot *slots; /* of the tags from oldest to mq->next_tag - 1, at tag % span */
	uint64_t oldest;
	size_t flying, flying_bytes;
	size_t *again; /* indices, descending: the next one is the last */
	size_t again_count;
	size_t next;
	size_t confirmed;

	bool made; /* mq->body holds message made_index */
	size_t made_index;
	bool sending; /* and so many bytes of it are sent */
	size_t sent;

	struct { /* the message on its way back, between basic.return and the end of its body */
		struct buf reply, body;
		uint64_t size;
		bool begun, sized;
	} back;
	bool refused; /* fail says why; what is in flight is only waited for */

	bool held;          /* by the gate */
	double gate_at;     /* when it is asked again */
	double progress_at; /* when a message was last confirmed, or could not be expected to be */
	double told_at;     /* when progress was last called */
	size_t told;
	double again_at; /* when the waiting ones may be sent */
	double refused_delay, lost_delay;
	bool said_refused;
};

struct mq {
	struct mq_options options;
	struct buf where; /* HOST:PORT */
	struct buf why;   /* the last trouble, for the text of a timeout */
	unsigned random;

	amqp_connection_state_t conn; /* NULL: none, or lost */
	int fd;                       /* of conn */
	double heard;                 /* when bytes last came in */
	uint64_t next_tag;            /* of the next message sent */
	bool blocked;                 /* connection.blocked is in force */
	bool corked;
	bool interrupted; /* a signal has ended a wait */
	long distrust;    /* why the certificate was refused (X509_V_ERR_*), or 0 */

	struct buf body; /* of the message being sent */
	struct run *run; /* NULL outside mq_publish */

	struct { /* questions about a queue, on a channel of their own */
		bool open;
		unsigned asked, answered;
		uint64_t messages;
		int code; /* 0, or why the channel was closed */
		struct buf text;
		bool away; /* a question failed because the broker could not be asked */
	} depth;
};

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct timeval interval(double seconds)
{
	if (seconds < 0.001)
		seconds = 0.001;
	struct timeval t;
	t.tv_sec = (time_t)seconds;
	t.tv_usec = (suseconds_t)((seconds - (double)t.tv_sec) * 1e6);
	return t;
}

static int milliseconds(double seconds)
{
	if (seconds <= 0)
		return 0;
	return seconds > 1e6 ? 1000000000 : (int)(seconds * 1000) + 1;
}

/* Between three and five quarters of it, so that many connectors do not come back in step. */
static double jitter(struct mq *mq, double seconds)
{
	mq->random = mq->random * 1103515245u + 12345u;
	return seconds * (0.75 + (double)(mq->random >> 16 & 1023) / 2048);
}

static double smaller(double a, double b)
{
	return a < b ? a : b;
}

static void say(struct mq *mq, const struct buf *text)
{
	if (mq->options.say && text->state == BUF_OK)
		mq->options.say(mq->options.ctx, buf_str(text));
}

static void set_text(struct buf *buf, amqp_bytes_t bytes)
{
	buf_clear(buf);
	buf_add(buf, bytes.bytes, bytes.len);
}

static void set_why(struct mq *mq, const char *text)
{
	buf_clear(&mq->why);
	buf_text(&mq->why, text);
}

/* "message 17 (object 17 (indicator--...))" */
static void add_name(const struct mq_batch *batch, size_t index, struct buf *text)
{
	buf_format(text, "message %zu", index + 1);
	if (!batch->name)
		return;
	buf_text(text, " (");
	batch->name(batch->ctx, index, text);
	buf_char(text, ')');
}

static bool is_inline(const char *pem)
{
	return strncmp(pem, "-----BEGIN", 10) == 0;
}

static bool pem_fail(const char *what, const char *pem, const char *why, struct fail *fail)
{
	return fail_set(
		fail, FAIL_USAGE, "%s %s: %s", what, is_inline(pem) ? "(inline)" : pem, why);
}

static BIO *pem_open(const char *what, const char *pem, struct fail *fail)
{
	errno = 0;
	BIO *bio = is_inline(pem) ? BIO_new_mem_buf(pem, -1) : BIO_new_file(pem, "r");
	if (!bio)
		pem_fail(what, pem, errno ? strerror(errno) : "cannot be read", fail);
	return bio;
}

static int give_passphrase(char *to, int size, int writing, void *passphrase)
{
	(void)writing;
	size_t len = passphrase ? strlen(passphrase) : 0;
	if (len == 0 || len > (size_t)size)
		return -1;
	memcpy(to, passphrase, len);
	return (int)len;
}

static bool trust(SSL_CTX *ctx, const char *ca, struct fail *fail)
{
	if (!ca) {
		if (SSL_CTX_set_default_verify_paths(ctx) == 1)
			return true;
		return fail_set(fail, FAIL_USAGE, "the system's authorities cannot be read");
	}
	BIO *bio = pem_open("broker CA", ca, fail);
	if (!bio)
		return false;
	size_t count = 0;
	for (X509 *cert; (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)); X509_free(cert))
		count += X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), cert) == 1;
	BIO_free(bio);
	return count > 0 || pem_fail("broker CA", ca, "no certificate in it", fail);
}

static bool introduce(SSL_CTX *ctx, const struct mq_options *options, struct fail *fail)
{
	const char *cert = options->cert, *key = options->key ? options->key : cert;
	BIO *bio = pem_open("client certificate", cert, fail);
	if (!bio)
		return false;
	size_t count = 0;
	for (X509 *link; (link = PEM_read_bio_X509(bio, NULL, NULL, NULL)); X509_free(link))
		count += (count ? SSL_CTX_add1_chain_cert(ctx, link)
				: SSL_CTX_use_certificate(ctx, link)) == 1;
	BIO_free(bio);
	if (count == 0)
		return pem_fail("client certificate", cert, "no certificate in it", fail);

	bio = pem_open("client key", key, fail);
	if (!bio)
		return false;
	EVP_PKEY *private = PEM_read_bio_PrivateKey(
		bio, NULL, give_passphrase, (void *)options->passphrase);
	BIO_free(bio);
	if (!private)
		return pem_fail("client key", key,
			options->passphrase ? "no key in it, or not this passphrase"
					    : "no key in it, or one with a passphrase",
			fail);
	bool ok = SSL_CTX_use_PrivateKey(ctx, private) == 1 &&
		SSL_CTX_check_private_key(ctx) == 1;
	EVP_PKEY_free(private);
	return ok || pem_fail("client key", key, "does not belong to the certificate", fail);
}

static int note_distrust(int ok, X509_STORE_CTX *store)
{
	if (!ok) {
		SSL *ssl =
			X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
		struct mq *mq = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
		mq->distrust = X509_STORE_CTX_get_error(store);
	}
	return ok;
}

/* OpenSSL itself checks the name: librabbitmq's check knows no addresses in certificates. */
static bool tls_setup(struct mq *mq, amqp_socket_t *socket, struct fail *fail)
{
	const struct mq_options *options = &mq->options;
	SSL_CTX *ctx = amqp_ssl_socket_get_context(socket);
	SSL_CTX_set_app_data(ctx, mq);
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	amqp_ssl_socket_set_verify_hostname(socket, 0);
	amqp_ssl_socket_set_verify_peer(socket, options->verify);
	ERR_clear_error();
	if (options->verify) {
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, note_distrust);
		X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ctx);
		if (X509_VERIFY_PARAM_set1_ip_asc(param, options->host) != 1 &&
			X509_VERIFY_PARAM_set1_host(param, options->host, 0) != 1)
			return fail_memory(fail);
		if (!trust(ctx, options->ca, fail))
			return false;
	}
	return !options->cert || introduce(ctx, options, fail);
}

static bool unreachable(struct mq *mq, const char *why, struct fail *fail)
{
	return fail_set(
		fail, FAIL_RETRY, "cannot reach the broker %s: %s", buf_str(&mq->where), why);
}

static bool refused(struct mq *mq, const char *why, struct fail *fail)
{
	return fail_set(fail, FAIL_NO, "the broker %s: %s", buf_str(&mq->where), why);
}

/* A connected socket, not blocking; or -1 and errno. */
static int dial_address(const struct addrinfo *to, double deadline)
{
	int fd = socket(to->ai_family, to->ai_socktype, to->ai_protocol);
	if (fd < 0)
		return -1;
	int on = 1, error = 0;
	socklen_t size = sizeof error;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	if (connect(fd, to->ai_addr, to->ai_addrlen) == 0)
		return fd;
	if (errno != EINPROGRESS && errno != EINTR) {
		error = errno;
	} else {
		struct pollfd wait = { .fd = fd, .events = POLLOUT };
		int n;
		do
			n = poll(&wait, 1, milliseconds(deadline - now()));
		while (n < 0 && errno == EINTR);
		if (n <= 0)
			error = n == 0 ? ETIMEDOUT : errno;
		else
			getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
	}
	if (error == 0)
		return fd;
	close(fd);
	errno = error;
	return -1;
}

static int dial(struct mq *mq, double deadline, struct fail *fail)
{
	char port[8];
	snprintf(port, sizeof port, "%u", (unsigned)mq->options.port);
	struct addrinfo hint = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *list;
	int error = getaddrinfo(mq->options.host, port, &hint, &list);
	if (error) {
		unreachable(mq, gai_strerror(error), fail);
		return -1;
	}
	size_t left = 0;
	for (struct addrinfo *a = list; a; a = a->ai_next)
		left++;
	int fd = -1;
	for (struct addrinfo *a = list; a && fd < 0; a = a->ai_next, left--) {
		double t = now();
		fd = dial_address(a, t + (deadline - t) / (double)left);
	}
	error = errno;
	freeaddrinfo(list);
	if (fd < 0)
		unreachable(mq, strerror(error), fail);
	return fd;
}

/* The system knows more than "a socket error occurred", when it is asked at once. */
static const char *status_text(int status)
{
	return status == AMQP_STATUS_SOCKET_ERROR && errno ? strerror(errno)
							   : amqp_error_string2(status);
}

/* Why librabbitmq gave up: FAIL_NO when another try would go the same way. */
static bool status_fail(struct mq *mq, int status, struct fail *fail)
{
	if (mq->distrust) {
		struct buf why = { 0 };
		buf_format(&why, "its certificate is not trusted: %s",
			X509_verify_cert_error_string(mq->distrust));
		refused(mq, buf_str(&why), fail);
		buf_release(&why);
		return false;
	}
	unsigned long error = ERR_peek_last_error();
	switch (status) {
	case AMQP_STATUS_NO_MEMORY:
		return fail_memory(fail);
	case AMQP_STATUS_TIMEOUT:
		return unreachable(mq, "no answer in time", fail);
	case AMQP_STATUS_SSL_ERROR:
	case AMQP_STATUS_SSL_CONNECTION_FAILED:
		if (ERR_GET_LIB(error) != ERR_LIB_SSL || !ERR_reason_error_string(error) ||
			ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING ||
			ERR_GET_REASON(error) == SSL_R_TLSV1_ALERT_INTERNAL_ERROR)
			return unreachable(mq,
				status == AMQP_STATUS_SSL_ERROR
					? "the TLS connection broke off before the login (is "
					  "another client certificate wanted?)"
					: "the TLS connection broke off",
				fail);
		return fail_set(fail, FAIL_NO, "the broker %s: TLS: %s", buf_str(&mq->where),
			ERR_reason_error_string(error));
	case AMQP_STATUS_BROKER_UNSUPPORTED_SASL_METHOD:
		return refused(mq, "no login with a password (PLAIN)", fail);
	case AMQP_STATUS_BAD_AMQP_DATA:
	case AMQP_STATUS_INCOMPATIBLE_AMQP_VERSION:
	case AMQP_STATUS_UNKNOWN_CLASS:
	case AMQP_STATUS_UNKNOWN_METHOD:
	case AMQP_STATUS_WRONG_METHOD:
		return refused(mq, "does not speak AMQP 0-9-1", fail);
	default:
		return unreachable(mq, status_text(status), fail);
	}
}

static bool reply_fail(struct mq *mq, const amqp_rpc_reply_t *reply, struct fail *fail)
{
	if (reply->reply_type != AMQP_RESPONSE_SERVER_EXCEPTION)
		return status_fail(mq, reply->library_error, fail);
	int code = 0;
	amqp_bytes_t text = amqp_empty_bytes;
	if (reply->reply.id == AMQP_CONNECTION_CLOSE_METHOD) {
		const amqp_connection_close_t *close = reply->reply.decoded;
		code = close->reply_code;
		text = close->reply_text;
	} else if (reply->reply.id == AMQP_CHANNEL_CLOSE_METHOD) {
		const amqp_channel_close_t *close = reply->reply.decoded;
		code = close->reply_code;
		text = close->reply_text;
	}
	bool final = code == AMQP_ACCESS_REFUSED || code == AMQP_NOT_ALLOWED;
	return fail_set(fail, final ? FAIL_NO : FAIL_RETRY, "the broker %s: %d %.*s",
		buf_str(&mq->where), code, (int)text.len, (const char *)text.bytes);
}

static bool open_socket(
	struct mq *mq, amqp_connection_state_t conn, double deadline, struct fail *fail)
{
	const struct mq_options *options = &mq->options;
	amqp_socket_t *socket =
		options->tls ? amqp_ssl_socket_new(conn) : amqp_tcp_socket_new(conn);
	if (!socket)
		return fail_memory(fail);
	if (!options->tls) {
		int fd = dial(mq, deadline, fail);
		if (fd >= 0)
			amqp_tcp_socket_set_sockfd(socket, fd);
		return fd >= 0;
	}
	if (!tls_setup(mq, socket, fail))
		return false;
	struct timeval left = interval(deadline - now());
	int status = amqp_socket_open_noblock(socket, options->host, options->port, &left);
	if (status == AMQP_STATUS_OK)
		return true;
	if (status == AMQP_STATUS_SOCKET_ERROR ||
		status == AMQP_STATUS_HOSTNAME_RESOLUTION_FAILED) {
		/* librabbitmq forgets the reason; asking again tells */
		int fd = dial(mq, deadline, fail);
		if (fd < 0)
			return false;
		close(fd);
	}
	return status_fail(mq, status, fail);
}

static amqp_table_entry_t can(const char *name)
{
	amqp_table_entry_t entry = { .key = amqp_cstring_bytes(name) };
	entry.value.kind = AMQP_FIELD_KIND_BOOLEAN;
	entry.value.value.boolean = 1;
	return entry;
}

static bool log_in(
	struct mq *mq, amqp_connection_state_t conn, double deadline, struct fail *fail)
{
	amqp_table_entry_t abilities[] = { can("connection.blocked"), can("publisher_confirms"),
		can("basic.nack"), can("consumer_cancel_notify") };
	amqp_table_entry_t entries[] = { { .key = amqp_cstring_bytes("capabilities") },
		{ .key = amqp_cstring_bytes("connection_name") } };
	entries[0].value.kind = AMQP_FIELD_KIND_TABLE;
	entries[0].value.value.table.num_entries = sizeof abilities / sizeof *abilities;
	entries[0].value.value.table.entries = abilities;
	entries[1].value.kind = AMQP_FIELD_KIND_UTF8;
	entries[1].value.value.bytes = amqp_cstring_bytes("octi");
	const amqp_table_t properties = { .num_entries = 2, .entries = entries };

	struct timeval left = interval(deadline - now());
	amqp_set_handshake_timeout(conn, &left);
	amqp_rpc_reply_t reply = amqp_login_with_properties(conn, mq->options.vhost, 0,
		FRAME_MAX, HEARTBEAT, &properties, AMQP_SASL_METHOD_PLAIN, mq->options.user,
		mq->options.pass);
	if (reply.reply_type != AMQP_RESPONSE_NORMAL)
		return reply_fail(mq, &reply, fail);

	left = interval(deadline - now());
	amqp_set_rpc_timeout(conn, &left);
	if (!amqp_channel_open(conn, PUBLISHING) || !amqp_confirm_select(conn, PUBLISHING)) {
		reply = amqp_get_rpc_reply(conn);
		return reply_fail(mq, &reply, fail);
	}
	left = interval(FAREWELL);
	amqp_set_rpc_timeout(conn, &left);
	return true;
}

/* Options that only help: a connection works without them. */
static void tune_socket(struct mq *mq)
{
	int on = 1;
	setsockopt(mq->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
#ifdef TCP_USER_TIMEOUT
	/* the last resort for a write inside librabbitmq that the other side never takes */
	unsigned patience = (unsigned)milliseconds(smaller(mq->options.timeout, 1e5));
	setsockopt(mq->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, sizeof patience);
#endif
}

static void cork(struct mq *mq, bool on)
{
#ifdef TCP_CORK
	if (mq->corked == on)
		return;
	int value = on;
	setsockopt(mq->fd, IPPROTO_TCP, TCP_CORK, &value, sizeof value);
	mq->corked = on;
#else
	(void)mq, (void)on;
#endif
}

/* One attempt to have a connection. */
static bool connect_once(struct mq *mq, double seconds, struct fail *fail)
{
	double deadline = now() + seconds;
	amqp_connection_state_t conn = amqp_new_connection();
	if (!conn)
		return fail_memory(fail);
	mq->distrust = 0;
	if (!open_socket(mq, conn, deadline, fail) || !log_in(mq, conn, deadline, fail)) {
		amqp_destroy_connection(conn);
		return false;
	}
	mq->conn = conn;
	mq->fd = amqp_get_sockfd(conn);
	mq->heard = now();
	mq->next_tag = 1;
	mq->blocked = false;
	mq->corked = false;
	mq->depth.open = false;
	mq->depth.asked = mq->depth.answered = 0;
	tune_socket(mq);
	return true;
}

static void again_add(struct run *run, size_t index)
{
	size_t at = run->again_count++;
	for (; at > 0 && run->again[at - 1] < index; at--)
		run->again[at] = run->again[at - 1];
	run->again[at] = index;
}

static void lose(struct mq *mq, const char *why)
{
	if (!mq->conn)
		return;
	set_why(mq, why);
	amqp_destroy_connection(mq->conn);
	mq->conn = NULL;
	mq->blocked = false;
	struct run *run = mq->run;
	if (!run)
		return;
	for (uint64_t tag = run->oldest; tag < mq->next_tag; tag++) {
		struct slot *slot = &run->slots[tag % run->span];
		if (slot->open && !slot->returned)
			again_add(run, slot->index);
		slot->open = false;
	}
	run->oldest = mq->next_tag = 1;
	run->flying = run->flying_bytes = 0;
	run->sending = run->made = false;
	run->back.begun = false;
	run->again_at = 0;
	run->gate_at = 0;
}

/* Says goodbye when the broker listens, and forgets the connection. */
static void hang_up(struct mq *mq, const char *why)
{
	if (!mq->conn)
		return;
	cork(mq, false);
	struct pollfd room = { .fd = mq->fd, .events = POLLOUT };
	bool midway = mq->run && mq->run->sending;
	if (!midway && poll(&room, 1, 0) == 1 && room.revents == POLLOUT)
		amqp_connection_close(mq->conn, AMQP_REPLY_SUCCESS);
	lose(mq, why);
}

static struct slot *slot_of(struct mq *mq, uint64_t tag)
{
	struct run *run = mq->run;
	if (tag < run->oldest || tag >= mq->next_tag)
		return NULL;
	struct slot *slot = &run->slots[tag % run->span];
	return slot->open ? slot : NULL;
}

static void land(struct mq *mq, struct slot *slot, bool confirmed)
{
	struct run *run = mq->run;
	slot->open = false;
	run->flying--;
	run->flying_bytes -= slot->bytes;
	if (slot->returned)
		return;
	if (!confirmed) {
		again_add(run, slot->index);
		return;
	}
	run->confirmed++;
	run->progress_at = now();
	run->refused_delay = REFUSED_FIRST;
	run->lost_delay = LOST_FIRST;
	if (run->again_count == 0)
		buf_clear(&mq->why);
}

static void take_confirm(struct mq *mq, uint64_t tag, bool multiple, bool confirmed)
{
	struct run *run = mq->run;
	if (!run)
		return;
	if (multiple && (tag == 0 || tag >= mq->next_tag))
		tag = mq->next_tag - 1;
	if (tag >= mq->next_tag)
		return;
	static const char refuses[] = "the broker refuses messages (nack; is the queue full?)";
	bool landed = false;
	for (uint64_t t = multiple ? run->oldest : tag; t <= tag; t++) {
		struct slot *slot = slot_of(mq, t);
		if (slot) {
			land(mq, slot, confirmed);
			landed = true;
		}
	}
	while (run->oldest < mq->next_tag && !run->slots[run->oldest % run->span].open)
		run->oldest++;
	if (confirmed || !landed || now() < run->again_at)
		return;
	double delay = jitter(mq, run->refused_delay);
	run->again_at = now() + delay;
	run->refused_delay = smaller(run->refused_delay * 2, REFUSED_LAST);
	set_why(mq, refuses);
	if (run->said_refused)
		return;
	run->said_refused = true;
	struct buf text = { 0 };
	buf_format(&text, "queue %s: %s: trying again", run->batch->queue, refuses);
	say(mq, &text);
	buf_release(&text);
}

/* A returned message has no tag. It is the oldest in flight with this body. */
static struct slot *find_returned(struct mq *mq)
{
	struct run *run = mq->run;
	struct buf body = { 0 };
	struct fail ignored = { 0 };
	struct slot *found = NULL;
	for (uint64_t tag = run->oldest; tag < mq->next_tag && !found; tag++) {
		struct slot *slot = slot_of(mq, tag);
		if (!slot || slot->returned || slot->bytes != run->back.size)
			continue;
		buf_clear(&body);
		if (run->batch->make(run->batch->ctx, slot->index, &body, &ignored) &&
			body.state == BUF_OK && body.len == run->back.body.len &&
			memcmp(buf_str(&body), buf_str(&run->back.body), body.len) == 0)
			found = slot;
	}
	buf_release(&body);
	fail_clear(&ignored);
	return found;
}

static void take_return_end(struct mq *mq)
{
	struct run *run = mq->run;
	run->back.begun = false;
	struct slot *slot = find_returned(mq);
	if (slot)
		slot->returned = true;
	if (run->refused && slot)
		return;
	run->refused = true;
	struct buf name = { 0 };
	if (slot)
		add_name(run->batch, slot->index, &name);
	else
		buf_text(&name, "a message");
	fail_set(run->fail, FAIL_NO, "queue %s: %s is unroutable: %s", run->batch->queue,
		buf_str(&name), buf_str(&run->back.reply));
	buf_release(&name);
	if (!slot)
		lose(mq, "closed"); /* else its confirm would count */
}

static void take_return(struct mq *mq, const amqp_frame_t *frame)
{
	struct run *run = mq->run;
	if (!run)
		return;
	if (frame->frame_type == AMQP_FRAME_METHOD) {
		const amqp_basic_return_t *back = frame->payload.method.decoded;
		buf_clear(&run->back.reply);
		buf_format(&run->back.reply, "%d %.*s", back->reply_code,
			(int)back->reply_text.len, (const char *)back->reply_text.bytes);
		buf_clear(&run->back.body);
		run->back.begun = true;
		run->back.sized = false;
	} else if (!run->back.begun) {
		return;
	} else if (frame->frame_type == AMQP_FRAME_HEADER) {
		run->back.size = frame->payload.properties.body_size;
		run->back.sized = true;
	} else if (frame->frame_type == AMQP_FRAME_BODY) {
		amqp_bytes_t part = frame->payload.body_fragment;
		buf_add(&run->back.body, part.bytes, part.len);
	}
	if (run->back.sized &&
		(run->back.body.len >= run->back.size || run->back.body.state != BUF_OK))
		take_return_end(mq);
}

/* The broker names no message when one is too large, only its size, in a sentence. */
static struct slot *find_too_large(struct mq *mq, const char *text)
{
	struct run *run = mq->run;
	struct slot *largest = NULL;
	for (uint64_t tag = run->oldest; tag < mq->next_tag; tag++) {
		struct slot *slot = slot_of(mq, tag);
		if (!slot)
			continue;
		char size[24];
		snprintf(size, sizeof size, " %zu ", slot->bytes);
		if (strstr(text, size))
			return slot;
		if (!largest || slot->bytes > largest->bytes)
			largest = slot;
	}
	return largest;
}

static void take_channel_close(struct mq *mq, const amqp_channel_close_t *close)
{
	struct run *run = mq->run;
	struct buf text = { 0 }, name = { 0 };
	buf_format(&text, "%d %.*s", close->reply_code, (int)close->reply_text.len,
		(const char *)close->reply_text.bytes);
	bool final = close->reply_code == AMQP_NOT_FOUND ||
		close->reply_code == AMQP_ACCESS_REFUSED ||
		close->reply_code == AMQP_PRECONDITION_FAILED;
	if (run && final && !run->refused) {
		struct slot *slot = close->reply_code == AMQP_PRECONDITION_FAILED
			? find_too_large(mq, buf_str(&text))
			: NULL;
		if (slot) {
			add_name(run->batch, slot->index, &name);
			fail_set(run->fail, FAIL_NO, "queue %s: %s of %zu bytes: %s",
				run->batch->queue, buf_str(&name), slot->bytes, buf_str(&text));
		} else {
			fail_set(run->fail, FAIL_NO, "exchange %s: %s", run->batch->exchange,
				buf_str(&text));
		}
		run->refused = true;
	}
	amqp_channel_close_ok_t ok = { 0 };
	amqp_send_method(mq->conn, PUBLISHING, AMQP_CHANNEL_CLOSE_OK_METHOD, &ok);
	hang_up(mq, buf_str(&text));
	buf_release(&text);
	buf_release(&name);
}

static void take_blocked(struct mq *mq, const amqp_connection_blocked_t *blocked)
{
	mq->blocked = blocked != NULL;
	struct buf text = { 0 };
	if (blocked) {
		buf_format(&text, "the broker %s accepts no messages for now: %.*s",
			buf_str(&mq->where), (int)blocked->reason.len,
			(const char *)blocked->reason.bytes);
		set_why(mq, buf_str(&text));
	} else {
		buf_format(&text, "the broker %s accepts messages again", buf_str(&mq->where));
		buf_clear(&mq->why);
	}
	say(mq, &text);
	buf_release(&text);
}

static void take_depth(struct mq *mq, const amqp_method_t *method)
{
	if (method->id == AMQP_QUEUE_DECLARE_OK_METHOD) {
		const amqp_queue_declare_ok_t *queue = method->decoded;
		mq->depth.messages = queue->message_count;
		mq->depth.code = 0;
		mq->depth.answered++;
	} else if (method->id == AMQP_CHANNEL_CLOSE_METHOD) {
		const amqp_channel_close_t *close = method->decoded;
		mq->depth.code = close->reply_code;
		set_text(&mq->depth.text, close->reply_text);
		mq->depth.open = false;
		mq->depth.answered = mq->depth.asked;
		amqp_channel_close_ok_t ok = { 0 };
		amqp_send_method(mq->conn, ASKING, AMQP_CHANNEL_CLOSE_OK_METHOD, &ok);
	}
}

static void take_connection_close(struct mq *mq, const amqp_connection_close_t *close)
{
	struct buf text = { 0 };
	buf_format(&text, "%d %.*s", close->reply_code, (int)close->reply_text.len,
		(const char *)close->reply_text.bytes);
	amqp_connection_close_ok_t ok = { 0 };
	amqp_send_method(mq->conn, 0, AMQP_CONNECTION_CLOSE_OK_METHOD, &ok);
	lose(mq, buf_str(&text));
	buf_release(&text);
}

static void take_frame(struct mq *mq, const amqp_frame_t *frame)
{
	const amqp_method_t *method = &frame->payload.method;
	if (frame->frame_type != AMQP_FRAME_METHOD) {
		if (frame->channel == PUBLISHING)
			take_return(mq, frame);
		return;
	}
	if (frame->channel == ASKING) {
		take_depth(mq, method);
		return;
	}
	switch (method->id) {
	case AMQP_BASIC_ACK_METHOD: {
		const amqp_basic_ack_t *ack = method->decoded;
		take_confirm(mq, ack->delivery_tag, ack->multiple, true);
		break;
	}
	case AMQP_BASIC_NACK_METHOD: {
		const amqp_basic_nack_t *nack = method->decoded;
		take_confirm(mq, nack->delivery_tag, nack->multiple, false);
		break;
	}
	case AMQP_BASIC_RETURN_METHOD:
		take_return(mq, frame);
		break;
	case AMQP_CONNECTION_BLOCKED_METHOD:
		take_blocked(mq, method->decoded);
		break;
	case AMQP_CONNECTION_UNBLOCKED_METHOD:
		take_blocked(mq, NULL);
		break;
	case AMQP_CHANNEL_CLOSE_METHOD:
		take_channel_close(mq, method->decoded);
		break;
	case AMQP_CONNECTION_CLOSE_METHOD:
		take_connection_close(mq, method->decoded);
		break;
	default:
		break;
	}
}

/* Takes all that has arrived, without waiting; a heartbeat that is due goes out meanwhile. */
static void listen_now(struct mq *mq)
{
	while (mq->conn) {
		amqp_frame_t frame;
		struct timeval at_once = { 0, 0 };
		int status = amqp_simple_wait_frame_noblock(mq->conn, &frame, &at_once);
		if (status == AMQP_STATUS_TIMEOUT)
			return;
		if (status != AMQP_STATUS_OK) {
			lose(mq, status_text(status));
			return;
		}
		take_frame(mq, &frame);
		if (mq->conn)
			amqp_maybe_release_buffers(mq->conn);
	}
}

/*
 * Waits until the broker has said something, which is then taken, or, when asked, until it has
 * room for a chunk; at most until a time, and never longer than a tick. True: there is room.
 */
static bool wait_broker(struct mq *mq, bool to_send, double until)
{
	bool queued = amqp_frames_enqueued(mq->conn) || amqp_data_in_buffer(mq->conn);
	struct pollfd at = { .fd = mq->fd, .events = to_send ? POLLIN | POLLOUT : POLLIN };
	if (!to_send)
		cork(mq, false);
	int n = poll(&at, 1, queued ? 0 : milliseconds(smaller(until - now(), TICK)));
	if (n < 0)
		mq->interrupted = true;
	bool spoken = n > 0 && at.revents & ~POLLOUT;
	if (spoken || queued || n == 0)
		listen_now(mq);
	if (!mq->conn)
		return false;
	int heartbeat = amqp_get_heartbeat(mq->conn);
	if (spoken)
		mq->heard = now();
	else if (n == 0 && heartbeat > 0 && now() - mq->heard > 2.0 * heartbeat) {
		lose(mq, "no heartbeat");
		return false;
	}
	return n > 0 && at.revents & POLLOUT;
}

/* Makes the next message, when one may be sent now: what the broker says can change that. */
static bool prepare(struct mq *mq, bool *to_send)
{
	struct run *run = mq->run;
	const struct mq_batch *batch = run->batch;
	*to_send = run->sending;
	if (run->sending || run->refused || run->held || mq->blocked ||
		mq->next_tag - run->oldest >= run->span)
		return true;
	if (run->again_count == 0 ? run->next >= batch->count : now() < run->again_at)
		return true;
	size_t index = run->again_count ? run->again[run->again_count - 1] : run->next;
	if (!run->made || run->made_index != index) {
		buf_clear(&mq->body);
		if (!batch->make(batch->ctx, index, &mq->body, run->fail))
			return false;
		if (!buf_ok(&mq->body, run->fail)) {
			struct buf name = { 0 };
			add_name(batch, index, &name);
			fail_at(run->fail, "%s", buf_str(&name));
			buf_release(&name);
			return false;
		}
		run->made = true;
		run->made_index = index;
	}
	*to_send = run->flying == 0 || batch->window_bytes == 0 ||
		(run->flying_bytes < batch->window_bytes &&
			mq->body.len <= batch->window_bytes - run->flying_bytes);
	return true;
}

/* The first two frames of the message that prepare has just allowed. */
static int send_head(struct mq *mq)
{
	struct run *run = mq->run;
	amqp_basic_publish_t publish = { .exchange = amqp_cstring_bytes(run->batch->exchange),
		.routing_key = amqp_cstring_bytes(run->batch->routing),
		.mandatory = 1 };
	amqp_basic_properties_t properties = { ._flags = AMQP_BASIC_DELIVERY_MODE_FLAG |
			AMQP_BASIC_CONTENT_ENCODING_FLAG,
		.delivery_mode = AMQP_DELIVERY_PERSISTENT,
		.content_encoding = amqp_cstring_bytes("utf-8") };
	amqp_frame_t header = { .frame_type = AMQP_FRAME_HEADER, .channel = PUBLISHING };
	header.payload.properties.class_id = AMQP_BASIC_CLASS;
	header.payload.properties.body_size = mq->body.len;
	header.payload.properties.decoded = &properties;

	struct slot slot = { .index = run->made_index, .bytes = mq->body.len, .open = true };
	run->slots[mq->next_tag++ % run->span] = slot;
	run->flying++;
	run->flying_bytes += slot.bytes;
	if (run->again_count)
		run->again_count--;
	else
		run->next++;
	run->sending = true;
	run->sent = 0;
	int status =
		amqp_send_method(mq->conn, PUBLISHING, AMQP_BASIC_PUBLISH_METHOD, &publish);
	return status == AMQP_STATUS_OK ? amqp_send_frame(mq->conn, &header) : status;
}

/* Sends a chunk: many small messages, or a part of a large one. */
static bool send_chunk(struct mq *mq)
{
	struct run *run = mq->run;
	size_t most = (size_t)amqp_get_frame_max(mq->conn) - 8;
	cork(mq, true);
	for (size_t room = CHUNK; room > 0;) {
		bool to_send;
		if (!prepare(mq, &to_send))
			return false;
		if (!to_send)
			return true;
		int status = run->sending ? AMQP_STATUS_OK : send_head(mq);
		size_t len = mq->body.len - run->sent;
		if (len > most)
			len = most;
		if (len > room)
			len = room;
		if (len > 0 && status == AMQP_STATUS_OK) {
			amqp_frame_t part = { .frame_type = AMQP_FRAME_BODY,
				.channel = PUBLISHING };
			part.payload.body_fragment.bytes = mq->body.data + run->sent;
			part.payload.body_fragment.len = len;
			status = amqp_send_frame(mq->conn, &part);
		}
		if (status != AMQP_STATUS_OK) {
			lose(mq, status_text(status));
			return true;
		}
		run->sent += len;
		room -= room < len + HEAD ? room : len + HEAD;
		if (run->sent == mq->body.len)
			run->sending = run->made = false;
	}
	return true;
}

/* Asks the gate when it is due, or when a signal came. False: it says stop. */
static bool ask_gate(struct mq *mq)
{
	struct run *run = mq->run;
	const struct mq_batch *batch = run->batch;
	double asked_at = now();
	bool was_held = run->held, due = mq->interrupted || asked_at >= run->gate_at;
	mq->interrupted = false;
	if (!batch->gate || !due)
		return true;
	mq->depth.away = false;
	switch (batch->gate(batch->ctx, mq, run->fail)) {
	case MQ_GO:
		run->held = false;
		break;
	case MQ_WAIT:
		run->held = true;
		break;
	case MQ_STOP:
		if (!mq->depth.away)
			return false;
		fail_clear(run->fail); /* it could not know better: ask again later */
		run->held = true;
		break;
	}
	if (run->flying == 0 && mq->conn) /* none of this was the broker's time */
		run->progress_at = was_held ? now() : run->progress_at + now() - asked_at;
	run->gate_at = now() + TICK;
	return true;
}

static void tell_progress(struct run *run, bool last)
{
	const struct mq_batch *batch = run->batch;
	if (!batch->progress || (!last && run->told == run->confirmed))
		return;
	double t = now();
	if (!last && t - run->told_at < PROGRESS_INTERVAL)
		return;
	run->told_at = t;
	run->told = run->confirmed;
	batch->progress(batch->ctx, run->confirmed);
}

/* False, with the reason, when nothing has been confirmed for too long. */
static bool in_time(struct mq *mq)
{
	struct run *run = mq->run;
	if (now() - run->progress_at < mq->options.timeout)
		return true;
	if (!run->refused)
		fail_set(run->fail, FAIL_RETRY,
			"queue %s: %zu of %zu messages confirmed, and none for %g s%s%s",
			run->batch->queue, run->confirmed, run->batch->count,
			mq->options.timeout, mq->why.len ? ": " : "", buf_str(&mq->why));
	return false;
}

/* Waits without a connection. False: the gate says stop. */
static bool nap(struct mq *mq, double until)
{
	for (double left; (left = until - now()) > 0;) {
		if (poll(NULL, 0, milliseconds(smaller(left, TICK))) < 0)
			mq->interrupted = true;
		if (!ask_gate(mq))
			return false;
	}
	return true;
}

/* Makes a lost connection again. */
static bool reconnect(struct mq *mq)
{
	struct run *run = mq->run;
	double lost_at = now(), give_up = run->progress_at + mq->options.timeout;
	struct buf text = { 0 };
	struct fail fail = { 0 };
	buf_format(&text, "lost the broker %s (%s): reconnecting", buf_str(&mq->where),
		mq->why.len ? buf_str(&mq->why) : "closed");
	say(mq, &text);
	bool ok = false;
	while (!mq->conn) {
		double delay = jitter(mq, run->lost_delay);
		run->lost_delay = smaller(run->lost_delay * 2, LOST_LAST);
		if (!nap(mq, smaller(now() + delay, give_up)) || !in_time(mq))
			goto out;
		double patience = smaller(mq->options.connect_timeout, give_up - now());
		if (connect_once(mq, patience, &fail))
			break;
		set_why(mq, fail_text(&fail));
		if (fail.kind != FAIL_RETRY) {
			fail_set(run->fail, fail.kind, "%s", fail_text(&fail));
			goto out;
		}
	}
	ok = true;
	run->oldest = mq->next_tag;
	run->gate_at = 0;
	buf_clear(&text);
	buf_format(&text, "the broker %s is back after %.1f s: sending %zu messages again",
		buf_str(&mq->where), now() - lost_at, run->again_count);
	say(mq, &text);
out:
	buf_release(&text);
	fail_clear(&fail);
	return ok;
}

/* One turn: ask, send what may be sent, take what has come. False: the batch has failed. */
static bool turn(struct mq *mq)
{
	struct run *run = mq->run;
	bool to_send = false;
	if (!ask_gate(mq))
		return false;
	if (!mq->conn)
		return !run->refused && reconnect(mq);
	if (!prepare(mq, &to_send))
		return false;
	double until = run->progress_at + mq->options.timeout;
	if (run->again_count > 0 && run->again_at > now())
		until = smaller(until, run->again_at);
	if (wait_broker(mq, to_send, until) && to_send && !send_chunk(mq))
		return false;
	if (run->held && run->flying == 0 && mq->conn)
		run->progress_at = now();
	tell_progress(run, false);
	if (run->refused && (run->flying == 0 || !mq->conn))
		return false;
	return in_time(mq);
}

bool mq_publish(
	struct mq *mq, const struct mq_batch *batch, size_t *confirmed, struct fail *fail)
{
	struct run run = { .batch = batch, .fail = fail };
	bool ok = true;
	*confirmed = 0;
	if (!mq->conn && !connect_once(mq, mq->options.connect_timeout, fail))
		return false;
	run.span = batch->window < batch->count ? batch->window : batch->count;
	if (run.span == 0)
		run.span = 1;
	run.slots = calloc(run.span, sizeof *run.slots);
	run.again = calloc(run.span, sizeof *run.again);
	if (!run.slots || !run.again) {
		ok = fail_memory(fail);
		goto out;
	}
	run.oldest = mq->next_tag;
	run.progress_at = now();
	run.refused_delay = REFUSED_FIRST;
	run.lost_delay = LOST_FIRST;
	run.told = SIZE_MAX;
	buf_clear(&mq->why);
	mq->run = &run;
	while (ok && run.confirmed < batch->count)
		ok = turn(mq);
	tell_progress(&run, true);
	*confirmed = run.confirmed;
	if (!ok) /* what is still in flight must not meet the next batch */
		hang_up(mq, "stopped");
	mq->run = NULL;
out:
	buf_release(&run.back.reply);
	buf_release(&run.back.body);
	free(run.slots);
	free(run.again);
	return ok;
}

static bool depth_away(struct mq *mq, const char *queue, const char *why, struct fail *fail)
{
	mq->depth.away = true;
	return fail_set(fail, FAIL_RETRY, "queue %s: the broker %s cannot be asked: %s", queue,
		buf_str(&mq->where), why);
}

static int depth_ask(struct mq *mq, const char *queue)
{
	int status = AMQP_STATUS_OK;
	if (!mq->depth.open) {
		amqp_channel_open_t open = { .out_of_band = amqp_empty_bytes };
		status = amqp_send_method(mq->conn, ASKING, AMQP_CHANNEL_OPEN_METHOD, &open);
		mq->depth.open = true;
	}
	if (status != AMQP_STATUS_OK)
		return status;
	amqp_queue_declare_t declare = { .queue = amqp_cstring_bytes(queue), .passive = 1 };
	mq->depth.asked++;
	return amqp_send_method(mq->conn, ASKING, AMQP_QUEUE_DECLARE_METHOD, &declare);
}

bool mq_depth(struct mq *mq, const char *queue, uint64_t *messages, struct fail *fail)
{
	double deadline = now() + mq->options.connect_timeout;
	if (!mq->conn && mq->run)
		return depth_away(mq, queue, "the connection is lost", fail);
	if (!mq->conn && !connect_once(mq, mq->options.connect_timeout, fail))
		return false;
	bool sent = false;
	while (mq->conn && !mq->blocked && now() < deadline &&
		!(sent && mq->depth.answered == mq->depth.asked)) {
		if (!wait_broker(mq, !sent, deadline) || sent || !mq->conn)
			continue;
		int status = depth_ask(mq, queue);
		if (status != AMQP_STATUS_OK)
			lose(mq, status_text(status));
		sent = true;
	}
	if (!mq->conn)
		return depth_away(mq, queue, buf_str(&mq->why), fail);
	if (mq->blocked)
		return depth_away(mq, queue, "it accepts nothing for now", fail);
	if (!sent || mq->depth.answered != mq->depth.asked) {
		lose(mq, "no answer in time");
		return depth_away(mq, queue, buf_str(&mq->why), fail);
	}
	if (mq->depth.code)
		return fail_set(fail, FAIL_NO, "queue %s: %d %s", queue, mq->depth.code,
			buf_str(&mq->depth.text));
	*messages = mq->depth.messages;
	return true;
}

struct mq *mq_open(const struct mq_options *options, struct fail *fail)
{
	struct mq *mq = calloc(1, sizeof *mq);
	if (!mq) {
		fail_memory(fail);
		return NULL;
	}
	mq->options = *options;
	mq->random = (unsigned)(now() * 1e6) ^ (unsigned)getpid();
	bool numeric6 = strchr(options->host, ':') != NULL;
	buf_format(&mq->where, numeric6 ? "[%s]:%u" : "%s:%u", options->host,
		(unsigned)options->port);
	if (buf_ok(&mq->where, fail) && connect_once(mq, options->connect_timeout, fail))
		return mq;
	mq_close(mq);
	return NULL;
}

void mq_close(struct mq *mq)
{
	if (!mq)
		return;
	hang_up(mq, "closed");
	buf_release(&mq->where);
	buf_release(&mq->why);
	buf_release(&mq->body);
	buf_release(&mq->depth.text);
	free(mq);
}
