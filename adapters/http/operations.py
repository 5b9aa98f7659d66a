"""One operation of the contract, compiled when the server starts: all that can be decided before a request comes."""

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.http.bodies import BodyPlan, Limits, Receive
from adapters.http.contract import Contract
from adapters.http.parameters import ParameterPlan
from adapters.http.replies import HeaderList, Reply, encode, header_list
from adapters.http.requests import Request
from handlers.core.calls import Call
from handlers.core.errors import NotYet
from handlers.core.metering import Meter

Handler = Callable[..., Awaitable[Any]]
EVENT_STREAM = "text/event-stream"
_ONE_EACH: Mapping[str, Mapping[Any, int]] = {}
_BODY_POINTER = re.compile(r"\$response\.body#/([A-Za-z_]\w*)")


@dataclass(frozen=True)
class Link:
    """Where a created item will be found: the `Location` of its answer.

    The template names the model's attributes: `/tasks/{0.task_id}`.
    """

    template: str

    def location(self, model: Any) -> str:
        """The path of the item that the model describes."""
        return self.template.format(model)


class Success:
    """One way in which an operation succeeds, and how its answer says so."""

    __slots__ = ("content_type", "link", "media_type", "status")

    def __init__(self, contract: Contract, status: str, declared: Any) -> None:
        answer = contract.resolve(declared)
        self.status = int(status)
        self.media_type = next(iter(answer.get("content", {})), "")
        self.content_type = _content_type(self.media_type)
        self.link = _link(contract, answer)


class Operation:
    """How to read, call and answer one operation.

    Where one can succeed in several ways, its `statuses` say which model's answer has which status.
    """

    def __init__(
        self,
        contract: Contract,
        path: str,
        method: str,
        handler: Handler,
        models: Mapping[str, Any],
        limits: Limits,
        statuses: Mapping[str, Mapping[Any, int]] = _ONE_EACH,
    ) -> None:
        declared = contract.operation(path, method)
        self.id: str = declared["operationId"]
        self.dialect = self.id.partition(".")[0]
        self.method = method.upper()
        self.path = path
        self.is_unfinished: bool = declared.get("x-unfinished", False)
        self.handler = handler
        self.account: Any = None
        self.category: str = declared["x-rate-limit"]
        self.meter: Meter | None = None
        security = declared.get("security", contract.document.get("security", ()))
        self.scopes = _scopes(security)
        self.takes_api_key = any("apiKey" in requirement for requirement in security)
        self.takes_password = any(_is_basic(contract, name) for requirement in security for name in requirement)
        # Where the path names the tenant, the scopes are asked for there, by the core.
        self.tenant_in: str | None = declared.get("x-tenant")
        self.is_counted: bool = declared.get("x-audit") == "counted"
        self.asks_for = () if self.tenant_in else self.scopes or ()
        self.parameters = ParameterPlan(contract, declared["parameters"])
        self.body: BodyPlan | None = None
        if "requestBody" in declared:
            body = contract.resolve(declared["requestBody"])
            self.body = BodyPlan(contract, body, models.get(self.id), limits)
        successes = _successes(contract, declared)
        self.success = next(iter(successes.values()))
        self.is_stream = self.success.media_type == EVENT_STREAM
        self._by_model = {model: successes[status] for model, status in statuses.get(self.id, {}).items()}
        if not self.is_unfinished:
            _check_signature(self)
            if len(successes) > 1 and len(self._by_model) < len(successes):
                raise TypeError(f"{self.id}: which success an answer is must be seen from its model")

    async def call(self, call: Call, path_values: Mapping[str, str], request: Request, receive: Receive) -> Any:
        """Read the request as the contract says, and hand it to the handler."""
        arguments = self.parameters.read(path_values, request.scope["query_string"], request)
        if self.body is not None:
            arguments["body"] = await self.body.read(request, receive)
        if self.is_unfinished:
            raise NotYet(self.id)
        return await self.handler(call, **arguments)

    def reply(self, answer: Any) -> Reply:
        """The handler's answer, alone or with headers, as it goes on the wire."""
        model, extra = answer if type(answer) is tuple else (answer, None)
        success = self._by_model[type(model)] if self._by_model else self.success
        headers: HeaderList = header_list(extra) if extra else []
        if success.link is not None:
            headers.append((b"location", success.link.location(model).encode("latin-1")))
        return Reply(success.status, _written(model), success.content_type, headers)


def _scopes(security: Any) -> tuple[str, ...] | None:
    """The scopes that a caller needs; None where nobody needs to say who they are."""
    requirements = [scopes for requirement in security for scopes in requirement.values()]
    return tuple(requirements[0]) if requirements else None


def _is_basic(contract: Contract, name: str) -> bool:
    """Whether a way to say who one is takes a name and a password."""
    scheme = contract.document.get("components", {}).get("securitySchemes", {}).get(name, {})
    return (scheme.get("type"), scheme.get("scheme")) == ("http", "basic")


def _written(answer: Any) -> bytes:
    """An answer in bytes: a model as JSON, a text as it is."""
    if isinstance(answer, bytes):
        return answer
    return answer.encode() if isinstance(answer, str) else encode(answer)


def _successes(contract: Contract, declared: Mapping[str, Any]) -> dict[int, Success]:
    """The ways to succeed by status, first the usual one."""
    good = [(status, answer) for status, answer in declared["responses"].items() if status.startswith("2")]
    return {int(status): Success(contract, status, answer) for status, answer in good}


def _content_type(media_type: str) -> bytes:
    return f"{media_type}; charset=utf-8".encode() if media_type.startswith("text/") else media_type.encode()


def _link(contract: Contract, success: Mapping[str, Any]) -> Link | None:
    """The link `read` of an answer that declares a `Location`."""
    if "Location" not in success.get("headers", {}):
        return None
    link = contract.resolve(success["links"]["read"])
    attributes = {
        name: f"{{0.{_BODY_POINTER.fullmatch(expression).group(1)}}}"
        for name, expression in link.get("parameters", {}).items()
    }
    return Link(contract.paths_by_operation[link["operationId"]].format(**attributes))


def _check_signature(operation: Operation) -> None:
    """Refuse to start with a handler that does not take exactly what the contract declares."""
    if not inspect.iscoroutinefunction(operation.handler):
        raise TypeError(f"{operation.id}: the handler is not async")
    taken = list(inspect.signature(operation.handler).parameters)[1:]
    declared = [*operation.parameters.arguments, *(["body"] if operation.body else [])]
    if sorted(taken) != sorted(declared):
        raise TypeError(f"{operation.id}: the handler takes {sorted(taken)}, the contract declares {sorted(declared)}")
