# Generated from specs/ by `make generate`. Do not edit.
"""Lists that come in pages, as iterators over all that is on them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Iterator
from typing import Any, Generic, TypeVar

from .asking import Ask
from .records import Record
from .transport import AsyncTransport, Transport

Item = TypeVar("Item")


class Page(Generic[Item]):
    """One page: `data`, `has_more`, `next_cursor`. Iterating goes over all items, on the pages behind it too."""

    def __init__(self, transport: Transport, ask: Ask) -> None:
        self._transport = transport
        self._ask = ask
        self._record: Record = transport.send(ask)

    @property
    def data(self) -> list[Item]:
        """The items of this page."""
        return self._record.data

    def next_page(self) -> Page[Item] | None:
        """The page behind this one, if there is one."""
        if not self._record.has_more:
            return None
        return Page(self._transport, self._ask.asking(cursor=self._record.next_cursor))

    def __iter__(self) -> Iterator[Item]:
        page: Page[Item] | None = self
        while page is not None:
            yield from page.data
            page = page.next_page()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._record, name)


class AsyncPage(Generic[Item]):
    """One page: `data`, `has_more`, `next_cursor`."""

    def __init__(self, transport: AsyncTransport, ask: Ask, record: Record) -> None:
        self._transport = transport
        self._ask = ask
        self._record = record

    @property
    def data(self) -> list[Item]:
        """The items of this page."""
        return self._record.data

    async def next_page(self) -> AsyncPage[Item] | None:
        """The page behind this one, if there is one."""
        if not self._record.has_more:
            return None
        return await AsyncPages(self._transport, self._ask.asking(cursor=self._record.next_cursor))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._record, name)


class AsyncPages(Generic[Item]):
    """A list that was asked for: `await` gives its first page, `async for` goes over all items."""

    def __init__(self, transport: AsyncTransport, ask: Ask) -> None:
        self._transport = transport
        self._ask = ask

    def __await__(self) -> Generator[Any, None, AsyncPage[Item]]:
        return self._first().__await__()

    async def __aiter__(self) -> AsyncIterator[Item]:
        page: AsyncPage[Item] | None = await self._first()
        while page is not None:
            for item in page.data:
                yield item
            page = await page.next_page()

    async def _first(self) -> AsyncPage[Item]:
        return AsyncPage(self._transport, self._ask, await self._transport.send(self._ask))
