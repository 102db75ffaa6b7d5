/* broker: a connection of the test's own to the broker on 127.0.0.1:$MQ_TEST_PORT, and what it does to
 * queues there. */
#ifndef OCTI_TESTS_BROKER_H
#define OCTI_TESTS_BROKER_H

#include "check.h"

#include <poll.h>
#include <stdint.h>

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>

static uint16_t broker_port;
static amqp_connection_state_t hand; /* a connection of the test's own */

static inline void hand_ok(void)
{
	CHECK(amqp_get_rpc_reply(hand).reply_type == AMQP_RESPONSE_NORMAL);
}

static inline void hand_open(void)
{
	hand = amqp_new_connection();
	CHECK(amqp_socket_open(amqp_tcp_socket_new(hand), "127.0.0.1", broker_port) == 0);
	CHECK(amqp_login(hand, "/", 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest")
			.reply_type == AMQP_RESPONSE_NORMAL);
	amqp_channel_open(hand, 1);
	hand_ok();
}

static inline void hand_close(void)
{
	amqp_connection_close(hand, AMQP_REPLY_SUCCESS);
	amqp_destroy_connection(hand);
}

/* An empty queue that holds so many messages at most and refuses more; 0: takes all. */
static inline void queue_new(const char *name, int most)
{
	amqp_table_entry_t entries[2] = { { .key = amqp_cstring_bytes("x-max-length") },
		{ .key = amqp_cstring_bytes("x-overflow") } };
	entries[0].value.kind = AMQP_FIELD_KIND_I32;
	entries[0].value.value.i32 = most;
	entries[1].value.kind = AMQP_FIELD_KIND_UTF8;
	entries[1].value.value.bytes = amqp_cstring_bytes("reject-publish");
	amqp_table_t limits = { .num_entries = 2, .entries = entries };
	amqp_queue_delete(hand, 1, amqp_cstring_bytes(name), 0, 0);
	hand_ok();
	amqp_queue_declare(hand, 1, amqp_cstring_bytes(name), 0, 1, 0, 0,
		most ? limits : amqp_empty_table);
	hand_ok();
}

static inline void queue_delete(const char *name)
{
	amqp_queue_delete(hand, 1, amqp_cstring_bytes(name), 0, 0);
	hand_ok();
}

/* Takes one message out; false when there is none. The body is the caller's to release. */
static inline bool queue_take(const char *name, amqp_message_t *message)
{
	amqp_maybe_release_buffers(hand);
	amqp_rpc_reply_t reply = amqp_basic_get(hand, 1, amqp_cstring_bytes(name), 1);
	CHECK(reply.reply_type == AMQP_RESPONSE_NORMAL);
	if (reply.reply.id == AMQP_BASIC_GET_EMPTY_METHOD)
		return false;
	CHECK(amqp_read_message(hand, 1, message, 0).reply_type == AMQP_RESPONSE_NORMAL);
	return true;
}

/* A persistent message for the queue. */
static inline void queue_put(const char *name, const void *bytes, size_t len)
{
	amqp_basic_properties_t properties = { ._flags = AMQP_BASIC_DELIVERY_MODE_FLAG,
		.delivery_mode = 2 };
	amqp_bytes_t body = { .len = len, .bytes = (void *)bytes };
	CHECK(amqp_basic_publish(hand, 1, amqp_empty_bytes, amqp_cstring_bytes(name), 0, 0,
		      &properties, body) == AMQP_STATUS_OK);
}

/* Messages ready in the queue, asked until there are so many, for five seconds. */
static inline unsigned queue_ready(const char *name, unsigned wanted)
{
	unsigned ready = 0;
	for (int left = 50; left > 0; left--) {
		amqp_queue_declare_ok_t *ok = amqp_queue_declare(
			hand, 1, amqp_cstring_bytes(name), 1, 1, 0, 0, amqp_empty_table);
		hand_ok();
		ready = ok->message_count;
		amqp_maybe_release_buffers(hand);
		if (ready == wanted)
			break;
		poll(NULL, 0, 100);
	}
	return ready;
}

/* The port from the environment, and the connection. False: there is none. */
static inline bool hand_begin(const char *name)
{
	const char *port = getenv("MQ_TEST_PORT");
	if (!port) {
		fprintf(stderr, "%s: MQ_TEST_PORT is not set\n", name);
		return false;
	}
	broker_port = (uint16_t)strtoul(port, NULL, 10);
	hand_open();
	return true;
}

#endif
