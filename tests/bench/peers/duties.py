"""What this contract asks of whoever serves it, beside the answer itself: callers counted, and the audit log told.

All peers do it with our own code, so that it costs all alike. Nothing is stored anywhere.
"""

from typing import Any

from handlers.core.audit import Audit
from handlers.core.audit_entries import Entry
from handlers.core.audit_words import READ
from handlers.core.clock import system_clock
from handlers.core.collections import AUDIT, DEFAULT_TENANT
from handlers.core.limits import read_changes, read_table
from handlers.core.metering import Meters
from handlers.core.ports import Change, Update
from handlers.core.principals import ANONYMOUS, Principal
from handlers.core.tallies import Read, Tallies
from scripts.serving import AMPLE_LIMITS
from tests.bench import contract

_KEY = b"Bearer " + contract.API_KEY.encode()
_CALLER = Principal("usr_bench", DEFAULT_TENANT, frozenset({"task:read", "task:write"}), kind="key", key="bench")
Header = tuple[bytes, bytes]


class Memory:
    """As much of a store as one user with an API key needs."""

    def __init__(self) -> None:
        self._documents: dict[tuple[str, str], Any] = {}

    async def get(self, collection: Any, tenant: str, identifier: str) -> Any:
        """The document, if it is here."""
        return self._documents.get((collection.name, identifier))

    async def write(self, change: Change, events: Any = ()) -> Any:
        """Keep a new document, unless nobody reads it again; a key's last use is noted nowhere."""
        if isinstance(change, Update):
            return change.applied_to(self._documents[change.collection.name, change.id])
        if change.collection is not AUDIT:
            self._documents[change.collection.name, change.document["id"]] = change.document
        return change.document

    async def insert_many(self, collection: Any, tenant: str, documents: list[Any], events: Any = ()) -> list[None]:
        """Take entries of the audit log."""
        return [None] * len(documents)


def audit(memory: Memory) -> Audit:
    """An audit log over nothing."""
    return Audit(memory, system_clock, days=1, say=print)


def meters() -> Meters:
    """The contract's limits, so ample that nobody is refused."""
    return Meters(read_table(contract.document()["x-rate-limits"], 1000, read_changes(AMPLE_LIMITS)), system_clock)


class Duties:
    """Does for a request of the benchmark what our server does for each."""

    def __init__(self) -> None:
        self._audit = audit(Memory())
        self._tallies = Tallies(self._audit, system_clock, print)
        self._meter = meters().of("v2", "tasks")
        self._reads: dict[str, Read] = {}

    async def count(self, authorization: bytes) -> list[Header]:
        """Count a request, and return the headers that say how many are left."""
        caller, most = _who(authorization).id, self._meter.limit.requests
        window = self._meter.take(caller, most) or await self._meter.admit(caller, most)
        return [
            (b"x-ratelimit-limit", b"%d" % window.requests),
            (b"x-ratelimit-remaining", b"%d" % window.left),
            (b"x-ratelimit-reset", b"%d" % window.reset),
        ]

    async def tell(self, scope: Any, operation: str, status: int, headers: dict[bytes, bytes], request_id: str) -> None:
        """Tell the audit log: of a change before it is answered, of reads together."""
        who, agent, peer = _who(headers.get(b"authorization", b"")), headers.get(b"user-agent"), scope["client"][0]
        if scope["method"] == "GET":
            read = self._reads.get(operation) or self._reads.setdefault(operation, Read(operation, "GET", READ))
            self._tallies.add(read, who, None, status, peer, agent, request_id)
            return
        entry = Entry(
            who=who,
            event_type="task_created",
            operation=operation,
            method="POST",
            status=status,
            request_id=request_id,
            peer=peer,
            user_agent=(agent or b"").decode("latin-1"),
            resource=contract.TASK_ID,
            is_change=True,
        )
        await self._audit.record(entry)


def _who(authorization: bytes) -> Principal:
    return _CALLER if authorization == _KEY else ANONYMOUS
