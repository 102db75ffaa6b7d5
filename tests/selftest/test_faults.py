import json

from subject import Strict, codes


class Faults(Strict):
    def test_faults(self):
        try:
            self.p.test(
                "POST",
                "/faults",
                [
                    {
                        "match": "about",
                        "status": 429,
                        "retry_after": 3,
                        "body": {"message": "Too many requests, please try again later."},
                        "times": 1,
                    },
                    {"match": "about", "graphql_code": "LOCK_ERROR", "times": 1},
                    {"match": "about", "truncate": 10, "times": 1},
                    {"match": "about", "close": True, "times": 1},
                ],
            )
            body = json.dumps({"query": "{ about { version } }"}).encode()
            headers = {"Content-Type": "application/json", "Authorization": "Bearer " + self.p.tokens["connector"]}
            status, _, got = self.p.http("POST", "/graphql", body, headers)
            self.assertEqual((status, got["Retry-After"]), (429, "3"))
            self.assertEqual(codes(self.p.ask("{ about { version } }")), ["LOCK_ERROR"])
            for _ in range(2):
                with self.assertRaises(Exception):
                    self.p.http("POST", "/graphql", body, headers)
            self.p.data("{ about { version } }")
        finally:
            self.p.test("DELETE", "/faults")
        faults = [e["fault"] for e in self.p.test("GET", "/requests?operation=about")][-5:]
        self.assertEqual(faults, [True] * 4 + [False])

    def test_answers_that_differ(self):
        try:
            self.p.test(
                "POST",
                "/faults",
                [
                    {"match": "about", "date": None, "times": 1},
                    {"match": "about", "set": {"about.version": "5"}, "times": 1},
                ],
            )
            body = json.dumps({"query": "{ about { version } }"}).encode()
            headers = {"Content-Type": "application/json", "Authorization": "Bearer " + self.p.tokens["connector"]}
            self.assertNotIn("Date", self.p.http("POST", "/graphql", body, headers)[2])
            self.assertEqual(self.p.data("{ about { version } }"), {"about": {"version": "5"}})
            self.assertIn("Date", self.p.http("POST", "/graphql", body, headers)[2])
        finally:
            self.p.test("DELETE", "/faults")
