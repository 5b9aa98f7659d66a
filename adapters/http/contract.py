"""The contract as the server reads it: one 3.1 bundle, validators compiled from it, and who owns which path."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import jsonschema_rs
import orjson

Schema = Mapping[str, Any] | bool
_BASE = "urn:nexus:contract"
# Linear-time matching: no pattern of a contract, however written, can be made to hang by an input.
_PATTERNS = jsonschema_rs.RegexOptions()


class Validator:
    """Judges values by a schema. It is compiled for the first of them: most of a contract is not asked for soon."""

    def __init__(self, schema: Schema, registry: jsonschema_rs.Registry) -> None:
        self._schema = schema
        self._registry = registry

    def is_valid(self, value: Any) -> bool:
        """Whether a value is as the schema says."""
        return self._compiled.is_valid(value)

    def iter_errors(self, value: Any) -> Iterator[jsonschema_rs.ValidationError]:
        """What is wrong with a value."""
        return self._compiled.iter_errors(value)

    @cached_property
    def _compiled(self) -> jsonschema_rs.Draft202012Validator:
        """The compiled schema, which answers in our place from now on."""
        compiled = jsonschema_rs.Draft202012Validator(
            _absolute(self._schema), registry=self._registry, validate_formats=True, pattern_options=_PATTERNS
        )
        self.is_valid, self.iter_errors = compiled.is_valid, compiled.iter_errors
        return compiled


class Contract:
    """An OpenAPI 3.1 document in one file, whose local references are followed on demand."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self._registry = jsonschema_rs.Registry([(_BASE, dict(document))])
        self._validators: dict[bytes, Validator] = {}

    def validator(self, schema: Schema) -> Validator:
        """A validator of a schema that stands in this document, one for all who ask; formats are judged too."""
        key = orjson.dumps(schema)
        if key not in self._validators:
            self._validators[key] = Validator(schema, self._registry)
        return self._validators[key]

    def resolve(self, node: Any) -> Any:
        """The node itself, or what it refers to."""
        while isinstance(node, Mapping) and isinstance(node.get("$ref"), str):
            node = self._follow(node["$ref"])
        return node

    def stated(self, schema: Any, keyword: str) -> Any:
        """What a schema says under a keyword: beside a reference goes before behind it; None where it says nothing."""
        while keyword not in schema and "$ref" in schema:
            schema = self._follow(schema["$ref"])
        return schema.get(keyword)

    def operation(self, path: str, method: str) -> Mapping[str, Any]:
        """The operation object at a path, with the parameters of its path item put in front of its own."""
        item = self.resolve(self.document["paths"][path])
        operation = dict(item[method])
        shared = [self.resolve(parameter) for parameter in item.get("parameters", ())]
        own = [self.resolve(parameter) for parameter in operation.get("parameters", ())]
        operation["parameters"] = shared + own
        return operation

    @cached_property
    def paths_by_operation(self) -> dict[str, str]:
        """The path template of every operationId."""
        return {
            operation["operationId"]: path
            for path, item in self.document["paths"].items()
            for operation in self.resolve(item).values()
            if isinstance(operation, Mapping) and "operationId" in operation
        }

    def dialect_of(self, path: str) -> str:
        """The dialect that owns a path, whether or not an operation stands there: the longest prefix wins."""
        return next(dialect for prefix, dialect in self._prefixes if _is_below(path, prefix))

    @cached_property
    def _prefixes(self) -> list[tuple[str, str]]:
        declared = [
            (prefix, dialect) for dialect, facts in self.document["x-dialects"].items() for prefix in facts["prefixes"]
        ]
        return sorted(declared, key=lambda entry: -len(entry[0]))

    def _follow(self, reference: str) -> Any:
        node: Any = self.document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part.replace("~1", "/").replace("~0", "~")]
        return node


def _is_below(path: str, prefix: str) -> bool:
    return prefix in ("/", path) or path.startswith(prefix + "/")


def _absolute(schema: Any) -> Any:
    """The schema with its references into the document made absolute, so that it can stand alone."""
    if isinstance(schema, Mapping):
        return {
            key: _BASE + value if key == "$ref" and str(value).startswith("#") else _absolute(value)
            for key, value in schema.items()
        }
    if isinstance(schema, list):
        return [_absolute(value) for value in schema]
    return schema
