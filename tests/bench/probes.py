"""Whether a peer does the work that it is measured at: the same answers to the same good and bad requests."""

import orjson

from adapters.http.replies import SECURITY_HEADERS
from tests.bench import contract
from tests.bench.processes import exchange

_RESOURCE = contract.RESOURCES[7]
_HEADERS = [name for name, _ in SECURITY_HEADERS] + [b"x-request-id", b"x-ratelimit-remaining", b"etag"]


def _post(**changes: object) -> bytes:
    return contract.post_request(_RESOURCE, orjson.dumps({**contract.BODY, **changes}))


GOOD = {"a create": contract.post_request(_RESOURCE), "a read": contract.get_request(_RESOURCE)}
BAD: dict[str, tuple[bytes, tuple[int, ...]]] = {
    "no key": (contract.get_request(_RESOURCE, extra="x-none: 1\r\n"), (401,)),
    "another key": (contract.get_request(_RESOURCE, extra="authorization: Bearer nexus_sk_live_x_y\r\n"), (401,)),
    "an unknown field": (_post(colour="red"), (400, 422)),
    "a long title": (_post(title="x" * 201), (400, 422)),
    "an empty title": (_post(title=""), (400, 422)),
    "a number that is a text": (_post(timeout_seconds="60"), (400, 422)),
    "a number out of bounds": (_post(retry_policy={"max_retries": 101}), (400, 422)),
    "a value out of the list": (_post(priority="extreme"), (400, 422)),
    "an identifier with a space": (_post(dependencies=["a b"]), (400, 422)),
    "a task without its schedule": (_post(type="scheduled"), (400, 422)),
    "a schedule that is none": (_post(schedule={"cron": "every day"}), (400, 422)),
    "a long label": (_post(tags={"team": "x" * 257}), (400, 422)),
    "a date that is none": (_post(deadline="tomorrow"), (400, 422)),
    "a label's name with a space": (_post(tags={"a b": "x"}), (400, 422)),
    "no JSON": (contract.post_request(_RESOURCE, b"{"), (400, 422)),
    "an unknown query parameter": (contract.get_request(_RESOURCE, "colour=red"), (400, 422)),
    "a query out of bounds": (contract.get_request(_RESOURCE, "history=101"), (400, 422)),
    "a large body": (contract.post_request(_RESOURCE, b'"' + b"x" * contract.BODY_LIMIT + b'"'), (413,)),
}


def lapses(port: int) -> list[str]:
    """What a peer answers otherwise than it should; empty if it does all of the work."""
    found = []
    for name, request in GOOD.items():
        answer = exchange(port, request)
        missing = [header.decode() for header in _HEADERS if header + b":" not in answer.lower()]
        if not 200 <= _status(answer) < 300 or missing:
            found.append(f"{name}: {_status(answer)} {' '.join(missing)}")
    for name, (request, expected) in BAD.items():
        status = _status(_exchange_large(port, request))
        if status not in expected:
            found.append(f"{name}: {status}")
    return found


def _exchange_large(port: int, request: bytes) -> bytes:
    """As `exchange`; a server that refuses early may close before all is sent."""
    try:
        return exchange(port, request)
    except (BrokenPipeError, ConnectionResetError):
        return b"HTTP/1.1 413"


def _status(answer: bytes) -> int:
    return int(answer[9:12] or 0)
