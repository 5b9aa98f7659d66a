"""How many rules a tenant may have, and that all of them hold."""

import asyncio

import pytest

from handlers.core.alert_rules import MOST_RULES
from handlers.core.collections import ALERT_RULES
from handlers.core.errors import Conflict
from handlers.core.frames import NewFrame
from handlers.core.records import REMEMBERED_MILLISECONDS
from tests.core.watching import ANN, HOT, LASTING, SILENT, Worker
from tests.fakes import MemoryDocuments


async def many_rules(documents: MemoryDocuments, many: int) -> None:
    """Rules that were made long ago, each about a metric of its own."""
    rest = {"condition": HOT["condition"], "severity": "info", "cooldown_seconds": 0, "created_by": "u", "version": 1}
    rules = [
        {"id": f"rule_{at}", "name": "n", "metric": f"m{at}", "state": "on", "created_at": at, "updated_at": at, **rest}
        for at in range(many)
    ]
    await documents.insert_many(ALERT_RULES, ANN.tenant, rules)


async def test_more_rules_than_a_tenant_may_have_are_refused(worker: Worker, documents: MemoryDocuments) -> None:
    """Of two that come at once for the last place one is a conflict, and so is one more."""
    await many_rules(documents, MOST_RULES - 1)
    made = await asyncio.gather(*(worker.rule() for _ in range(2)), return_exceptions=True)
    assert sum(isinstance(one, Conflict) for one in made) == 1
    with pytest.raises(Conflict):
        await worker.watch.rules.create(ANN, {"name": "one more", **SILENT})


async def test_a_rule_that_comes_again_under_its_key_is_none_more(worker: Worker, documents: MemoryDocuments) -> None:
    """Its first answer comes again, until it is forgotten; another key is another rule."""
    await many_rules(documents, MOST_RULES - 1)
    first = await worker.watch.rules.create(ANN, HOT, idempotency_key="one")
    assert await worker.watch.rules.create(ANN, HOT, idempotency_key="one") == first
    with pytest.raises(Conflict):
        await worker.watch.rules.create(ANN, HOT, idempotency_key="two")
    worker.clock.advance(REMEMBERED_MILLISECONDS)
    with pytest.raises(Conflict):
        await worker.watch.rules.create(ANN, HOT, idempotency_key="one")


async def test_rules_that_are_too_many_all_hold(worker: Worker, documents: MemoryDocuments) -> None:
    """Where two processes have made the last at once, the oldest is not out of force for that."""
    await many_rules(documents, MOST_RULES + 1)
    await worker.telemetry.submit(ANN, NewFrame("d1", {"m0": 95}))
    assert [alert.rule for alert in await worker.alerts()] == ["rule_0"]


async def test_a_rule_about_a_value_keeps_a_metric(worker: Worker) -> None:
    """A condition that compares cannot be given to a rule that names nothing to compare."""
    rule = await worker.watch.rules.create(ANN, {**SILENT, "cooldown_seconds": 0})
    with pytest.raises(Conflict):
        await worker.watch.rules.change(ANN, rule.id, {"condition": LASTING})
