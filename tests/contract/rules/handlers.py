"""Every name in the contract is a function, and every function has a name in the contract.

`operationId: ggi.tasks.create_task` is `async def create_task` in `handlers/dialects/ggi/tasks.py`. The operations of
the events follow the same convention: the key `ggi.streams.events` is `events` in `handlers/dialects/ggi/streams.py`,
and a key that begins with `events.`, as `events.tasks.take_result`, is a function in `handlers/events/tasks.py`.
What receives is asynchronous; what sends may be a plain function that shapes the message. What is promised and not done
yet is listed, and has no function.
"""

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.contract.rules.reading import Document, operations

_UNFINISHED = "x-unfinished"
_TOPICS = "x-topics"


@dataclass(frozen=True)
class Function:
    """A public function of a handler module."""

    asynchronous: bool


Functions = Mapping[str, Function]


def functions(handlers: Path) -> dict[str, Function]:
    """The public functions of the dialects and of the events, by the names that the contract would give them."""
    files = [(path, path.relative_to(handlers / "dialects")) for path in (handlers / "dialects").glob("*/*.py")]
    files += [(path, path.relative_to(handlers)) for path in (handlers / "events").glob("*.py")]
    return {
        f"{'.'.join(name.with_suffix('').parts)}.{node.name}": Function(isinstance(node, ast.AsyncFunctionDef))
        for path, name in files
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_")
    }


def unhandled_operations(api: Document, known: Functions) -> list[str]:
    """Operations of the API without an asynchronous function of their name."""
    wanted = [operation["operationId"] for _, _, operation in operations(api)]
    done = [operation["operationId"] for _, _, operation in operations(api) if not operation.get(_UNFINISHED)]
    return [*_twice(wanted), *(f"{name}: no async function" for name in done if not _is_async(known, name))]


def unhandled_messages(events: Document, known: Functions) -> list[str]:
    """Operations of the events that nothing receives or sends."""
    found = []
    for name, operation in events.get("operations", {}).items():
        if operation.get(_UNFINISHED):
            continue
        if operation["action"] == "receive" and not _is_async(known, name):
            found.append(f"{name}: no async function receives it")
        if operation["action"] == "send" and name not in known:
            found.append(f"{name}: no function sends it")
    return found


def falsely_unfinished(api: Document, events: Document, listed: Mapping[str, Any], known: Functions) -> list[str]:
    """What the list of unfinished work should not hold: what nobody promised, and what is done."""
    promised = {
        "operations": {operation["operationId"] for _, _, operation in operations(api)},
        "messages": set(events.get("operations", {})),
        "topics": {
            f"{key}.{name}" for key, held in events.get("channels", {}).items() for name in held.get(_TOPICS, {})
        },
    }
    names = [(kind, name) for kind in promised for name in listed.get(kind) or ()]
    return [
        *(f"{name}: not in the contract" for kind, name in names if name not in promised[kind]),
        *(f"{name}: is done" for _, name in names if name in known),
        *_twice(name for _, name in names),
    ]


def unspoken_messages(events: Document) -> list[str]:
    """Messages of a channel that no operation names."""
    spoken = {message["$ref"] for operation in events.get("operations", {}).values() for message in _named(operation)}
    whole = {o["channel"]["$ref"] for o in events.get("operations", {}).values() if not o.get("messages")}
    return [
        f"channels/{key}/messages/{name}: no operation sends or receives it"
        for key, channel in events.get("channels", {}).items()
        for name in channel.get("messages", {})
        if f"#/channels/{key}/messages/{name}" not in spoken and f"#/channels/{key}" not in whole
    ]


def unclaimed_functions(api: Document, events: Document, known: Functions) -> list[str]:
    """Public asynchronous functions of which the contract knows nothing."""
    claimed = {operation["operationId"] for _, _, operation in operations(api)} | set(events.get("operations", {}))
    return [
        f"{name}: async and public, yet not in the contract"
        for name, function in known.items()
        if function.asynchronous and name not in claimed
    ]


def _named(operation: Mapping[str, list[Mapping[str, str]]]) -> list[Mapping[str, str]]:
    reply = operation.get("reply", {})
    return [*operation.get("messages", []), *(reply.get("messages", []) if isinstance(reply, Mapping) else [])]


def _is_async(known: Functions, name: str) -> bool:
    return name in known and known[name].asynchronous


def _twice(names: Iterable[str]) -> list[str]:
    listed = list(names)
    return [f"{name}: stands twice" for name in sorted(set(listed)) if listed.count(name) > 1]
