"""Messages in the audit log: what changes something and what is denied at once, the rest counted."""

from typing import Any, cast

import pytest

from adapters.http.refusals import Internal
from handlers.core import testimony
from handlers.core.audit import Audit
from handlers.core.calls import Call
from handlers.core.collections import AUDIT
from handlers.core.errors import Conflict, Forbidden, Unavailable
from handlers.core.ports import Document
from handlers.core.tallies import Tallies
from handlers.core.testimony import Origin, account_of
from tests.core.test_audit import ANN
from tests.fakes import Clock, MemoryDocuments

CHANGE = account_of("v2.streams.complete_lease", "work:take", "SEND", is_counted=False)
COUNTED = account_of("events.work.renew", "work:take", "PUBLISH", is_counted=True)
ASKING = account_of("v2.streams.subscribe", "event:read", "SEND", is_counted=False)
OPEN = account_of("v2.streams.ping", None, "SEND", is_counted=False)


class Heard:
    """The log, and who tells it."""

    def __init__(self, clock: Clock) -> None:
        self._documents = MemoryDocuments(clock)
        self.audit = Audit(self._documents, clock, days=1, say=print)
        self.tallies = Tallies(self.audit, clock, print)
        self.testimony = testimony.Testimony(
            self.audit, self.tallies, {"forbidden": 403, "conflict": 409, "internal": 500}
        )

    def call(self) -> Call:
        """One message of Ann's."""
        return Call(cast("Any", None), ANN, "req_1", noted={"agent": "a", "resource": "cmd_1"})

    def written(self) -> list[Document]:
        """What the log has."""
        return self._documents.all_of(AUDIT, ANN.tenant)


@pytest.fixture
def heard(clock: Clock) -> Heard:
    """A log of its own."""
    return Heard(clock)


async def test_a_change_is_written_before_it_is_answered(heard: Heard) -> None:
    """With whoever said it, of what, and from where."""
    await heard.testimony.taken(CHANGE, heard.call(), Origin("192.0.2.1", b"robot/1"))
    (entry,) = heard.written()
    told = {name: entry[name] for name in ("event_type", "user", "agent", "resource", "peer", "user_agent", "outcome")}
    assert told == {
        "event_type": "lease_completed",
        "user": ANN.id,
        "agent": "a",
        "resource": "cmd_1",
        "peer": "192.0.2.1",
        "user_agent": "robot/1",
        "outcome": "success",
    }


@pytest.mark.parametrize("account", [COUNTED, ASKING], ids=["said often", "asks"])
async def test_what_is_said_often_is_counted(heard: Heard, account: Any) -> None:
    """Twice the same, of one agent, is one entry."""
    for _ in range(2):
        await heard.testimony.taken(account, heard.call())
    assert heard.written() == []
    await heard.tallies.close()
    (entry,) = heard.written()
    assert (entry["operation"], entry["count"], entry["resource"]) == (account.read.operation, 2, "a")


async def test_what_anybody_may_say_is_no_access(heard: Heard) -> None:
    """A ping stands nowhere."""
    await heard.testimony.taken(OPEN, heard.call())
    await heard.testimony.refused(OPEN, heard.call(), Conflict("No"))
    await heard.tallies.close()
    assert heard.written() == []


@pytest.mark.parametrize("account", [CHANGE, COUNTED, ASKING, OPEN], ids=["change", "often", "asks", "open"])
async def test_a_denial_is_written_at_once(heard: Heard, account: Any) -> None:
    """Whatever was denied."""
    await heard.testimony.refused(account, heard.call(), Forbidden("No"))
    (entry,) = heard.written()
    assert (entry["event_type"], entry["outcome"], entry["status"]) == ("access_denied", "denied", 403)


async def test_a_defect_of_ours_in_a_change_is_written_at_once(heard: Heard) -> None:
    """It may have changed something."""
    await heard.testimony.refused(CHANGE, heard.call(), Internal())
    await heard.testimony.refused(COUNTED, heard.call(), Internal())
    (entry,) = heard.written()
    assert (entry["event_type"], entry["outcome"], entry["status"]) == ("lease_completed", "failed", 500)


async def test_another_refusal_is_counted(heard: Heard) -> None:
    """It has changed nothing."""
    await heard.testimony.refused(CHANGE, heard.call(), Conflict("No"))
    assert heard.written() == []
    await heard.tallies.close()
    (entry,) = heard.written()
    assert (entry["event_type"], entry["outcome"], entry["status"]) == ("lease_completed", "failed", 409)


async def test_no_change_is_made_that_could_not_be_told_of(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where too many wait for the store; what is only counted goes on."""
    monkeypatch.setattr("handlers.core.audit._MOST_WAITING", 0)
    with pytest.raises(Unavailable):
        heard.testimony.check(CHANGE)
    heard.testimony.check(COUNTED)
