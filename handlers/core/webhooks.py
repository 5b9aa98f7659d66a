"""Webhooks: addresses that are told of a tenant's events. Made, listed, changed and deleted, with their secrets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from handlers.core.clock import Clock, Moment, new_id
from handlers.core.collections import PLATFORM, WEBHOOKS
from handlers.core.errors import Conflict, IdempotencyMismatch, NotFound, PreconditionFailed, Stale, Unprocessable
from handlers.core.events import Event
from handlers.core.ports import Delete, Document, Documents, Position, Query
from handlers.core.principals import Principal
from handlers.core.records import Once, Records
from handlers.core.sealing import SealBroken, Sealing
from handlers.core.shapes import read_as
from handlers.core.signing import new_secret
from handlers.core.targets import check_target
from handlers.core.telling import EVERY_TYPE, Tellings

KIND = "webhook"
ON, OFF = "on", "off"
SECRETS = ("secret", "old_secret")


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook, as it may be told at any time: what kinds of events it asks for, and in the words of which dialect."""

    id: str
    within: str
    dialect: str
    url: str
    kinds: list[str]
    state: str
    created_by: str
    created_at: Moment
    updated_at: Moment
    version: int
    consecutive_failures: int = 0
    subject: str | None = None
    description: str | None = None
    disabled_reason: str | None = None
    failing_since: Moment | None = None
    old_secret_until: Moment | None = None
    last_delivery_at: Moment | None = None
    last_error: str | None = None

    @property
    def enabled(self) -> bool:
        """Whether it is told of events."""
        return self.state == ON

    def wants(self, event: Event) -> bool:
        """Whether it has asked for an event, and that has happened since then."""
        return (
            (event.type in self.kinds or EVERY_TYPE in self.kinds)
            and self.subject in (None, event.subject)
            and event.at >= self.created_at
        )


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """What a new webhook is asked to be. Without a secret one is made."""

    dialect: str
    url: str
    kinds: list[str]
    secret: str | None = None
    enabled: bool = True
    more: Mapping[str, str] = field(default_factory=dict)


class Webhooks:
    """The rules of webhooks of the caller's tenant."""

    def __init__(
        self, documents: Documents, sealing: Sealing, tellings: Tellings, clock: Clock, *, allows_private: bool = False
    ) -> None:
        self._documents = documents
        self._records = Records(documents, WEBHOOKS, "webhook")
        self._sealing = sealing
        self._tellings = tellings
        self._clock = clock
        self._allows_private = allows_private

    async def create(
        self, who: Principal, wanted: NewWebhook, *, idempotency_key: str | None = None
    ) -> tuple[Webhook, str | None]:
        """A new webhook, and its secret if that was made here: it is told only now."""
        self._check(wanted.dialect, {"url": wanted.url, "kinds": wanted.kinds})
        record = self._record(who, wanted)
        secret = wanted.secret or new_secret()
        sealed = {"secret": self._seal(record["id"], "secret", secret)}
        told = None if wanted.secret else secret
        if idempotency_key is None:
            await self._records.insert(PLATFORM, {**record, **sealed})
            return read_as(Webhook, record), told
        once = Once(f"{who.tenant} {who.id}", idempotency_key, _request(wanted))
        record, is_new = await self._records.insert_once(PLATFORM, record, once, secrets=sealed)
        if not is_new:
            first = await self._first_secret(record["id"])
            if wanted.secret not in (None, first):
                raise IdempotencyMismatch(idempotency_key)
            told = None if wanted.secret else first
        return read_as(Webhook, record), told

    async def page(
        self,
        who: Principal,
        limit: int,
        *,
        enabled: bool | None = None,
        offset: int = 0,
        after: Position | None = None,
    ) -> list[Webhook]:
        """One page of the tenant's webhooks, the newest first."""
        found = await self._documents.page(_of(who.tenant, enabled), limit, offset=offset, after=after)
        return [read_as(Webhook, record) for record in found]

    async def count(self, who: Principal) -> int:
        """How many webhooks the tenant has."""
        return await self._documents.count(_of(who.tenant))

    async def get(self, who: Principal, identifier: str) -> Webhook:
        """One webhook, without its secret."""
        return await self.of(who.tenant, identifier)

    async def of(self, tenant: str, identifier: str) -> Webhook:
        """One webhook of a tenant."""
        return read_as(Webhook, await self._find(tenant, identifier))

    async def change(
        self, who: Principal, identifier: str, given: Mapping[str, Any], *, version: int | None = None
    ) -> Webhook:
        """Change some fields. Switched on again, it is as if it had never failed."""
        present = await self._find(who.tenant, identifier)
        self._check(present["dialect"], given)
        changes = {**given, **_switched(given.get("enabled")), "updated_at": self._clock()}
        changes.pop("enabled", None)
        _, changed = await self._records.change(PLATFORM, identifier, lambda _: changes, version)
        return read_as(Webhook, changed)

    async def rotate(
        self, who: Principal, identifier: str, secret: str | None, overlap_seconds: int, *, version: int | None = None
    ) -> tuple[Webhook, str | None]:
        """Sign with another secret from now on, and for a while with the last one too; the new one if made here."""
        await self._find(who.tenant, identifier)
        given, now = secret or new_secret(), self._clock()

        def decide(present: Document) -> dict[str, Any]:
            old = self._last_secret(present) if overlap_seconds else None
            return {
                "secret": self._seal(identifier, "secret", given),
                "old_secret": None if old is None else self._seal(identifier, "old_secret", old),
                "old_secret_until": None if old is None else now + overlap_seconds * 1000,
                "rotated_at": now,
                "updated_at": now,
            }

        _, changed = await self._records.change(PLATFORM, identifier, decide, version)
        return read_as(Webhook, changed), None if secret else given

    async def delete(self, who: Principal, identifier: str, *, version: int | None = None) -> Webhook:
        """End a webhook."""
        await self._find(who.tenant, identifier)
        expected = {} if version is None else {"version": version}
        try:
            return read_as(Webhook, await self._documents.write(Delete(WEBHOOKS, PLATFORM, identifier, expected)))
        except Stale as exc:
            present = await self._find(who.tenant, identifier)
            raise PreconditionFailed(identifier, present["version"]) from exc

    async def reseal(self) -> int:
        """Bring the secrets of all webhooks under the present key; how many records changed."""
        return await self._sealing.reseal_all(Query(WEBHOOKS, PLATFORM, "created_at"), SECRETS)

    def types_of(self, hook: Webhook) -> list[str]:
        """The types of events that a webhook is told of, each by its name."""
        return sorted(self._tellings[hook.dialect].types) if EVERY_TYPE in hook.kinds else hook.kinds

    def example(self, dialect: str, type: str, event_id: str, at: Moment) -> bytes:
        """An event of a type as the contract prints one."""
        return self._tellings[dialect].example(type, event_id, at)

    def secrets_of(self, record: Document) -> list[str]:
        """The secrets in force, the present one first."""
        secrets = [self._sealing.open(WEBHOOKS, record, "secret")]
        if record.get("old_secret") and record.get("old_secret_until", 0) > self._clock():
            secrets.append(self._sealing.open(WEBHOOKS, record, "old_secret"))
        return secrets

    async def _find(self, tenant: str, identifier: str) -> Document:
        record = await self._records.get(PLATFORM, identifier)
        if record["within"] != tenant:
            raise NotFound("webhook", identifier)
        return record

    async def _first_secret(self, identifier: str) -> str:
        """The secret that was made with a webhook, for the first answer again; not if there is another by now."""
        present = await self._documents.get(WEBHOOKS, PLATFORM, identifier)
        if present is None or "rotated_at" in present:
            raise Conflict("The webhook that this idempotency key created has another secret now", id=identifier)
        return self._sealing.open(WEBHOOKS, present, "secret")

    def _last_secret(self, record: Document) -> str | None:
        """The present secret; one that opens no more can only be replaced."""
        try:
            return self._sealing.open(WEBHOOKS, record, "secret")
        except SealBroken:
            return None

    def _check(self, dialect: str, given: Mapping[str, Any]) -> None:
        if "url" in given:
            check_target(given["url"], field="url", allows_private=self._allows_private)
        unknown = set(given.get("kinds", ())) - self._tellings[dialect].types - {EVERY_TYPE}
        if unknown:
            message = f"This webhook was made in {dialect}, which has no word for {', '.join(sorted(unknown))}"
            raise Unprocessable(message, field="types")

    def _record(self, who: Principal, wanted: NewWebhook) -> Document:
        now = self._clock()
        return {
            "id": new_id("wh", now),
            "within": who.tenant,
            "dialect": wanted.dialect,
            "url": wanted.url,
            "kinds": wanted.kinds,
            "state": ON if wanted.enabled else OFF,
            "consecutive_failures": 0,
            "created_by": who.id,
            "created_at": now,
            "updated_at": now,
            "version": 1,
            **wanted.more,
        }

    def _seal(self, identifier: str, field: str, secret: str) -> str:
        return self._sealing.seal(WEBHOOKS, PLATFORM, identifier, field, secret)


def webhooks_of(tenants: tuple[str, ...]) -> Query:
    """All webhooks of some tenants that are told of events."""
    return Query(WEBHOOKS, PLATFORM, "created_at", {"within": tenants, "state": ON})


def webhooks_in(tenant: str) -> Query:
    """All webhooks of a tenant."""
    return _of(tenant)


def _of(tenant: str, enabled: bool | None = None) -> Query:
    state = {} if enabled is None else {"state": ON if enabled else OFF}
    return Query(WEBHOOKS, PLATFORM, "created_at", {"within": tenant, **state})


def _switched(enabled: bool | None) -> dict[str, Any]:
    """What it sets to switch a webhook on or off."""
    if enabled is None:
        return {}
    forgotten = {"consecutive_failures": 0, "failing_since": None, "last_error": None, "disabled_reason": None}
    return {"state": ON, **forgotten} if enabled else {"state": OFF}


def _request(wanted: NewWebhook) -> dict[str, Any]:
    """What tells one request from another; not its secret, which a trace of it in the store would give away."""
    asked = {"url": wanted.url, "kinds": wanted.kinds, "enabled": wanted.enabled, "dialect": wanted.dialect}
    return {**asked, "is_own_secret": wanted.secret is not None, **wanted.more}
