"""WebSockets: a channel of the event contract, what is heard on it, and the close codes that every dialect shares."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.http.bodies import Limits, read_json
from adapters.http.contract import Contract
from adapters.http.parameters import query_pairs
from adapters.http.requests import Request
from adapters.http.speech import Judge
from adapters.http.verdicts import invalid_body
from handlers.core.errors import InvalidRequest, Refusal
from handlers.core.testimony import Account
from handlers.core.tongues import Tongue

NORMAL, GOING_AWAY, UNREADABLE, POLICY, INTERNAL = 1000, 1001, 1003, 1008, 1011
UNAUTHENTICATED, RATE_LIMITED, WRONG_SUBSCRIPTION = 4000, 4001, 4002
_CODES = {"unauthenticated": UNAUTHENTICATED, "rate_limited": RATE_LIMITED, "unavailable": INTERNAL}
# The category under which a dialect's handshakes and what its clients say are counted.
CATEGORY = "websockets"


@dataclass(frozen=True)
class Heard:
    """One message that a channel takes: by its schema, carried by a model; no handler where that is not done yet."""

    operation: str
    scope: str | None
    schema: str
    model: Any
    handler: Callable[..., Awaitable[Any]] | None
    account: Account

    @property
    def is_subscription(self) -> bool:
        """Whether it asks for something that goes on."""
        return self.operation.endswith(".subscribe")


@dataclass
class Channel:
    """One WebSocket address; no tongue where it is promised and not done yet.

    `scope` is what everything on it asks for, and so the handshake; `topics` are what can be subscribed to, `bounds`
    what one client may do.
    """

    id: str
    address: str
    scope: str | None
    tongue: Tongue | None
    heard: Sequence[Heard] = ()
    topics: Mapping[str, Any] = field(default_factory=dict)
    bounds: Mapping[str, float] = field(default_factory=dict)

    @property
    def dialect(self) -> str:
        """The dialect that is spoken on it."""
        return self.id.partition(".")[0]

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes that a handshake asks for."""
        return () if self.scope is None else (self.scope,)


class Ear:
    """Understands what clients say on a channel: which message it is, and whether it has the form of that."""

    def __init__(self, channel: Channel, contract: Contract, judge: Judge, limits: Limits) -> None:
        self._depth = limits.depth
        self._word, self._known = _words(channel.heard, contract)
        self._validators = {heard.schema: judge.validator(heard.schema) for heard in channel.heard}

    def read(self, text: str) -> dict[str, Any]:
        """The object that a text is."""
        try:
            said = read_json(self._depth, text.encode(), "message")
        except UnicodeEncodeError as exc:
            raise InvalidRequest("The message is not valid UTF-8") from exc
        if not isinstance(said, dict):
            raise InvalidRequest("A message is a JSON object")
        return said

    def which(self, said: Mapping[str, Any]) -> Heard:
        """The message of the contract that somebody means."""
        word = said.get(self._word)
        heard = self._known.get(word) if isinstance(word, str) else None
        if heard is None:
            raise InvalidRequest(f"`{self._word}` is one of {', '.join(self._known)}", field=self._word)
        return heard

    def carried(self, heard: Heard, said: Mapping[str, Any]) -> Any:
        """The message as its model, if it has its form."""
        validator = self._validators[heard.schema]
        if not validator.is_valid(said):
            raise invalid_body(next(iter(validator.iter_errors(said))), "message")
        return heard.model.__pydantic_validator__.validate_python(said)


def _words(heard: Sequence[Heard], contract: Contract) -> tuple[str, dict[str, Heard]]:
    """The field by which messages are told apart, and the message of each of its words."""
    known: dict[str, dict[str, Heard]] = {}
    for message in heard:
        schema = contract.resolve({"$ref": f"#/components/schemas/{message.schema}"})
        for name, declared in schema["properties"].items():
            if "const" in declared:
                known.setdefault(name, {})[declared["const"]] = message
    fitting = [(name, words) for name, words in known.items() if len(words) == len(heard)]
    if not fitting:
        raise TypeError(f"Nothing tells apart {', '.join(message.schema for message in heard)}")
    return fitting[0]


def token_of(request: Request) -> str:
    """The caller's token, from `?token=` or the header."""
    pairs = query_pairs(request.scope["query_string"])
    unknown = [name for name, _ in pairs if name != "token"]
    if unknown or len(pairs) > 1:
        raise InvalidRequest("A WebSocket takes one query parameter, `token`", location="query")
    return pairs[0][1] if pairs else request.bearer_token()


def code_of(refusal: Refusal) -> int:
    """What closes for the reason of a refusal. A part of ours that does not answer is no fault of the caller's."""
    return _CODES.get(refusal.kind, POLICY)


async def close(send: Any, code: int, reason: str) -> int:
    """Close, saying why in the 123 bytes that there are for it."""
    await send({"type": "websocket.close", "code": code, "reason": reason.encode()[:123].decode(errors="ignore")})
    return code
