/* bare-publish HOST PORT USER PASS VHOST EXCHANGE ROUTING WINDOW: publishes each line of stdin as
 * a message with librabbitmq and nothing else, at most WINDOW of them unconfirmed, and prints
 * SECONDS COUNT: what octi's own publishing is measured against. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void check(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bare-publish: %s failed\n", what);
	exit(75);
}

/* Counts the confirms that have come; waits for one when told to. */
static unsigned long confirms(amqp_connection_state_t conn, int wait, unsigned long confirmed)
{
	struct timeval at_once = { 0, 0 };
	amqp_frame_t frame;
	for (int waiting = wait;; waiting = 0) {
		int status =
			amqp_simple_wait_frame_noblock(conn, &frame, waiting ? NULL : &at_once);
		if (status == AMQP_STATUS_TIMEOUT)
			break;
		check(status == AMQP_STATUS_OK && frame.frame_type == AMQP_FRAME_METHOD &&
				frame.payload.method.id == AMQP_BASIC_ACK_METHOD,
			"confirm");
		amqp_basic_ack_t *ack = frame.payload.method.decoded;
		if (ack->multiple)
			confirmed = ack->delivery_tag;
		else
			confirmed++;
		if (!amqp_frames_enqueued(conn) && !amqp_data_in_buffer(conn))
			break;
	}
	amqp_maybe_release_buffers(conn);
	return confirmed;
}

int main(int argc, char **argv)
{
	if (argc != 9) {
		fprintf(stderr,
			"usage: bare-publish HOST PORT USER PASS VHOST EXCHANGE ROUTING "
			"WINDOW <LINES\n");
		return 2;
	}
	unsigned long window = strtoul(argv[8], NULL, 10);
	amqp_connection_state_t conn = amqp_new_connection();
	amqp_socket_t *socket = amqp_tcp_socket_new(conn);
	check(amqp_socket_open(socket, argv[1], (int)strtol(argv[2], NULL, 10)) == 0,
		"connect");
	check(amqp_login(conn, argv[5], 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, argv[3], argv[4])
				.reply_type == AMQP_RESPONSE_NORMAL,
		"login");
	check(amqp_channel_open(conn, 1) && amqp_confirm_select(conn, 1), "channel");

	amqp_basic_properties_t properties = { ._flags = AMQP_BASIC_DELIVERY_MODE_FLAG |
			AMQP_BASIC_CONTENT_ENCODING_FLAG,
		.delivery_mode = 2,
		.content_encoding = amqp_cstring_bytes("utf-8") };
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	unsigned long sent = 0, confirmed = 0;
	double start = now();
	while ((len = getline(&line, &cap, stdin)) > 0) {
		amqp_bytes_t body = { .len = (size_t)len - (line[len - 1] == '\n'),
			.bytes = line };
		while (sent - confirmed >= window)
			confirmed = confirms(conn, 1, confirmed);
		check(amqp_basic_publish(conn, 1, amqp_cstring_bytes(argv[6]),
			      amqp_cstring_bytes(argv[7]), 1, 0, &properties, body) == 0,
			"publish");
		sent++;
		if (sent % 32 == 0)
			confirmed = confirms(conn, 0, confirmed);
	}
	while (confirmed < sent)
		confirmed = confirms(conn, 1, confirmed);
	printf("%.6f %lu\n", now() - start, sent);
	free(line);
	amqp_connection_close(conn, AMQP_REPLY_SUCCESS);
	amqp_destroy_connection(conn);
	return 0;
}
