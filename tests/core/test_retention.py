"""How long telemetry is kept, as the server and the tenant say."""

import pytest

from handlers.core.collections import PLATFORM, TENANTS
from handlers.core.errors import NotFound, Unprocessable
from handlers.core.frames import NewFrame
from handlers.core.intake import DAY
from handlers.core.log_lines import NewLine
from handlers.core.ports import Insert
from handlers.core.principals import Principal
from handlers.core.redaction import Redaction
from handlers.core.reports import NewReport
from handlers.core.retention import Kept, Retention
from handlers.core.telemetry import Telemetry
from tests.fakes import Clock, MemoryDocuments

ANN, BOB = (Principal(name, tenant, frozenset({"admin"})) for name, tenant in (("ann", "t_one"), ("bob", "t_two")))
SERVER = Kept(30, 365)


@pytest.fixture
async def store(documents: MemoryDocuments) -> MemoryDocuments:
    """A store with two tenants."""
    for who in (ANN, BOB):
        await documents.write(Insert(TENANTS, PLATFORM, {"id": who.tenant, "created_at": 1}))
    return documents


def retention_of(store: MemoryDocuments, clock: Clock) -> Retention:
    """What a server knows."""
    return Retention(store, clock, SERVER, most=1000)


async def test_a_tenant_chooses_for_itself_and_takes_it_back(store: MemoryDocuments, clock: Clock) -> None:
    """What one tenant chooses is no other's affair, and None is the server's word again."""
    retention = retention_of(store, clock)
    assert await retention.change(ANN, {"telemetry_days": 7}) == Kept(7, 365)
    assert [await retention.of(who.tenant) for who in (ANN, BOB)] == [Kept(7, 365), SERVER]
    assert await retention.change(ANN, {"rollup_days": 90}) == Kept(7, 90)
    assert await retention.change(ANN, {"telemetry_days": None}) == Kept(30, 90)
    assert await retention.of("t_unknown") == SERVER


async def test_sums_are_kept_as_long_as_what_they_are_of(store: MemoryDocuments, clock: Clock) -> None:
    """Fewer days for them than for frames are as many."""
    assert await retention_of(store, clock).change(ANN, {"telemetry_days": 60, "rollup_days": 1}) == Kept(60, 60)


async def test_there_is_a_bound(store: MemoryDocuments, clock: Clock) -> None:
    """The server's disk is not the tenant's; and a tenant that is no more chooses nothing."""
    retention = retention_of(store, clock)
    assert await retention.change(ANN, {"telemetry_days": 1000, "rollup_days": 1000}) == Kept(1000, 1000)
    with pytest.raises(Unprocessable) as refused:
        await retention.change(ANN, {"rollup_days": 1001})
    assert refused.value.details["field"] == "rollup_days"
    with pytest.raises(NotFound):
        await retention.change(Principal("x", "t_gone", frozenset()), {"rollup_days": 1})


async def test_other_servers_know_within_a_second(store: MemoryDocuments, clock: Clock) -> None:
    """What one has changed the others read again; until then they go by what they know."""
    here, there = (retention_of(store, clock) for _ in range(2))
    assert await there.of("t_one") == SERVER
    await here.change(ANN, {"telemetry_days": 7})
    clock.advance(1000)
    assert await there.of("t_one") == Kept(7, 365)


async def test_what_arrives_is_kept_as_its_tenant_says(store: MemoryDocuments, clock: Clock) -> None:
    """Frames, lines and reports have the end that was chosen before they came; what was there keeps its own."""
    telemetry = Telemetry(store, clock, lambda *said, **facts: None, Redaction(), days=30, ahead=60)
    items = [NewFrame("d", {"n": 1}), NewLine("d", "info", "m"), NewReport("e", {})]

    async def ends(who: Principal) -> set[float]:
        kept = [(await telemetry.submit(who, item))["expires_at"] for item in items]
        kept += [outcome.document["expires_at"] for outcome in await telemetry.submit_all(who, items)]
        kept += [outcome.document["expires_at"] for outcome in await telemetry.submit_frames(who, items[:1])]
        return {(end - clock()) / DAY for end in kept}

    assert await ends(ANN) == {30}
    await telemetry.retention.change(ANN, {"telemetry_days": 90})
    assert (await ends(ANN), await ends(BOB)) == ({90}, {30})
    await telemetry.close()
    clock.advance(31 * DAY)
    assert (await telemetry.devices.get("t_one", "d")).id == "d"
    with pytest.raises(NotFound):
        await telemetry.devices.get("t_two", "d")
