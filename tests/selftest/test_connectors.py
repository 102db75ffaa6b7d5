import pika

from subject import REGISTER, Strict, bundle, codes, identity

PING = "mutation Ping($id: ID!, $state: String) { pingConnector(id: $id, state: $state) { connector_state } }"


class Connectors(Strict):
    def test_unknown_ping(self):
        answer = self.p.ask(PING, {"id": "nobody"})
        self.assertEqual(codes(answer), ["FUNCTIONAL_ERROR"])
        self.assertEqual(answer["errors"][0]["message"], "No connector found with the specified ID")

    def test_state_dance(self):
        id = self.p.register()

        def ping(state):
            return self.p.data(PING, {"id": id, "state": state})["pingConnector"]["connector_state"]

        self.assertEqual(ping('{"a":1}'), '{"a":1}')
        self.p.test("POST", "/worker/pause")
        self.p.publish(id, bundle(identity()))
        details = "query ($id: String!) { connector(id: $id) { connector_queue_details { messages_number } } }"
        self.p.settled(
            lambda: self.p.data(details, {"id": id})["connector"]["connector_queue_details"]["messages_number"] == 1
        )
        self.p.data("mutation ($id: ID!) { resetStateConnector(id: $id) { id } }", {"id": id})
        self.p.test("POST", "/worker/resume")
        self.assertEqual(
            self.p.data(details, {"id": id})["connector"]["connector_queue_details"]["messages_number"], 0
        )
        self.assertEqual(ping('{"a":2}'), "")
        self.assertEqual(ping('{"a":3}'), '{"a":3}')
        self.assertEqual(
            self.p.register()
            and self.p.data(REGISTER, {"input": {"id": id, "name": "n", "type": "STREAM"}})["registerConnector"][
                "connector_state"
            ],
            '{"a":3}',
        )
        self.p.test("POST", "/connector/%s/forget" % id)
        self.assertEqual(codes(self.p.ask(PING, {"id": id})), ["FUNCTIONAL_ERROR"])

    def test_ping_makes_queues_again(self):
        id = self.p.register()
        link = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", self.p.amqp_port))
        link.channel().queue_delete("push_" + id)
        self.p.data(PING, {"id": id})
        self.assertEqual(link.channel().queue_declare("push_" + id, passive=True).method.NAME, "Queue.DeclareOk")
        stix = identity()
        self.p.publish(id, bundle(stix))
        self.p.settled(lambda: self.p.data("query ($id: String!) { stix(id: $id) }", {"id": stix["id"]})["stix"])
        self.p.data("mutation ($id: ID!) { deleteConnector(id: $id) }", {"id": id})
        with self.assertRaises(pika.exceptions.ChannelClosedByBroker):
            link.channel().queue_declare("push_" + id, passive=True)
        link.close()
