"""replay.py FILE: serves the GraphQL answers of FILE, one a line, each to the request that asks for what comes after the
one before it; prints its port. It needs no time to find a page, so that what the client needs is seen."""

import asyncio
import json
import re
import sys


class Pages(asyncio.Protocol):
    pages = {}
    about = json.dumps({"data": {"about": {"version": "7.261026.0"}}}).encode()

    def connection_made(self, transport):
        self.transport, self.buffer = transport, b""

    def data_received(self, data):
        self.buffer += data
        while True:
            head, found, rest = self.buffer.partition(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: *(\d+)", head)
            if not found or len(rest) < int(length[1]):
                return
            body, self.buffer = json.loads(rest[: int(length[1])]), rest[int(length[1]) :]
            answer = self.pages[body["variables"].get("after")] if "after" in body["query"] else self.about
            self.transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(answer)
                + answer
            )


async def main(path):
    with open(path, "rb") as file:
        after = None
        for line in file:
            Pages.pages[after] = line
            after = json.loads(line)["data"]["indicators"]["pageInfo"]["endCursor"]
    server = await asyncio.get_running_loop().create_server(Pages, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main(sys.argv[1]))
