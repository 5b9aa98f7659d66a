# Generated from specs/ by `make generate`. Do not edit.
"""The mesh dialect's schemas."""

from __future__ import annotations

from typing import Literal

from generated.models.wire import Wire
from pydantic import ConfigDict


class Error(Wire):
    """
    Every failure of this dialect.
    """

    model_config = ConfigDict(
        extra='forbid',
    )
    error: str


class Liveness(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    status: Literal['ok']


class Readiness(Wire):
    model_config = ConfigDict(
        extra='forbid',
    )
    status: Literal['ready']
    parts: dict[str, Literal['ok', 'unavailable']]
