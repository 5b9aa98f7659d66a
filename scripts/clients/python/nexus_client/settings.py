"""What a client must be told: by its arguments, else by the environment."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass

from .faults import ConfigurationError

LOGGER = logging.getLogger("nexus_client")
LOGGER.addHandler(logging.NullHandler())  # who wants to read it says where
_LEVELS = ("debug", "info", "warning", "error", "critical")


@dataclass(frozen=True)
class Settings:
    """How to reach the server. Times are in seconds; `NEXUS_TIMEOUT` alone is in milliseconds, as documented."""

    api_key: str
    base_url: str
    timeout: float
    retry_attempts: int
    retry_delay: float


def settings_of(
    api_key: str | None,
    base_url: str | None,
    timeout: float | None,
    retry_attempts: int | None,
    retry_delay: float,
    log_level: str | None,
) -> Settings:
    """The settings; what is missing or makes no sense is said."""
    key = api_key or os.environ.get("NEXUS_API_KEY")
    url = base_url or os.environ.get("NEXUS_BASE_URL")
    missing = [name for name, value in (("NEXUS_API_KEY", key), ("NEXUS_BASE_URL", url)) if not value]
    if not key or not url:
        raise ConfigurationError(f"Give api_key and base_url, or set {' and '.join(missing)}")
    if not url.startswith(("http://", "https://")):
        raise ConfigurationError(f"base_url begins with http:// or https://, unlike {url!r}")
    _set_level(log_level or os.environ.get("NEXUS_LOG_LEVEL"))
    seconds = _number("NEXUS_TIMEOUT", 30_000) / 1000 if timeout is None else timeout
    attempts = int(_number("NEXUS_RETRY_ATTEMPTS", 3)) if retry_attempts is None else retry_attempts
    if seconds <= 0 or attempts < 0 or retry_delay < 0:
        raise ConfigurationError("timeout is more than 0, and neither retry_attempts nor retry_delay is less than 0")
    return Settings(key, url.rstrip("/"), seconds, attempts, retry_delay)


def _set_level(level: str | None) -> None:
    """Set the level of this package's log, if one is asked for."""
    if level is None:
        return
    if level.lower() not in _LEVELS:
        raise ConfigurationError(f"log_level is one of {', '.join(_LEVELS)}, not {level!r}")
    LOGGER.setLevel(level.upper())


def _number(name: str, default: float) -> float:
    text = os.environ.get(name) or str(default)
    try:
        return float(text)
    except ValueError:
        raise ConfigurationError(f"{name} is a number, not {text!r}") from None
