"""What the events say of RabbitMQ, the extension `x-rabbitmq` may say: a schema of its own describes it."""

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs

from tests.contract.rules.reading import Document, dereference

_EXTENSION = "x-rabbitmq"


def bad_topology(events: Document, schema: Mapping[str, Any]) -> list[str]:
    """Extensions that their schema refuses, and queues and exchanges that name an exchange that there is not."""
    validator = jsonschema_rs.Draft202012Validator(schema)
    known = {binding["exchange"]["name"] for _, binding in _amqp(events) if "exchange" in binding}
    found = []
    for place, binding in _amqp(events):
        said = binding.get(_EXTENSION, {})
        if _EXTENSION in binding:
            found += [f"{place}: {error.message}" for error in validator.iter_errors(said)]
        named = {bound["exchange"] for bound in said.get("bindings", ())} | {said.get("deadLetterExchange")} - {None}
        found += [f"{place}: there is no exchange {name}" for name in sorted(named - known)]
    return found


def _amqp(events: Document) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every AMQP binding of a channel or an operation."""
    for section in ("channels", "operations"):
        for key, holder in events.get(section, {}).items():
            bindings = dereference(events, dereference(events, holder).get("bindings", {}))
            if "amqp" in bindings:
                yield f"{section}/{key}", bindings["amqp"]
