"""How a table of records is written as Python source."""

from collections.abc import Iterable, Mapping
from pprint import pformat
from typing import Any

_WIDTH = 100


def table(name: str, kind: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """A tuple of records, one field a line."""
    return f"{name}: tuple[{kind}, ...] = (\n" + "".join(_record(kind, row) for row in rows) + ")\n"


def _record(kind: str, row: Mapping[str, Any]) -> str:
    fields = "".join(f"        {field}={_value(value)},\n" for field, value in row.items())
    return f"    {kind}(\n{fields}    ),\n"


def _value(value: Any) -> str:
    return pformat(value, width=_WIDTH, sort_dicts=False).replace("\n", "\n        ")
