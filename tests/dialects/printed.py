"""What the references print: a request or an answer by its operation, word for word, for tests to replay."""

from functools import cache
from pathlib import Path
from typing import Any

from scripts.generate import yaml12

_PLACE = Path(__file__).parents[1] / "contract" / "printed"


def printed(operation: str, part: str) -> Any:
    """The first value that an operation's reference prints for a part of it."""
    entries = _entries(operation.partition(".")[0])
    return next(one["value"] for one in entries if (one["operation"], one["part"]) == (operation, part))


@cache
def _entries(dialect: str) -> list[dict[str, Any]]:
    return yaml12.load((_PLACE / f"{dialect}.yaml").read_text("utf-8"))
