"""What a client did: the operations that the platform was asked, and the messages on the push queue."""

import base64
import json

from graphql import OperationType, parse
from graphql.language import ast


def operations(journal):
    return [operation(entry) for entry in journal]


def operation(entry):
    """An operation as its meaning: root fields with their arguments resolved, and what is selected."""
    variables = entry["variables"] or {}
    document = parse(entry["query"])
    definition = next(one for one in document.definitions if isinstance(one, ast.OperationDefinitionNode))
    selected, arguments = selection(definition.selection_set, variables)
    return {
        "title": title(selected),
        "kind": "mutation" if definition.operation == OperationType.MUTATION else "query",
        "name": definition.name.value if definition.name else None,
        "selected": selected,
        "arguments": arguments,
        "variables": variables,
        "headers": headers(entry["headers"]),
        "files": [{k: v for k, v in file.items() if k != "part"} for file in entry["files"]],
        "parts": entry["parts"],
        "errors": entry["errors"],
    }


def headers(sent):
    kept = {k: v for k, v in sent.items() if k not in ("host", "content-length", "connection")}
    kept["content-type"] = kept["content-type"].split("; boundary=")[0]
    return kept


def selection(nodes, variables):
    """([name, [inner...]]..., {name: {argument: value..., inner: {...}}})"""
    selected, arguments = [], {}
    for node in nodes.selections:
        inner, below = selection(node.selection_set, variables) if node.selection_set else ([], {})
        if isinstance(node, ast.InlineFragmentNode):
            selected.append(["... on " + node.type_condition.name.value, inner])
            continue
        given = {one.name.value: resolved(one.value, variables) for one in node.arguments or ()}
        selected.append([node.name.value, inner])
        if given or below:
            arguments[node.name.value] = {**given, **below}
    return sorted(selected), arguments


def resolved(value, variables):
    if isinstance(value, ast.VariableNode):
        return variables.get(value.name.value)
    if isinstance(value, ast.ListValueNode):
        return [resolved(one, variables) for one in value.values]
    if isinstance(value, ast.ObjectValueNode):
        return {one.name.value: resolved(one.value, variables) for one in value.fields}
    if isinstance(value, ast.NullValueNode):
        return None
    if isinstance(value, ast.IntValueNode):
        return int(value.value)
    return value.value


def title(selected):
    """registerConnector, workEdit.toReceived"""
    name, inner = selected[0]
    return "%s.%s" % (name, inner[0][0]) if name.endswith("Edit") and inner else name


def messages(channel, queue):
    """Takes all that is in the queue."""
    taken = []
    while True:
        method, properties, body = channel.basic_get(queue, auto_ack=True)
        if method is None:
            return taken
        taken.append(message(method, properties, body))


def message(method, properties, body):
    fields = json.loads(body)
    content = base64.b64decode(fields.pop("content"), validate=True)
    # The body around the content, with the place that the content has in it.
    frame = body.replace(base64.b64encode(content), b"CONTENT")
    return {
        "exchange": method.exchange,
        "routing_key": method.routing_key,
        "properties": {k: v for k, v in vars(properties).items() if v is not None},
        "fields": fields,
        "frame": frame.decode("ascii"),
        "content": content.decode(),
    }


def renamed(value, names):
    """The value with the ids that a client was given replaced by what they stand for."""
    if isinstance(value, str):
        for id, name in names.items():
            value = value.replace(id, name)
        return value
    if isinstance(value, dict):
        return {key: renamed(one, names) for key, one in value.items()}
    if isinstance(value, list):
        return [renamed(one, names) for one in value]
    return value
