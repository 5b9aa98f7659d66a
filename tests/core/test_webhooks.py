"""Webhooks and their deliveries over fakes: exactly one delivery each, secrets at rest, what failing comes to, ends."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from handlers.core.agenda import Agenda
from handlers.core.appointments import Appointments
from handlers.core.clock import Moment
from handlers.core.collections import APPOINTMENTS, DELIVERIES, LANES, PLATFORM, WEBHOOKS
from handlers.core.deliveries import DELIVERED, FAILED, KEPT_MILLISECONDS, PENDING
from handlers.core.delivery_log import DeliveryLog
from handlers.core.errors import Conflict, IdempotencyMismatch, NotFound, Unavailable, Unprocessable
from handlers.core.events import Event, Gap, Logged
from handlers.core.lanes import Lanes
from handlers.core.ports import Document
from handlers.core.principals import Principal
from handlers.core.recovering import Recovering
from handlers.core.sealing import Sealing
from handlers.core.telling import EVERY_TYPE, Telling
from handlers.core.webhook_posts import PATIENCE_MILLISECONDS, WebhookPosts
from handlers.core.webhooks import KIND, NewWebhook, Webhook, Webhooks
from tests.core.sending import GONE, REFUSED, TAKEN, OpenBox, Wire
from tests.core.test_consuming import Log
from tests.fakes import NOON, Clock, MemoryDocuments

URL, SECRET = "https://hook.example/in", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CREATED, DONE = "task.created", "task.completed"


def tell(logged: Logged) -> bytes:
    """The words of the dialect of these tests."""
    return json.dumps({"id": logged.event.id, "data": logged.event.data}).encode()


def example(type: str, event_id: str, at: Moment) -> bytes:
    """An example in these words."""
    return json.dumps({"id": event_id, "example": type}).encode()


TELLINGS = {
    "all": Telling(frozenset((CREATED, DONE, "other.type")), tell, example),
    "some": Telling(frozenset((CREATED, DONE)), tell, example),
}


class House:
    """One worker with all that webhooks need."""

    def __init__(self, documents: MemoryDocuments, clock: Clock, box: OpenBox | None = None) -> None:
        self.documents, self.clock, self.wire = documents, clock, Wire()
        self.log = Log(documents)
        self.agenda = Agenda(documents, clock, lambda event, **facts: None)
        self.lanes = Lanes(documents, self.agenda, self.wire, clock, lambda event, **facts: None)
        self.webhooks = Webhooks(documents, Sealing(documents, box or OpenBox()), TELLINGS, clock)
        self.posts = WebhookPosts(documents, self.webhooks, TELLINGS, self.lanes.wake, clock)
        appointments = Appointments(documents, self.agenda)
        wake = self.lanes.wake
        self.deliveries = DeliveryLog(documents, self.webhooks, TELLINGS, appointments, clock, wake)
        self.recovering = Recovering(documents, self.webhooks, self.posts, self.log, appointments, clock, wake)
        self.lanes.take(KIND, self.posts)

    async def work(self) -> None:
        """Do what is due now, and all that follows from it."""
        for _ in range(4):
            while await self.agenda.look() == 0:
                await self.agenda.settle()
            await self.lanes.settle()

    async def tell(self, *events: Event) -> None:
        """Have events happen, and webhooks told of them."""
        self.documents.tell(events)
        await self.posts.consume(self.entries()[-len(events) :])
        await self.work()

    def entries(self) -> Sequence[Logged]:
        """All that the log has."""
        return [Logged(event, "fake", place, 1) for place, event in enumerate(self.documents.told, 1)]

    def held(self, tenant: str = "t_one") -> list[Document]:
        """All deliveries of a tenant."""
        return self.documents.all_of(DELIVERIES, tenant)

    def record(self, hook: Webhook) -> Document:
        """A webhook as it is stored."""
        (found,) = [one for one in self.documents.all_of(WEBHOOKS, PLATFORM) if one["id"] == hook.id]
        return found


@pytest.fixture
def house(documents: MemoryDocuments, clock: Clock) -> House:
    """A worker."""
    return House(documents, clock)


def event(number: int, type: str = CREATED, tenant: str = "t_one", **more: Any) -> Event:
    """An event."""
    return Event(f"evt_{number}", type, tenant, more.pop("subject", "task_1"), more.pop("at", NOON + number), more)


def wanted(types: Sequence[str] = (CREATED,), dialect: str = "all", **more: Any) -> NewWebhook:
    """What a webhook is asked to be."""
    return NewWebhook(dialect, URL, list(types), **{"secret": SECRET, **more})


async def test_an_event_comes_to_one_delivery_for_each_webhook_that_wants_it(house: House, ann: Principal) -> None:
    """By type, subject, tenant and time; consumed again, by whomever, it comes to no other."""
    await house.webhooks.create(ann, wanted())
    await house.webhooks.create(ann, wanted((EVERY_TYPE,), "some"))
    await house.webhooks.create(ann, wanted((DONE,), more={"subject": "task_2"}))
    await house.webhooks.create(ann, wanted(enabled=False))
    await house.webhooks.create(Principal("usr_eve", "t_two", frozenset()), wanted())
    events = [
        event(1), event(2, DONE), event(3, DONE, subject="task_2"), event(4, "other.type"),
        event(5, tenant="t_two"), event(6, tenant="t_three"), event(7, at=NOON - 1),
    ]  # fmt: skip
    house.documents.tell(events)
    workers = [house, House(house.documents, house.clock)]
    for _ in range(3):
        await asyncio.gather(*(worker.posts.consume(house.entries()) for worker in workers))
    assert sorted(one["event_id"] for one in house.held()) == ["evt_1", "evt_1", "evt_2", "evt_3", "evt_3"]
    assert [one["event_id"] for one in house.held("t_two")] == ["evt_5"]
    await house.work()
    assert len(house.wire.sent) == 6


async def test_a_crash_between_the_deliveries_and_their_telling(house: House, ann: Principal) -> None:
    """Deliveries that were made, and nobody woken for, are sent when the events are consumed again."""
    await house.webhooks.create(ann, wanted())

    async def die(tenant: str, kind: str, target: str) -> None:
        raise Unavailable("The store is away")

    house.documents.tell([event(1)])
    house.posts._wake, wake = die, house.posts._wake
    with pytest.raises(Unavailable):
        await house.posts.consume(house.entries())
    await house.work()
    assert house.wire.sent == []
    house.posts._wake = wake
    await house.posts.consume(house.entries())
    await house.work()
    assert len(house.wire.sent) == len(house.held()) == 1


async def test_secrets_are_sealed_where_they_lie(house: House, ann: Principal) -> None:
    """What is stored of them opens in its place only, and nothing that is told of a webhook has them."""
    hook, told = await house.webhooks.create(ann, wanted())
    assert told is None and SECRET not in str(hook)
    made, secret = await house.webhooks.create(ann, wanted(secret=None), idempotency_key="once")
    assert secret is not None
    rotated, _ = await house.webhooks.rotate(ann, made.id, SECRET, 60)
    record = house.record(rotated)
    assert house.webhooks.secrets_of(record) == [SECRET, secret]
    assert "secret" not in record["first_answer"]["record"]
    moved = {**record, "secret": record["old_secret"]}
    with pytest.raises(Unavailable):
        house.webhooks.secrets_of(moved)
    house.clock.advance(60_000)
    assert house.webhooks.secrets_of(record) == [SECRET]


async def test_a_repeated_request_has_the_same_secret(house: House, ann: Principal) -> None:
    """With an idempotency key, another secret is another request; of the secret nothing else is remembered."""
    first, _ = await house.webhooks.create(ann, wanted(), idempotency_key="once")
    second, told = await house.webhooks.create(ann, wanted(), idempotency_key="once")
    assert (second, told) == (first, None)
    for other in ("whsec_another", None):
        with pytest.raises(IdempotencyMismatch):
            await house.webhooks.create(ann, wanted(secret=other), idempotency_key="once")
    assert len(house.documents.all_of(WEBHOOKS, PLATFORM)) == 1


async def test_another_key_reaches_every_secret(house: House, ann: Principal, clock: Clock) -> None:
    """A server that starts with another first key brings the secrets of all tenants under it."""
    for tenant in ("t_one", "t_two"):
        hook, _ = await house.webhooks.create(Principal("usr_ann", tenant, frozenset()), wanted())
        await house.webhooks.rotate(Principal("usr_ann", tenant, frozenset()), hook.id, None, 60)
    after = House(house.documents, clock, OpenBox("new"))
    await after.deliveries.begin()
    await after.work()
    records = house.documents.all_of(WEBHOOKS, PLATFORM)
    assert len(records) == 2
    assert all(record[name].startswith("new|") for record in records for name in ("secret", "old_secret"))
    assert house.documents.all_of(APPOINTMENTS, PLATFORM) == []


async def test_a_secret_that_does_not_open_is_a_failure_that_can_be_mended(house: House, ann: Principal) -> None:
    """The delivery says so and waits; with a new secret it goes out."""
    hook, _ = await house.webhooks.create(ann, wanted())
    house.documents._held[WEBHOOKS.name, PLATFORM, hook.id]["secret"] = "key|elsewhere|x"
    await house.tell(event(1))
    (held,) = house.held()
    assert (held["status"], held["attempts"][0]["error"]) == (PENDING, "A stored secret cannot be opened")
    await house.webhooks.rotate(ann, hook.id, SECRET, 60)
    house.clock.advance(5_000)
    await house.work()
    assert house.held()[0]["status"] == DELIVERED


async def test_a_webhook_that_fails_for_days_is_switched_off(house: House, ann: Principal) -> None:
    """Its failures are counted since the last success; after three days of them nothing is sent any more."""
    hook, _ = await house.webhooks.create(ann, wanted())
    house.wire.replies[URL] = REFUSED
    await house.tell(event(1))
    failing = await house.webhooks.get(ann, hook.id)
    assert (failing.consecutive_failures, failing.failing_since, failing.last_error) == (1, NOON, "Answered 500")
    house.wire.replies[URL] = TAKEN
    await house.tell(event(2))
    well = await house.webhooks.get(ann, hook.id)
    assert (well.consecutive_failures, well.failing_since, well.last_error, well.last_delivery_at) == (
        0,
        None,
        None,
        NOON,
    )
    house.wire.replies[URL] = REFUSED
    number = 3
    while (await house.webhooks.get(ann, hook.id)).enabled:
        number += 1
        house.clock.advance(6 * 3_600_000)
        await house.tell(event(number, at=house.clock()))
        assert house.clock() <= NOON + PATIENCE_MILLISECONDS + 12 * 3_600_000
    off = await house.webhooks.get(ann, hook.id)
    assert off.disabled_reason is not None and "three days" in off.disabled_reason and off.version == hook.version + 1
    sent = len(house.wire.sent)
    house.clock.advance(2 * PATIENCE_MILLISECONDS)
    await house.work()
    await house.tell(event(99, at=house.clock()))
    assert len(house.wire.sent) == sent
    assert {one["status"] for one in house.held()} == {DELIVERED, FAILED}


async def test_failures_that_come_at_once_are_all_counted(house: House, ann: Principal) -> None:
    """Several tries that end together do not hide each other."""
    hook, _ = await house.webhooks.create(ann, wanted())
    record = {"target": hook.id, "is_test": False}
    await asyncio.gather(*(house.posts.hear(record, REFUSED, NOON) for _ in range(8)))
    assert (await house.webhooks.get(ann, hook.id)).consecutive_failures == 8
    await asyncio.gather(house.posts.hear(record, GONE, NOON), house.posts.hear(record, TAKEN, NOON))
    assert not (await house.webhooks.get(ann, hook.id)).enabled


async def test_a_recovery_sends_what_failed_and_what_was_never_made(house: House, ann: Principal) -> None:
    """In the order in which it happened, each once, within its time; not what was delivered, unless that is asked."""
    hook, _ = await house.webhooks.create(ann, wanted())
    house.wire.replies[URL] = GONE
    await house.tell(event(1))
    house.documents.tell([event(number) for number in range(2, 300)])
    house.wire.replies[URL] = TAKEN
    house.clock.advance(1_000)
    await house.webhooks.change(ann, hook.id, {"enabled": True})
    await house.tell(event(900))
    house.wire.sent.clear()
    done = await house.recovering.recover(ann, hook.id, NOON, NOON + 251, only_failed=True)
    assert done.gap is None
    await house.work()
    assert [json.loads(parcel.body)["id"] for parcel in house.wire.sent] == [f"evt_{n}" for n in range(1, 251)]
    house.wire.sent.clear()
    await house.recovering.recover(ann, hook.id, NOON + 249, None, only_failed=False)
    await house.work()
    sent = [json.loads(parcel.body)["id"] for parcel in house.wire.sent]
    assert sent == [f"evt_{n}" for n in range(249, 300)] + ["evt_900"]
    assert house.documents.all_of(APPOINTMENTS, PLATFORM) == []


async def test_a_recovery_says_what_the_log_has_lost(house: House, ann: Principal) -> None:
    """When the log begins later than what is asked for, that is told, and the rest is sent."""
    hook, _ = await house.webhooks.create(ann, wanted())
    house.documents.tell([event(1, at=NOON + 10)])

    async def oldest() -> str:
        return "fake.7"

    house.log.oldest = oldest  # type: ignore[method-assign]
    house.clock.advance(1_000)
    asked = [house.recovering.recover(ann, hook.id, since, None, only_failed=True) for since in (NOON, NOON + 10)]
    assert [(await one).gap for one in asked] == [Gap(0), None]


async def test_what_recoveries_refuse(house: House, ann: Principal) -> None:
    """A stretch that makes no sense, and a webhook that is off or somebody else's."""
    hook, _ = await house.webhooks.create(ann, wanted())
    for since, until in ((NOON + 1, None), (NOON, NOON), (NOON, NOON - 1)):
        with pytest.raises(Unprocessable):
            await house.recovering.recover(ann, hook.id, since, until, only_failed=True)
    await house.webhooks.change(ann, hook.id, {"enabled": False})
    with pytest.raises(Conflict):
        await house.recovering.recover(ann, hook.id, NOON - 1, None, only_failed=True)
    with pytest.raises(NotFound):
        eve = Principal("usr_eve", "t_two", frozenset({"admin"}))
        await house.recovering.recover(eve, hook.id, NOON - 1, None, only_failed=True)


async def test_a_deleted_webhook_leaves_nothing(house: House, ann: Principal) -> None:
    """Its deliveries go with it, those that wait too, and so do those that are made behind its back."""
    hook, _ = await house.webhooks.create(ann, wanted())
    house.wire.replies[URL] = REFUSED
    await house.tell(*(event(number) for number in range(250)))
    stale = house.posts.delivery(hook, house.entries()[0])
    await house.deliveries.delete(ann, hook.id)
    await house.work()
    assert house.held() == []
    await house.documents.insert_many(DELIVERIES, "t_one", [stale])
    await house.lanes.wake("t_one", KIND, hook.id)
    await house.work()
    assert house.held() == house.documents.all_of(LANES, "t_one") == []


async def test_a_removed_tenant_leaves_no_webhooks(house: House, ann: Principal) -> None:
    """Bite by bite, deliveries first; another tenant keeps its own."""
    other = Principal("usr_eve", "t_two", frozenset())
    for who in (ann, ann, other):
        await house.webhooks.create(who, wanted())
    await house.tell(event(1), event(2), event(3, tenant="t_two"))
    while await house.deliveries.forget("t_one", 1):
        pass
    assert house.held() == []
    assert [one["within"] for one in house.documents.all_of(WEBHOOKS, PLATFORM)] == ["t_two"]
    assert len(house.held("t_two")) == 1


async def test_deliveries_are_kept_for_thirty_days(house: House, ann: Principal) -> None:
    """Then nobody sees them, and the sweep frees their space."""
    await house.webhooks.create(ann, wanted())
    await house.tell(event(1))
    house.clock.advance(KEPT_MILLISECONDS - 1)
    assert await house.documents.sweep() == 0
    house.clock.advance(1)
    assert (await house.documents.sweep(), house.held()) == (1, [])
