"""One command: what it is, how it is shown to whoever takes it, and what each step of work makes of it.

Pure rules over one record; how it is taken, kept and lost, and when it is due, work.py says for all kinds of work.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from handlers.core.clock import Moment, new_id
from handlers.core.collections import COMMANDS
from handlers.core.events import Event
from handlers.core.ports import Document
from handlers.core.shapes import document_of, read_as
from handlers.core.work import Outcome, Record

KIND = "command"
STATUSES = ("pending", "running", "completed", "failed", "timeout", "cancelled")
FINAL = ("completed", "failed", "timeout", "cancelled")
CATEGORIES = ("system", "service", "data", "diagnostic", "custom")
_STARTED = "command.started"
_OF_THE_END = ("success", "duration", "result", "error", "reason", "progress", "completed_at")
ENDS = frozenset(f"command.{status}" for status in FINAL)


@dataclass(slots=True)
class Command:
    """Something that one agent or device is to do once, as it may be told; `target` is absent where any will do."""

    id: str
    tenant: str
    type: str
    category: str
    queue: str
    status: str
    priority: str
    timeout_seconds: int
    estimate_seconds: int
    deadline: Moment
    created_by: str
    created_at: Moment
    updated_at: Moment
    version: int
    attempt: int = 0
    progress: float = 0
    parameters: Document = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    target: str | None = None
    service: str | None = None
    retry_policy: Document | None = None
    callback_url: str | None = None
    callback_dialect: str | None = None
    agent: str | None = None
    message: str | None = None
    success: bool | None = None
    duration: float | None = None
    result: Document | None = None
    error: str | None = None
    reason: str | None = None
    started_at: Moment | None = None
    completed_at: Moment | None = None
    place: int | None = None

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Command":
        """The command in a document."""
        return read_as(cls, document)

    def document(self) -> Document:
        """What it has, and nothing else."""
        return document_of(self)

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.status in FINAL

    @property
    def estimated_completion(self) -> Moment:
        """When its end may be expected, by what such commands have taken before."""
        return self.created_at + self.estimate_seconds * 1000


class CommandWork:
    """Commands as a kind of work."""

    name = KIND
    noun = "command"
    collection = COMMANDS

    def shown(self, record: Record) -> Document:
        """What its holder is told of it."""
        service = {"service": record["service"]} if "service" in record else {}
        return {"name": record["type"], "input": record["parameters"], "command_id": record["id"], **service}

    def began(self, record: Record, now: Moment) -> Document:
        """Somebody has taken it."""
        return {"status": "running", "started_at": record.get("started_at", now), "progress": 0, "message": None}

    def moved(self, progress: float, message: str | None, now: Moment) -> Document:
        """It has come so far."""
        return {"progress": progress, "message": message}

    def waits(self, record: Record, now: Moment) -> Document:
        """It is to be taken once more."""
        return {"status": "pending", "progress": 0, "message": None}

    def ended(self, record: Record, outcome: Outcome, now: Moment) -> Document:
        """It is over."""
        begun = record.get("started_at")
        took = outcome.duration if outcome.duration is not None or begun is None else now - begun
        facts = {"result": outcome.result, "error": outcome.error, "duration": took, "reason": outcome.reason}
        done = outcome.status == "completed"
        return {
            "status": outcome.status,
            "success": done,
            "completed_at": now,
            **({"progress": 100} if done else {}),
            **{name: value for name, value in facts.items() if value is not None},
        }

    def told(self, before: Document, after: Document) -> Sequence[Event]:
        """The events of a change; what was reported of a command that nobody had taken has begun, too."""
        is_past = after["status"] != "running"
        shown = {_STARTED: _begun(after)} if is_past else {}
        return [event_of(name, shown.get(name, after)) for name in _names_of(before, after)]


def _begun(record: Document) -> Document:
    """A command that has ended, or waits again, by the change in which it began, as it was in between."""
    return {**{name: value for name, value in record.items() if name not in _OF_THE_END}, "status": "running"}


def event_of(name: str, record: Document) -> Event:
    """What is told of a command, with the command as it is then."""
    command, at = Command.of(record), record["updated_at"]
    return Event(new_id("evt", at), name, command.tenant, command.id, at, command.document(), command.version)


def _names_of(before: Document, after: Document) -> list[str]:
    names = [_STARTED] if after["token"] != before["token"] else []
    if after["status"] in FINAL:
        return [*names, f"command.{after['status']}"]
    if not names and after["status"] == "running" and _said(after) != _said(before):
        return ["command.progress"]
    return names


def _said(record: Document) -> tuple[Any, Any]:
    return record.get("progress"), record.get("message")
