"""What Schemathesis needs to be told: our media types, and where records are that its requests can find.

It runs in a process of its own, and is told by the environment which server it asks and with what credentials.
"""

import os
import time
from collections import Counter
from typing import Any

import httpx
import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation import GenerationMode
from schemathesis.generation.meta import TestPhase

from tests.conformance import checks, leases
from tests.conformance.credentials import headers_for
from tests.conformance.listeners import Listeners
from tests.conformance.records import Records
from tests.walking import Asked, contract

_client = httpx.Client(base_url=os.environ["CONFORMANCE_URL"], timeout=20)
_asked: Counter[str] = Counter()
_LONGEST_WAIT, _LONGEST_TIMEOUT = 30, 86_400
_PAUSES = (1, 2, 4, 8)
checks.register(checks.Each(contract()))


def _send(asked: Asked) -> httpx.Response:
    headers = {**asked.headers, **headers_for(asked.operation)}
    request = _client.build_request(
        asked.method, asked.path, params=asked.query, headers=headers, content=asked.content
    )
    answer = _client.send(request)
    for pause in _PAUSES:
        if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            break
        time.sleep(pause)  # as the contract asks of every caller; what Schemathesis itself asks is not excused
        answer = _client.send(request)
    _listeners.hear(asked.declared, answer.status_code, answer.headers.get("location"))
    return answer


def _remove(place: str) -> None:
    _client.delete(place, headers=headers_for(""))


_listeners = Listeners(_remove)
_records = Records(_send)


@schemathesis.hook
def before_call(context: Any, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    """Every second request, the first of each phase among them, finds a record that is there.

    The others ask for what Schemathesis thinks of.

    Its stateful phase follows the links by itself, and a path that is meant to be wrong stays wrong.
    """
    operation = context.operation.definition.raw["operationId"]
    _hurry(case)
    if _has_good_path(case):
        asked = f"{operation} {case.meta.phase.name}"
        _asked[asked] += 1
        if _asked[asked] % 2:
            case.path_parameters.update(leases.path_to(operation, _send) or _records.path_to(operation))


@schemathesis.hook
def after_call(context: Any, case: schemathesis.Case, response: schemathesis.Response) -> None:
    """Webhooks that were made long ago are no more, or each task would be told to hundreds."""
    declared = context.operation.definition.raw
    place = response.headers.get("location", [None])[0]
    in_scenario = case.meta is not None and case.meta.phase.name == TestPhase.STATEFUL
    _listeners.hear(declared, response.status_code, place, in_scenario=in_scenario)


def _hurry(case: schemathesis.Case) -> None:
    """Nobody waits as long as they may: the run would take the sum of it."""
    wait = str((case.query or {}).get("wait"))
    if wait.isdigit() and 1 < int(wait) <= _LONGEST_WAIT:
        case.query["wait"] = 1
    if isinstance(case.body, dict):
        _hurry_body(case.body)


def _hurry_body(body: dict[str, Any]) -> None:
    """Of work nobody waits for as long as they may, nor for the end of a command that nobody executes."""
    wait, parameters = body.get("wait_seconds"), body.get("parameters")
    if isinstance(wait, int | float) and 1 < wait <= _LONGEST_WAIT:
        body["wait_seconds"] = 1
    if "target" in body and body.get("async", False) is False and isinstance(parameters or {}, dict):
        timeout = (parameters or {}).get("timeout_seconds", 1)
        if isinstance(timeout, int | float) and 1 <= timeout <= _LONGEST_TIMEOUT:
            body["parameters"] = {**(parameters or {}), "timeout_seconds": 1}


def _has_good_path(case: schemathesis.Case) -> bool:
    if case.meta is None or case.meta.phase.name == TestPhase.STATEFUL:
        return False
    path = case.meta.components.get(ParameterLocation.PATH)
    return path is not None and path.mode == GenerationMode.POSITIVE


@schemathesis.serializer("application/x-ndjson")
def lines_of_json(_: Any, value: Any) -> bytes:
    """Lines of JSON are a text to the contract, and are sent as they are.

    Whatever is written here is a text; in place of what is to be none, nothing is sent, which the contract refuses too.
    """
    return value.encode() if isinstance(value, str) else b""
