"""One piece of work, as the function that does it sees it."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any, Callable

from . import models

_ITEMS = {
    "command": "command_id",
    "task_run": "run_id",
    "workflow_step": "step_id",
    "ai_request": "request_id",
    "collaboration_step": "collaboration_id",
}
Report = Callable[[float, "str | None"], Awaitable[None]]


class Failed(Exception):
    """Raised by a function: the work has failed. Any other exception says so too, and that another try makes sense."""

    def __init__(self, message: str, *, retryable: bool = True, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.details = details


class Work:
    """What is to be done: `kind`, `name`, `input`, `attempt`, `deadline` and what else the contract's `Work` has."""

    def __init__(self, lease: models.Lease, report: Report) -> None:
        self.lease = lease
        self._report = report

    @property
    def item_id(self) -> str:
        """The identifier of the command, the run, or whatever the work comes from."""
        work = self.lease.work
        return getattr(work, _ITEMS.get(work.kind, "task_id")) or self.lease.lease_id

    async def progress(self, percent: float, message: str | None = None) -> None:
        """Say how far it has come; that renews the lease. While the server is away nobody hears it, and it goes on."""
        await self._report(percent, message)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "lease":
            raise AttributeError(name)
        return getattr(self.lease.work, name)

    def __repr__(self) -> str:
        return f"Work({self.kind} {self.name}, {self.item_id})"
