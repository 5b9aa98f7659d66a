"""One task through every dialect: created in each, read in all others, the same facts, projected."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.parity.speakers import SPEAKERS, Speaker
from tests.serving import Connect, Running

BY_NAME = {speaker.name: speaker for speaker in SPEAKERS}
PAIRS = [(writer, reader) for writer in BY_NAME for reader in BY_NAME]
AGENT = "agent_euystacio_001"


@pytest.mark.parametrize(("writer", "reader"), PAIRS)
def test_a_task_has_one_life_in_two_dialects(client: httpx.Client, writer: str, reader: str) -> None:
    """A task created in one dialect is listed, read, worked on, completed and deleted in another, as the same task."""
    creator, other = BY_NAME[writer], BY_NAME[reader]
    identifier = creator.create(client, AGENT, {"depth": 3})
    assert other.listed(client) == [identifier]
    expect(creator.facts(client, identifier), other.facts(client, identifier), status="pending", progress=0)

    other.update(client, identifier, "running", 75)
    expect(creator.facts(client, identifier), other.facts(client, identifier), status="running", progress=75)

    creator.complete(client, identifier, {"records": 7})
    facts = other.facts(client, identifier)
    expect(creator.facts(client, identifier), facts, status="completed", progress=100)
    assert facts["result"] == {"records": 7}
    assert facts["completed_at"] >= facts["started_at"] >= facts["created_at"]

    other.delete(client, identifier)
    assert creator.status_of_read(client, identifier) == other.status_of_read(client, identifier) == 404
    assert creator.listed(client) == other.listed(client) == []


@pytest.mark.parametrize("writer", list(BY_NAME))
def test_a_cancelled_task_is_listed_as_cancelled_everywhere(client: httpx.Client, writer: str) -> None:
    """Deleting an unfinished task cancels it: it is gone, and lists of cancelled tasks still show it."""
    identifier = BY_NAME[writer].create(client, AGENT, {})
    BY_NAME[writer].delete(client, identifier)
    for speaker in SPEAKERS:
        assert speaker.listed(client) == []
        assert speaker.listed_cancelled(client) == [identifier]


@pytest.mark.parametrize("speaker", SPEAKERS, ids=lambda speaker: speaker.name)
def test_a_task_of_another_tenant_does_not_exist(
    client: httpx.Client, shared_server: Running, connect: Connect, speaker: Speaker
) -> None:
    """A task is read and listed within its tenant only."""
    identifier = speaker.create(client, AGENT, {})
    stranger = connect(shared_server, shared_server.key_for("admin", "t_elsewhere"))
    assert speaker.status_of_read(client, identifier) == 200
    assert speaker.status_of_read(stranger, identifier) == 404
    assert identifier not in speaker.listed(stranger)


def expect(first: Mapping[str, Any], second: Mapping[str, Any], *, status: str, progress: float) -> None:
    """Two readings of a task agree where both speak, and say what is expected."""
    for facts in (first, second):
        assert facts["status"] == status
        assert facts.get("progress", progress) == progress
    for name in first.keys() & second.keys():
        assert first[name] == second[name], name
