from subject import Strict, codes


class Works(Strict):
    def test_work_without_expectations(self):
        id = self.p.work(self.p.register())
        self.p.edit(id, 'toProcessed(message: "done")')
        work = self.p.look(id)
        self.assertEqual((work["status"], work["completed_number"]), ("complete", 1))
        self.assertEqual(work["tracking"], {"import_expected_number": 1, "import_processed_number": 1})

    def test_multipart(self):
        connector = self.p.register()
        for multipart in (False, True):
            id = self.p.work(connector, multipart, 1)
            self.p.edit(id, "reportExpectation")
            self.assertEqual(self.p.look(id)["status"], "progress" if multipart else "complete")
            self.p.edit(id, "addExpectations(expectations: 1)")
            self.p.edit(id, "toProcessed")
            self.assertEqual(self.p.look(id)["status"], "progress" if multipart else "complete")
            self.p.edit(id, "reportExpectation")
            self.assertEqual(self.p.look(id)["status"], "complete")

    def test_errors_are_capped(self):
        id = self.p.work(self.p.register(), expect=150)
        for _ in range(101):
            self.p.edit(id, 'reportExpectation(error: {error: "e", source: "s"})')
        self.assertEqual(len(self.p.look(id)["errors"]), 100)
        self.p.edit(id, 'toProcessed(message: "m", inError: true)')
        self.assertEqual(len(self.p.look(id)["errors"]), 101)

    def test_missing_work(self):
        id = self.p.work(self.p.register())
        self.p.edit(id, "delete")
        self.assertFalse(self.p.data("query ($id: ID!) { isWorkAlive(id: $id) }", {"id": id})["isWorkAlive"])
        for what in (
            "toReceived",
            "toProcessed",
            "addExpectations(expectations: 1)",
            "reportExpectation",
            'addDraftContext(draftContext: "d")',
        ):
            self.p.edit(id, what)
        self.assertEqual(
            codes(self.p.ask("mutation ($id: ID!) { workEdit(id: $id) { ping } }", {"id": id})),
            ["INTERNAL_SERVER_ERROR"],
        )
        answer = self.p.ask('mutation { workAdd(connectorId: "nobody") { id } }')
        self.assertEqual((codes(answer), answer["data"]), (["INTERNAL_SERVER_ERROR"], None))

    def test_work_ids_are_unique(self):
        connector = self.p.register()
        self.assertEqual(len({self.p.work(connector) for _ in range(20)}), 20)
