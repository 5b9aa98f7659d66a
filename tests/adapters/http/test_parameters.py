"""Parameters: read strictly, defaults filled in, and every mistake named."""

from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.http.contract import Contract
from adapters.http.parameters import ParameterPlan, query_pairs
from adapters.http.requests import Request
from handlers.core.errors import InvalidRequest

DECLARED: list[dict[str, Any]] = [
    {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[a-z]+$"}},
    {"name": "number", "in": "path", "required": True, "schema": {"type": "integer"}},
    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}},
    {"name": "ratio", "in": "query", "schema": {"type": "number"}},
    {"name": "deep", "in": "query", "schema": {"type": "boolean"}},
    {"name": "since", "in": "query", "schema": {"type": "string", "format": "date-time"}},
    {"name": "colour", "in": "query", "schema": {"$ref": "#/components/schemas/Colour"}},
    {"name": "size", "in": "query", "schema": {"$ref": "#/components/schemas/Size"}},
    {"name": "height", "in": "query", "schema": {"$ref": "#/components/schemas/Size", "default": 7}},
    {
        "name": "sizes",
        "in": "query",
        "explode": False,
        "schema": {"type": "array", "maxItems": 3, "items": {"type": "integer"}},
    },
    {
        "name": "where",
        "in": "query",
        "content": {"application/json": {"schema": {"type": "object", "propertyNames": {"enum": ["id"]}}}},
    },
    {"name": "must", "in": "query", "required": True, "schema": {"type": "string"}},
    {"name": "X-Trace", "in": "header", "schema": {"type": "string", "maxLength": 5}},
]
SCHEMAS = {"Colour": {"type": "string", "enum": ["red", "green"]}, "Size": {"type": "integer", "default": 5}}
DOCUMENT = {"openapi": "3.1.0", "components": {"schemas": SCHEMAS}}
PLAN = ParameterPlan(Contract(DOCUMENT), DECLARED)
DEFAULTS = {
    "id": "a", "number": 1, "limit": 50, "ratio": None, "deep": None, "since": None, "colour": None, "size": 5,
    "height": 7, "sizes": None, "where": None, "must": "", "x_trace": None,
}  # fmt: skip


def head(headers: Any = ()) -> Request:
    """A request with these headers."""
    return Request({"method": "GET", "headers": headers})


def read(query: str, headers: Any = (), **path: str) -> dict[str, Any]:
    """The arguments that a request gives."""
    return PLAN.read({"id": "a", "number": "1", **path}, query.encode("latin-1"), head(headers))


def test_what_is_not_given_has_its_default() -> None:
    """Every declared parameter is an argument, given or not; a default beside a reference goes before one behind it."""
    assert read("must=") == DEFAULTS
    assert set(PLAN.arguments) == set(DEFAULTS)


@pytest.mark.parametrize(
    ("query", "argument", "value"),
    [
        ("limit=7", "limit", 7),
        ("limit=007", "limit", 7),
        ("ratio=0.5", "ratio", 0.5),
        ("ratio=-1e3", "ratio", -1000),
        ("deep=true", "deep", True),
        ("deep=false", "deep", False),
        ("colour=red", "colour", "red"),
        ("sizes=3,1,2", "sizes", [3, 1, 2]),
        ("sizes=3%2C1", "sizes", [3, 1]),
        ("since=2025-11-03T00:00:00%2B01:00", "since", "2025-11-03T00:00:00+01:00"),
        ("where=%7B%22id%22:1%7D", "where", {"id": 1}),
        ("%6Cimit=7", "limit", 7),
        ("&&limit=7&", "limit", 7),
    ],
)
def test_what_is_given_is_read(query: str, argument: str, value: Any) -> None:
    """Each type is read from its text, lists from commas, whatever of it is encoded."""
    assert read(f"must=&{query}") == {**DEFAULTS, argument: value}


@pytest.mark.parametrize("text", ["a+b", "a%20b", "%61%20b"])
def test_a_space_has_two_spellings(text: str) -> None:
    """A plus in a query is a space."""
    assert read(f"must={text}")["must"] == "a b"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "must"),
        ("must=&other=1", "other"),
        ("must=&Limit=1", "Limit"),
        ("must=&id=a", "id"),
        ("must=&must=", "must"),
        ("must=&limit=1&limit=1", "limit"),
        ("must=&limit=", "limit"),
        ("must=&limit", "limit"),
        ("must=&limit=0", "limit"),
        ("must=&limit=201", "limit"),
        ("must=&limit=5.0", "limit"),
        ("must=&limit=1e1", "limit"),
        ("must=&limit=%2B5", "limit"),
        ("must=&limit=5%20", "limit"),
        ("must=&limit=1_0", "limit"),
        ("must=&limit=\u0665", "limit"),
        ("must=&limit=" + "9" * 5000, "limit"),
        ("must=&ratio=nan", "ratio"),
        ("must=&ratio=inf", "ratio"),
        ("must=&ratio=1e999", "ratio"),
        ("must=&ratio=", "ratio"),
        ("must=&where=", "where"),
        ("must=&where=1", "where"),
        ("must=&where=%7B", "where"),
        ("must=&where=%7B%22other%22:1%7D", "where"),
        ("must=&where=" + "[" * 5000, "where"),
        ("must=&deep=True", "deep"),
        ("must=&deep=1", "deep"),
        ("must=&deep=", "deep"),
        ("must=&since=yesterday", "since"),
        ("must=&colour=blue", "colour"),
        ("must=&sizes=", "sizes"),
        ("must=&sizes=1,", "sizes"),
        ("must=&sizes=1,a", "sizes"),
        ("must=&sizes=1,2,3,4", "sizes"),
        ("must=&sizes=1&sizes=2", "sizes"),
    ],
)
def test_what_the_contract_does_not_allow_is_refused(query: str, field: str) -> None:
    """An unknown, repeated, missing, empty or wrong parameter is refused by its name."""
    with pytest.raises(InvalidRequest) as refusal:
        PLAN.read({"id": "a", "number": "1"}, query.encode(), head())
    assert refusal.value.details == {"field": field, "location": "query"}


@pytest.mark.parametrize("query", [b"must=%ff", b"must=\xff", b"%ff=1"])
def test_a_query_that_is_not_utf8_is_refused(query: bytes) -> None:
    """Bytes that are no text are the caller's mistake."""
    with pytest.raises(InvalidRequest, match="not valid UTF-8"):
        PLAN.read({"id": "a", "number": "1"}, query, head())


@pytest.mark.parametrize(
    ("path", "field"), [({"id": "A"}, "id"), ({"number": "x"}, "number"), ({"number": "1.0"}, "number")]
)
def test_a_path_that_the_contract_does_not_allow_is_refused(path: dict[str, str], field: str) -> None:
    """A path parameter of the wrong type or form is a mistake, not an unknown path."""
    with pytest.raises(InvalidRequest) as refusal:
        read("must=", **path)
    assert refusal.value.details == {"field": field, "location": "path"}


def test_headers_are_read_whatever_their_case() -> None:
    """A declared header is an argument; others are none of ours."""
    assert read("must=", [(b"x-trace", b"abc"), (b"x-other", b"1"), (b"x-other", b"2")])["x_trace"] == "abc"


class Counted(list):
    """Headers that know how often somebody has gone through them."""

    walks = 0

    def __iter__(self) -> Any:
        self.walks += 1
        return super().__iter__()


def test_only_what_is_declared_is_looked_for() -> None:
    """However many headers a request has, nobody goes through them again to read the one."""
    headers = Counted([(b"x-%d" % number, b"1") for number in range(100)] + [(b"x-trace", b"abc")])
    assert read("must=", headers)["x_trace"] == "abc"
    assert headers.walks == 1


@pytest.mark.parametrize("headers", [[(b"x-trace", b"toolong")], [(b"x-trace", b"a"), (b"x-trace", b"a")]])
def test_a_header_that_the_contract_does_not_allow_is_refused(headers: Any) -> None:
    """A declared header is judged, and may come once."""
    with pytest.raises(InvalidRequest) as refusal:
        read("must=", headers)
    assert refusal.value.details == {"field": "X-Trace", "location": "header"}


@given(query=st.binary(max_size=40))
def test_any_query_is_read_or_refused(query: bytes) -> None:
    """Whatever stands behind the question mark, it is read or it is the caller's mistake."""
    try:
        arguments = PLAN.read({"id": "a", "number": "1"}, query, head())
    except InvalidRequest:
        return
    assert set(arguments) == set(DEFAULTS)


@given(pairs=st.lists(st.tuples(st.text(min_size=1, max_size=5), st.text(max_size=5)), max_size=4))
def test_pairs_come_back(pairs: list[tuple[str, str]]) -> None:
    """What a client encodes is what is read."""
    clean = [(a, b) for a, b in pairs if (a + b).encode("utf-8", "ignore").decode() == a + b]
    assert query_pairs(urlencode(clean).encode()) == clean


def test_a_list_that_repeats_its_name_stops_the_start() -> None:
    """One way to write lists: a contract that asks for the other does not start."""
    declared = {"name": "a", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}}
    with pytest.raises(ValueError, match="explode: false"):
        ParameterPlan(Contract(DOCUMENT), [declared])
