"""The rules that every store shares: what a change makes of a document, and when."""

import pytest

from handlers.core.ports import Collection, Delete, Insert, Update

ITEMS = Collection("items")
HELD = {"id": "i", "tenant": "t", "status": "new", "nothing": None}


@pytest.mark.parametrize(
    ("expect", "holds"),
    [
        ({}, True),
        ({"status": "new"}, True),
        ({"status": "done"}, False),
        ({"absent": None, "nothing": None}, True),
        ({"status": None}, False),
        ({"status": "new", "absent": 1}, False),
    ],
)
def test_a_condition_holds_when_every_field_is_as_expected(expect: dict, holds: bool) -> None:
    """A field that is absent is None, and one that is otherwise spoils the condition."""
    assert Update(ITEMS, "t", "i", expect, {}).holds(HELD) is holds
    assert Delete(ITEMS, "t", "i", expect).holds(HELD) is holds


def test_an_update_sets_and_removes_fields_and_leaves_the_rest() -> None:
    """None removes a field, nulls that were there stay, and the document given is not touched."""
    held = dict(HELD)
    assert Update(ITEMS, "t", "i", {}, {"status": None, "more": 0, "absent": None}).applied_to(held) == {
        "id": "i",
        "tenant": "t",
        "nothing": None,
        "more": 0,
    }
    assert held == HELD


@pytest.mark.parametrize("name", ["id", "tenant"])
def test_an_update_never_moves_a_document(name: str) -> None:
    """The identifier and the tenant stay, even where the same value is given."""
    with pytest.raises(ValueError, match="never change"):
        Update(ITEMS, "t", "i", {}, {name: HELD[name]}).applied_to(HELD)


def test_an_insert_is_stored_with_its_tenant() -> None:
    """The tenant is the change's, whatever the document says, and an identifier is a string."""
    assert Insert(ITEMS, "t", {"id": "i", "tenant": "another"}).stored() == {"id": "i", "tenant": "t"}
    for document in ({}, {"id": 1}):
        with pytest.raises(ValueError, match="an id that is a string"):
            Insert(ITEMS, "t", document).stored()
