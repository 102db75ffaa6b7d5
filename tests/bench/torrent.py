"""torrent.py NUMBER: serves a stream with that many events, as fast as they are read, each in a chunk of its own as the
platform sends them; prints its port. They are made before, and it does nothing meanwhile, so that what the client needs is
seen. The first and the last are on reports, all others on indicators. What is no GET (a ping) finds no platform."""

import json
import socket
import sys
import threading
import uuid

EXTENSION = "extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba"
START = 1767225600000  # ms
BLOCK = 1000  # different events, sent over and over
CONNECTED = "event: connected\ndata: {}\n\n"
AWAY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"


def event(at, type="indicator"):
    """Its id, and its data: an object of about a kilobyte."""
    extension = {"extension_type": "property-extension", "id": str(uuid.UUID(int=at)), "type": "Indicator"}
    extension.update(created_at="2026-01-01T00:00:00.000Z", updated_at="2026-01-01T00:00:00.000Z", is_inferred=False)
    extension.update(creator_ids=["88ec0c6a-13ce-5e39-b486-354fe4a7084f"], score=50, main_observable_type="Url")
    stix = {"id": "%s--%s" % (type, uuid.UUID(int=at)), "spec_version": "2.1", "type": type}
    stix.update(name="http://192.0.2.1/%d" % at, pattern="[url:value = 'http://192.0.2.1/%d']" % at)
    stix.update(pattern_type="stix", valid_from="2026-01-01T00:00:00.000Z", confidence=100, revoked=False)
    stix.update(extensions={EXTENSION: extension}, object_marking_refs=["marking-definition--" + str(uuid.UUID(int=1))])
    body = {"version": "4", "type": "create", "scope": "external", "message": "creates a Indicator `%d`" % at}
    body.update(origin={"user_id": "88ec0c6a-13ce-5e39-b486-354fe4a7084f", "referer": "background_task"}, data=stix)
    return "%d-0" % (START + at), json.dumps(body, separators=(",", ":"))


def message(*which):
    return "id: %s\nevent: create\ndata: %s\n\n" % event(*which)


def line(*which):
    """What octi-stream prints of it."""
    return '{"id":"%s","event":"create","data":%s}\n' % event(*which)


def size(number, form):
    """Bytes of so many events in that form."""
    sizes = [len(form(at)) for at in range(BLOCK)]
    between = (number - 2) // BLOCK * sum(sizes) + sum(sizes[: (number - 2) % BLOCK])
    return len(form(0, "report")) + between + len(form(BLOCK, "report"))


def chunk(text):
    bytes = text.encode()
    return b"%x\r\n%s\r\n" % (len(bytes), bytes)


def serve(connection, number):
    try:
        block = b"".join(chunk(message(at)) for at in range(BLOCK))
        rest = b"".join(chunk(message(at)) for at in range((number - 2) % BLOCK))
        if not connection.recv(1 << 16).startswith(b"GET "):
            connection.sendall(AWAY)
            return
        connection.sendall(HEAD + chunk(CONNECTED) + chunk(message(0, "report")))
        for _ in range((number - 2) // BLOCK):
            connection.sendall(block)
        connection.sendall(rest + chunk(message(BLOCK, "report")))
        connection.recv(1)
    except OSError:
        pass
    finally:
        connection.close()


def main(number):
    server = socket.create_server(("127.0.0.1", 0))
    print(server.getsockname()[1], flush=True)
    while True:
        threading.Thread(target=serve, args=(server.accept()[0], number), daemon=True).start()


if __name__ == "__main__":
    main(int(sys.argv[1]))
