"""What a message broker asks about its users, who are API keys: whether they may log in, and what they may do there.

A user is called as their key is listed. After the login a broker names them by that alone, so that what a key may do is
read again at every question. Knows of the broker only what the event contract says of it, as `Door`s.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hmac import compare_digest
from typing import Any
from urllib.parse import quote, unquote

from handlers.core.collections import DEFAULT_TENANT
from handlers.core.credentials import KEY_PREFIX, is_key_id, key_id
from handlers.core.errors import Forbidden, NotFound, Unauthenticated
from handlers.core.metering import Meter
from handlers.core.principals import Principal
from handlers.core.verification import Verification

BROKER = "rabbitmq"
QUEUE, EXCHANGE = "queue", "exchange"
CONFIGURE, WRITE, READ = "configure", "write", "read"
_TENANT, _AGENT = "{tenant}", "{agent_id}"
_ESCAPE = ":"
_NOBODYS = "nobody's"
# Refuses who may not speak for an agent, and is told that somebody is about to read an agent's queue.
Speak = Callable[[Principal, str], Awaitable[Any]]
Expect = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Door:
    """Something that the server has declared, and how others use it who hold a scope.

    A name that has `{tenant}` in it is a name for each; `key` is the form of the routing keys, where there are any.
    """

    kind: str
    name: str
    permission: str
    scope: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Grounds:
    """The server's part of a broker: the virtual host, the first words of its names, and the doors to it."""

    vhost: str
    reserved: frozenset[str]
    doors: Sequence[Door]


class Brokerage:
    """Answers a broker. Refuses by raising; whoever is not refused is known, and may."""

    def __init__(
        self,
        verification: Verification,
        guesses: Meter | None,
        grounds: Grounds,
        secret: str,
        speak: Speak,
        expect: Expect = lambda tenant, agent: None,
    ) -> None:
        self._verification = verification
        self._guesses = guesses
        self._grounds = grounds
        self._secret = secret.encode()
        self._speak = speak
        self._expect = expect

    @property
    def is_asked(self) -> bool:
        """Whether a broker asks about keys here, so that those who use it have logged in with one."""
        return bool(self._secret)

    async def admit(self, name: str, secret: str) -> Principal:
        """The broker itself, by the secret that it shares with the server. Where there is none, nobody."""
        is_broker = compare_digest(name.encode(), BROKER.encode())
        if not (self._secret and compare_digest(secret.encode(), self._secret) and is_broker):
            raise Unauthenticated
        return Principal(BROKER, DEFAULT_TENANT, frozenset(), kind=BROKER)

    async def log_in(self, name: str, key: str) -> Principal:
        """Whoever has this name and this key. Refuses a name unheard that has failed too often of late."""
        guessed = name if is_key_id(name) else _NOBODYS
        if self._guesses is not None and self._guesses.is_spent(guessed):
            await self._guesses.admit(guessed, self._guesses.limit.requests)
        try:
            if not key.startswith(KEY_PREFIX) or not compare_digest(key_id(key).encode(), name.encode()):
                raise Unauthenticated
            return await self._verification.authenticate(key)
        except Unauthenticated:
            await self._count(guessed)
            raise

    async def user(self, name: str) -> Principal:
        """Somebody who has logged in, as their key is now."""
        if not is_key_id(name):
            raise Unauthenticated
        return await self._verification.by_key(name)

    async def enter(self, vhost: str) -> None:
        """Refuse any virtual host but the server's."""
        if vhost != self._grounds.vhost:
            raise Forbidden(f"There is nothing in the virtual host {vhost}")

    async def use(self, who: Principal, kind: str, name: str, permission: str) -> None:
        """Refuse what is neither a queue of the tenant's own nor opened by one of their scopes."""
        if self._is_own(who, kind, name):
            return
        doors = self._opened(who, kind, name, permission)
        if not doors:
            raise Forbidden(f"You may not {permission} the {kind} {name}")
        named = name.removeprefix(_start(name_of(who.tenant), doors[0].name)).replace(_ESCAPE, "%")
        agent = await self._their_agent(who, doors[0].name, named)
        if agent is not None and (kind, permission) == (QUEUE, READ):
            self._expect(who.tenant, agent)

    async def route(self, who: Principal, exchange: str, permission: str, key: str) -> None:
        """Refuse routing keys, and patterns of them, that are not of the tenant."""
        opened = self._opened(who, EXCHANGE, exchange, permission)
        doors = [door for door in opened if _is_of(word_of(who.tenant), door.key, key)]
        if not doors:
            raise Forbidden(f"You may not {permission} {key} of the exchange {exchange}")
        await self._their_agent(who, doors[0].key, key.removeprefix(_start(word_of(who.tenant), doors[0].key)))

    async def _their_agent(self, who: Principal, form: str, word: str) -> str | None:
        """The agent that a word names, where the form says that it names one. Refuses what is for somebody else's."""
        if not form.endswith(_AGENT):
            return None
        agent = unquote(word)
        try:
            await self._speak(who, agent)
        except NotFound as refusal:
            raise Forbidden(refusal.message) from refusal
        return agent

    def _is_own(self, who: Principal, kind: str, name: str) -> bool:
        """Whether it is a queue of the tenant's own. The server's names are nobody's, whatever a tenant is called."""
        word, dot, _ = name.partition(".")
        may_come = any(who.may(door.scope) for door in self._grounds.doors)
        is_theirs = bool(dot) and word == word_of(who.tenant) and word not in self._grounds.reserved
        return kind == QUEUE and is_theirs and may_come

    def _opened(self, who: Principal, kind: str, name: str, permission: str) -> list[Door]:
        """The doors of this name that their scopes open."""
        return [
            door
            for door in self._grounds.doors
            if (door.kind, door.permission) == (kind, permission)
            and who.may(door.scope)
            and (_is_of(name_of(who.tenant), door.name, name) if _TENANT in door.name else door.name == name)
        ]

    async def _count(self, guessed: str) -> None:
        """One more failure; refuses the one that is too many as such."""
        if self._guesses is not None and self._guesses.take(guessed, self._guesses.limit.requests) is None:
            await self._guesses.admit(guessed, self._guesses.limit.requests)


@lru_cache(maxsize=4096)
def word_of(tenant: str) -> str:
    """A tenant as one word of a routing key or a name, whatever its characters are: nobody's begins as another's."""
    return quote(tenant, safe="").replace(".", "%2E")


def name_of(text: str) -> str:
    """A text as one word of the name of a queue, for which AMQP knows fewer characters than for routing keys."""
    return word_of(text).replace("~", "%7E").replace("%", _ESCAPE)


def _is_of(tenant: str, form: str, text: str) -> bool:
    """Whether a text is of the form, with this word for the tenant in its place and something behind it."""
    start = _start(tenant, form)
    return text.startswith(start) and len(text) > len(start)


def _start(tenant: str, form: str) -> str:
    before, _, _ = form.partition(_TENANT)
    return f"{before}{tenant}."
