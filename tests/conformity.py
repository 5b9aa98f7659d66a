"""Every test is a contract test: each answer that a test client receives is held to the published contract.

Judged by openapi-core, which shares no line with the server's own validation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters

from adapters.http.contract import Contract

EVENT_STREAM = "text/event-stream"
# What the transport answers whatever the operation is: to list it with each of them would say nothing of any.
TRANSPORT = {
    204: "OPTIONS: only says which methods there are",
    405: "a method that the path does not have",
    408: "a body that did not arrive in time",
}
UNKNOWN_PATH = {404, 400}
ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-xss-protection": "1; mode=block",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
}


@dataclass
class _Request:
    """A request as openapi-core wants it."""

    host_url: str
    path: str
    method: str
    parameters: RequestParameters
    content_type: str = ""
    body: bytes | None = None


@dataclass
class _Response:
    """A response as openapi-core wants it."""

    status_code: int
    headers: Mapping[str, str]
    content_type: str
    data: bytes


class Conformity:
    """A response hook for httpx."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._contract = Contract(document)
        self._judge = OpenAPI.from_dict(document)
        self.judged = 0

    def __call__(self, response: httpx.Response) -> None:
        """Fail the test whose answer breaks the contract."""
        is_stream = response.headers.get("content-type", "").startswith(EVENT_STREAM)
        body = b"" if is_stream else response.read()
        self.check(response.request, response.status_code, response.headers, body, is_stream=is_stream)
        self.judged += 1

    def check(
        self, request: httpx.Request, status: int, headers: Mapping[str, str], body: bytes, *, is_stream: bool = False
    ) -> None:
        """Judge one answer."""
        for name, value in ALWAYS.items():
            assert headers.get(name) == value, f"{name} is missing from {status} of {request.method} {request.url}"
        assert headers.get("x-request-id"), "An answer without a request identifier"
        if self._is_transport(request, status):
            self._check_transport(request, status, body)
            return
        path = request.url.path
        method = "get" if request.method == "HEAD" else request.method.lower()
        asked = _Request("http://nexus", path, method, RequestParameters())
        has_body = request.method != "HEAD" and not is_stream
        if has_body:
            answered = _Response(status, headers, headers.get("content-type", ""), body)
            self._judge.validate_response(asked, answered)
        else:
            assert not body
            assert self._declares(path, method, status), f"{status} is not declared for {method} {path}"

    def _is_transport(self, request: httpx.Request, status: int) -> bool:
        return status in TRANSPORT or (status in UNKNOWN_PATH and self._template(request.url.path) is None)

    def _check_transport(self, request: httpx.Request, status: int, body: bytes) -> None:
        if request.method in ("HEAD", "OPTIONS"):
            assert not body
            return
        dialect = self._contract.dialect_of(request.url.path)
        schema = self._contract.validator({"$ref": f"#/components/schemas/{dialect.capitalize()}Error"})
        schema.validate(orjson.loads(body))

    def _declares(self, path: str, method: str, status: int) -> bool:
        template = self._template(path)
        return template is not None and str(status) in self._contract.operation(template, method)["responses"]

    def _template(self, path: str) -> str | None:
        wanted = path.split("/")
        paths = self._contract.document["paths"]
        if path in paths:
            return path
        return next((template for template in paths if _fits(template.split("/"), wanted)), None)


def _fits(template: list[str], path: list[str]) -> bool:
    return len(template) == len(path) and all(
        part == given or (part.startswith("{") and given) for part, given in zip(template, path, strict=True)
    )
