# Generated from specs/ by `make generate`. Do not edit.
"""One request as data, how it is written, and how its answer is read. Knows nothing of connections."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx

from .errors import BY_CODE
from .faults import ApiError, ConnectionFailed
from .records import Record
from .version import VERSION

KEY = "Idempotency-Key"
_REPEATABLE = ("GET", "HEAD", "PUT", "DELETE")
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Ask:
    """A request. `reads` is the model of its answer, or `json`, `text` or `bytes`; `keyed` takes an idempotency key."""

    method: str
    path: str
    reads: Any
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    media: str = "application/json"
    keyed: bool = False
    public: bool = False
    basic: tuple[str, str] | None = None

    @property
    def is_repeatable(self) -> bool:
        """Whether sending it twice has the effect of sending it once."""
        return self.method in _REPEATABLE or bool(self.headers.get(KEY))

    @property
    def patience(self) -> float:
        """How many seconds the server was asked to wait before it answers."""
        said = self.body if isinstance(self.body, Mapping) else {}
        return float(self.query.get("wait") or said.get("wait_seconds") or 0)

    def with_key(self) -> Ask:
        """The request with an idempotency key, if it takes one, so that it can be sent again."""
        if not self.keyed or self.headers.get(KEY):
            return self
        return replace(self, headers={**self.headers, KEY: f"py-{uuid4().hex}"})

    def asking(self, **query: Any) -> Ask:
        """The request with other values in its query."""
        return replace(self, query={**self.query, **query})

    def sent_headers(self, token: str) -> dict[str, str]:
        """The headers as they are sent."""
        given = {name: text_of(value) for name, value in self.headers.items() if value is not None}
        written = {} if self.body is None else {"Content-Type": self.media}
        who = {} if self.public or self.basic else {"Authorization": f"Bearer {token}"}
        return {"User-Agent": f"nexus-client-python/{VERSION}", **written, **who, **given}

    def sent_query(self) -> dict[str, str]:
        """The query as it is sent."""
        return {name: text_of(value) for name, value in self.query.items() if value is not None}

    def content(self) -> bytes | None:
        """The body as it is sent."""
        if self.body is None:
            return None
        if self.media == _FORM:
            return str(httpx.QueryParams(self.body)).encode()
        return json.dumps(self.body, default=_plain, allow_nan=False).encode()


def segment(value: str) -> str:
    """A value within a path."""
    return quote(str(value), safe="")


def text_of(value: Any) -> str:
    """A value as parameters are written."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return ",".join(text_of(item) for item in value)
    return str(value)


def read(ask: Ask, answer: httpx.Response) -> Any:
    """What an answer says; a refusal is raised."""
    if answer.status_code >= 300:
        raise refusal(answer)
    if ask.reads == "text":
        return answer.text
    if ask.reads == "bytes":
        return answer.content
    said = _json(answer)
    if ask.reads == "json":
        return said
    if not isinstance(said, dict):
        raise ConnectionFailed(f"{ask.method} {ask.path} was not answered as the contract says")
    model: type[Record] = ask.reads
    return model(said, answer.headers)


def refusal(answer: httpx.Response) -> ApiError:
    """The error that an answer stands for."""
    try:
        said = answer.json()["error"]
    except (ValueError, KeyError, TypeError):
        said = {}
    said = dict(said) if isinstance(said, dict) else {}
    said.setdefault("retry_after", retry_after(answer))
    said.setdefault("request_id", answer.headers.get("x-request-id"))
    return BY_CODE.get(said.get("code", ""), ApiError)(answer.status_code, said)


def retry_after(answer: httpx.Response) -> float | None:
    """How many seconds the server wants to be left alone, if it says so."""
    said = answer.headers.get("retry-after", "")
    return float(said) if said.isdigit() else None


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        raise ConnectionFailed(f"The answer is no JSON: {answer.text[:200]!r}") from None


def _plain(value: Any) -> Any:
    """What JSON has no word for."""
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, Record):
        return value.to_dict()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} cannot be sent as JSON")


def _moment(value: datetime) -> str:
    """A moment as the contract writes it; one without a zone is meant as local time."""
    return value.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
