"""What a dialect says of its errors once becomes a table and the codes that its schema admits."""

import pytest

from scripts.generate.errors import errors, with_codes
from scripts.generate.sources import ContractError, Place, Sources

_FILE = "schemas/ggi/errors.yaml"


@pytest.fixture
def table(specs):
    """The generated table of the small contract."""

    def generated():
        names = {}
        exec(errors(Sources(specs), ["ggi"]), names)
        return names["ERRORS"]["ggi"]

    return generated


def test_the_table_says_what_the_dialect_says(table):
    """Every kind has its status, and its code if the dialect has one."""
    found = {kind: (error.status, error.code) for kind, error in table().items()}
    assert found == {"lost": (404, "gone"), "deleted": (410, "gone"), "late": (503, None)}


def test_a_schema_admits_the_codes(specs):
    """The codes of a table stand once each where a schema asks for them; other schemas stay as they are."""
    sources, place = Sources(specs), Place(_FILE, "/$defs/Code")
    assert with_codes(sources, sources.at(place), place) == {"type": "string", "enum": ["gone"]}
    assert with_codes(sources, {"type": "string"}, place) == {"type": "string"}


@pytest.mark.parametrize("said", ["{ code: late }", "{ status: soon }", "{ status: 503, text: late }"])
def test_an_error_needs_a_status(edit, table, said):
    """A kind without a status, or with words that nobody reads, is refused."""
    edit(_FILE, "{ status: 503 }", said)
    with pytest.raises(ContractError, match="x-errors/late: an error has a status"):
        table()
