"""How often somebody may ask: by dialect and category as the contract says, and as a server or a key says otherwise."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from handlers.core.principals import Principal

# Other numbers of requests: by category, by dialect and category (`v2.tasks`), or for all that there are (`*`).
Changes = Mapping[str, int]
_ALL = "*"


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests of one caller in so many seconds, in one category of one dialect.

    A strict one guards secrets: it is refused rather than guessed while nobody can count. `concurrent` is how many
    connections one user may have open at once.
    """

    dialect: str
    category: str
    requests: int
    seconds: int
    by_user: bool = False
    is_strict: bool = False
    strangers: int | None = None
    concurrent: int | None = None

    @property
    def name(self) -> str:
        """What it is counted under."""
        return f"{self.dialect}.{self.category}"

    def changed(self, changes: Changes) -> int:
        """How many requests it admits, if these changes are in force; the narrowest one counts."""
        for name in (self.name, self.category, _ALL):
            if name in changes:
                return changes[name]
        return self.requests

    def under(self, changes: Changes) -> "Limit":
        """The limit with these changes in force: another number is for strangers, too."""
        requests = self.changed(changes)
        return self if requests == self.requests else replace(self, requests=requests, strangers=None)

    @property
    def requests_of_strangers(self) -> int:
        """How many requests it admits of somebody we do not know."""
        return self.requests if self.strangers is None else self.strangers

    def caller(self, who: Principal) -> str:
        """Under which name somebody's requests are counted: their key's, or their own."""
        return who.id if self.by_user else who.key or who.id

    def requests_of(self, who: Principal) -> int:
        """How many requests it admits of somebody."""
        return self.requests if who.limits is None else self.changed(who.limits)


def read_table(
    table: Mapping[str, Mapping[str, Mapping[str, Any]]], default: int, changes: Changes
) -> dict[tuple[str, str], Limit | None]:
    """The limits of a contract's table, as this server wants them; None for what is not limited.

    `default` is the number where the contract leaves it to the server. Raises ValueError for a change of nothing.
    """
    limits = {
        (dialect, category): _limit(dialect, category, row, default)
        for dialect, rows in table.items()
        for category, row in rows.items()
    }
    _check(changes, [limit for limit in limits.values() if limit is not None])
    return {place: limit.under(changes) if limit is not None else None for place, limit in limits.items()}


def read_changes(text: str) -> dict[str, int]:
    """The changes in a text such as `telemetry=5000,v2.tasks=50`. Raises ValueError for one that says no number."""
    changes = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, _, number = entry.partition("=")
        if not number.strip().isdecimal() or int(number) < 1:
            raise ValueError(f"{entry!r} is not a category and a number of requests, as in tasks=500")
        changes[name.strip()] = int(number)
    return changes


def _limit(dialect: str, category: str, row: Mapping[str, Any], default: int) -> Limit | None:
    if "unlimited" in row:
        return None
    return Limit(
        dialect,
        category,
        requests=default if row.get("default") else row["requests"],
        seconds=row["seconds"],
        by_user=row.get("per") == "user",
        is_strict=row.get("strict", False),
        strangers=row.get("strangers"),
        concurrent=row.get("concurrent"),
    )


def _check(changes: Changes, limits: Iterable[Limit]) -> None:
    known = {_ALL, *(name for limit in limits for name in (limit.name, limit.category))}
    if unknown := sorted(changes.keys() - known):
        raise ValueError(f"{', '.join(unknown)}: no such category; there are {', '.join(sorted(known))}")
