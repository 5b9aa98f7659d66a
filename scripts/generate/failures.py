"""The failures that operations have in common, so that an operation declares only what is unusual about it.

An operation names its unusual failures by status, `x-fails: [409, 412]`, and excuses a common one that it cannot have
with the reason: `x-never: { '404': Work may be left for an agent that is not known yet. }`. One that is promised and
not done yet (`specs/unfinished.yaml`) is marked `x-unfinished` and answers 501.
"""

from collections.abc import Mapping
from typing import Any

from scripts.generate.grammar import METHODS
from scripts.generate.sources import RESPONSES, SHARED, ContractError, Place, Sources

FAILS = "x-fails"
NEVER = "x-never"
UNFINISHED = "x-unfinished"
_STATUSES = "x-statuses"


def with_failures(sources: Sources, item: Mapping[str, Any], place: Place, security: list[Any]) -> dict[str, Any]:
    """A path item of a dialect whose operations declare every failure; `security` is what holds where none is said."""
    if place.dialect == SHARED:
        return dict(item)
    shared = {"parameters": item.get("parameters", []), "security": security}
    return {
        key: _completed(sources, value, shared, place.child(key)) if key in METHODS else value
        for key, value in item.items()
    }


def _completed(sources: Sources, operation: dict[str, Any], shared: dict[str, Any], place: Place) -> dict[str, Any]:
    parameters = [*shared["parameters"], *operation.get("parameters", [])]
    named = _has_path_parameter(sources, parameters, place)
    common, never = _common({**shared, **operation}, named), set(operation.get(NEVER, {}))
    declared = operation.get("responses", {})
    unusual = {str(status) for status in operation.get(FAILS, [])}
    for status in sorted((never - common) | (never & {*declared, *unusual})):
        raise ContractError(f"{place}: {NEVER} excuses {status}, which is not a failure that it would have")
    for status in sorted(unusual & common):
        raise ContractError(f"{place}: {FAILS} names {status}, which goes without saying")
    failures = {status: reference(sources, status, place) for status in (common | unusual) - never - set(declared)}
    kept = {key: value for key, value in operation.items() if key != FAILS}
    if operation.get("operationId") in sources.unfinished("operations"):
        kept[UNFINISHED] = True
        failures["501"] = reference(sources, "501", place)
    return {**kept, "responses": dict(sorted({**declared, **failures}.items()))}


def _common(operation: Mapping[str, Any], named: bool) -> set[str]:
    """The failures that follow from what an operation takes and whom it admits."""
    security = operation["security"]
    guarded = {"401", "403"} if security and {} not in security else set()
    body = {"413", "415"} if "requestBody" in operation else set()
    return {"400", "500", "503"} | guarded | ({"404"} if named else set()) | body


def _has_path_parameter(sources: Sources, parameters: list[Any], place: Place) -> bool:
    settled = (sources.at(place.target(found["$ref"])) if "$ref" in found else found for found in parameters)
    return any(parameter["in"] == "path" for parameter in settled)


def reference(sources: Sources, status: str, place: Place) -> dict[str, str]:
    """The answer that the operations of a dialect share for a status."""
    file = place.target(RESPONSES).file
    name = sources.document(file)[_STATUSES].get(status)
    if name is None:
        raise ContractError(f"{place}: {file} has no answer for {status}")
    return {"$ref": f"{RESPONSES}#/{name}"}
