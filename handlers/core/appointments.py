"""Appointments: what is due without being about a record that could say so itself, such as a clean-up.

Each has a kind, which says who acts, and a subject. The two are its identity: however often and wherever it is made, it
is one.
"""

from collections.abc import Mapping
from typing import Any

from handlers.core.agenda import Agenda
from handlers.core.clock import Moment
from handlers.core.collections import APPOINTMENTS, PLATFORM
from handlers.core.duties import Act, Duty
from handlers.core.errors import Duplicate
from handlers.core.ports import Document, Documents, Insert


class Appointments:
    """The appointments of the whole installation, each kind with what is to be done."""

    def __init__(self, documents: Documents, agenda: Agenda) -> None:
        self._documents = documents
        self._agenda = agenda
        self._acts: dict[str, Act] = {}
        agenda.take(Duty(APPOINTMENTS, self._act, ends=True, name_of=lambda document: document["kind"]))

    def take(self, kind: str, act: Act) -> None:
        """Act on appointments of a kind from now on."""
        self._acts[kind] = act

    async def make(self, kind: str, subject: str, at: Moment, payload: Mapping[str, Any] | None = None) -> None:
        """Have something done then. An appointment that there is already stands as it was made."""
        record = {"id": f"{kind}:{subject}", "kind": kind, "subject": subject, "due_at": at, "payload": payload or {}}
        try:
            await self._documents.write(Insert(APPOINTMENTS, PLATFORM, record))
        except Duplicate:
            return
        self._agenda.expect(at)

    async def _act(self, document: Document) -> Moment | None:
        """Do it. A kind that nobody here knows was made by another version, and is left to a server that does."""
        act = self._acts.get(document["kind"])
        if act is None:
            raise LookupError(f"Nobody here acts on {document['kind']}")
        return await act(document)
