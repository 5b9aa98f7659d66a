"""The comparison itself: it must be able to fail."""

from typing import Any

import pytest

from tests.dialects.shapes import resembles

PRINTED = {
    "id": "a",
    "at": "2025-11-03T01:54:29Z",
    "n": 1,
    "ok": True,
    "none": None,
    "items": [{"x": 1}],
    "result": {"x": 1},
}


def test_what_resembles() -> None:
    """Other values of the same form pass, more items of a printed form too, and what is allowed beyond the print."""
    resembles({**PRINTED, "id": "b", "n": 2.5, "items": [{"x": 2}, {"x": 3}]}, PRINTED)
    resembles([{"y": "b"}, {"x": 2}], [{"x": 1}, {"y": "a"}])
    resembles([], [])
    resembles({**PRINTED, "extra": 1}, PRINTED, more=("extra",))
    resembles({"in": [{**PRINTED, "result": None}]}, {"in": [PRINTED]}, free=("result",))


@pytest.mark.parametrize(
    "change",
    [
        {"at": "2025-11-03T01:54:29.000Z"},
        {"at": 5},
        {"n": "1"},
        {"ok": 1},
        {"none": "x"},
        {"items": [{}]},
        {"items": []},
        {"items": [{"x": 1}, {"x": "1"}]},
        {"extra": 1},
        {"result": {"x": 2}},
    ],
)
def test_what_does_not_resemble(change: dict[str, Any]) -> None:
    """Another form of time, another type, a missing or an unprinted name fail, and another value of what was sent."""
    with pytest.raises(AssertionError):
        resembles({**PRINTED, **change}, PRINTED)
