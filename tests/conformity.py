"""Every test is a contract test: each answer that a test client receives is held to the published contract.

Judged by openapi-core, which shares no line with the server's own validation.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

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
        template = self._template(request)
        if status in TRANSPORT or (template is None and status in UNKNOWN_PATH):
            self._check_transport(request, status, body)
            return
        assert template is not None, f"{status} from {request.url}, which is not in the contract"
        method = "get" if request.method == "HEAD" else request.method.lower()
        media = headers.get("content-type", "")
        if request.method == "HEAD" or is_stream or not media.startswith("application/json"):
            self._check_declared(template, method, status, media)
            assert not body or request.method != "HEAD"
            return
        asked = _Request("http://nexus", re.sub(r"{\w+}", "x", template), method, RequestParameters())
        self._judge.validate_response(asked, _Response(status, headers, media, body))

    def _check_transport(self, request: httpx.Request, status: int, body: bytes) -> None:
        if request.method in ("HEAD", "OPTIONS"):
            assert not body
            return
        dialect = self._contract.dialect_of(request.url.path)
        schema = self._contract.validator({"$ref": f"#/components/schemas/{dialect.capitalize()}Error"})
        assert not list(schema.iter_errors(orjson.loads(body)))

    def _check_declared(self, template: str, method: str, status: int, media: str) -> None:
        """What cannot be judged by a schema is at least of a declared status and media type."""
        declared = self._contract.operation(template, method)["responses"]
        assert str(status) in declared, f"{status} is not declared for {method} {template}"
        content = self._contract.resolve(declared[str(status)])["content"]
        assert "*/*" in content or media.partition(";")[0] in content, f"{media} is not declared for {template}"

    def _template(self, request: httpx.Request) -> str | None:
        """The contract's path of a request: a fixed one first, each segment decoded by itself."""
        segments = [unquote(segment) for segment in request.url.raw_path.partition(b"?")[0].decode().split("/")]
        candidates = [path for path in self._contract.document["paths"] if _fits(path.split("/"), segments)]
        return min(candidates, key=lambda path: path.count("{"), default=None)


def _fits(template: list[str], path: list[str]) -> bool:
    return len(template) == len(path) and all(
        part == given or (part.startswith("{") and given) for part, given in zip(template, path, strict=True)
    )
