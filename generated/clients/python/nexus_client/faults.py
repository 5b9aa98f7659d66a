# Generated from specs/ by `make generate`. Do not edit.
"""What can go wrong, apart from the refusals that the contract names: those are in `errors`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .records import Record


class NexusError(Exception):
    """Anything that this package raises."""


class ConfigurationError(NexusError):
    """The client was not told what it must know."""


class ConnectionFailed(NexusError):
    """The server was not reached, or did not answer in time; whether it has done what was asked is not known."""


class WaitTimeout(NexusError, TimeoutError):
    """What was waited for did not end in time. `last` is how it was seen last."""

    def __init__(self, message: str, last: Record) -> None:
        super().__init__(message)
        self.last = last


class ApiError(NexusError):
    """The server has said no. `errors` has a class for each code of the contract."""

    code: str = ""

    def __init__(self, status: int, said: Mapping[str, Any]) -> None:
        self.status = status
        self.code = said.get("code") or type(self).code
        self.message = str(said.get("message") or f"The server answered {status}")
        self.details = said.get("details") or {}
        self.request_id = said.get("request_id")
        self.retry_after = said.get("retry_after")
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.code or self.status}: {self.message}"
