"""The fake store is a store: it passes the suite that the real ones pass, and answers as the model does."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from handlers.core.ports import Collection
from tests.adapters.documents import test_due, test_expiry, test_model, test_queries, test_series, test_writes
from tests.adapters.documents.stores import Clock
from tests.fakes import MemoryDocuments

SUITE = (test_due, test_expiry, test_queries, test_series, test_writes)
globals().update({name: value for module in SUITE for name, value in vars(module).items() if name.startswith("test_")})


filled, summed = test_series.filled, test_series.summed


@pytest.fixture
def clock() -> Clock:
    """The time that the store sees."""
    return Clock()


@pytest.fixture
def store(clock: Clock) -> MemoryDocuments:
    """The fake."""
    return MemoryDocuments(clock)


@pytest.fixture
def dated(store: MemoryDocuments) -> MemoryDocuments:
    """The fake, which has no need of declarations."""
    return store


@pytest.fixture
def dues() -> Collection:
    """A collection of what is due."""
    return Collection("dues", due="due_at", expires="expires_at")


def test_the_fake_answers_as_the_model_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """No sequence of changes, time and queries tells the fake from the model."""
    monkeypatch.setattr(test_model, "make", lambda kind, folder, url, clock, collections: MemoryDocuments(clock))
    machine = type("Machine", (test_model.StoreMachine,), {"kind": "memory", "mongo_url": ""})
    limits = settings(max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(machine, settings=limits)
