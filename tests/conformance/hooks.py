"""What Schemathesis needs to be told: our media types, and where records are that its requests can find.

It runs in a process of its own, and is told by the environment which server it asks and with what credentials.
"""

import os
from collections import Counter
from typing import Any

import httpx
import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation import GenerationMode
from schemathesis.generation.meta import TestPhase

from tests.conformance.credentials import headers_for
from tests.conformance.records import Records
from tests.walking import Asked

_client = httpx.Client(base_url=os.environ["CONFORMANCE_URL"], timeout=20)
_asked: Counter[str] = Counter()


def _send(asked: Asked) -> httpx.Response:
    headers = {**asked.headers, **headers_for(asked.operation)}
    return _client.request(asked.method, asked.path, params=asked.query, headers=headers, content=asked.content)


_records = Records(_send)


@schemathesis.hook
def before_call(context: Any, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    """Every second request finds a record that is there; the others ask for what Schemathesis thinks of.

    Its stateful phase follows the links by itself, and a path that is meant to be wrong stays wrong.
    """
    operation = context.operation.definition.raw["operationId"]
    if _has_good_path(case):
        _asked[operation] += 1
        if _asked[operation] % 2:
            case.path_parameters.update(_records.path_to(operation))


def _has_good_path(case: schemathesis.Case) -> bool:
    if case.meta is None or case.meta.phase.name == TestPhase.STATEFUL:
        return False
    path = case.meta.components.get(ParameterLocation.PATH)
    return path is not None and path.mode == GenerationMode.POSITIVE


@schemathesis.serializer("application/x-ndjson")
def lines_of_json(_: Any, value: Any) -> bytes:
    """Lines of JSON are a text to the contract, and are sent as they are."""
    return value.encode() if isinstance(value, str) else str(value).encode()
