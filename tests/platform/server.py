"""HTTP: the routes of the platform."""

import asyncio
import concurrent.futures
import email.utils
import json
import os
import re
import ssl
import time

from aiohttp import web
from graphql.language import ast

import engine
import refusal
import users
from answers import answer
from bodies import MISSING, Bodies, Plain
from channel import Channel
from control import Control
from refusal import Refusal
from schema import Upload
from streams import STRANGER, Unwelcome

UI = "<!doctype html><html><head><title>OpenCTI</title></head><body><div id=root></div></body></html>"
AGENTS = re.compile(r"^(octi|pycti)/")
STREAM = re.compile(r"^GET/stream(/[^/]+)?$|^POST/stream/connection/[^/]+$")
STREAMED = {"truncate": "cut", "chunk": "chunk", "pause": "pause"}


class Server:
    def __init__(self, platform):
        self.platform, self.options = platform, platform.options
        # One at a time, beside the loop: the state needs no more, and a slow broker must not stop downloads.
        self.pool = concurrent.futures.ThreadPoolExecutor(1)
        self.bodies = Bodies(os.path.join(self.options.dir, "files"))
        self.control = Control(platform, self.alone)

    def application(self):
        app = web.Application(client_max_size=1 << 40)
        app.on_response_prepare.append(undate)
        app.router.add_route("*", "/{path:.*}", self.dispatch)
        return app

    def tls(self):
        options = self.options
        if not options.tls_cert:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.tls_cert, options.tls_key)
        if options.tls_client_ca:
            context.load_verify_locations(options.tls_client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    async def dispatch(self, request):
        # What is sent to a proxy names the host, and a server takes that too.
        path = re.sub("^http://[^/]*", "", request.raw_path.split("?")[0])
        if path.startswith("/_test/"):
            return await self.control.serve(request, path[len("/_test") :])
        entry = self.platform.journal.begin(request)
        request["entry"] = entry
        response = await self.serve(request, path, entry)
        entry["status"] = response.status
        return response

    async def serve(self, request, path, entry):
        base = self.options.base_path
        if self.options.strict_agent and not AGENTS.match(request.headers.get("User-Agent", "")):
            return answer({"status": "error", "error": "User-Agent must be octi/... or pycti/..."}, 400)
        inside = path[len(base) :] if path.startswith(base + "/") else None
        if inside == "/graphql":
            return await self.graphql(request, path, entry)
        fault = self.platform.faults.find(path, [])
        if fault:
            return await self.faulty(request, fault, entry, lambda: self.other(request, inside))
        return await self.other(request, inside)

    async def other(self, request, path):
        if path and re.match(STREAM, request.method + path):
            return await self.stream(request, path.split("/")[2:])
        if request.method not in ("GET", "HEAD"):
            return answer({"status": "error", "error": "Path not found"}, 404)
        user = users.authenticate(request.headers)
        if path and path.startswith(("/storage/get/", "/storage/view/")):
            return await self.download(request, user, path)
        if path == "/health":
            key = request.query.get("health_access_key")
            ok = key is not None and key == self.options.health_key
            return answer({"status": "success" if ok else "unauthorized"}, 200 if ok else 401)
        if path == "/schema" and self.platform.at_least("7"):
            if user is None:
                return web.Response(status=403, text="Forbidden")
            return answer({"version": self.platform.engine.version, "schema": self.platform.engine.sdl()})
        return web.Response(text=UI, content_type="text/html", charset="utf-8")

    async def stream(self, request, words):
        try:
            if request.method == "POST":
                return self.connection(request, words[1])
            return await Channel(self.platform, request, self.alone, words[0] if words else None).serve()
        except Unwelcome as refused:
            return web.Response(status=refused.status, reason=refused.reason)
        except ValueError:
            return web.Response(status=500)

    def connection(self, request, id):
        user, channel = users.authenticate(request.headers), self.platform.streams.channels.get(id)
        if user is None:
            raise Unwelcome(401, STRANGER)
        if channel is None:
            raise Unwelcome(401, "This is not your connection")
        if channel.user is not user:
            raise Unwelcome(401, "You cant access this resource")
        return answer({"message": "ok"})

    async def alone(self, action):
        """Calls a function with the state to itself."""

        def run():
            with self.platform.lock:
                return action()

        return await asyncio.get_running_loop().run_in_executor(self.pool, run)

    async def download(self, request, user, path):
        kind, id = path[len("/storage/") :].split("/", 1)
        if user is None:
            return web.Response(status=403, text="Forbidden")
        file = self.platform.files.readable(user, id)
        if file is None:
            return answer({"status": "error", "error": "File not found or restricted"}, 503)
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        response.content_type = file["metaData"]["mimetype"]
        name = os.path.basename(file["name"])
        disposition = "attachment" if kind == "get" else "inline"
        response.headers["Content-Disposition"] = '%s; filename="%s"' % (
            disposition,
            name.encode("ascii", "replace").decode(),
        )
        await response.prepare(request)
        left = request.get("cut")
        with open(file["path"], "rb") as data:
            while chunk := data.read(1 << 18 if left is None else min(left, 1 << 18)):
                await response.write(chunk)
                left = left if left is None else left - len(chunk)
        if left is not None:
            await asyncio.sleep(0.05)
            request.transport.close()
            return response
        await response.write_eof()
        return response

    # GraphQL

    async def graphql(self, request, path, entry):
        if request.method == "OPTIONS":
            return web.Response(status=204)
        if request.method != "POST" and self.platform.at_least("7"):
            body = {"name": "MethodNotAllowedError", "message": "Method not allowed"}
            return answer(body, 405, {"Allow": "POST, OPTIONS"})
        try:
            body = await self.bodies.read(request, entry)
        except Plain as error:
            fault = self.platform.faults.find(path, [])
            if fault:
                return await self.faulty(request, fault, entry, None)
            return answer({"status": "error", "error": str(error)}, 500)
        if isinstance(body, dict):
            entry["query"], entry["variables"] = body.get("query"), shown(body.get("variables"))
        names = self.describe(body, entry)
        fault = self.platform.faults.find(path, names)
        if fault:
            return await self.faulty(request, fault, entry, lambda: self.execute(request, body, entry), names)
        return await self.execute(request, body, entry)

    def describe(self, body, entry):
        """The names a fault can match: the operation's and its root fields'."""
        if not isinstance(body, dict) or not isinstance(body.get("query"), str):
            return []
        document, errors = self.platform.engine.parse(body["query"])
        if document is None:
            return []
        wanted = body.get("operationName")
        fragments = {d.name.value: d for d in document.definitions if isinstance(d, ast.FragmentDefinitionNode)}
        for definition in document.definitions:
            if isinstance(definition, ast.OperationDefinitionNode):
                name = definition.name.value if definition.name else None
                if wanted is None or wanted == name:
                    entry["operation"] = name
                    entry["fields"] = engine.root_fields(definition, fragments)
                    break
        return [entry["operation"]] + entry["fields"]

    async def execute(self, request, body, entry):
        status, result = await self.result(request, body, entry)
        entry["errors"] = [error["extensions"]["code"] for error in result.get("errors", ())]
        kind = "application/json"
        if "application/graphql-response+json" in request.headers.get("Accept", ""):
            kind = "application/graphql-response+json"
        return answer(result, status, kind=kind)

    async def result(self, request, body, entry):
        def bad(message, status=400):
            return status, {"errors": [refusal.shape(message, "BAD_REQUEST")]}

        accept = request.headers.get("Accept", "*/*")
        if not any(kind in accept for kind in ("*/*", "application/json", "application/*", "graphql-response+json")):
            return bad("An 'accept' header was provided for this request which does not accept application/json", 406)
        if body is MISSING or body == {}:
            return bad("POST body missing, invalid Content-Type, or JSON object has no keys.")
        if isinstance(body, list):
            return bad("Operation batching disabled.")
        query, variables, name = body.get("query"), body.get("variables"), body.get("operationName")
        if query is not None and not isinstance(query, str):
            return bad("GraphQL queries must be strings.")
        if isinstance(variables, str):
            return bad(
                "`variables` in a POST body should be provided as an object, not a recursively JSON-encoded string."
            )
        if variables is not None and not isinstance(variables, dict):
            return bad("`variables` in a POST body must be an object if provided.")
        if not query:
            return bad("GraphQL operations must contain a non-empty `query` or a `persistedQuery` extension.", 200)
        user = users.authenticate(request.headers)
        entry["user"] = user.key if user else None

        return await self.alone(lambda: self.platform.engine.run(user, request.headers, query, variables, name))

    # Faults

    async def faulty(self, request, fault, entry, serve, names=()):
        entry["fault"] = True
        if fault.get("delay"):
            await asyncio.sleep(fault["delay"])
        headers = {"Retry-After": str(fault["retry_after"])} if "retry_after" in fault else {}
        response = None
        # For what is streamed.
        request.update({to: fault[key] for key, to in STREAMED.items() if key in fault})
        if serve is not None and (fault.get("after") or fault.keys() & {"truncate", "date", "set"}):
            response = await serve()
        if response is not None and "set" in fault:
            response = changed(response, fault["set"])
        if response is not None and fault.get("date") is not None:
            response.headers["Date"] = email.utils.formatdate(time.time() + fault["date"], usegmt=True)
        request["undated"] = fault.get("date", 0) is None
        if fault.get("close"):
            request.transport.abort() if fault.get("reset") else request.transport.close()
            return web.Response(status=fault.get("status", 500))
        if "truncate" in fault and isinstance(response, web.Response):
            return await self.truncated(request, response, fault)
        if "graphql_code" in fault:
            root = names[1] if len(names) > 1 else None
            error = Refusal(fault["graphql_code"], fault.get("message")).shape(path=[root] if root else None)
            return answer({"errors": [error], "data": {root: None} if root else None}, 200, headers)
        if "status" in fault or "body" in fault:
            body = fault.get("body", "")
            text = body if isinstance(body, str) else json.dumps(body)
            kind = fault.get("content_type", "application/json")
            headers["Content-Type"] = kind
            return web.Response(status=fault.get("status", 200), body=text.encode(), headers=headers)
        return response if response is not None else await serve()

    @staticmethod
    async def truncated(request, whole, fault):
        data = whole.body if isinstance(whole.body, bytes) else bytes(whole.body or b"")
        response = web.StreamResponse(status=whole.status)
        response.content_type, response.content_length = whole.content_type, len(data)
        await response.prepare(request)
        await response.write(data[: fault["truncate"]])
        await asyncio.sleep(0.05)
        request.transport.close()
        return response


async def undate(request, response):
    """A Date is what the server adds by itself, when the response begins."""
    if request.get("undated"):
        del response.headers["Date"]


def changed(response, values):
    """The answer, with other values at paths such as "connector.active" in its data."""
    whole = json.loads(response.body)
    for path, value in values.items():
        *steps, last = path.split(".")
        holder = whole["data"]
        for step in steps:
            holder = holder[step]
        holder[last] = value
    return answer(whole, response.status)


def shown(value):
    """Variables as JSON, an upload by its name."""
    if isinstance(value, Upload):
        return {"upload": value.name}
    if isinstance(value, dict):
        return {key: shown(one) for key, one in value.items()}
    if isinstance(value, list):
        return [shown(one) for one in value]
    return value
