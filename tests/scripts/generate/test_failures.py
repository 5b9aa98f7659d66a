"""Operations get the failures that they have in common, and state the others."""

import pytest

from scripts.generate.bundle import bundle
from scripts.generate.grammar import OPENAPI
from scripts.generate.sources import ContractError, Sources

_COMMON = {"400", "401", "403", "404", "413", "415", "429", "500", "503"}
_NO_SECURITY = ("security: [{ bearer: ['thing:write', 'thing:read'] }]", "security: []")
_NO_PARAMETER = ("parameters: [{ $ref: ../shared/parameters.yaml#/ThingId }]", "parameters: []")
_NOT_DECLARED = ("      '404': { $ref: responses.yaml#/not_found }\n", "")
_PLAIN = "x-rate-limit: things"
_STATED = _PLAIN + "\n    "


@pytest.fixture
def put(specs):
    """The one operation of the small contract, bundled as it stands."""

    def bundled():
        document = bundle(Sources(specs), "openapi.yaml", OPENAPI).document
        return document["paths"]["/things/{thing_id}"]["put"], document

    return bundled


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ([], set()),
        ([_NO_SECURITY], {"401", "403"}),
        ([_NO_PARAMETER, _NOT_DECLARED], {"404"}),
        ([("requestBody:", "x-body:")], {"413", "415"}),
    ],
)
def test_failures_follow_from_what_an_operation_takes(edit, put, changes, missing):
    """Credentials, a name in the path and a body can each be refused; the rest can happen to everybody."""
    for before, after in changes:
        edit("paths/ggi/things.yaml", before, after)
    assert put()[0]["responses"].keys() == {"201"} | _COMMON - missing


def test_failures_stand_in_order(put):
    """Answers are sorted by status, and each names the answer of the operation's dialect."""
    responses = put()[0]["responses"]
    assert list(responses) == sorted(responses)
    assert responses["500"] == {"$ref": "#/components/responses/GgiNo"}


def test_the_template_is_filled_in(put):
    """The answers that all share say the name of the dialect."""
    assert put()[1]["components"]["responses"]["GgiNo"]["description"] == "The ggi answer is no."


def test_an_operation_names_its_unusual_failures(edit, put):
    """`x-fails` adds a status, and is not published."""
    edit("paths/ggi/things.yaml", _PLAIN, _STATED + "x-fails: [409]")
    operation = put()[0]
    assert operation["responses"]["409"] == {"$ref": "#/components/responses/GgiNo"}
    assert "x-fails" not in operation


def test_a_failure_is_left_out_with_a_reason(edit, put):
    """`x-never` leaves a status out, and is published."""
    edit("paths/ggi/things.yaml", _PLAIN, _STATED + "x-never: { '503': It asks nobody. }")
    operation = put()[0]
    assert operation["responses"].keys() == {"201"} | _COMMON - {"503"}
    assert operation["x-never"] == {"503": "It asks nobody."}


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("x-fails: [400]", "names 400, which goes without saying"),
        ("x-fails: [418]", "has no answer for 418"),
        ("x-never: { '409': It has no state. }", "excuses 409, which is not a failure"),
        ("x-never: { '404': It answers this itself. }", "excuses 404, which is not a failure"),
    ],
)
def test_what_says_nothing_is_refused(edit, put, said, problem):
    """A status that is common, unknown or declared already is no exception."""
    edit("paths/ggi/things.yaml", _PLAIN, said)
    with pytest.raises(ContractError, match=problem):
        put()
