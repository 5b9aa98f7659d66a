"""The check of bodies that are judged item by item fails where the server would be wrong."""

from typing import Any

import orjson
import pytest

from adapters.http.contract import Contract
from tests.conformance.checks import Each

LIST = {"type": "array", "minItems": 1, "items": {"type": "integer"}}
EACH = Each(Contract({}))
REFUSED = {"error": {"code": "INVALID_REQUEST"}}
BEYOND = {"error": {"code": "CONFLICT"}}


def test_what_is_told_of_each_item_is_checked() -> None:
    """A good item has no refusal of its form, and whatever is none has one."""
    EACH.check(LIST, b'[1, "a", 2]', {"results": [{}, REFUSED, BEYOND]})


@pytest.mark.parametrize(
    ("sent", "results"), [([1], [REFUSED]), (["a"], [{}]), (["a"], [BEYOND]), ([1, 2], [{}]), ([], []), ({}, [])]
)
def test_a_wrong_answer_fails(sent: Any, results: list[Any]) -> None:
    """To refuse what is right, to take what is wrong, to forget an item, and to take what is no list."""
    with pytest.raises(AssertionError):
        EACH.check(LIST, orjson.dumps(sent), {"results": results})


def test_only_what_is_declared_so_is_checked() -> None:
    """By the extension on the media type that was sent."""
    declared = {"requestBody": {"content": {"a/b": {"schema": LIST, "x-each": True}, "c/d": {"schema": LIST}}}}
    assert EACH.schema(declared, "a/b") == LIST
    assert EACH.schema(declared, "c/d") is None
    assert EACH.schema({}, "a/b") is None
