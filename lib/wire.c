#include "wire.h"

#include "clock.h"
#include "dial.h"
#include "tls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>

enum { WORKING = 1, ASKING = 2 }; /* channels */
enum { HEARTBEAT = 10, FRAME_MAX = 131072 };

#define FAREWELL 1.0 /* seconds to say goodbye */
#define CONSUMER "octi"

struct wire {
	struct wire_options options;
	amqp_connection_state_t conn;
	bool asking;     /* that channel is open */
	struct buf text; /* of the last event */
	const char *why; /* it is broken */
};

void wire_where(const struct wire_options *options, struct buf *text)
{
	bool numeric6 = strchr(options->host, ':') != NULL;
	buf_format(
		text, numeric6 ? "[%s]:%u" : "%s:%u", options->host, (unsigned)options->port);
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

/* Puts the broker before the reason that is in fail. */
static bool broker_fail(const struct wire_options *options, const char *what, struct fail *fail)
{
	struct buf where = { 0 };
	wire_where(options, &where);
	fail_at(fail, "%s %s", what, buf_str(&where));
	buf_release(&where);
	return false;
}

/* The system knows more than "a socket error occurred", when it is asked at once. */
static const char *status_text(int status)
{
	return status == AMQP_STATUS_SOCKET_ERROR && errno ? strerror(errno)
							   : amqp_error_string2(status);
}

/* Why librabbitmq gave up: FAIL_NO when another try would go the same way. */
static bool status_fail(
	const struct wire_options *options, int status, long distrust, struct fail *fail)
{
	const char *what = "", *why = status_text(status);
	enum fail_kind kind = FAIL_NO;
	if (distrust) {
		what = "its certificate is not trusted: ";
		why = tls_distrust(distrust);
	} else if (status == AMQP_STATUS_NO_MEMORY) {
		return fail_memory(fail);
	} else if (status == AMQP_STATUS_BROKER_UNSUPPORTED_SASL_METHOD) {
		why = "no login with a password (PLAIN)";
	} else if (status == AMQP_STATUS_BAD_AMQP_DATA || status == AMQP_STATUS_WRONG_METHOD ||
		status == AMQP_STATUS_INCOMPATIBLE_AMQP_VERSION ||
		status == AMQP_STATUS_UNKNOWN_CLASS || status == AMQP_STATUS_UNKNOWN_METHOD) {
		why = "does not speak AMQP 0-9-1";
	} else if (status != AMQP_STATUS_SSL_ERROR &&
		status != AMQP_STATUS_SSL_CONNECTION_FAILED) {
		kind = FAIL_RETRY;
		why = status == AMQP_STATUS_TIMEOUT ? "no answer in time" : why;
	} else if (tls_error()) {
		what = "TLS: ";
		why = tls_error();
	} else {
		kind = FAIL_RETRY;
		why = status == AMQP_STATUS_SSL_ERROR
			? "the TLS connection broke off before the login (is another client "
			  "certificate wanted?)"
			: "the TLS connection broke off";
	}
	fail_set(fail, kind, "%s%s", what, why);
	return broker_fail(
		options, kind == FAIL_NO ? "the broker" : "cannot reach the broker", fail);
}

/* "404 NOT_FOUND - ..."; returns the code. */
static int set_reply(struct buf *to, int code, amqp_bytes_t text)
{
	buf_clear(to);
	buf_format(to, "%d %.*s", code, (int)text.len, (const char *)text.bytes);
	return code;
}

/* Why what was asked, of this queue or (NULL) of none, has failed. Returns the broker's code, or 0. */
static int reply_fail(const struct wire_options *options, const amqp_rpc_reply_t *reply,
	long distrust, const char *queue, struct fail *fail)
{
	if (reply->reply_type != AMQP_RESPONSE_SERVER_EXCEPTION) {
		status_fail(options, reply->library_error, distrust, fail);
		return 0;
	}
	int code = 0;
	struct buf text = { 0 };
	if (reply->reply.id == AMQP_CONNECTION_CLOSE_METHOD) {
		const amqp_connection_close_t *close = reply->reply.decoded;
		code = set_reply(&text, close->reply_code, close->reply_text);
	} else if (reply->reply.id == AMQP_CHANNEL_CLOSE_METHOD) {
		const amqp_channel_close_t *close = reply->reply.decoded;
		code = set_reply(&text, close->reply_code, close->reply_text);
	}
	bool final = code == AMQP_ACCESS_REFUSED || code == AMQP_NOT_ALLOWED ||
		(queue && code == AMQP_NOT_FOUND);
	enum fail_kind kind = final ? FAIL_NO : FAIL_RETRY;
	fail_set(fail, kind, "%s", buf_str(&text));
	if (queue)
		fail_at(fail, "queue %s", queue);
	else
		broker_fail(options, "the broker", fail);
	buf_release(&text);
	return code;
}

static bool open_tcp(const struct wire_options *options, amqp_connection_state_t conn,
	double deadline, struct fail *fail)
{
	amqp_socket_t *socket = amqp_tcp_socket_new(conn);
	if (!socket)
		return fail_memory(fail);
	int fd = dial(options->host, options->port, deadline, fail);
	if (fd < 0)
		return broker_fail(options, "cannot reach the broker", fail);
	amqp_tcp_socket_set_sockfd(socket, fd);
	return true;
}

static bool open_tls(const struct wire_options *options, amqp_connection_state_t conn,
	double deadline, struct fail *fail)
{
	long distrust = 0;
	struct tls_options trust = { .host = options->host,
		.verify = options->verify,
		.ca = options->ca,
		.cert = options->cert,
		.key = options->key,
		.passphrase = options->passphrase };
	amqp_socket_t *socket = amqp_ssl_socket_new(conn);
	if (!socket)
		return fail_memory(fail);
	/* OpenSSL itself checks the name: librabbitmq's check knows no addresses in certificates. */
	amqp_ssl_socket_set_verify_hostname(socket, 0);
	amqp_ssl_socket_set_verify_peer(socket, options->verify);
	void *context = amqp_ssl_socket_get_context(socket);
	if (!tls_setup(context, &trust, &distrust, fail))
		return false;
	struct timeval left = interval(deadline - clock_now());
	int status = amqp_socket_open_noblock(socket, options->host, options->port, &left);
	tls_forget(context);
	if (status == AMQP_STATUS_OK)
		return true;
	if (status == AMQP_STATUS_SOCKET_ERROR ||
		status == AMQP_STATUS_HOSTNAME_RESOLUTION_FAILED) {
		/* librabbitmq forgets the reason; asking again tells */
		int fd = dial(options->host, options->port, deadline, fail);
		if (fd < 0)
			return broker_fail(options, "cannot reach the broker", fail);
		close(fd);
	}
	return status_fail(options, status, distrust, fail);
}

static amqp_table_entry_t can(const char *name)
{
	amqp_table_entry_t entry = { .key = amqp_cstring_bytes(name) };
	entry.value.kind = AMQP_FIELD_KIND_BOOLEAN;
	entry.value.value.boolean = 1;
	return entry;
}

static bool log_in(const struct wire_options *options, amqp_connection_state_t conn,
	double deadline, struct fail *fail)
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

	struct timeval left = interval(deadline - clock_now());
	amqp_set_handshake_timeout(conn, &left);
	amqp_rpc_reply_t reply = amqp_login_with_properties(conn, options->vhost, 0, FRAME_MAX,
		HEARTBEAT, &properties, AMQP_SASL_METHOD_PLAIN, options->user, options->pass);
	if (reply.reply_type == AMQP_RESPONSE_NORMAL) {
		left = interval(deadline - clock_now());
		amqp_set_rpc_timeout(conn, &left);
		if (amqp_channel_open(conn, WORKING))
			return true;
		reply = amqp_get_rpc_reply(conn);
	}
	reply_fail(options, &reply, 0, NULL, fail);
	return false;
}

/* What is asked from here on is answered in time, or fails. */
static void hurry(struct wire *wire, double deadline)
{
	struct timeval left = interval(deadline - clock_now());
	amqp_set_rpc_timeout(wire->conn, &left);
}

/* Whether what was asked last, of this queue or (NULL) of none, has been granted. */
static bool granted(
	struct wire *wire, bool yes, const char *queue, int *code, struct fail *fail)
{
	if (!yes) {
		amqp_rpc_reply_t reply = amqp_get_rpc_reply(wire->conn);
		*code = reply_fail(&wire->options, &reply, 0, queue, fail);
	}
	return yes;
}

bool wire_confirms(struct wire *wire, double deadline, struct fail *fail)
{
	int code;
	hurry(wire, deadline);
	return granted(wire, amqp_confirm_select(wire->conn, WORKING), NULL, &code, fail);
}

bool wire_consume(struct wire *wire, const char *queue, uint16_t prefetch, double deadline,
	int *code, struct fail *fail)
{
	*code = 0;
	hurry(wire, deadline);
	bool yes = amqp_basic_qos(wire->conn, WORKING, 0, prefetch, 0) &&
		amqp_basic_consume(wire->conn, WORKING, amqp_cstring_bytes(queue),
			amqp_cstring_bytes(CONSUMER), 0, 0, 0, amqp_empty_table);
	return granted(wire, yes, queue, code, fail);
}

struct wire *wire_open(const struct wire_options *options, double deadline, struct fail *fail)
{
	struct wire *wire = calloc(1, sizeof *wire);
	if (!wire) {
		fail_memory(fail);
		return NULL;
	}
	wire->options = *options;
	wire->conn = amqp_new_connection();
	if (!wire->conn)
		fail_memory(fail);
	else if ((options->tls ? open_tls : open_tcp)(options, wire->conn, deadline, fail) &&
		log_in(options, wire->conn, deadline, fail))
		return wire;
	wire_free(wire);
	return NULL;
}

void wire_goodbye(struct wire *wire)
{
	hurry(wire, clock_now() + FAREWELL);
	amqp_connection_close(wire->conn, AMQP_REPLY_SUCCESS);
}

void wire_free(struct wire *wire)
{
	if (!wire)
		return;
	if (wire->conn)
		amqp_destroy_connection(wire->conn);
	buf_release(&wire->text);
	free(wire);
}

int wire_fd(const struct wire *wire)
{
	return amqp_get_sockfd(wire->conn);
}

bool wire_ahead(const struct wire *wire)
{
	return amqp_frames_enqueued(wire->conn) || amqp_data_in_buffer(wire->conn);
}

int wire_heartbeat(const struct wire *wire)
{
	return amqp_get_heartbeat(wire->conn);
}

size_t wire_part_max(const struct wire *wire)
{
	return (size_t)amqp_get_frame_max(wire->conn) - 8;
}

static bool said(struct wire *wire, int status)
{
	if (status != AMQP_STATUS_OK)
		wire->why = status_text(status);
	return status == AMQP_STATUS_OK;
}

bool wire_publish(struct wire *wire, const char *exchange, const char *routing, uint64_t size)
{
	amqp_basic_publish_t publish = { .exchange = amqp_cstring_bytes(exchange),
		.routing_key = amqp_cstring_bytes(routing),
		.mandatory = 1 };
	amqp_basic_properties_t properties = { ._flags = AMQP_BASIC_DELIVERY_MODE_FLAG |
			AMQP_BASIC_CONTENT_ENCODING_FLAG,
		.delivery_mode = AMQP_DELIVERY_PERSISTENT,
		.content_encoding = amqp_cstring_bytes("utf-8") };
	amqp_frame_t header = { .frame_type = AMQP_FRAME_HEADER, .channel = WORKING };
	header.payload.properties.class_id = AMQP_BASIC_CLASS;
	header.payload.properties.body_size = size;
	header.payload.properties.decoded = &properties;
	int status = amqp_send_method(wire->conn, WORKING, AMQP_BASIC_PUBLISH_METHOD, &publish);
	if (status == AMQP_STATUS_OK)
		status = amqp_send_frame(wire->conn, &header);
	return said(wire, status);
}

bool wire_part(struct wire *wire, const void *bytes, size_t n)
{
	amqp_frame_t part = { .frame_type = AMQP_FRAME_BODY, .channel = WORKING };
	part.payload.body_fragment.bytes = (void *)bytes;
	part.payload.body_fragment.len = n;
	return said(wire, amqp_send_frame(wire->conn, &part));
}

bool wire_ack(struct wire *wire, uint64_t tag)
{
	amqp_basic_ack_t ack = { .delivery_tag = tag };
	return said(wire, amqp_send_method(wire->conn, WORKING, AMQP_BASIC_ACK_METHOD, &ack));
}

bool wire_nack(struct wire *wire, uint64_t tag, bool requeue)
{
	amqp_basic_nack_t nack = { .delivery_tag = tag, .requeue = requeue };
	return said(wire, amqp_send_method(wire->conn, WORKING, AMQP_BASIC_NACK_METHOD, &nack));
}

bool wire_cancel(struct wire *wire)
{
	amqp_basic_cancel_t cancel = { .consumer_tag = amqp_cstring_bytes(CONSUMER) };
	return said(
		wire, amqp_send_method(wire->conn, WORKING, AMQP_BASIC_CANCEL_METHOD, &cancel));
}

bool wire_beat(struct wire *wire)
{
	amqp_frame_t frame = { .frame_type = AMQP_FRAME_HEARTBEAT };
	return said(wire, amqp_send_frame(wire->conn, &frame));
}

bool wire_ask(struct wire *wire, const char *queue)
{
	amqp_channel_open_t open = { .out_of_band = amqp_empty_bytes };
	amqp_queue_declare_t declare = { .queue = amqp_cstring_bytes(queue), .passive = 1 };
	int status = wire->asking
		? AMQP_STATUS_OK
		: amqp_send_method(wire->conn, ASKING, AMQP_CHANNEL_OPEN_METHOD, &open);
	wire->asking = true;
	if (status == AMQP_STATUS_OK)
		status = amqp_send_method(
			wire->conn, ASKING, AMQP_QUEUE_DECLARE_METHOD, &declare);
	return said(wire, status);
}

static void hear_reason(struct wire *wire, enum wire_kind kind, int code, amqp_bytes_t text,
	struct wire_event *event)
{
	event->kind = kind;
	event->code = set_reply(&wire->text, code, text);
	event->text = buf_str(&wire->text);
}

static void hear_channel_close(struct wire *wire, amqp_channel_t channel,
	const amqp_channel_close_t *close, struct wire_event *event)
{
	bool asked = channel == ASKING;
	wire->asking = wire->asking && !asked;
	hear_reason(wire, asked ? WIRE_UNKNOWN : WIRE_CLOSED, close->reply_code,
		close->reply_text, event);
	amqp_channel_close_ok_t ok = { 0 };
	amqp_send_method(wire->conn, channel, AMQP_CHANNEL_CLOSE_OK_METHOD, &ok);
}

static void hear_method(struct wire *wire, const amqp_frame_t *frame, struct wire_event *event)
{
	const amqp_method_t *method = &frame->payload.method;
	switch (method->id) {
	case AMQP_BASIC_ACK_METHOD: {
		const amqp_basic_ack_t *ack = method->decoded;
		event->kind = WIRE_CONFIRMED;
		event->tag = ack->delivery_tag;
		event->multiple = ack->multiple;
		break;
	}
	case AMQP_BASIC_NACK_METHOD: {
		const amqp_basic_nack_t *nack = method->decoded;
		event->kind = WIRE_REFUSED;
		event->tag = nack->delivery_tag;
		event->multiple = nack->multiple;
		break;
	}
	case AMQP_BASIC_DELIVER_METHOD: {
		const amqp_basic_deliver_t *deliver = method->decoded;
		event->kind = WIRE_DELIVERED;
		event->tag = deliver->delivery_tag;
		event->redelivered = deliver->redelivered;
		break;
	}
	case AMQP_BASIC_CANCEL_METHOD:
		event->kind = WIRE_CANCELLED;
		break;
	case AMQP_BASIC_RETURN_METHOD: {
		const amqp_basic_return_t *back = method->decoded;
		hear_reason(wire, WIRE_RETURNED, back->reply_code, back->reply_text, event);
		break;
	}
	case AMQP_CONNECTION_BLOCKED_METHOD: {
		const amqp_connection_blocked_t *blocked = method->decoded;
		event->kind = WIRE_BLOCKED;
		buf_clear(&wire->text);
		buf_add(&wire->text, blocked->reason.bytes, blocked->reason.len);
		event->text = buf_str(&wire->text);
		break;
	}
	case AMQP_CONNECTION_UNBLOCKED_METHOD:
		event->kind = WIRE_UNBLOCKED;
		break;
	case AMQP_QUEUE_DECLARE_OK_METHOD: {
		const amqp_queue_declare_ok_t *queue = method->decoded;
		event->kind = WIRE_DEPTH;
		event->size = queue->message_count;
		event->consumers = queue->consumer_count;
		break;
	}
	case AMQP_CHANNEL_CLOSE_METHOD:
		hear_channel_close(wire, frame->channel, method->decoded, event);
		break;
	case AMQP_CONNECTION_CLOSE_METHOD: {
		const amqp_connection_close_t *close = method->decoded;
		amqp_connection_close_ok_t ok = { 0 };
		hear_reason(wire, WIRE_LOST, close->reply_code, close->reply_text, event);
		amqp_send_method(wire->conn, 0, AMQP_CONNECTION_CLOSE_OK_METHOD, &ok);
		break;
	}
	}
}

bool wire_read(struct wire *wire, struct wire_event *event)
{
	amqp_frame_t frame;
	struct timeval at_once = { 0, 0 };
	*event = (struct wire_event){ .kind = WIRE_OTHER };
	amqp_maybe_release_buffers(wire->conn);
	int status = amqp_simple_wait_frame_noblock(wire->conn, &frame, &at_once);
	if (status == AMQP_STATUS_TIMEOUT)
		return false;
	if (!said(wire, status)) {
		event->kind = WIRE_LOST;
		event->text = wire->why;
	} else if (frame.frame_type == AMQP_FRAME_METHOD) {
		hear_method(wire, &frame, event);
	} else if (frame.frame_type == AMQP_FRAME_HEADER) {
		event->kind = WIRE_SIZE;
		event->size = frame.payload.properties.body_size;
	} else if (frame.frame_type == AMQP_FRAME_BODY) {
		event->kind = WIRE_BYTES;
		event->bytes = frame.payload.body_fragment.bytes;
		event->size = frame.payload.body_fragment.len;
	}
	return true;
}

const char *wire_why(const struct wire *wire)
{
	return wire->why;
}
