"""What is posted: JSON, or operations with their files."""

import hashlib
import json
import os

from schema import Upload

JSON_LIMIT = 50 * 1024 * 1024
FIELD_LIMIT = 1000000
MISSING = object()


class Plain(Exception):
    """A failure outside GraphQL: {"status":"error"} with HTTP 500."""


class Bodies:
    def __init__(self, folder):
        self.folder = folder
        self.uploads = 0

    async def read(self, request, entry):
        kind = request.content_type
        if kind == "multipart/form-data":
            return await self.multipart(request, entry)
        if kind != "application/json":
            await request.read()
            return MISSING
        data = bytearray()
        async for chunk in request.content.iter_any():
            data += chunk
            if len(data) > JSON_LIMIT:
                raise Plain("request entity too large")
        if not data:
            return MISSING
        try:
            body = json.loads(data)
        except ValueError as error:
            raise Plain(str(error))
        if not isinstance(body, (dict, list)):
            raise Plain("Unexpected token in JSON at position 0")
        return body

    async def multipart(self, request, entry):
        """Parts must come as operations, map, files; each file is put where the map says."""
        operations, mapped = MISSING, None
        async for part in await request.multipart():
            entry["parts"].append(part.name)
            if part.filename is None:
                data = await part.read()
                if len(data) > FIELD_LIMIT:
                    raise Plain(
                        "The '%s' multipart field value exceeds the %d byte size limit." % (part.name, FIELD_LIMIT)
                    )
                if part.name not in ("operations", "map"):
                    continue
                try:
                    value = json.loads(data)
                except ValueError:
                    raise Plain("Invalid JSON in the '%s' multipart field" % part.name)
                if part.name == "operations":
                    operations = value
                    continue
                if operations is MISSING:
                    raise Plain("Misordered multipart fields; 'map' should follow 'operations'")
                if not isinstance(value, dict) or not all(isinstance(paths, list) for paths in value.values()):
                    raise Plain("Invalid type for the 'map' multipart field entry key array")
                mapped = value
                for name, paths in mapped.items():
                    for path in paths:
                        place(operations, path, MISSING)
                continue
            if operations is MISSING:
                raise Plain("Misordered multipart fields; files should follow 'operations'")
            if mapped is None:
                raise Plain("Misordered multipart fields; files should follow 'map'")
            upload = await self.receive(part)
            entry["files"].append(
                {
                    "part": part.name,
                    "filename": part.filename,
                    "size": upload.size,
                    "sha256": upload.sha256,
                    "content_type": part.headers.get("Content-Type"),
                }
            )
            for path in mapped.get(part.name, []):
                place(operations, path, upload)
        if operations is MISSING:
            raise Plain("Missing multipart field 'operations'")
        if mapped is None:
            raise Plain("Missing multipart field 'map'")
        for paths in mapped.values():
            for path in paths:
                if reach(operations, path) is MISSING:
                    place(operations, path, Upload(None, None, 0, None))
        return operations

    async def receive(self, part):
        self.uploads += 1
        os.makedirs(self.folder, exist_ok=True)
        path = os.path.join(self.folder, "%06d" % self.uploads)
        digest, size = hashlib.sha256(), 0
        with open(path, "wb") as out:
            while chunk := await part.read_chunk(1 << 18):
                digest.update(chunk)
                out.write(chunk)
                size += len(chunk)
        return Upload(part.filename, path, size, digest.hexdigest())


def place(operations, path, value):
    *way, last = path.split(".")
    holder = operations
    for step in way:
        holder = holder[int(step)] if isinstance(holder, list) else holder.setdefault(step, {})
    if isinstance(holder, list):
        holder[int(last)] = value
    else:
        holder[last] = value


def reach(operations, path):
    value = operations
    for step in path.split("."):
        value = value[int(step)] if isinstance(value, list) else value.get(step)
    return value
