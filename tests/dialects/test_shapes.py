"""The comparison itself: it must be able to fail."""

from typing import Any

import pytest

from tests.dialects.shapes import resembles

PRINTED = {"id": "a", "at": "2025-11-03T01:54:29Z", "n": 1, "ok": True, "none": None, "items": [{"x": 1}]}


def test_what_resembles() -> None:
    """Other values of the same form pass, an empty list too, and what is allowed beyond the print."""
    resembles({**PRINTED, "id": "b", "n": 2.5, "items": []}, PRINTED)
    resembles({**PRINTED, "extra": 1}, PRINTED, more=("extra",))


@pytest.mark.parametrize(
    "change",
    [
        {"at": "2025-11-03T01:54:29.000Z"},
        {"at": 5},
        {"n": "1"},
        {"ok": 1},
        {"none": "x"},
        {"items": [{}]},
        {"extra": 1},
    ],
)
def test_what_does_not_resemble(change: dict[str, Any]) -> None:
    """Another form of time, another type, a missing or an unprinted name fail."""
    with pytest.raises(AssertionError):
        resembles({**PRINTED, **change}, PRINTED)
