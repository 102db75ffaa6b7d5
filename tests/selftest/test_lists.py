from subject import Strict, codes


class Lists(Strict):
    def test_paging(self):
        self.p.test("POST", "/objects/fill?n=7000&type=indicator")
        query = """query Page($first: Int, $after: ID) { indicators(first: $first, after: $after) {
            edges { node { id } } pageInfo { endCursor hasNextPage globalCount } } }"""

        def page(first=None, after=None):
            one = self.p.data(query, {"first": first, "after": after})["indicators"]
            return len(one["edges"]), one["pageInfo"]

        number, info = page()
        self.assertEqual((number, info["hasNextPage"], info["globalCount"]), (500, True, 7000))
        number, info = page(6000)
        self.assertEqual((number, info["hasNextPage"]), (5000, False))
        sizes, after = [], None
        while True:
            number, info = page(3500, after)
            sizes.append(number)
            if not info["hasNextPage"]:
                break
            after = info["endCursor"]
        self.assertEqual(sizes, [3500, 3500, 0])
        self.assertEqual(info["endCursor"], "")
        self.assertEqual(codes(self.p.ask(query, {"after": "zzz"})), ["INTERNAL_SERVER_ERROR"])

    def test_filters(self):
        query = "query ($f: FilterGroup) { stixCoreObjects(filters: $f) { edges { node { standard_id } } } }"
        self.assertEqual(codes(self.p.ask(query, {"f": [{"key": "name", "values": ["x"]}]})), ["BAD_USER_INPUT"])
        self.assertEqual(codes(self.p.ask(query, {"f": {"mode": "and", "filters": []}})), ["BAD_USER_INPUT"])
        self.assertEqual(
            codes(
                self.p.ask(
                    query, {"f": {"mode": "and", "filters": [{"key": "nope", "values": ["x"]}], "filterGroups": []}}
                )
            ),
            ["UNSUPPORTED_ERROR"],
        )
