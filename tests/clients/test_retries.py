"""What is sent again, when, and with which key."""

import json
import time

import pytest
from nexus_client import AsyncNexusClient, ConfigurationError, ConnectionFailed, NexusClient, errors

from tests.clients.conftest import Scripted

TASK = {"task_id": "task_x", "title": "x", "status": "pending"}
_BUSY = {"error": {"code": "SERVICE_UNAVAILABLE", "message": "Busy", "details": {}, "request_id": "req_1"}}
_LIMITED = {"error": {"code": "RATE_LIMIT_EXCEEDED", "message": "Slow down", "details": {}, "retry_after": 90}}


def client(server: Scripted, attempts: int = 3) -> NexusClient:
    """A client that comes back soon."""
    return NexusClient("key", server.url, retry_attempts=attempts, retry_delay=0.01)


def test_a_creation_is_repeated_under_one_key(scripted: Scripted) -> None:
    """An answer that is lost is asked for again with the same idempotency key."""
    scripted.answers = [None, (500, {}, {}), (201, {"ETag": '"1"'}, TASK)]
    with client(scripted) as nexus:
        task = nexus.tasks.create({"title": "x"})
    keys = {headers["idempotency-key"] for _, _, headers, _ in scripted.asked}
    assert (task.task_id, task.etag, len(scripted.asked), len(keys)) == ("task_x", '"1"', 3, 1)
    assert {body for *_, body in scripted.asked} == {json.dumps({"title": "x"}).encode()}


async def test_asynchronously_it_is_the_same(scripted: Scripted) -> None:
    """Both colours repeat alike."""
    scripted.answers = [None, (500, {}, {}), (201, {}, TASK)]
    async with AsyncNexusClient("key", scripted.url, retry_delay=0.01) as nexus:
        await nexus.tasks.create({"title": "x"})
    assert len({headers["idempotency-key"] for _, _, headers, _ in scripted.asked}) == 1
    assert len(scripted.asked) == 3


def test_a_key_of_the_caller_is_kept(scripted: Scripted) -> None:
    """Who names a key has it sent."""
    scripted.answers = [(201, {}, TASK)]
    with client(scripted) as nexus:
        nexus.tasks.create({"title": "x"}, idempotency_key="deploy-42")
    assert scripted.asked[0][2]["idempotency-key"] == "deploy-42"


@pytest.mark.parametrize("answer", [None, (500, {}, {}), (502, {}, {})])
def test_what_may_have_had_an_effect_is_not_repeated(scripted: Scripted, answer: tuple | None) -> None:
    """A change without a key is sent once."""
    scripted.answers = [answer]
    with client(scripted) as nexus, pytest.raises((ConnectionFailed, errors.ApiError)):
        nexus.tasks.update("task_x", {"progress": 50})
    assert len(scripted.asked) == 1


def test_the_server_is_left_alone_for_as_long_as_it_wants(scripted: Scripted) -> None:
    """`Retry-After` is waited for, and then what was refused undone is sent again, whatever it is."""
    scripted.answers = [(503, {"Retry-After": "1"}, _BUSY), (200, {}, TASK)]
    began = time.monotonic()
    with client(scripted) as nexus:
        nexus.tasks.update("task_x", {"progress": 50})
    assert time.monotonic() - began >= 1
    assert len(scripted.asked) == 2


def test_who_is_to_wait_for_long_is_told(scripted: Scripted) -> None:
    """A pause of more than a minute is the caller's to decide: the error says how long."""
    scripted.answers = [(429, {"Retry-After": "90"}, _LIMITED)]
    with client(scripted) as nexus, pytest.raises(errors.RateLimitExceeded) as refused:
        nexus.tasks.get("task_x")
    assert (refused.value.retry_after, refused.value.code, len(scripted.asked)) == (90, "RATE_LIMIT_EXCEEDED", 1)


def test_there_is_an_end_to_it(scripted: Scripted) -> None:
    """After so many attempts the last answer is the answer; no attempts mean one try."""
    scripted.answers = [(503, {}, _BUSY)]
    for attempts in (2, 0):
        scripted.asked.clear()
        with client(scripted, attempts) as nexus, pytest.raises(errors.ServiceUnavailable) as refused:
            nexus.tasks.get("task_x")
        assert len(scripted.asked) == attempts + 1
    assert refused.value.request_id == "req_1"


def test_nobody_there() -> None:
    """A server that is not there is a failure of its own, not a driver's."""
    with NexusClient("key", "http://127.0.0.1:1", retry_attempts=0) as nexus, pytest.raises(ConnectionFailed):
        nexus.tasks.get("task_x")


def test_an_answer_of_somebody_else(scripted: Scripted) -> None:
    """What is no answer of Nexus is said to be none."""
    scripted.answers = [(200, {}, ["nonsense"])]
    with client(scripted) as nexus, pytest.raises(ConnectionFailed, match="contract"):
        nexus.tasks.get("task_x")


def test_names_are_written_as_paths_need_it(scripted: Scripted) -> None:
    """A name with a slash is one segment, and cannot reach another operation."""
    scripted.answers = [(200, {}, TASK)]
    with client(scripted) as nexus:
        nexus.tasks.get("../agents/x")
    assert scripted.asked[0][1] == "/v2/tasks/..%2Fagents%2Fx"


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "NEXUS_API_KEY and NEXUS_BASE_URL"),
        ({"NEXUS_API_KEY": "k"}, "NEXUS_BASE_URL"),
        ({"NEXUS_API_KEY": "k", "NEXUS_BASE_URL": "localhost:8080"}, "http://"),
        ({"NEXUS_API_KEY": "k", "NEXUS_BASE_URL": "http://h", "NEXUS_TIMEOUT": "soon"}, "NEXUS_TIMEOUT"),
        ({"NEXUS_API_KEY": "k", "NEXUS_BASE_URL": "http://h", "NEXUS_TIMEOUT": "0"}, "timeout"),
        ({"NEXUS_API_KEY": "k", "NEXUS_BASE_URL": "http://h", "NEXUS_LOG_LEVEL": "loud"}, "log_level"),
    ],
)
def test_what_is_missing_is_said(monkeypatch, environment: dict[str, str], said: str) -> None:
    """A client that cannot work says which setting it lacks."""
    for name in ("API_KEY", "BASE_URL", "TIMEOUT", "RETRY_ATTEMPTS", "LOG_LEVEL"):
        monkeypatch.delenv(f"NEXUS_{name}", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=said):
        NexusClient()


def test_the_documented_variables_are_read(monkeypatch) -> None:
    """Key, address, milliseconds and attempts come from the environment that the guide prints."""
    for name, value in {"API_KEY": "k", "BASE_URL": "http://h/", "TIMEOUT": "1500", "RETRY_ATTEMPTS": "5"}.items():
        monkeypatch.setenv(f"NEXUS_{name}", value)
    with NexusClient() as nexus:
        settings = nexus.transport.settings
    assert (settings.api_key, settings.base_url, settings.timeout, settings.retry_attempts) == ("k", "http://h", 1.5, 5)
