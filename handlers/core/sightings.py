"""What items say of the device that has sent them, put together: when it was heard, its tags, its latest values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from handlers.core.clock import Moment
from handlers.core.frames import metrics_of
from handlers.core.ports import Document

# Of more names than so many, those go that were measured longest ago.
MOST_LATEST = 1_000
Latest = dict[str, tuple[Moment, Any]]


@dataclass(slots=True)
class Sighting:
    """When a device was heard first and last, the end of what it sent, and its tags and values, each with their time.

    A line of a log has no tags of the device's and no values; `labels_at` is None where no frame has come.
    """

    first_seen: Moment
    last_seen: Moment
    expires_at: Moment
    labels: tuple[str, ...] = ()
    labels_at: Moment | None = None
    latest: Latest = field(default_factory=dict)

    @classmethod
    def of(cls, record: Document) -> "Sighting":
        """What a device's record says."""
        latest = {name: (at, value) for name, (at, value) in record.get("latest", {}).items()}
        labels = tuple(record.get("labels", ()))
        heard = (record["first_seen"], record["last_seen"], record["expires_at"])
        return cls(*heard, labels, record.get("labels_at"), latest)

    @classmethod
    def all_of(cls, sightings: Iterable["Sighting"]) -> "Sighting":
        """Several as one; of two that were true at one moment, the one that is named later holds."""
        first, *others = sightings
        heard = (first.first_seen, first.last_seen, first.expires_at)
        whole = cls(*heard, first.labels, first.labels_at, dict(first.latest))
        for other in others:
            whole._hear(other.first_seen, other.last_seen, other.expires_at)
            whole._tag(other.labels, other.labels_at)
            whole._measure(other.latest.items())
        return whole

    def take(self, documents: Sequence[Document]) -> None:
        """Add what frames and lines of logs say; of two of one moment, the one that comes later holds."""
        heard, ends = zip(*((one["received_at"], one["expires_at"]) for one in documents), strict=True)
        self._hear(min(heard), max(heard), max(ends))
        frames = sorted((one for one in documents if "level" not in one), key=itemgetter("at"))
        if frames:
            self._tag(tuple(frames[-1].get("labels", ())), frames[-1]["at"])
            self._measure(_newest(frames).items())

    def record(self, device: str) -> Document:
        """The device's record, as it is first kept."""
        return {
            "id": device,
            "name": device,
            "first_seen": self.first_seen,
            "last_seen": self.last_seen,
            "labels": list(self.labels),
            "labels_at": self.labels_at,
            "latest": {name: list(told) for name, told in self.latest.items()},
            "expires_at": self.expires_at,
            "version": 1,
        }

    def _hear(self, first: Moment, last: Moment, end: Moment) -> None:
        if (last, end) != (self.last_seen, self.expires_at) or first < self.first_seen:  # most come many at a time
            self.first_seen = min(first, self.first_seen)
            self.last_seen = max(last, self.last_seen)
            self.expires_at = max(end, self.expires_at)

    def _tag(self, labels: tuple[str, ...], at: Moment | None) -> None:
        if at is not None and (self.labels_at is None or at >= self.labels_at):
            self.labels, self.labels_at = labels, at

    def _measure(self, told: Iterable[tuple[str, tuple[Moment, Any]]]) -> None:
        latest = self.latest
        for name, value in told:
            known = latest.get(name)
            if known is None or value[0] >= known[0]:
                latest[name] = value
        if len(latest) > MOST_LATEST:
            for name in sorted(latest, key=lambda name: latest[name][0])[:-MOST_LATEST]:
                del latest[name]


def sighted(documents: Sequence[Document]) -> Sighting:
    """What some frames and lines of logs of one device say."""
    first = documents[0]
    sighting = Sighting(first["received_at"], first["received_at"], first["expires_at"])
    sighting.take(documents)
    return sighting


def _newest(frames: Sequence[Document]) -> Latest:
    """The last values of frames in order of their time: most tell no more names than the newest does."""
    newest: Latest = {}
    for frame in reversed(frames):
        values = metrics_of(frame)
        if not values.keys() <= newest.keys():
            newest = {name: (frame["at"], value) for name, value in values.items()} | newest
    return newest
