import base64
import json
import time
import uuid

import pika

from subject import Strict, bundle, codes, identity, relation


class Worker(Strict):
    def test_bad_messages_are_dropped(self):
        connector = self.p.register()
        before = self.p.test("GET", "/worker")["counters"].get("dropped", 0)
        bad = [
            b"not json",
            {"content": "%%%"},
            {
                "content": base64.urlsafe_b64encode(b'{"objects":[{"id":"\xc3\xbf\xc3\xbf>>>???"}]}')
                .decode()
                .rstrip("=")
            },
            {"work_id": "x"},
            dict(bundle(identity()), type="other"),
            bundle(),
            {"content": base64.b64encode(b'{"type":"report","objects":[{}]}').decode()},
        ]
        self.p.publish(connector, *bad)
        self.p.settled(lambda: self.p.test("GET", "/worker")["counters"].get("dropped", 0) == before + len(bad))

    def test_unroutable(self):
        link = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", self.p.amqp_port))
        channel = link.channel()
        channel.confirm_delivery()
        with self.assertRaises(pika.exceptions.UnroutableError):
            channel.basic_publish("amqp.worker.exchange", "push_routing_nobody", b"{}", mandatory=True)
        link.close()

    def test_import(self):
        connector = self.p.register()
        author, lonely = identity(), identity()
        custom = {"type": "x-acme", "id": "x-acme--" + str(uuid.uuid4())}
        nameless = {k: v for k, v in identity().items() if k != "name"}
        dated = identity(created="2020-01-01")
        work = self.p.work(connector, expect=7)
        applicant = self.p.tokens["users"]["analyst"]
        ids = {"work_id": work, "applicant_id": applicant}
        self.p.publish(
            connector,
            bundle(author, **ids),
            bundle(relation(author, identity()), **ids),
            bundle(custom, **ids),
            bundle(nameless, **ids),
            bundle(dated, **ids),
            bundle(lonely, work_id=work, applicant_id="nobody"),
            bundle(identity(), entities_types=["malware"], **ids),
        )
        self.p.settled(lambda: self.p.look(work)["status"] == "complete")
        errors = self.p.look(work)["errors"]
        self.assertEqual(len(errors), 5, errors)
        self.assertIn("MISSING_REFERENCE_ERROR", errors[0]["message"])
        self.assertIn("Incompatible element", errors[1]["message"])
        stored = {one["id"]: one for one in self.p.test("GET", "/objects?meta")}
        self.assertEqual(stored[author["id"]]["applicant_id"], applicant)
        self.assertNotIn(lonely["id"], stored)
        found = [m for m in self.p.test("GET", "/messages") if m["body"] and m["body"].get("work_id") == work]
        self.assertEqual((len(found), found[0]["properties"]["delivery_mode"]), (7, 2))

    def test_unsplit(self):
        connector = self.p.register()
        first, second = identity(), identity()
        second["created_by_ref"] = first["id"]
        work = self.p.work(connector)
        self.p.publish(connector, bundle(second, first, work_id=work))
        self.p.settled(lambda: self.p.look(work)["status"] == "complete", 20)
        self.assertEqual(self.p.look(work)["completed_number"], 2)
        together = self.p.work(connector, expect=2)
        self.p.publish(connector, bundle(identity(), identity(), work_id=together, no_split=True))
        self.p.settled(lambda: self.p.look(together)["status"] == "complete")

    def test_dead_work_is_skipped(self):
        connector = self.p.register()
        work, stix = self.p.work(connector, expect=1), identity()
        self.p.test("POST", "/works/%s/kill" % work)
        self.p.publish(connector, bundle(stix, work_id=work), bundle(identity()))
        time.sleep(0.5)
        self.assertEqual(self.p.data("query ($id: String!) { stix(id: $id) }", {"id": stix["id"]})["stix"], "")

    def test_bundle_push(self):
        connector = self.p.register()
        query = "mutation ($c: String!, $b: String!, $w: String) { stixBundlePush(connectorId: $c, bundle: $b, work_id: $w) }"
        work = self.p.work(connector)
        text = json.dumps({"type": "bundle", "objects": [identity(), identity()]})
        self.assertTrue(self.p.data(query, {"c": connector, "b": text, "w": work})["stixBundlePush"])
        self.p.settled(lambda: self.p.look(work)["status"] == "complete")
        for c, b in ((connector, "{"), (connector, '{"type":"bundle","objects":[]}'), ("nobody", text)):
            answer = self.p.ask(query, {"c": c, "b": b})
            self.assertEqual(
                (codes(answer), answer["errors"][0]["message"]), (["UNSUPPORTED_ERROR"], "Invalid bundle")
            )
