import uuid

from subject import REGISTER, Strict, codes


class GraphQL(Strict):
    def test_unknown_field(self):
        answer = self.p.ask("{ about { version nonsense } }")
        self.assertEqual(codes(answer), ["GRAPHQL_VALIDATION_FAILED"])
        self.assertNotIn("data", answer)
        self.assertIn('Cannot query field "nonsense" on type "AppInfo".', answer["errors"][0]["message"])
        self.assertEqual(answer["errors"][0]["name"], "GRAPHQL_VALIDATION_FAILED")

    def test_bad_values(self):
        for input in (
            {"id": "x"},
            {"id": "x", "name": "n", "type": "NOPE"},
            {"id": "x", "name": "n", "type": "STREAM", "what": 1},
        ):
            answer = self.p.ask(REGISTER, {"input": input})
            self.assertEqual(set(codes(answer)), {"BAD_USER_INPUT"})
            self.assertNotIn("data", answer)
        naive = {
            "run_and_terminate": False,
            "buffering": False,
            "queue_threshold": 1,
            "queue_messages_size": 0,
            "last_run_datetime": "2026-01-02T03:04:05",
        }
        query = "mutation ($i: ConnectorInfoInput) { pingConnector(id: 1, connectorInfo: $i) { id } }"
        self.assertEqual(codes(self.p.ask(query, {"i": naive})), ["BAD_USER_INPUT"])

    def test_id_is_not_a_string(self):
        answer = self.p.ask("query ($id: ID!) { connector(id: $id) { id } }", {"id": "x"})
        self.assertEqual(codes(answer), ["GRAPHQL_VALIDATION_FAILED"])

    def test_tokens(self):
        for token in ("wrong", ""):
            answer = self.p.ask("{ about { version } }", user=token)
            self.assertEqual(list(answer), ["errors", "data"])
            self.assertEqual(answer["data"], {"about": None})
            self.assertEqual(answer["errors"][0]["path"], ["about"])
            self.assertEqual(
                answer["errors"][0]["extensions"],
                {"code": "AUTH_REQUIRED", "data": {"http_status": 401, "genre": "TECHNICAL"}},
            )
        self.assertEqual(
            codes(
                self.p.ask(
                    "{ about { version } }", headers={"Authorization": "bearer " + self.p.tokens["admin"]}, user=""
                )
            ),
            ["AUTH_REQUIRED"],
        )

    def test_capability(self):
        answer = self.p.ask(REGISTER, {"input": {"id": "x", "name": "n", "type": "STREAM"}}, user="reader")
        self.assertEqual(codes(answer), ["FORBIDDEN_ACCESS"])
        self.assertIsNone(answer["data"]["registerConnector"])
        self.assertEqual(codes(self.p.ask("mutation { connectorJWT }")), ["FORBIDDEN_ACCESS"])
        self.assertEqual(self.p.data("mutation { connectorJWT }", user="admin")["connectorJWT"].count("."), 2)

    def test_applicant(self):
        me, ids = "{ me { id } }", self.p.tokens["users"]
        header = {"opencti-applicant-id": ids["analyst"]}
        self.assertEqual(self.p.data(me, user="admin", headers=header)["me"]["id"], ids["analyst"])
        self.assertEqual(self.p.data(me, headers=header)["me"]["id"], ids["connector"])
        self.assertEqual(
            codes(self.p.ask(me, user="admin", headers={"opencti-applicant-id": "nobody"})), ["AUTH_REQUIRED"]
        )

    def test_aliases(self):
        query = "{ %s }" % " ".join("a%d: about { version }" % n for n in range(3))
        self.assertIn(
            "Allowed number of calls for Query->about has been exceeded (max: 2)",
            self.p.ask(query)["errors"][0]["message"],
        )
        two = 'mutation { a: workEdit(id: "1") { ping } b: workEdit(id: "2") { ping } }'
        self.assertEqual(codes(self.p.ask(two)), ["GRAPHQL_VALIDATION_FAILED"])

    def test_introspection(self):
        self.assertEqual(codes(self.p.ask("{ __schema { types { name } } }")), ["RESOURCE_NOT_FOUND"])
        self.assertEqual(self.p.data('{ __type(name: "Work") { name } }')["__type"]["name"], "Work")

    def test_http(self):
        p = self.p
        self.assertEqual(p.http("GET", "/graphql")[0], 405)
        self.assertEqual(p.post({})[0], 400)
        self.assertEqual(codes(p.post([{"query": "{ about { version } }"}])[1]), ["BAD_REQUEST"])
        self.assertEqual(p.post({"query": "{ about { version } }", "variables": "{}"})[0], 400)
        self.assertEqual(p.post({"query": ""})[0], 200)
        self.assertEqual(p.post(b"{ broken")[0], 500)
        self.assertEqual(p.post(b"{ broken")[1]["status"], "error")
        self.assertEqual(p.post({"query": "{ about { version } }"}, headers={"Content-Type": "text/plain"})[0], 400)
        self.assertEqual(p.post({"query": "{ about { version } }"}, headers={"Accept": "text/html"})[0], 406)
        self.assertEqual(p.http("POST", "/elsewhere", b"")[0], 404)
        status, _, headers = p.http("GET", "/elsewhere")
        self.assertEqual((status, headers.get_content_type()), (200, "text/html"))
        self.assertEqual(codes(p.ask("{ about { ")), ["GRAPHQL_PARSE_FAILED"])

    def test_dead_context(self):
        query = {"query": "{ about { version } }"}
        status, answer = self.p.post(query, headers={"opencti-work-id": "work_x_2026"})
        self.assertEqual((status, codes(answer)), (500, ["WORK_NOT_ALIVE"]))
        status, answer = self.p.post(query, headers={"opencti-draft-id": "nothing"})
        self.assertEqual((status, codes(answer)), (500, ["DRAFT_LOCKED"]))
        self.assertEqual(self.p.post(query, headers={"opencti-draft-id": ""})[0], 200)
        self.assertEqual(self.old.post(query, headers={"opencti-work-id": "work_x_2026"})[0], 200)

    def test_old_release(self):
        input = {"id": str(uuid.uuid4()), "name": "n", "type": "STREAM"}
        with_jwks = REGISTER.replace("id connector_state", "id jwks connector_state")
        self.assertEqual(codes(self.old.ask(with_jwks, {"input": input})), ["GRAPHQL_VALIDATION_FAILED"])
        self.assertEqual(codes(self.old.ask(REGISTER, {"input": dict(input, slug="s")})), ["BAD_USER_INPUT"])
        self.assertEqual(codes(self.old.ask('{ isWorkAlive(id: "x") }')), ["GRAPHQL_VALIDATION_FAILED"])
        self.assertEqual(self.old.data(REGISTER, {"input": input})["registerConnector"]["id"], input["id"])
        self.assertEqual(
            self.p.data(with_jwks, {"input": dict(input, slug="s", version="1")})["registerConnector"]["id"],
            input["id"],
        )
        gone = self.old.ask('mutation { workEdit(id: "work_gone") { toReceived } }')
        self.assertEqual(codes(gone), ["INTERNAL_SERVER_ERROR"])
