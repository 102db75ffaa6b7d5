"""The GraphQL schema of one release, made from schema.graphql."""

import dataclasses
import pathlib
import re

from graphql import GraphQLError, build_ast_schema, parse, print_ast
from graphql.language import ast

SOURCE = pathlib.Path(__file__).with_name("schema.graphql")
RFC3339 = re.compile(
    r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$"
)
STIX_ID = re.compile(r"^[a-z][a-z0-9-]+--[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.I)
UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.I)
RELEASES = ["6.7", "6.8", "7"]


class Upload:
    """A file that arrived with a multipart request."""

    def __init__(self, name, path, size, sha256):
        self.name, self.path, self.size, self.sha256 = name, path, size, sha256


def _argument(directive, name):
    for argument in directive.arguments or ():
        if argument.name.value == name:
            return argument.value
    return None


def _directive(node, name):
    for directive in node.directives or ():
        if directive.name.value == name:
            return directive
    return None


def _present(node, release):
    at = RELEASES.index(release)
    since, until = _directive(node, "since"), _directive(node, "until")
    if since and at < RELEASES.index(_argument(since, "release").value):
        return False
    return not (until and at >= RELEASES.index(_argument(until, "release").value))


def _args(text):
    return parse("type T { f(%s): Int }" % text).definitions[0].fields[0].arguments


def _pruned(node, release):
    """A copy without what the release lacks, at every depth."""
    changes = {}
    for slot in ("fields", "arguments", "values"):
        children = getattr(node, slot, None)
        if children and isinstance(children, tuple):
            changes[slot] = tuple(_pruned(child, release) for child in children if _present(child, release))
    return dataclasses.replace(node, **changes) if changes else node


def _named(node):
    while not isinstance(node, ast.NamedTypeNode):
        node = node.type
    return node.name.value


def _holds_fields(definition):
    return isinstance(definition, (ast.ObjectTypeDefinitionNode, ast.InterfaceTypeDefinitionNode))


def _listed(field):
    listed = _directive(field, "list")
    if not listed:
        return field
    by = _argument(listed, "by")
    text = "first: Int, after: ID, orderMode: OrderingMode, filters: FilterGroup, search: String"
    if by:
        text += ", orderBy: " + by.value
    present = {argument.name.value for argument in field.arguments or ()}
    added = tuple(argument for argument in _args(text) if argument.name.value not in present)
    return dataclasses.replace(field, arguments=tuple(field.arguments or ()) + added)


def load(release):
    """Returns (schema, needs); needs maps "Type.field" to its capabilities, [] for any signed-in user."""
    definitions = {d.name.value: _pruned(d, release) for d in parse(SOURCE.read_text()).definitions}

    complete, needs, wanted = {}, {}, {}
    for name, definition in definitions.items():
        if not _holds_fields(definition):
            complete[name] = definition
            continue
        fields = {field.name.value: field for field in definition.fields or ()}
        for interface in definition.interfaces or ():
            for field in definitions[interface.name.value].fields:
                fields.setdefault(field.name.value, field)
        for key, field in fields.items():
            requires = _directive(field, "requires")
            if requires:
                needs[name + "." + key] = [value.value for value in _argument(requires, "any").values]
            elif _directive(field, "signedIn"):
                needs[name + "." + key] = []
            target = _named(field.type)
            if target.endswith("Connection") and target not in definitions:
                wanted[target] = target[: -len("Connection")]
        complete[name] = dataclasses.replace(definition, fields=tuple(map(_listed, fields.values())))

    text = "\n\n".join(map(print_ast, complete.values()))
    for connection, name in wanted.items():
        node = name[:-3] if name.endswith("Ref") and name[:-3] in definitions else name
        text += "\n\ntype %s { pageInfo: PageInfo!, edges: [%sEdge!]! }" % (connection, name)
        text += "\n\ntype %sEdge { cursor: String!, node: %s! }" % (name, node)
    schema = build_ast_schema(parse(text))
    _scalars(schema)
    return schema, needs


def _scalars(schema):
    def scalar(name, check):
        kind = schema.type_map[name]

        def literal(node, variables=None):
            if not isinstance(node, ast.StringValueNode):
                raise GraphQLError(name + " cannot represent a non string value: " + print_ast(node))
            return check(node.value)

        kind.parse_value = kind.coerce_input_value = check
        kind.parse_literal = kind.coerce_input_literal = literal

    def date(value):
        if not isinstance(value, str):
            raise GraphQLError("DateTime cannot represent a non string, or non Date type %s" % value)
        if not RFC3339.match(value):
            raise GraphQLError("DateTime cannot represent an invalid date-time-string %s." % value)
        return value

    def stix_id(value):
        if not isinstance(value, str) or not STIX_ID.match(value):
            raise GraphQLError("Provided value %s is not a valid STIX ID" % value)
        return value

    def stix_ref(value):
        return value if isinstance(value, str) and UUID.match(value) else stix_id(value)

    def upload(value):
        if not isinstance(value, Upload):
            raise GraphQLError("Upload value invalid.")
        return value

    scalar("DateTime", date)
    scalar("StixId", stix_id)
    scalar("StixRef", stix_ref)
    scalar("Upload", upload)
