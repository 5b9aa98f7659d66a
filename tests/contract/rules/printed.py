"""What the references print, the contract shows: word for word among the examples, and admitted by the schema there.

An entry names an operation and a part of it: `request`, a status, `callback`, or `query` with a text for each name. The
part `message` belongs to the events: the entry names one of their operations, or a message by its name. What the print
elides is left out of the value and listed as pointers, `elided: [/data/result]`: there the example says what it likes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any
from urllib.parse import urlencode

from adapters.http.contract import Contract
from adapters.http.parameters import ParameterPlan
from adapters.http.requests import Request
from handlers.core.errors import InvalidRequest
from scripts.generate.grammar import METHODS
from tests.contract.rules.reading import Document, dereference, media, operations, parameters

Entry = Mapping[str, Any]
_NEEDED = {"operation", "part", "value"}
_KNOWN = {*_NEEDED, "elided"}
_HEAD = Request({"method": "GET", "headers": ()})


@dataclass(frozen=True)
class _Place:
    """Somewhere in a contract: the examples there, and the schema that judges them, if there is one."""

    contract: Contract
    schema: Any
    examples: list[Any]

    def showing(self, value: Any, elided: Iterable[str]) -> list[Any]:
        """The examples that are this value, as JSON compares: 1 is 1.0 and is not true."""
        same = self.contract.validator({"const": value})
        free = [pointer.split("/")[1:] for pointer in elided]
        return [example for example in self.examples if same.is_valid(reduce(_without, free, example))]

    def refusals(self, example: Any) -> list[str]:
        """What the schema has against an example."""
        errors = self.contract.validator(self.schema).iter_errors(example)
        return [f"the schema refuses it: {error.message}" for error in errors]


def broken_promises(entries: Iterable[Entry], api: Document, events: Document) -> list[str]:
    """What is printed and not held, one line each."""
    reader = _Reader(Contract(api), Contract(events))
    return [f"{_title(entry)}: {problem}" for entry in entries for problem in reader.problems(entry)]


class _Reader:
    def __init__(self, api: Contract, events: Contract) -> None:
        self._api = api
        self._events = events
        found = operations(api.document)
        self._operations = {operation["operationId"]: (path, operation) for path, _, operation in found}

    def problems(self, entry: Entry) -> list[str]:
        if not _NEEDED <= set(entry) <= _KNOWN:
            return [f"an entry has {', '.join(sorted(_NEEDED))}, and perhaps elided"]
        if entry["part"] == "query" and entry["operation"] in self._operations:
            return self._unread(*self._operations[entry["operation"]], entry["value"])
        places = list(self._places(entry["operation"], str(entry["part"])))
        if not places:
            return ["the contract has no such place"]
        shown = [(place, found) for place in places for found in place.showing(entry["value"], entry.get("elided", ()))]
        if not shown:
            return [f"no example shows {entry['value']}"]
        return [refusal for place, example in shown for refusal in place.refusals(example)]

    def _unread(self, path: str, operation: Mapping[str, Any], texts: Mapping[str, str]) -> list[str]:
        declared = [found for found in parameters(self._api.document, path, operation) if found["in"] == "query"]
        try:
            ParameterPlan(self._api, declared).read({}, urlencode(texts).encode(), _HEAD)
        except InvalidRequest as refusal:
            return [refusal.message]
        return []

    def _places(self, name: str, part: str) -> Iterator[_Place]:
        if part == "message":
            for message in _messages(self._events.document, name):
                examples = [example["payload"] for example in message.get("examples", []) if "payload" in example]
                yield _Place(self._events, message.get("payload", True), examples)
        elif name in self._operations:
            for holder in _holders(self._operations[name][1], part):
                for _, content in media(self._api.document, holder):
                    yield _Place(self._api, content.get("schema", True), _examples(self._api.document, content))


def _holders(operation: Mapping[str, Any], part: str) -> list[Any]:
    """The request bodies or answers that a part means."""
    if part == "request":
        return [operation.get("requestBody", {})]
    if part == "callback":
        items = [item for callback in operation.get("callbacks", {}).values() for item in callback.values()]
        return [item[method].get("requestBody", {}) for item in items for method in METHODS if method in item]
    return [operation["responses"].get(part, {})]


def _examples(document: Document, content: Mapping[str, Any]) -> list[Any]:
    named = [dereference(document, example) for example in content.get("examples", {}).values()]
    lone = [content["example"]] if "example" in content else []
    return lone + [example["value"] for example in named if "value" in example]


def _without(value: Any, pointer: Sequence[str]) -> Any:
    """The value without what stands at a pointer, if something does."""
    head, *rest = pointer
    if isinstance(value, list):
        return [_without(item, rest) if rest and str(index) == head else item for index, item in enumerate(value)]
    if isinstance(value, dict):
        kept = {key: item for key, item in value.items() if rest or key != head}
        return {key: _without(item, rest) if key == head else item for key, item in kept.items()}
    return value


def _messages(events: Document, name: str) -> list[Mapping[str, Any]]:
    """The messages of an operation of the events, or those of this name."""
    operation = events.get("operations", {}).get(name)
    if operation is None:
        groups = [channel.get("messages", {}).values() for channel in events.get("channels", {}).values()]
        every = [dereference(events, message) for group in groups for message in group]
        return [message for message in every if message.get("name") == name]
    reply = operation.get("reply", {}).get("messages", [])
    listed = operation.get("messages") or dereference(events, operation["channel"]).get("messages", {}).values()
    return [dereference(events, message) for message in (*listed, *reply)]


def _title(entry: Entry) -> str:
    return f"{entry.get('operation', 'an entry')} {entry.get('part', '')}".rstrip()
