"""Following a tenant's events as they happen: streams that only tell, and one task until it is finished."""

from typing import Self

from handlers.core.conversations import Conversation
from handlers.core.events import EVERYTHING, EventFilter, EventLog, Follower, Gap, Logged, Wanted, place_name
from handlers.core.lifecycle import EVENT_TYPES, FINAL, Task
from handlers.core.tongues import Tongue


class Following:
    """A stream of events, told in a dialect's tongue, from now on or from behind a cursor.

    `begins_at` names the place of a stream that begins at the present end, so that whoever leaves before the first
    event can go on from there.
    """

    def __init__(
        self, log: EventLog, tenant: str, tongue: Tongue, wanted: Wanted = EVERYTHING, after: str | None = None
    ) -> None:
        self.tongue = tongue
        self.begins_at = place_name(log.newest()) if after is None else None
        self._follower: Follower = log.follow(tenant, wanted, after)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Logged | Gap:
        return await anext(aiter(self._follower))

    async def aclose(self) -> None:
        """Stop listening."""
        self._follower.close()


class TaskLife:
    """The events of one task, told on a socket until it is finished.

    Versions only grow: an event that is older than what was told is passed over, and a gap is closed by reading the
    task as it is, unless the client has asked to be told again.
    """

    def __init__(self, conversation: Conversation, task: Task, place: str) -> None:
        self.task = task
        self.place = place
        self._conversation = conversation

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Logged | Task:
        while self.task.status not in FINAL:
            entry = await anext(self._conversation.feed)
            present = await self._present() if isinstance(entry, Gap) else Task.of(entry.event.data)
            if present.version > self.task.version:
                self.task = present
                return present if isinstance(entry, Gap) else entry
        raise StopAsyncIteration

    def resume(self, after: str) -> None:
        """Tell what lies behind a place, though it may have been told; of a finished task there is its end alone."""
        if self.task.status not in FINAL:
            self.task.version = 0
            self._conversation.feed.resume(after)

    async def _present(self) -> Task:
        call = self._conversation.call
        return await call.core.tasks.get(call.principal, self.task.id, with_deleted=True)


async def follow_task(conversation: Conversation, identifier: str) -> TaskLife:
    """Have a socket tell of one task. What changes while the task is read is not missed."""
    call, feed = conversation.call, conversation.feed
    place = place_name(feed.end)
    feed.subscribe(identifier, EventFilter(EVENT_TYPES, subject=identifier))
    life = TaskLife(conversation, await call.core.tasks.get(call.principal, identifier), place)
    conversation.entries = life
    return life
