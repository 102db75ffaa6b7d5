"""The broker: the platform's exchanges and queues, and publishing to them."""

import json
import threading

import pika

CONNECTOR_EXCHANGE = "amqp.connector.exchange"
WORKER_EXCHANGE = "amqp.worker.exchange"
DEAD_LETTER = "too-large-bundle"
DEAD_LETTER_QUEUE = (DEAD_LETTER, "Bundle too large for ingestion", "internal", "dead letter")
LOST = (pika.exceptions.AMQPError, OSError)


class Broker:
    def __init__(self, options):
        self.options = options
        self.lock = threading.Lock()
        self.connection = None

    def parameters(self):
        return pika.ConnectionParameters(
            "127.0.0.1",
            self.options.amqp_port,
            "/",
            pika.PlainCredentials("guest", "guest"),
            heartbeat=0,
            socket_timeout=5,
            blocked_connection_timeout=10,
        )

    def described(self):
        """The connection as registerConnector answers it."""
        tls = self.options.amqp_tls_port
        return {
            "host": self.options.broker_host,
            "vhost": "/",
            "use_ssl": bool(tls),
            "port": tls or self.options.amqp_port,
            "user": "guest",
            "pass": "guest",
        }

    def _do(self, action):
        with self.lock:
            for last in (False, True):
                try:
                    if self.connection is None or not self.connection.is_open:
                        self.connection = pika.BlockingConnection(self.parameters())
                    channel = self.connection.channel()
                    result = action(channel)
                    channel.close()
                    return result
                except pika.exceptions.ChannelClosedByBroker:
                    raise
                except LOST as error:
                    # A connection kept from before a restart of the broker deserves a second try.
                    self.connection = None
                    if last:
                        # The platform passes on what its client of the broker throws.
                        raise ConnectionError(f"connect ECONNREFUSED 127.0.0.1:{self.options.amqp_port}") from error

    def declare(self, id, name, kind, scope):
        arguments = {"name": name, "config": {"id": id, "type": kind, "scope": scope}, "x-queue-type": "classic"}

        def action(channel):
            for exchange in (CONNECTOR_EXCHANGE, WORKER_EXCHANGE):
                channel.exchange_declare(exchange, "direct", durable=True)
            channel.queue_declare("listen_" + id, durable=True, arguments=arguments)
            channel.queue_bind("listen_" + id, CONNECTOR_EXCHANGE, "listen_routing_" + id)
            channel.queue_declare("push_" + id, durable=True, arguments=arguments)
            channel.queue_bind("push_" + id, WORKER_EXCHANGE, "push_routing_" + id)

        self._do(action)

    def delete(self, id):
        def action(channel):
            channel.queue_delete("listen_" + id)
            channel.queue_delete("push_" + id)

        self._do(action)

    def purge(self, id):
        for queue in ("listen_" + id, "push_" + id):
            try:
                self._do(lambda channel: channel.queue_purge(queue))
            except pika.exceptions.ChannelClosedByBroker:
                pass

    def depth(self, queue):
        try:
            return self._do(lambda channel: channel.queue_declare(queue, passive=True).method.message_count)
        except (pika.exceptions.ChannelClosedByBroker, ConnectionError):
            return 0

    def publish(self, exchange, routing_key, messages):
        def action(channel):
            channel.confirm_delivery()
            for message in messages:
                channel.basic_publish(
                    exchange,
                    routing_key,
                    json.dumps(message, ensure_ascii=False).encode(),
                    pika.BasicProperties(delivery_mode=2),
                    mandatory=True,
                )

        self._do(action)

    def close(self):
        with self.lock:
            if self.connection is not None and self.connection.is_open:
                self.connection.close()
