"""Whatever agents, clients and time do to work, in whatever order, some things always hold."""

import asyncio
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from handlers.core.command_lives import FINAL
from handlers.core.errors import Refusal
from handlers.core.slots import FILLED_MILLISECONDS, slots_of
from handlers.core.work import Claimed, due_of, is_held, is_open, is_waiting
from tests.core.working import ANN, World, claim

MOST = {"agent_a": 1, "agent_b": 3}
QUEUES = st.sampled_from(["agent_a", "agent_b", None])
POLICIES = st.none() | st.fixed_dictionaries(
    {
        "max_retries": st.integers(0, 2),
        "initial_delay_seconds": st.integers(0, 20),
        "backoff_multiplier": st.integers(1, 3),
    }
)


class WorkLife(RuleBasedStateMachine):
    """Two agents, who can do the same and have work of their own, and clients who want things done."""

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.new_event_loop()
        self._world = World()
        self._granted: list[Any] = []
        self._tokens: dict[str, int] = {}
        self._ended: dict[str, dict[str, Any]] = {}

    def teardown(self) -> None:
        """Let the loop go."""
        self._loop.close()

    @initialize()
    def register(self) -> None:
        """The agents."""
        for name, most in MOST.items():
            self._wait(self._world.agent(name, most=most, capabilities=[{"name": "paint"}]))

    @rule(
        queue=QUEUES,
        priority=st.sampled_from(["low", "normal", "high", "urgent"]),
        seconds=st.integers(5, 120),
        policy=POLICIES,
    )
    def issue(self, queue: str | None, priority: str, seconds: int, policy: dict[str, Any] | None) -> None:
        """One command more."""
        facts: dict[str, Any] = {"priority": priority, "timeout_seconds": seconds}
        facts |= {} if queue else {"service": "paint"}
        facts |= {"retry_policy": policy} if policy else {}
        self._wait(self._world.issue(queue, **facts))

    @rule(
        agent=st.sampled_from(list(MOST)), most=st.integers(1, 4), seconds=st.integers(5, 40), twins=st.integers(1, 3)
    )
    def take(self, agent: str, most: int, seconds: int, twins: int) -> None:
        """An agent asks for work, perhaps several times at once."""

        async def ask() -> list[Any]:
            asked = (self._world.take(agent, most=most, seconds=seconds) for _ in range(twins))
            return [lease for leases in await asyncio.gather(*asked) for lease in leases]

        for lease in self._wait(ask()):
            assert lease.token > self._tokens.get(lease.id, 0), "The token of a lease has not grown"
            self._tokens[lease.id] = lease.token
            self._granted.append(lease)

    @rule(which=st.integers(0, 50), word=st.sampled_from(["complete", "fail", "die", "release", "renew", "progress"]))
    def say(self, which: int, word: str) -> None:
        """Somebody who held work once says something of it."""
        if not self._granted:
            return
        lease = self._granted[which % len(self._granted)]
        before = self._record(lease)
        holds = self._holds(before, lease)
        try:
            self._wait(self._said(word, claim(lease)))
        except Refusal:
            assert not holds, "The holder was refused"
            assert self._record(lease) == before, "A refusal has changed something"
            return
        was_said = before["lease"].get("said") is not None and before["lease"]["token"] == lease.token
        assert holds or was_said, f"{word} was taken from somebody who holds nothing"

    @rule(which=st.integers(0, 50))
    def cancel(self, which: int) -> None:
        """A client thinks better of it."""
        records = self._records()
        if records:
            identifier = records[which % len(records)]["id"]
            try:
                self._wait(self._world.commands.cancel(ANN, identifier, None))
            except Refusal:
                assert identifier in self._ended

    @rule(agent=st.sampled_from(list(MOST)))
    def crash(self, agent: str) -> None:
        """A server dies between an agent's slot and the work's record; the slot is there and nothing fills it."""
        lost = {"id": "lost", "kind": "command", "work": "cmd_lost", "token": 1, "since": self._world.clock.now}

        def decide(present: Any) -> dict[str, Any]:
            has_room = len(present.leases) < MOST[agent]
            return {"leases": [*present.leases, lost]} if has_room else {}

        self._wait(self._world.agents.change(ANN.tenant, agent, decide))

    @rule(milliseconds=st.integers(0, 30_000))
    def let_time_pass(self, milliseconds: int) -> None:
        """Some time, in which nobody does anything."""
        self._world.clock.advance(milliseconds)

    @rule()
    def attend(self) -> None:
        """What time alone makes of it all; whatever is open is not overdue then."""
        for _ in range(3):
            self._wait(self._world.attend())
        assert all(record["due_at"] > self._world.clock.now for record in self._records() if is_open(record))

    @rule()
    def come_back(self) -> None:
        """When a lost slot has been left alone for long enough, each agent takes what there is for it."""
        self._world.clock.advance(FILLED_MILLISECONDS)
        for agent, most in MOST.items():
            self.take(agent, 4, 30, 1)
            waiting = [one for one in self._records() if self._is_for(one, agent)]
            assert not waiting or len(self._held(agent)) == most, "An agent with room has left work undone"

    @invariant()
    def each_record_makes_sense(self) -> None:
        """A command waits, is held, or has ended: one of the three, and it is due when that says."""
        for record in self._records():
            assert (record["status"] in FINAL) == (not is_open(record))
            assert (record["status"] == "running") == is_held(record)
            assert (record["status"] == "pending") == is_waiting(record)
            assert record.get("due_at") == due_of(record)
            assert (record.get("completed_at") is not None) == (record["status"] in FINAL)

    @invariant()
    def what_has_ended_stays_as_it_ended(self) -> None:
        """No command ends twice, or begins again."""
        for record in self._records():
            if record["status"] in FINAL:
                assert self._ended.setdefault(record["id"], record) == record

    @invariant()
    def nobody_holds_more_than_they_may(self) -> None:
        """An agent holds as much as it may, by its slots and by the records; what it holds has a slot."""
        for agent, most in MOST.items():
            present = self._wait(self._world.agents.get(ANN, agent))
            slots = {slot.id for slot in slots_of(present)}
            held = self._held(agent)
            assert len(slots) <= most
            assert {lease["slot"] for lease in held} <= slots
            assert len(held) <= most

    @invariant()
    def every_end_is_told_once(self) -> None:
        """A command is told of once when it is submitted and once when it ends, and begins as often as it is taken."""
        told = [(event.subject, event.type) for event in self._world.documents.told]
        for record in self._records():
            ends = [kind for subject, kind in told if subject == record["id"] and kind.partition(".")[2] in FINAL]
            assert ends == ([f"command.{record['status']}"] if record["status"] in FINAL else [])
            begun = told.count((record["id"], "command.started"))
            assert begun == record["token"]

    def _said(self, word: str, claimed: Claimed) -> Any:
        leases = self._world.leases
        return {
            "complete": lambda: leases.complete(ANN, claimed, {"a": 1}, None),
            "fail": lambda: leases.fail(ANN, claimed, "No", None, retryable=True),
            "die": lambda: leases.fail(ANN, claimed, "No", None, retryable=False),
            "release": lambda: leases.release(ANN, claimed, 7),
            "renew": lambda: leases.renew(ANN, claimed, None),
            "progress": lambda: leases.progress(ANN, claimed, 50, None, renew=True),
        }[word]()

    def _holds(self, record: dict[str, Any], lease: Any) -> bool:
        present = record["lease"]
        return is_held(record) and present["token"] == lease.token and present["expires_at"] > self._world.clock.now

    def _is_for(self, record: dict[str, Any], agent: str) -> bool:
        fits = record["queue"] in (agent, "*paint")
        return fits and record.get("place") is not None and record["deadline"] > self._world.clock.now

    def _held(self, agent: str) -> list[dict[str, Any]]:
        """The leases of an agent that have not run out."""
        held = [one["lease"] for one in self._records() if is_held(one) and one["lease"]["agent"] == agent]
        return [lease for lease in held if lease["expires_at"] > self._world.clock.now]

    def _record(self, lease: Any) -> dict[str, Any]:
        return next(one for one in self._records() if one["id"] == lease.work["command_id"])

    def _records(self) -> list[dict[str, Any]]:
        return self._world.documents.all_of(self._world.kind.collection, ANN.tenant)

    def _wait(self, work: Any) -> Any:
        return self._loop.run_until_complete(work)


WorkLife.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestWorkLife = WorkLife.TestCase
