"""How a client begins and ends."""

from __future__ import annotations

from types import TracebackType

from .settings import settings_of
from .transport import AsyncTransport, Transport


class SyncClient:
    """Holds the connections. `with` gives them back at the end, or `close()`.

    `api_key` and `base_url` come from `NEXUS_API_KEY` and `NEXUS_BASE_URL` if they are not given; a session's access
    token is as good as a key. Times are in seconds.
    """

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        *,
        timeout: float | None = None,
        retry_attempts: int | None = None,
        retry_delay: float = 1.0,
        log_level: str | None = None,
    ) -> None:
        self.transport = Transport(settings_of(api_key, base_url, timeout, retry_attempts, retry_delay, log_level))
        self._attach()

    def _attach(self) -> None:
        """Make the groups of calls."""

    def close(self) -> None:
        """Give the connections back."""
        self.transport.close()

    def __enter__(self):  # noqa: ANN204 - `Self` is younger than the oldest Python that this runs on
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncClient:
    """Holds the connections. `async with` gives them back at the end, or `close()`.

    `api_key` and `base_url` come from `NEXUS_API_KEY` and `NEXUS_BASE_URL` if they are not given; a session's access
    token is as good as a key. Times are in seconds.
    """

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        *,
        timeout: float | None = None,
        retry_attempts: int | None = None,
        retry_delay: float = 1.0,
        log_level: str | None = None,
    ) -> None:
        settings = settings_of(api_key, base_url, timeout, retry_attempts, retry_delay, log_level)
        self.transport = AsyncTransport(settings)
        self._attach()

    def _attach(self) -> None:
        """Make the groups of calls."""

    async def close(self) -> None:
        """Give the connections back."""
        await self.transport.close()

    async def __aenter__(self):  # noqa: ANN204 - `Self` is younger than the oldest Python that this runs on
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
