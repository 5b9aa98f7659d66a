"""Items of a list, and lines that are items: each judged by itself."""

from functools import partial
from typing import Any

import pytest

from adapters.http.bodies import read_json
from adapters.http.contract import Contract
from adapters.http.items import Items, Lines, around_items
from handlers.core.errors import InvalidRequest, Unprocessable
from handlers.core.projection import same

FRAME = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
ITEM = {
    "type": "object",
    "additionalProperties": False,
    "minProperties": 1,
    "maxProperties": 1,
    "properties": {"number": {"type": "integer"}, "frame": FRAME},
}
LIST = {"type": "array", "maxItems": 3, "items": {"$ref": "#/components/schemas/Item"}}
CONTRACT = Contract({"components": {"schemas": {"Item": ITEM, "List": LIST}}})


@pytest.fixture
def lines() -> Lines:
    """Items of a list of three at most."""
    return Lines(CONTRACT, {"$ref": "#/components/schemas/List"}, partial(read_json, 5), same)


def test_good_and_bad_lines_keep_their_places(lines: Lines) -> None:
    """A bad line is its refusal; empty ones are passed over."""
    first, second, third = lines('{"number": 1}\n\n \r\nnonsense\n{"frame": {"id": "a"}}')
    assert (first, third) == ({"number": 1}, {"frame": {"id": "a"}})
    assert isinstance(second, InvalidRequest)
    assert lines("\n\n") == []


@pytest.mark.parametrize(
    ("line", "field"),
    [('{"frame": {}}', "frame.id"), ('{"frame": {"id": 3}}', "frame.id"), ('{"number": "1"}', "number")],
)
def test_the_place_of_the_mistake_is_named(lines: Lines, line: str, field: str) -> None:
    """As it is in a body of one item."""
    (refusal,) = lines(line)
    assert refusal.details["field"] == field


@pytest.mark.parametrize("line", ["{}", "[]", "1", '{"number": [[[[[[1]]]]]]}', '{"number": 1, "frame": {"id": "a"}}'])
def test_whatever_is_no_item_is_refused(lines: Lines, line: str) -> None:
    """No line is carried that the schema does not admit."""
    (refusal,) = lines(line)
    assert isinstance(refusal, InvalidRequest)


def test_too_many_lines_are_refused_whole(lines: Lines) -> None:
    """As many as the list may have, and no more."""
    one: Any = '{"number": 1}\n'
    assert len(lines(one * 3)) == 3
    with pytest.raises(Unprocessable):
        lines(one * 4)


def test_items_of_a_list_are_judged_one_by_one() -> None:
    """A list that is right is carried as it is; of another, each item by itself, with the place of its mistake."""
    items = Items(CONTRACT, {"$ref": "#/components/schemas/List"}, same)
    assert items([{"number": 1}, {"number": 2}]) == [{"number": 1}, {"number": 2}]
    first, second, third = items([{"number": 1}, {"frame": {"id": 3}}, "text"])
    assert first == {"number": 1}
    assert (second.details["field"], second.details["location"]) == ("frame.id", "item")
    assert isinstance(third, InvalidRequest)


def test_what_is_around_the_items_is_judged_without_them() -> None:
    """How many they may be, and that it is a list at all."""
    around = CONTRACT.validator(around_items(CONTRACT, {"$ref": "#/components/schemas/List"}))
    assert around.is_valid(["nonsense"] * 3)
    assert not around.is_valid(["nonsense"] * 4)
    assert not around.is_valid({})
