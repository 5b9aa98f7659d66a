"""How often an operation may be asked: its category stands in the table, and its answers say how many are left."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.contract.rules.reading import Document, dereference, operations

_HEADERS = {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}
_WINDOW = {"requests", "seconds"}
_KEYS = _WINDOW | {"default", "strict", "per", "concurrent", "strangers"}
_SOCKETS, _BROKER = "websockets", ("v2", "amqp")


def unknown_categories(api: Document, events: Document) -> list[str]:
    """Operations and WebSockets whose dialect has no such category, and categories that nobody can read."""
    table = api["x-rate-limits"]
    return [
        *(f"{name}: x-rate-limits has no {place}" for name, *place in _named(api, events) if not _row(table, *place)),
        *(
            f"x-rate-limits {dialect}.{category}: {problem}"
            for dialect, rows in table.items()
            for category, row in rows.items()
            for problem in _problems(row)
        ),
    ]


def untold_limits(api: Document) -> list[str]:
    """Answers of limited operations that do not say how many are left, and of others that do."""
    return [
        f"{operation['operationId']} {status}: {problem}"
        for _, _, operation in operations(api)
        for status, problem in _untold(api, operation)
    ]


def _named(api: Document, events: Document) -> Iterator[tuple[str, str, str]]:
    for _, _, operation in operations(api):
        name = operation["operationId"]
        yield name, name.split(".")[0], operation.get("x-rate-limit", "")
    for name, operation in events.get("operations", {}).items():
        channel = dereference(events, operation["channel"])
        if any(server["$ref"].endswith("/ws") for server in channel.get("servers", [])):
            yield name, name.split(".")[0], _SOCKETS
        elif operation["action"] == "receive":
            yield name, *_BROKER


def _row(table: Mapping[str, Any], dialect: str, category: str) -> Mapping[str, Any]:
    return table.get(dialect, {}).get(category, {})


def _problems(row: Mapping[str, Any]) -> Iterator[str]:
    if "unlimited" in row:
        if set(row) != {"unlimited"} or not row["unlimited"]:
            yield "is unlimited, for a reason and with nothing beside it"
        return
    yield from (f"lacks {key}" for key in sorted(_WINDOW - row.keys()))
    yield from (f"has an unknown {key}" for key in sorted(row.keys() - _KEYS))


def _untold(api: Document, operation: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    row = _row(api["x-rate-limits"], operation["operationId"].split(".")[0], operation["x-rate-limit"])
    is_limited = "unlimited" not in row
    if is_limited != ("429" in operation["responses"]):
        yield "429", "is declared exactly where it is limited"
    for status, answer in operation["responses"].items():
        told = _HEADERS & dereference(api, answer).get("headers", {}).keys()
        if told != (_HEADERS if is_limited else set()):
            yield status, f"says {sorted(told)} of the limit"
