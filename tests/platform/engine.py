"""Runs GraphQL operations: limits, validation, rights, resolvers."""

import json
import uuid

import graphql
from graphql import GraphQLError
from graphql.language import ast

import lists
import refusal
import schema
import users
from refusal import Refusal

CALLS = {"Query": 2, "Mutation": 1}
VERSIONS = {"7": "7.261026.0", "6.8": "6.8.10", "6.7": "6.7.5"}


class Call:
    """One request: who asks, in which draft, for which work."""

    def __init__(self, user, draft):
        self.user, self.draft = user, draft


class Engine:
    def __init__(self, platform):
        self.platform = platform
        self.schema, self.needs = schema.load(platform.options.release)
        self.version = VERSIONS[platform.options.release]
        self.documents = {}
        self.operations = self._operations()
        self._knowledge()
        missing = [
            root.name + "." + name
            for root in (self.schema.query_type, self.schema.mutation_type)
            for name in root.fields
            if name not in self.operations
        ]
        for name in missing:
            self.operations[name.split(".")[1]] = self._not_done

    @staticmethod
    def _not_done(call, **args):
        raise Refusal("UNSUPPORTED_ERROR", "Not done by the stand-in")

    def sdl(self):
        return graphql.print_schema(self.schema)

    def _operations(self):
        platform = self.platform
        out = {}
        for noun in (platform.connectors, platform.works, platform.objects, platform.files, platform.drafts, platform.streams):
            out.update(noun.operations())
        settings = {
            "id": "5f0b8b2f-0000-4000-8000-000000000001",
            "standard_id": "settings--5f0b8b2f-0000-4000-8000-000000000001",
            "entity_type": "Settings",
            "parent_types": ["Basic-Object", "Internal-Object"],
            "representative": {"main": "Settings"},
            "platform_title": "OpenCTI",
            "platform_url": lambda call: platform.url,
            "platform_email": "admin@example.org",
            "platform_language": "auto",
            "platform_cluster": {"instances_number": 1},
            "platform_modules": [],
            "platform_feature_flags": [],
            "platform_trash_enabled": True,
            "playground_enabled": False,
            "created_at": "2024-01-01T00:00:00.000Z",
            "updated_at": "2024-01-01T00:00:00.000Z",
            "platform_enterprise_edition": dict.fromkeys(
                """license_enterprise license_by_configuration license_validated license_valid_cert license_expired
                license_expiration_prevention license_platform_match license_global license_extra_expiration""".split(),
                False,
            )
            | dict.fromkeys("license_customer license_platform license_type license_creator".split(), "")
            | dict.fromkeys("license_start_date license_expiration_date".split(), "2024-01-01T00:00:00.000Z"),
        }
        out.update(
            about=lambda call: {"version": self.version, "dependencies": []},
            me=lambda call: users.internal(call.user),
            settings=lambda call: settings,
            publicSettings=lambda call: {
                "id": settings["id"],
                "platform_title": "OpenCTI",
                "playground_enabled": False,
                "platform_enterprise_edition_license_validated": False,
            },
            stixBundlePush=platform.bundles.op_push,
            users=lambda call, **args: lists.page([users.internal(u) for u in users.USERS], dict.get, args),
            groups=lambda call, **args: lists.page([], dict.get, args),
            statuses=lambda call, **args: lists.page([], dict.get, args),
            playbookStepExecution=self._playbook,
        )
        return out

    @staticmethod
    def _playbook(call, previous_bundle, bundle, execution_start, **ids):
        json.loads(previous_bundle), json.loads(bundle)
        return all(_is_uuid(ids[key]) for key in ("playbook_id", "step_id", "previous_step_id"))

    def _knowledge(self):
        """Lists and single reads of every knowledge type, from the schema alone."""
        objects = self.platform.objects
        knowledge = {
            t.name
            for t in self.schema.type_map.values()
            if isinstance(t, graphql.GraphQLObjectType)
            and any(i.name in ("StixObject", "StixRelationship") for i in t.interfaces)
        }
        for name, field in self.schema.query_type.fields.items():
            if name in self.operations:
                continue
            kind = graphql.get_named_type(field.type)
            single = not kind.name.endswith("Connection")
            if not single:
                kind = graphql.get_named_type(graphql.get_named_type(kind.fields["edges"].type).fields["node"].type)
            names = self._object_types(kind) & knowledge
            if not names:
                continue
            names = [t for t in self.schema.type_map if t in names]
            if single and set(field.args) == {"id"}:
                self.operations[name] = lambda call, id=None, names=names: objects.one_of(names, id)
            elif not single:
                self.operations[name] = lambda call, names=names, **args: objects.page(names, args)

    def _object_types(self, kind):
        if graphql.is_abstract_type(kind):
            return {t.name for t in self.schema.get_possible_types(kind)}
        return {kind.name}

    # Running

    def parse(self, text):
        """(document or None, errors) of a query text, kept because tools repeat themselves."""
        found = self.documents.get(text)
        if found is None:
            try:
                document = graphql.parse(text)
                errors = [
                    refusal.of_graphql(e, "GRAPHQL_VALIDATION_FAILED")
                    for e in graphql.validate(self.schema, document)
                ]
                errors += self._limits(document)
            except GraphQLError as error:
                document, errors = None, [refusal.of_graphql(error, "GRAPHQL_PARSE_FAILED")]
            found = self.documents[text] = (document, errors)
            if len(self.documents) > 2000:
                self.documents.clear()
        return found

    def _limits(self, document):
        fragments = {d.name.value: d for d in document.definitions if isinstance(d, ast.FragmentDefinitionNode)}
        errors = []
        for definition in document.definitions:
            if not isinstance(definition, ast.OperationDefinitionNode):
                continue
            root = "Mutation" if definition.operation.value == "mutation" else "Query"
            counts = {}
            for name in root_fields(definition, fragments):
                counts[name] = counts.get(name, 0) + 1
            for name, number in counts.items():
                if number > CALLS[root]:
                    message = "Allowed number of calls for %s->%s has been exceeded (max: %d)" % (
                        root,
                        name,
                        CALLS[root],
                    )
                    errors.append(refusal.shape(message, "GRAPHQL_VALIDATION_FAILED"))
        return errors

    def run(self, user, headers, query, variables, operation_name):
        """Returns (HTTP status, answer)."""
        try:
            work = headers.get("opencti-work-id")
            if work and self.platform.at_least("7") and not self.platform.works.alive(work):
                raise Refusal("WORK_NOT_ALIVE")
            draft = self.platform.drafts.check(user, headers)
        except Refusal as refused:
            return 500, {"errors": [refused.shape()]}
        document, errors = self.parse(query)
        if errors:
            return 200, {"errors": errors}
        operation = graphql.get_operation_ast(document, operation_name)
        if operation is None:
            message = (
                'Unknown operation named "%s".' % operation_name
                if operation_name
                else "Must provide operation name if query contains multiple operations."
            )
            return 200, {"errors": [refusal.shape(message, "OPERATION_RESOLUTION_FAILURE")]}
        if "__schema" in query:
            return 200, {"errors": [Refusal("RESOURCE_NOT_FOUND", "GraphQL introspection not authorized!").shape()]}
        values = graphql.execution.values.get_variable_values(
            self.schema, operation.variable_definitions or (), variables or {}
        )
        if isinstance(values, list):
            return 200, {"errors": [refusal.of_graphql(e, "BAD_USER_INPUT") for e in values]}
        result = graphql.execute_sync(
            self.schema,
            document,
            None,
            Call(user, draft),
            variables or {},
            operation_name,
            field_resolver=self._resolve,
            type_resolver=self._type_of,
        )
        answer = {}
        if result.errors:
            answer["errors"] = [refusal.of_graphql(e, "INTERNAL_SERVER_ERROR") for e in result.errors]
        answer["data"] = result.data
        return 200, answer

    def _resolve(self, source, info, **args):
        call = info.context
        needs = self.needs.get(info.parent_type.name + "." + info.field_name)
        if needs is not None:
            if call.user is None:
                raise Refusal("AUTH_REQUIRED")
            if not call.user.may(needs):
                raise Refusal("FORBIDDEN_ACCESS")
        if source is None:
            return self.operations[info.field_name](call, **args)
        if isinstance(source, dict):
            value = source.get(info.field_name)
            return value(call, **args) if callable(value) else value
        return source.field(info.field_name, call, args)

    @staticmethod
    def _type_of(value, info, abstract_type):
        return value["entity_type"] if isinstance(value, dict) else value.type


def root_fields(definition, fragments):
    def walk(selections):
        for selection in selections.selections:
            if isinstance(selection, ast.FieldNode):
                yield selection.name.value
            elif isinstance(selection, ast.InlineFragmentNode):
                yield from walk(selection.selection_set)
            elif selection.name.value in fragments:
                yield from walk(fragments[selection.name.value].selection_set)

    return list(walk(definition.selection_set))


def _is_uuid(text):
    try:
        uuid.UUID(text)
        return True
    except ValueError:
        return False
