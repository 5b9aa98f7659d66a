"""Refusals as answers, each in the words of the dialect that owns the path."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from time import time
from typing import Any

import structlog

from adapters.http.refusals import MethodNotAllowed
from adapters.http.replies import HeaderList, Reply, encode
from generated.errors import Error
from handlers.core.errors import Failure, Refusal

CHALLENGE = b'Bearer realm="nexus"'
_CLOSES = {"payload_too_large", "request_timeout"}
_LAST_WORD = (
    b'{"error":{"code":"internal_error","message":"An unexpected error occurred","details":{},"request_id":"%s"}}'
)
_log = structlog.get_logger()


@dataclass(frozen=True)
class ErrorDialect:
    """How a dialect says no: its model of a failure, and its status and code for every kind of refusal."""

    render: Callable[[Failure], Any]
    errors: Mapping[str, Error]


class UnspokenRefusals(Exception):
    """The contract does not say how a dialect says no to something: a defect of ours."""

    def __init__(self, dialect: str, kinds: set[str]) -> None:
        super().__init__(f"{dialect}: x-errors lacks {', '.join(sorted(kinds))}")


class Failures:
    """The one place where a refusal becomes an answer."""

    def __init__(self, dialects: Mapping[str, ErrorDialect]) -> None:
        kinds = set(_kinds(Refusal))
        for name, dialect in dialects.items():
            if unspoken := kinds - dialect.errors.keys():
                raise UnspokenRefusals(name, unspoken)
        self._dialects = dialects

    def reply(self, refusal: Refusal, dialect: str, request_id: str) -> Reply:
        """The answer to a refused request. Where a dialect fails to say no, the answer is an error of our own."""
        try:
            return self._said(refusal, dialect, request_id)
        except Exception:  # noqa: BLE001 - a defect of ours while saying no; something must still be said
            _log.exception("refusal_failed", dialect=dialect, kind=refusal.kind, request_id=request_id)
            return Reply(500, _LAST_WORD % request_id.encode())

    def _said(self, refusal: Refusal, dialect: str, request_id: str) -> Reply:
        speaker = self._dialects[dialect]
        failure = self.failure(refusal, dialect, request_id)
        status = speaker.errors[refusal.kind].status
        return Reply(status, encode(speaker.render(failure)), headers=_headers(refusal, failure.retry_after))

    def failure(self, refusal: Refusal, dialect: str, request_id: str) -> Failure:
        """What a dialect may say of a refusal."""
        return Failure(
            code=self._dialects[dialect].errors[refusal.kind].code,
            message=refusal.message,
            details=refusal.details,
            request_id=request_id,
            at=int(time() * 1000),
            retry_after=getattr(refusal, "retry_after", None),
        )


def _kinds(refusal: type[Refusal]) -> Iterator[str]:
    """The kinds of all refusals below one."""
    for known in refusal.__subclasses__():
        if hasattr(known, "kind"):
            yield known.kind
        yield from _kinds(known)


def _headers(refusal: Refusal, retry_after: int | None) -> HeaderList:
    headers: HeaderList = []
    if refusal.kind == "unauthenticated":
        headers.append((b"www-authenticate", getattr(refusal, "challenge", CHALLENGE)))
    if isinstance(refusal, MethodNotAllowed):
        headers.append((b"allow", ", ".join(refusal.allowed).encode()))
    if retry_after is not None:
        headers.append((b"retry-after", str(retry_after).encode()))
    if refusal.kind == "precondition_failed":
        headers.append((b"etag", b'"%d"' % refusal.details["present"]))
    if refusal.kind in _CLOSES:
        headers.append((b"connection", b"close"))
    return headers
