"""What every operation says of itself: what it is for, who may call it, how often, and how it can fail.

A failure that others have and an operation cannot have is excused in the contract, with the reason:
`x-never: { '404': Work may be left for an agent that is not known yet. }`
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.contract.rules.reading import Document, media, operations, parameters

_TEXTS = ("summary", "description", "x-rate-limit")


def incomplete_operations(document: Document) -> list[str]:
    """All that operations leave unsaid, one line each."""
    tags = {tag["name"] for tag in document.get("tags", [])}
    return [
        f"{operation['operationId']}: {problem}"
        for path, _, operation in operations(document)
        for problem in (
            *_unsaid(operation),
            *_untagged(operation, tags),
            *_answers(document, path, operation),
        )
    ]


def foreign_errors(document: Document) -> list[str]:
    """Failures that are not said in the words of the operation's dialect."""
    return [
        f"{operation['operationId']} {status}: {schema} is not {_error_of(operation)}"
        for _, _, operation in operations(document)
        for status, answer in operation["responses"].items()
        if status[0] in "45"
        for _, content in media(document, answer)
        if (schema := _name(content)) not in _accepted(operation, status)
    ]


def needed_failures(document: Document, path: str, operation: Mapping[str, Any]) -> set[str]:
    """The failures that an operation must declare, from what it takes and whom it admits."""
    security = operation.get("security", document.get("security", []))
    guarded = {"401", "403"} if security and {} not in security else set()
    named = {"404"} if any(parameter["in"] == "path" for parameter in parameters(document, path, operation)) else set()
    body = {"413", "415"} if "requestBody" in operation else set()
    return {"400", "500", "503"} | guarded | named | body


def _unsaid(operation: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"has no {key}" for key in _TEXTS if not str(operation.get(key, "")).strip())
    if "security" not in operation:
        yield "does not say who may call it"


def _untagged(operation: Mapping[str, Any], known: set[str]) -> Iterator[str]:
    if not operation.get("tags"):
        yield "has no tag"
    yield from (f"has the unknown tag {tag!r}" for tag in operation.get("tags", []) if tag not in known)


def _answers(document: Document, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    declared = set(operation["responses"])
    if not any(status.startswith("2") for status in declared):
        yield "has no answer that says it worked"
    excused = operation.get("x-never", {})
    yield from _alike(document, operation)
    yield from (f"never answers {status}, but gives no reason" for status in sorted(excused) if not excused[status])
    missing = needed_failures(document, path, operation) - declared - set(excused)
    yield from (f"does not declare {status}" for status in sorted(missing))


def _alike(document: Document, operation: Mapping[str, Any]) -> Iterator[str]:
    """The server tells from the model that a handler returns which of several successes it is."""
    answers = operation["responses"].items()
    good = [answer for status, answer in answers if status.startswith("2")]
    named = {_name(content) for answer in good for _, content in media(document, answer)}
    if len(good) > 1 and len(named - {None}) < len(good):
        yield "succeeds in several ways, not each with a schema of its own"


def _name(content: Mapping[str, Any]) -> str | None:
    return str(content.get("schema", {}).get("$ref", "")).rpartition("/")[2] or None


def _error_of(operation: Mapping[str, Any]) -> str:
    dialect = operation["operationId"].split(".")[0]
    return f"{dialect[:1].upper()}{dialect[1:]}Error"


def _accepted(operation: Mapping[str, Any], status: str) -> set[str | None]:
    """A probe that is not ready says so with 503 in the form of its answer."""
    own = {_name(content) for _, content in operation["responses"].get("200", {}).get("content", {}).items()}
    return {_error_of(operation), *(own if status == "503" else ())}
