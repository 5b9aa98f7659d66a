"""What a plugin says that it does: functions that do work in this process, and functions that hear of events.

These are declarations and plain values. Who calls the functions, when, and what comes of it, stands elsewhere
(`executing`, `subscribing`); nothing of the rules is within a function's reach.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

PREFIX = "plugin-"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_SHORTEST_LEASE, _LONGEST_LEASE = 5, 3600
_HEARING_SECONDS = 10.0
_GENERATORS = (inspect.isgeneratorfunction, inspect.isasyncgenfunction)

Function = Callable[[Any], Any]
Report = Callable[[float, str | None], Any]
F = TypeVar("F", bound=Function)


class Failed(Exception):
    """Raised by a function: it has failed, and this is why, in words for whoever has asked.

    Work is tried again within its retry policy, and an event is told again, unless that makes no sense. Any other
    exception fails too; what it says goes to the server's log alone.
    """

    retryable: bool = True
    details: Mapping[str, Any] | None = None

    def __init__(self, message: str, *, retryable: bool = True, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.details = details


@dataclass
class Work:
    """One piece of work, as the function sees it that does it; `cancelled` says that nobody wants it any more."""

    kind: str
    name: str
    input: dict[str, Any]
    item_id: str
    tenant: str
    attempt: int
    priority: str
    created_at: str
    deadline: str
    report: Report = field(repr=False)
    service: str | None = None
    cancelled: bool = False

    def progress(self, percent: float, message: str | None = None) -> Any:
        """Say how far it has come, which renews the lease: with `await` in an async function, without in any other.

        A function whose work is not its own any more is stopped here.
        """
        if not 0 <= percent <= 100:
            raise ValueError(f"{percent} is no percentage")
        return self.report(percent, message)


@dataclass(frozen=True)
class Event:
    """Something that has happened in a tenant, in the words of `v2`. The same `id` may come again."""

    id: str
    type: str
    tenant: str
    created_at: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Command:
    """A function that does the commands of one type, and what it says of that type, as `facts` of the contract's."""

    function: Function
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Subscription:
    """A function that hears of events, and for how many seconds it is waited for."""

    function: Function
    patterns: tuple[str, ...]
    seconds: float


class Plugin:
    """Functions that the server calls by itself. To everybody else it is an agent, `plugin-` and its name.

    It does `max_concurrent` things at most at a time in each tenant, each under a lease of `lease_seconds` between two
    renewals. Whoever asks for a service among its `capabilities` may get it.
    """

    def __init__(
        self,
        name: str,
        *,
        description: str | None = None,
        capabilities: Iterable[str] = (),
        max_concurrent: int = 4,
        lease_seconds: int = 30,
    ) -> None:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name for a plugin: small letters, digits, `-` and `_`, at most 40")
        if max_concurrent < 1:
            raise ValueError("max_concurrent is at least 1")
        if not _SHORTEST_LEASE <= lease_seconds <= _LONGEST_LEASE:
            raise ValueError(f"lease_seconds is between {_SHORTEST_LEASE} and {_LONGEST_LEASE}")
        self.name = name
        self.agent_id = PREFIX + name
        self.description = description
        self.capabilities = tuple(capabilities)
        self.max_concurrent = max_concurrent
        self.lease_seconds = lease_seconds
        self.commands: dict[str, Command] = {}
        self.subscriptions: dict[str, Subscription] = {}

    def command(
        self,
        name: str,
        *,
        parameters: Mapping[str, Any] | None = None,
        description: str | None = None,
        category: str | None = None,
        timeout_seconds: int | None = None,
    ) -> Callable[[F], F]:
        """Do commands of this type with a function of one `Work`. What it gives, a dict or None, is the result.

        Every tenant then has this type; its `parameters` are judged by the JSON Schema when a command is issued.
        """
        _check_words((name,))
        said = {
            "parameters_schema": parameters,
            "description": description,
            "category": category,
            "timeout_seconds": timeout_seconds,
        }
        facts = {fact: value for fact, value in said.items() if value is not None}

        def keep(function: F) -> F:
            return _kept(self.commands, name, function, Command(function, facts))

        return keep

    def on(self, *patterns: str, timeout_seconds: float = _HEARING_SECONDS) -> Callable[[F], F]:
        """Tell a function of events: of a type by its name, of several by `task.*`, of all by `*`.

        How far it was told is kept under the function's name: another name begins anew.
        """
        _check_words(patterns)
        if timeout_seconds <= 0:
            raise ValueError("timeout_seconds is above 0")

        def keep(function: F) -> F:
            entry = Subscription(function, patterns, timeout_seconds)
            return _kept(self.subscriptions, function.__name__, function, entry)

        return keep


def _kept(kept: dict[str, Any], name: str, function: F, entry: Any) -> F:
    if name in kept:
        raise ValueError(f"There is a function for {name} already")
    _check_function(name, function)
    kept[name] = entry
    return function


def _check_words(words: tuple[Any, ...]) -> None:
    """Refuse a decorator that was not told what for: without its parentheses it would be given the function."""
    if not words or not all(isinstance(word, str) and word for word in words):
        raise TypeError("Say what the function is for, as in @plugin.command('deploy.app') or @plugin.on('task.*')")


def _check_function(name: str, function: Any) -> None:
    """Refuse what cannot be called with the one thing that it is given, and what does nothing when it is called."""
    if any(is_generator(called) for called in (function, type(function).__call__) for is_generator in _GENERATORS):
        raise TypeError(f"What is for {name} is a generator, which does nothing when it is called")
    try:
        inspect.signature(function).bind(None)
    except TypeError as problem:
        raise TypeError(f"What is for {name} is no function of one argument: {problem}") from problem
    except ValueError:
        return  # built-in functions do not tell
