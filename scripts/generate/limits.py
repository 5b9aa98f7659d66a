"""What follows from the limit of an operation's category: one failure more, and headers on each of its answers.

The root document says the limits, `x-rate-limits`, by dialect and category; `paths/shared/headers.yaml` the headers,
`x-limited`. The failures that all share carry them already; those of an operation without a limit are put in place
without them.
"""

from collections.abc import Mapping
from typing import Any

from scripts.generate.failures import reference
from scripts.generate.grammar import METHODS
from scripts.generate.sources import HEADERS, RESPONSES, SHARED, ContractError, Place, Sources

LIMITS = "x-rate-limits"
CATEGORY = "x-rate-limit"
UNLIMITED = "unlimited"
_TOO_MANY = "429"
_HEADERS = "x-limited"


def with_limits(sources: Sources, item: Mapping[str, Any], place: Place, root: Mapping[str, Any]) -> dict[str, Any]:
    """A path item of a dialect whose operations declare what their limits make of them."""
    if place.dialect == SHARED:
        return dict(item)
    return {
        key: _limited(sources, value, place.child(key), root) if key in METHODS and CATEGORY in value else value
        for key, value in item.items()
    }


def _limited(sources: Sources, operation: dict[str, Any], place: Place, root: Mapping[str, Any]) -> dict[str, Any]:
    category = operation[CATEGORY]
    row = root.get(LIMITS, {}).get(place.dialect, {}).get(category)
    if row is None:
        raise ContractError(f"{place}: {LIMITS} has no {place.dialect}.{category}")
    answers = operation["responses"]
    if UNLIMITED in row:
        changed = {status: _without_headers(sources, answer, place) for status, answer in answers.items()}
    else:
        answers = {_TOO_MANY: reference(sources, _TOO_MANY, place), **answers}
        changed = {status: _with_headers(sources, answer, place) for status, answer in answers.items()}
    return {**operation, "responses": dict(sorted(changed.items()))}


def _with_headers(sources: Sources, answer: dict[str, Any], place: Place) -> dict[str, Any]:
    if "$ref" in answer:
        return answer
    named = {header: {"$ref": f"{HEADERS}#/{name}"} for header, name in _headers(sources, place).items()}
    return {**answer, "headers": {**answer.get("headers", {}), **named}}


def _without_headers(sources: Sources, answer: dict[str, Any], place: Place) -> dict[str, Any]:
    target = place.target(answer.get("$ref", ""))
    if target.file != place.target(RESPONSES).file:
        return answer
    shared = sources.at(target)
    kept = {name: value for name, value in shared.get("headers", {}).items() if name not in _headers(sources, place)}
    return {**shared, "headers": kept}


def _headers(sources: Sources, place: Place) -> Mapping[str, str]:
    return sources.document(place.target(HEADERS).file)[_HEADERS]
