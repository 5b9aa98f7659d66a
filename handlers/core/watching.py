"""Telemetry is held against the rules as it comes in, before whoever sent it is answered.

In memory as long as nothing follows from it; only what may raise or resolve an alert asks the store. An answer means
that this is done: a frame whose worker dies before is sent again by whoever was not answered, and looked at again.
"""

from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any

from handlers.core.alerting import RAISED
from handlers.core.collections import FRAMES, LOG_LINES
from handlers.core.collector import Unready, refusing
from handlers.core.errors import Unavailable
from handlers.core.evidence import has_metric, reading_of
from handlers.core.groups import in_groups
from handlers.core.open_alerts import OpenAlerts
from handlers.core.ports import Collection, Document
from handlers.core.raising import Raising
from handlers.core.rulebook import Guard, Rulebook, Rulebooks

Say = Callable[..., None]
# So many looks of one bulk ask the store at a time.
_AT_ONCE = 32
# The documents that are reason to ask the store, and the asking.
Look = tuple[Sequence[Document], Coroutine[Any, Any, None]]


class Watching:
    """Looks at all telemetry of one process."""

    def __init__(self, books: Rulebooks, opened: OpenAlerts, raising: Raising, say: Say) -> None:
        self._books = books
        self._opened = opened
        self._raising = raising
        self._say = say

    async def see(self, collection: Collection, tenant: str, documents: Sequence[Document]) -> Unready:
        """Hold what was stored against the tenant's rules; what the store could not be asked about is not ready."""
        if collection not in (FRAMES, LOG_LINES):
            return {}
        book = await self._books.of(tenant)
        if not book.guards:
            return {}
        await self._opened.load(tenant)
        looks = self._looks(tenant, book, documents)
        found = await in_groups((self._made(tenant, look) for look in looks), _AT_ONCE)
        return {name: refusal for unready in found for name, refusal in unready.items()}

    async def _made(self, tenant: str, look: Look) -> Unready:
        reasons, work = look
        try:
            await work
        except Unavailable as refusal:
            return refusing(reasons, refusal)
        except Exception as problem:  # noqa: BLE001 - a defect of ours, which is not to cost anybody their telemetry
            self._say("alerts_failed", problem=repr(problem), tenant=tenant)
        return {}

    def _looks(self, tenant: str, book: Rulebook, documents: Sequence[Document]) -> Iterator[Look]:
        """What is to be looked at, device by device."""
        by_device: dict[str, list[Document]] = {}
        for one in documents:
            by_device.setdefault(one["device"], []).append(one)
        for device, sent in by_device.items():
            yield from self._compared(tenant, book, device, sent)
            yield from self._heard(tenant, book, device, sent)

    def _compared(self, tenant: str, book: Rulebook, device: str, sent: Sequence[Document]) -> Iterator[Look]:
        """What is to be looked at because of the values that came from a device."""
        met = {guard.rule.id: guard for frame in sent for guard in self._reasons(tenant, book, frame)}
        for guard in met.values():
            frames = sorted((one for one in sent if guard.value_in(one) is not None), key=lambda frame: frame["at"])
            brought = [reading_of(frame, guard) for frame in frames]
            yield frames, self._raising.look(tenant, device, guard, brought)

    def _reasons(self, tenant: str, book: Rulebook, frame: Document) -> Iterator[Guard]:
        """The rules whose alert on a device may be raised or resolved by a frame."""
        device, at = frame["device"], frame["at"]
        for name, value in frame.get("numbers", {}).items():
            gate = book.gates.get(name)
            if gate is None:
                continue
            for guard in gate.met(device, value):
                rule = guard.rule.id
                is_moot = self._opened.is_open(tenant, device, rule) or self._opened.is_settled(
                    tenant, rule, device, at
                )
                if not is_moot and guard.applies(frame):
                    yield guard
        for rule, known in self._opened.of(tenant, device).items():
            guard = book.guards.get(rule)
            if known.status in RAISED and guard is not None and at >= known.measured_at:
                value = None if guard.condition.is_absence else guard.value_in(frame)
                if value is not None and guard.condition.is_over(value):
                    yield guard

    def _heard(self, tenant: str, book: Rulebook, device: str, sent: Sequence[Document]) -> Iterator[Look]:
        """What is to be looked at because a device was heard."""
        for guard in book.listening_to(device):
            if news := self._news(tenant, guard, device, sent):
                heard_at = max(one["received_at"] for one in news)
                yield news, self._raising.listen(tenant, device, guard, heard_at)

    def _news(self, tenant: str, guard: Guard, device: str, sent: Sequence[Document]) -> list[Document]:
        """What came from a device that is not listened for yet, or was thought to be silent."""
        rule, known = guard.rule, self._opened.of(tenant, device).get(guard.rule.id)
        silent_since = known.measured_at if known is not None and known.status in RAISED else None
        is_new = not self._opened.listens(tenant, rule.id, rule.version, device)
        if silent_since is None and not is_new:
            return []
        heard = [one for one in sent if rule.metric is None or has_metric(one, rule.metric)]
        return [
            one
            for one in heard
            if (silent_since is not None and one["received_at"] > silent_since) or (is_new and guard.applies(one))
        ]
