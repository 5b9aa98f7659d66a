"""Every example and every default is what its schema admits, and what is read or written in JSON has an example."""

from collections.abc import Iterator, Mapping
from typing import Any

from adapters.http.contract import Contract
from scripts.generate.grammar import OPENAPI, Holds
from tests.contract.rules.reading import Document, dereference, media, operations, parameters

Sample = tuple[str, Any, Any]


def bad_examples(document: Document) -> list[str]:
    """Examples of a contract, API or events, that their own schemas refuse."""
    contract = Contract(document)
    found = []
    for place, schema, value in _samples(document):
        errors = [error.message for error in contract.validator(schema).iter_errors(value)]
        found += [f"{place}: {error}" for error in errors]
    return found


def missing_examples(document: Document) -> list[str]:
    """JSON requests and successes that show no example."""
    return [
        f"{operation['operationId']} {part} {kind}: has no example"
        for _, _, operation in operations(document)
        for part, holder in {"request": operation.get("requestBody", {}), **_successes(operation)}.items()
        for kind, content in media(document, holder)
        if "$ref" in content.get("schema", {}) and not content.keys() & {"example", "examples"}
    ]


def messages_without_examples(document: Document) -> list[str]:
    """Messages of the events that show no example."""
    return [f"{place}: has no example" for place, message in _messages(document) if not message.get("examples")]


def _successes(operation: Mapping[str, Any]) -> dict[str, Any]:
    return {status: answer for status, answer in operation["responses"].items() if status.startswith("2")}


def _samples(document: Document) -> Iterator[Sample]:
    """Place, schema and value of all that a document shows."""
    for _, _, operation in operations({"paths": {}, **document}):
        yield from _of_operation(document, operation)
    for path, _, operation in operations({"paths": {}, **document}):
        for parameter in parameters(document, path, operation):
            place = f"{operation['operationId']} {parameter['name']}"
            yield from _shown(document, place, parameter)
            for kind, content in media(document, parameter):
                yield from _shown(document, f"{place} {kind}", content)
    for section in ("headers", "parameters"):
        for name, holder in document["components"].get(section, {}).items():
            if "schema" in holder:
                yield from _shown(document, f"components/{section}/{name}", holder)
    for name, schema in document["components"].get("schemas", {}).items():
        yield from _of_schema(schema, f"components/schemas/{name}")
    yield from _of_messages(document)


def _of_operation(document: Document, operation: Mapping[str, Any]) -> Iterator[Sample]:
    holders = {"request": operation.get("requestBody", {}), **operation["responses"]}
    for part, holder in holders.items():
        for kind, content in media(document, holder):
            yield from _shown(document, f"{operation['operationId']} {part} {kind}", content)
        for name, header in dereference(document, holder).get("headers", {}).items():
            yield from _shown(document, f"{operation['operationId']} {part} {name}", dereference(document, header))


def _shown(document: Document, place: str, holder: Mapping[str, Any]) -> Iterator[Sample]:
    if "schema" not in holder:
        return
    if "example" in holder:
        yield f"{place} example", holder["schema"], holder["example"]
    for name, example in holder.get("examples", {}).items():
        settled = dereference(document, example)
        if "value" in settled:
            yield f"{place} example {name}", holder["schema"], settled["value"]
    yield from _of_schema(holder["schema"], place)


def _of_schema(schema: Any, place: str) -> Iterator[Sample]:
    if not isinstance(schema, Mapping):
        return
    yield from ((f"{place} example {index}", schema, value) for index, value in enumerate(schema.get("examples", [])))
    if "default" in schema:
        yield f"{place} default", schema, schema["default"]
    for key, slot in OPENAPI["schemas"].items():
        if key in schema:
            yield from _of_schemas(schema[key], slot.holds, f"{place}/{key}")


def _of_schemas(value: Any, holds: Holds, place: str) -> Iterator[Sample]:
    if holds is Holds.ONE:
        yield from _of_schema(value, place)
        return
    entries = value.items() if holds is Holds.MAP else enumerate(value)
    for key, schema in entries:
        yield from _of_schema(schema, f"{place}/{key}")


def _of_messages(document: Document) -> Iterator[Sample]:
    for place, message in _messages(document):
        for index, example in enumerate(message.get("examples", [])):
            for part in ("payload", "headers"):
                if part in example and part in message:
                    yield f"{place} example {example.get('name', index)} {part}", message[part], example[part]


def _messages(document: Document) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key, channel in document.get("channels", {}).items():
        for name, message in channel.get("messages", {}).items():
            yield f"channels/{key}/messages/{name}", dereference(document, message)
