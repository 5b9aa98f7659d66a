"""Entries of the audit log: as the edge gives them, as they are kept, and as they are read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from handlers.core.audit_words import as_it_ended, outcome_of
from handlers.core.clock import Moment, new_id
from handlers.core.collections import DEFAULT_TENANT
from handlers.core.ports import Document
from handlers.core.principals import Principal

_ADDRESS, _AGENT = 45, 256
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}")
_NAME = re.compile(r"(?!nexus_|eyJ)(?:[A-Za-z0-9][A-Za-z0-9_.+-]{0,127}|[^\s@]{1,64}@[A-Za-z0-9.-]{1,189})")
_TOLD = ("method", "status", "key", "count")


@dataclass(slots=True)
class Entry:
    """Something that somebody did, as the edge saw it. `noted` is what the rules add: `agent`, `details` and so on."""

    who: Principal
    event_type: str
    operation: str
    method: str
    status: int
    request_id: str
    peer: str = ""
    user_agent: str = ""
    resource: str | None = None
    is_change: bool = False
    noted: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry as it was written. `details` is what else there is to say, how often included."""

    id: str
    event_type: str
    outcome: str
    created_at: Moment
    details: Mapping[str, Any]
    operation: str | None = None
    request_id: str | None = None
    user: str | None = None
    agent: str | None = None
    resource: str | None = None
    peer: str | None = None
    user_agent: str | None = None

    @classmethod
    def of(cls, document: Document) -> Self:
        """The entry that a document holds."""
        told = {name: document[name] for name in _TOLD if name in document}
        kept = {name: document[name] for name in cls.__dataclass_fields__ if name in document and name != "details"}
        return cls(**kept, details={**document.get("details", {}), **told})


def kept(entry: Entry, at: int, until: int, **more: Any) -> tuple[str, Document]:
    """The tenant to which an entry belongs, and the document that holds it. Nobody's is the default tenant's."""
    noted, who = entry.noted, entry.who
    outcome = outcome_of(entry.status)
    resource = identifier(noted.get("resource", entry.resource))
    document = {
        "id": new_id("audit", at),
        "created_at": at,
        "expires_at": until,
        "event_type": as_it_ended(noted.get("event_type", entry.event_type), entry.status),
        "outcome": outcome,
        "user": noted.get("user") or who.id or None,
        "key": who.key,
        "operation": entry.operation,
        "method": entry.method,
        "status": entry.status,
        "resource": resource,
        "agent": identifier(noted.get("agent")),
        "request_id": entry.request_id,
        "peer": entry.peer[:_ADDRESS] or None,
        "user_agent": entry.user_agent[:_AGENT] or None,
        "details": noted.get("details"),
        "marks": marks(outcome, resource, who.key),
        **more,
    }
    tenant = noted.get("tenant") or who.tenant or DEFAULT_TENANT
    return tenant, {name: value for name, value in document.items() if value is not None}


def identifier(value: str | None) -> str | None:
    """A value, if it has the form of an identifier: what was asked for otherwise is nothing that there is."""
    return value if value is not None and _IDENTIFIER.fullmatch(value) else None


def is_name(text: str) -> bool:
    """Whether somebody can be called so. What is typed where a name belongs and is none may be a secret."""
    return _NAME.fullmatch(text) is not None


def marks(outcome: str | None, resource: str | None, key: str | None) -> list[str]:
    """What an entry is found by, beside its type and user: first what fewer have."""
    named = (("resource", resource), ("key", key), ("outcome", outcome))
    return [f"{name} {value}" for name, value in named if value]
