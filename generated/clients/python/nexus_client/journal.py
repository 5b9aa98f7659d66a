# Generated from specs/ by `make generate`. Do not edit.
"""What happens to an agent, told to whoever listens and to the log."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Callable

from .settings import LOGGER

_LOUD = ("refused", "lost", "failed", "away")


@dataclass(frozen=True)
class Happening:
    """One thing that has happened: `taken`, `completed`, `lost` and the like, and to which work, if to any."""

    what: str
    agent_id: str
    work: Any = None
    detail: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(timezone.utc))

    def __str__(self) -> str:
        of = f" {self.work.name} ({self.work.item_id})" if self.work is not None else ""
        return f"{self.agent_id} {self.what}{of}{f': {self.detail}' if self.detail else ''}"


class Journal:
    """Tells what happens."""

    def __init__(self, agent_id: str) -> None:
        self._agent_id = agent_id
        self._listeners: list[Callable[[Happening], None]] = []

    def listen(self, hear: Callable[[Happening], None]) -> Callable[[Happening], None]:
        """Tell somebody from now on."""
        self._listeners.append(hear)
        return hear

    def tell(self, what: str, work: Any = None, detail: str = "") -> None:
        """Tell that something has happened."""
        happening = Happening(what, self._agent_id, work, detail)
        LOGGER.log(logging.WARNING if what in _LOUD else logging.INFO, "%s", happening)
        for hear in self._listeners:
            _let_hear(hear, happening)


def _let_hear(hear: Callable[[Happening], None], happening: Happening) -> None:
    """Tell a listener, who cannot disturb the work."""
    try:
        hear(happening)
    except Exception:  # noqa: BLE001 - it is the caller's, and may raise anything
        LOGGER.exception("%r could not hear that %s", hear, happening)
