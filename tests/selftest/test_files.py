import http.server
import json
import threading
import uuid

import pika

from subject import Strict, codes


class Files(Strict):
    def multipart(self, *parts, query=None, variables=None):
        boundary = "octi" + uuid.uuid4().hex
        query = (
            query
            or "mutation Up($file: Upload!) { uploadImport(file: $file) { id name size metaData { mimetype } } }"
        )
        given = {
            "operations": json.dumps({"query": query, "variables": variables or {"file": None}}),
            "map": '{"0":["variables.file"]}',
        }
        body = b""
        for part in parts:
            name, filename, data = part if isinstance(part, tuple) else (part, None, given[part].encode())
            disposition = 'form-data; name="%s"' % name + ('; filename="%s"' % filename if filename else "")
            body += ("--%s\r\nContent-Disposition: %s\r\n\r\n" % (boundary, disposition)).encode() + data + b"\r\n"
        body += ("--%s--\r\n" % boundary).encode()
        return self.p.post(body, headers={"Content-Type": "multipart/form-data; boundary=" + boundary})

    def test_upload(self):
        file = ("0", "Été Report.CSV", b"a,b\n" + uuid.uuid4().bytes)
        status, answer = self.multipart("operations", "map", file)
        made = answer["data"]["uploadImport"]
        self.assertEqual(
            made,
            {
                "id": "import/global/été report.csv",
                "name": "Été Report.CSV",
                "size": 20,
                "metaData": {"mimetype": "text/csv"},
            },
        )
        for order in (
            ("map", "operations", file),
            (file, "operations", "map"),
            ("operations", file, "map"),
            ("operations", file),
        ):
            status, answer = self.multipart(*order)
            self.assertEqual((status, answer["status"]), (500, "error"), order)
        status, answer = self.multipart("operations", "map")
        self.assertEqual((status, answer["errors"][0]["message"]), (200, "File missing in the request."))
        self.assertEqual(
            codes(self.p.ask("mutation ($file: Upload!) { uploadImport(file: $file) { id } }", {"file": "text"})),
            ["BAD_USER_INPUT"],
        )
        token = {"Authorization": "Bearer " + self.p.tokens["connector"]}
        status, data, headers = self.p.http(
            "GET", "/storage/get/import/global/%C3%A9t%C3%A9%20report.csv", headers=token
        )
        self.assertEqual((status, data, headers["Content-Length"]), (200, file[2], None))
        self.assertEqual(self.p.http("GET", "/storage/get/import/global/none", headers=token)[0], 503)
        self.assertEqual(self.p.http("GET", "/storage/get/import/global/none")[0], 403)

    def test_job_for_upload(self):
        connector = self.p.register("INTERNAL_IMPORT_FILE", auto=True, scope=["text/x-self"])
        self.p.data("mutation ($id: ID!) { deleteConnector(id: $id) }", {"id": connector})
        connector = self.p.register("INTERNAL_IMPORT_FILE", auto=True, scope=["application/pdf"])
        self.multipart("operations", "map", ("0", uuid.uuid4().hex + ".pdf", b"%PDF"))
        link = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", self.p.amqp_port))
        _, _, body = link.channel().basic_get("listen_" + connector, auto_ack=True)
        link.close()
        job = json.loads(body)
        self.assertEqual(job["event"]["file_mime"], "application/pdf")
        self.assertTrue(job["internal"]["work_id"].startswith("work_" + connector))

    def test_job_by_callback(self):
        seen = []

        class Listener(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                seen.append((self.headers, self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(202 if len(seen) > 1 else 503)
                self.end_headers()

            def log_message(self, *_):
                pass

        listener = http.server.HTTPServer(("127.0.0.1", 0), Listener)
        threading.Thread(target=listener.serve_forever, daemon=True).start()
        uri = "http://127.0.0.1:%d/callback" % listener.server_port
        connector = self.p.register("INTERNAL_ENRICHMENT", listen_callback_uri=uri)
        self.p.test("POST", "/connector/%s/job" % connector, {"internal": {}, "event": {"entity_id": "é"}})
        self.p.settled(lambda: len(seen) == 2)
        listener.shutdown()
        listener.server_close()
        headers, body = seen[1]
        self.assertEqual(json.loads(body)["event"]["entity_id"], "é")
        self.assertEqual(headers["Authorization"].count("."), 2)
