"""What is told on a channel: once for all, held to the contract, and kept only for a while."""

import json
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Counter
from structlog.testing import capture_logs

import generated
from adapters.http import speech
from adapters.http.contract import Contract
from adapters.http.event_streams import frame
from adapters.http.speech import Judge, Speech, Speeches, Telling
from generated.models import ggi, shared
from handlers import names
from handlers.core.calls import StreamItem
from handlers.core.events import Event, Gap, Logged
from handlers.core.tongues import Tongue

CONTRACT = Contract(json.loads((Path(generated.__file__).parent / "asyncapi.json").read_bytes()))


class Teller:
    """A tongue that counts what it is asked to tell."""

    def __init__(self, **task: Any) -> None:
        self.asked = 0
        self.task = {"task_id": "task_1", "name": "n", "status": "pending", "progress_percent": 0, **task}
        self.tongue = Tongue("ggiEvents", self.tell, lambda lost: StreamItem("gap", shared.Gap(missed=lost.missed)))

    def tell(self, logged: Logged) -> StreamItem:
        """An event of a task."""
        self.asked += 1
        return StreamItem(logged.event.type, ggi.TaskEvent.model_construct(**self.task), logged.name)


@pytest.fixture
def judge() -> Judge:
    """Who holds messages to the contract, and counts."""
    counter = Counter("violations", "x", ("message",), registry=CollectorRegistry())
    return Judge(CONTRACT, names.forms(), names.sent(), counter)


def logged(offset: int = 1, kind: str = "task.created") -> Logged:
    """An event in its place."""
    return Logged(Event(f"evt_{offset}", kind, "t", "task_1", 1, {}), "epoch", offset, 1)


def violations(judge: Judge) -> dict[str, float]:
    """What was counted."""
    samples = next(iter(judge._violations.collect())).samples
    return {found.labels["message"]: found.value for found in samples if found.name.endswith("_total")}


def test_an_event_is_told_once(judge: Judge) -> None:
    """Whoever asks again gets the same bytes; a gap is said to each."""
    teller = Teller()
    told = Speech(Telling(teller.tongue, judge), frame)
    first = told.of(logged())
    assert told.of(logged()) is first
    assert teller.asked == 1
    assert first.startswith(b"event: task.created\nid: evt_1.epoch.1\ndata: {")
    assert told.of(Gap(3)) == b'event: gap\ndata: {"missed":3}\n\n'
    assert violations(judge) == {}


@pytest.mark.parametrize(("most", "most_bytes", "kept"), [(3, 1_000_000, 3), (100, 160, 2)])
def test_what_was_told_is_kept_for_a_while(
    judge: Judge, monkeypatch: pytest.MonkeyPatch, most: int, most_bytes: int, kept: int
) -> None:
    """So many messages, and so many bytes, the latest ones."""
    monkeypatch.setattr(speech, "_MOST", most)
    monkeypatch.setattr(speech, "_MOST_BYTES", most_bytes)
    teller = Teller()
    telling = Telling(teller.tongue, judge)
    for offset in range(10):
        telling.of(logged(offset))
    assert list(telling._told) == [("epoch", offset, "") for offset in range(10 - kept, 10)]
    assert telling._size == sum(len(told.payload) for told in telling._told.values())
    telling.of(logged(0))
    assert teller.asked == 11


@pytest.mark.parametrize(
    ("task", "kind", "counted"),
    [
        ({}, "task.created", {}),
        ({"progress_percent": 101}, "task.created", {"ggi.task": 1}),
        ({"status": "swordfish"}, "task.created", {"ggi.task": 1}),
        ({}, "task.exploded", {"ggi.task": 1}),
    ],
)
def test_what_breaks_the_contract_is_counted_and_logged(
    judge: Judge, task: dict[str, Any], kind: str, counted: dict[str, float]
) -> None:
    """Payload and fields are judged once per event; the log names the rule and none of the content."""
    told = Speech(Telling(Teller(**task).tongue, judge), frame)
    with capture_logs() as lines:
        for _ in range(3):
            assert told.of(logged(kind=kind))
    assert violations(judge) == counted
    assert [line["event"] for line in lines] == ["contract_violated"] * len(counted)
    assert "swordfish" not in str(lines)


def test_a_validator_is_found_by_its_name(monkeypatch: pytest.MonkeyPatch, judge: Judge) -> None:
    """The contract is asked once for each schema, however much is told."""
    asked: list[Any] = []
    validator = CONTRACT.validator
    monkeypatch.setattr(CONTRACT, "validator", lambda schema: asked.append(schema) or validator(schema))
    told = Speech(Telling(Teller(progress_percent=101).tongue, judge), frame)
    for offset in range(3):
        told.of(logged(offset))
    assert len(asked) == 2 and violations(judge) == {"ggi.task": 3}


def test_a_message_that_the_channel_does_not_have_is_counted(judge: Judge) -> None:
    """A model that no message of the channel is carried by."""
    told = Speech(Telling(Teller().tongue, judge), frame)
    told.said(StreamItem("x", ggi.SubscriptionState(subscriptions=[])))
    assert violations(judge) == {"unknown": 1}


@pytest.mark.parametrize(
    ("payload", "fields", "counted"),
    [({}, {}, {}), ({"type": 1}, {}, {"amqp.log_mark": 1}), ({}, {"timestamp": "noon"}, {"amqp.log_mark": 1})],
)
def test_what_is_sent_over_the_broker_is_held_to_the_contract(
    judge: Judge, payload: dict[str, Any], fields: dict[str, Any], counted: dict[str, float]
) -> None:
    """Its payload, and its properties and headers."""
    whole = {"message_id": "a", "type": "log.mark", "timestamp": 1, **fields}
    judge.examine("events.streams.log_marks", json.dumps(payload).encode(), whole)
    assert violations(judge) == counted


def test_a_tongue_has_one_speech(judge: Judge) -> None:
    """Whoever speaks it shares what was made, in frames of one kind."""
    speeches, tongue = Speeches(judge), Teller().tongue
    assert speeches.of(tongue, frame) is speeches.of(tongue, frame)
    assert speeches.of(tongue, frame) is not speeches.of(tongue, lambda _, payload: payload)


def test_an_event_is_told_once_for_all_frames(judge: Judge) -> None:
    """Listeners of another transport get the payload that was projected and judged for the first, in their frames."""
    speeches, teller = Speeches(judge), Teller(progress_percent=101)
    events, bare = (speeches.of(teller.tongue, framed) for framed in (frame, lambda _, payload: payload))
    assert bare.of(logged()) in events.of(logged())
    assert bare.of(logged()) is bare.of(logged())
    assert teller.asked == 1
    assert violations(judge) == {"ggi.task": 1}
