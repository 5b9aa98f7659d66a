"""What the limit of a category makes of an operation's answers."""

import pytest

from scripts.generate.bundle import bundle
from scripts.generate.grammar import OPENAPI
from scripts.generate.sources import ContractError, Sources

_LIMITED = "x-rate-limit: things"
_LEFT = {"X-Left": {"$ref": "#/components/headers/Left"}}


@pytest.fixture
def answers(specs):
    """The answers of the one operation of the small contract, bundled as it stands."""
    return lambda: bundle(Sources(specs), "openapi.yaml", OPENAPI).document["paths"]["/things/{thing_id}"]["put"][
        "responses"
    ]


def test_a_limited_operation_can_be_asked_too_often(answers):
    """One request too many has an answer of its own."""
    assert answers()["429"] == {"$ref": "#/components/responses/GgiNo"}
    assert list(answers()) == sorted(answers())


def test_what_works_says_how_many_are_left(edit, answers):
    """Headers are added to the answers that an operation declares, beside those that it has."""
    assert answers()["201"]["headers"] == _LEFT
    edit(
        "paths/ggi/things.yaml",
        "description: It is there.",
        "description: x\n        headers: { X-Own: { schema: {} } }",
    )
    assert answers()["201"]["headers"] == {"X-Own": {"schema": {}}, **_LEFT}


def test_an_unlimited_operation_says_nothing_of_limits(edit, answers):
    """It cannot be asked too often, and neither its own answers nor the shared ones have the headers."""
    edit("paths/ggi/things.yaml", _LIMITED, "x-rate-limit: pings")
    found = answers()
    assert "429" not in found
    assert "headers" not in found["201"]
    assert found["500"] == {"description": "The ggi answer is no.", "headers": {}}


def test_a_category_that_is_not_in_the_table_is_refused(edit, answers):
    """An operation names a category of its dialect."""
    edit("paths/ggi/things.yaml", _LIMITED, "x-rate-limit: others")
    with pytest.raises(ContractError, match=r"x-rate-limits has no ggi\.others"):
        answers()
