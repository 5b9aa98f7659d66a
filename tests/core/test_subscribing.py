"""Functions that hear of events: which, in what words, and what becomes of those that fail."""

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from handlers.core import subscribing
from handlers.core.events import Event as Told
from handlers.core.events import Logged
from handlers.core.plugins import Event, Failed, Plugin
from handlers.core.subscribing import Subscriber, matching
from handlers.core.telling import Telling
from tests.fakes import NOON

TYPES = frozenset({"task.created", "task.run.created", "command.completed", "telemetry.frame", "telemetry.alert"})


def told(logged: Logged) -> bytes:
    """An event in the words of these tests."""
    return json.dumps({"created_at": "noon", "data": {"who": logged.event.subject}}).encode()


def logged(number: int, type: str = "task.created") -> Logged:
    """An event in its place."""
    return Logged(Told(f"evt_{number}", type, "t_one", f"task_{number}", NOON, {}), "fake", number, 1)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """What was said; pauses are as short as can be."""
    monkeypatch.setattr(subscribing, "_FIRST_PAUSE", 0.01)
    return []


@pytest.fixture
def subscribe(said: list[tuple[str, Any]]) -> Callable[..., Subscriber]:
    """Makes subscribers of functions."""

    def make(function: Any, *patterns: str, **given: Any) -> Subscriber:
        plugin = Plugin("listener")
        plugin.on(*(patterns or ("*",)), **given)(function)
        (subscription,) = plugin.subscriptions.values()
        telling = Telling(TYPES, told, lambda *_: b"")
        return Subscriber("listener", subscription, telling, lambda event, **facts: said.append((event, facts)))

    return make


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        (["task.created"], {"task.created"}),
        (["task.*"], {"task.created", "task.run.created"}),
        (["task.run.*", "command.*"], {"task.run.created", "command.completed"}),
        (["*"], TYPES - {"telemetry.frame"}),
        (["task"], set()),
        (["telemetry.frame"], set()),
    ],
)
def test_patterns_mean_events_of_the_log(patterns: list[str], found: set[str]) -> None:
    """A name is a type, a star at the end is whatever follows; telemetry has no place in the log."""
    assert matching(patterns, TYPES) == found


async def test_a_function_hears_what_it_asks_for(subscribe: Callable[..., Subscriber]) -> None:
    """In order, in the dialect's words, by the name that stays the same; sync or async."""
    heard: list[Event] = []
    subscriber = subscribe(heard.append, "task.created")
    await subscriber.consume([logged(1), logged(2, "command.completed"), logged(3)])
    assert [(event.id, event.tenant, event.data["who"]) for event in heard] == [
        ("evt_1", "t_one", "task_1"),
        ("evt_3", "t_one", "task_3"),
    ]


async def test_a_failure_is_said_and_passed_on(subscribe: Callable[..., Subscriber], said: list[Any]) -> None:
    """Whoever consumes does not move on behind an event that was not heard, except where the function says so."""

    async def refuse(event: Event) -> None:
        if event.id == "evt_1":
            raise LookupError("Who?")
        raise Failed("Not for me", retryable=event.id == "evt_2")

    subscriber = subscribe(refuse)
    for number, problem in ((1, LookupError), (2, Failed)):
        with pytest.raises(problem):
            await subscriber.consume([logged(number)])
    await subscriber.consume([logged(3)])
    assert [event for event, _ in said] == ["plugin_failed", "plugin_failed", "plugin_skips"]
    assert isinstance(said[0][1]["exc_info"], LookupError)


async def test_pauses_grow_until_it_is_heard(subscribe: Callable[..., Subscriber], said: list[Any]) -> None:
    """Each failure is followed by a longer pause, up to a bound; a success ends that."""
    is_deaf = True

    async def listen(event: Event) -> None:
        if is_deaf:
            raise OSError

    subscriber, pauses = subscribe(listen), []
    for _ in range(4):
        with pytest.raises(OSError):  # noqa: PT011 - it is ours
            await subscriber.consume([logged(1)])
        pauses.append(subscriber._pause)
    assert pauses == [0.01, 0.02, 0.04, 0.08]
    is_deaf = False
    await subscriber.consume([logged(1)])
    assert subscriber._pause == 0


async def test_who_hangs_is_not_called_beside_itself(subscribe: Callable[..., Subscriber]) -> None:
    """A thread cannot be stopped: until it has ended the function is not called again."""
    let_go, calls = threading.Event(), []

    def hang(event: Event) -> None:
        calls.append(event.id)
        let_go.wait(20)

    subscriber = subscribe(hang, timeout_seconds=0.05)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await subscriber.consume([logged(1)])
    assert calls == ["evt_1"]
    let_go.set()
    await asyncio.wait({subscriber._call.ending}, timeout=10)
    await subscriber.consume([logged(1)])
    assert calls == ["evt_1", "evt_1"]


async def test_a_function_that_would_end_the_server_has_failed(
    subscribe: Callable[..., Subscriber], said: list[Any]
) -> None:
    """`sys.exit` in a plugin, and its cancelling itself, are failures like others."""

    async def leave(event: Event) -> None:
        raise SystemExit(1) if event.id == "evt_1" else asyncio.CancelledError

    def leave_thread(event: Event) -> None:
        raise SystemExit(1)

    for subscriber, number in ((subscribe(leave), 1), (subscribe(leave), 2), (subscribe(leave_thread), 1)):
        with pytest.raises(RuntimeError):
            await subscriber.consume([logged(number)])
    assert [event for event, _ in said] == ["plugin_failed"] * 3


async def test_a_function_that_was_never_run_has_not_heard(subscribe: Callable[..., Subscriber]) -> None:
    """What gives something to be run, as a wrapper of an async function does, has failed; generators are refused."""
    heard: list[Event] = []

    async def listen(event: Event) -> None:
        heard.append(event)

    def generate(event: Event) -> Any:
        yield heard.append(event)

    async def generate_async(event: Event) -> Any:
        yield heard.append(event)

    async def nest(event: Event) -> Any:
        return generate(event)

    def wrap(event: Event) -> Any:
        return listen(event)

    for function in (wrap, nest):
        with pytest.raises(TypeError, match="nobody runs"):
            await subscribe(function).consume([logged(1)])
    for function in (generate, generate_async):
        with pytest.raises(TypeError, match="generator"):
            subscribe(function)
    assert heard == []
