"""Schemas of tenants: those that people write pass, those that would keep a worker busy for good are refused."""

import time
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.core.errors import Unprocessable
from handlers.core.schema_weight import MOST, UnfitSchema, size_of, weight_of
from tests.core.working import ANN, World

SELF = {"$ref": "#"}
TREE = {"properties": {"left": SELF, "right": SELF, "value": {"type": "integer"}}, "additionalProperties": False}
ANYTHING = {
    "$defs": {
        "value": {
            "anyOf": [
                {"type": ["string", "number", "boolean", "null"]},
                {"type": "array", "items": {"$ref": "#/$defs/value"}},
                {"type": "object", "additionalProperties": {"$ref": "#/$defs/value"}},
            ]
        }
    },
    "$ref": "#/$defs/value",
}
NODE = {
    "required": ["name"],
    "properties": {
        "name": {"pattern": "^[a-z-]{1,40}$"},
        "kind": {"enum": ["a", "b"]},
        "size": {"const": 1},
        "next": SELF,
    },
}
EXPRESSION = {
    "oneOf": [
        {"type": "number"},
        {"required": ["left", "right"], "properties": {"left": SELF, "right": SELF}, "additionalProperties": False},
        {"required": ["negated"], "properties": {"negated": SELF}, "additionalProperties": False},
        {"required": ["sum"], "properties": {"sum": {"items": SELF}}, "additionalProperties": False},
    ]
}
NAMED = {
    "$id": "https://example.com/a",
    "properties": {"x": {"$ref": "b#piece"}, "y": {"$ref": "#/properties/x"}},
    "$defs": {"b": {"$id": "b", "$defs": {"c": {"$anchor": "piece", "type": "string"}}}},
}


def doubled(levels: int, keyword: str = "allOf") -> dict[str, Any]:
    """A small schema whose parts refer twice to the next one."""
    parts: dict[str, Any] = {"p0": {"type": "object"}}
    for level in range(levels):
        parts[f"p{level + 1}"] = {keyword: [{"$ref": f"#/$defs/p{level}"}, {"$ref": f"#/$defs/p{level}"}]}
    return {"$defs": parts, "$ref": f"#/$defs/p{levels}"}


def unlooked(levels: int) -> dict[str, Any]:
    """A schema that asks at each level again what was looked at in those below."""
    schema: dict[str, Any] = {"properties": {"x": {}}}
    for _ in range(levels):
        schema = {"allOf": [schema], "unevaluatedProperties": False}
    return schema


HARD_TO_WEIGH = {
    "$defs": {f"p{level}": {"allOf": [{"$ref": f"#/$defs/p{level - 1}"}]} for level in range(1, 400)}
    | {"p0": {"properties": {f"x{number}": {"$ref": "#/$defs/p399"} for number in range(400)}}},
    "$ref": "#/$defs/p399",
}
MANY_PATTERNS = {"patternProperties": {f"a{number}x*$": True for number in range(1_900)}}
REPEATED_PATTERN = doubled(11)
REPEATED_PATTERN["$defs"]["p0"] = {"pattern": "^(ab)*$"}
OFTEN_A_PATTERN = {"additionalProperties": {"allOf": [{"pattern": "^(ab)*$"}] * 200}}
MUCH_REQUIRED = {"anyOf": [{"additionalProperties": {"items": {"required": [f"x{one}" for one in range(300)]}}}, False]}
TWICE_A_STEP = {"allOf": [{"properties": {"x": SELF}}, {"properties": {"x": SELF}}]}
HEAVY = [
    doubled(60),
    doubled(60, "anyOf"),
    unlooked(20),
    TWICE_A_STEP,
    {"properties": {"x": SELF}, "patternProperties": {".": SELF}},
    {"items": SELF, "contains": SELF},
    {"allOf": [{"patternProperties": {f"a{one}": True for one in range(900)}}] * 3},
    {"allOf": [{"patternProperties": {"x": False}}] * 1_900},
    {"items": {"enum": [[one] for one in range(1_000)]}},
    REPEATED_PATTERN,
    {"$dynamicAnchor": "n", "properties": {"x": {"$dynamicRef": "#n"}}, "patternProperties": {"x": {"$ref": "#n"}}},
    {"$defs": {"a": {"properties": {"x": {"$ref": "#/$defs/b"}}}, "b": {"allOf": [SELF, SELF]}}, "$ref": "#/$defs/a"}
    | TWICE_A_STEP,
]


@pytest.mark.parametrize(
    "schema", [{}, TREE, NODE, ANYTHING, EXPRESSION, NAMED, doubled(8), unlooked(3), {"items": [SELF]}, True]
)
def test_what_people_write_is_light(schema: Any) -> None:
    """Trees, values of any form, names and a little repetition pass."""
    assert 1 <= weight_of(schema) <= MOST


@pytest.mark.parametrize("schema", HEAVY)
def test_what_looks_again_and_again_is_refused(schema: Any) -> None:
    """Whichever keyword repeats the looking, and whether it is in one place or for each step into the value."""
    with pytest.raises(UnfitSchema, match="too often"):
        weight_of(schema)


@pytest.mark.parametrize("schema", [SELF, {"anyOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"not": SELF}}}])
def test_a_schema_that_is_its_own_condition_is_refused(schema: Any) -> None:
    """One that refers to itself for the same value says nothing."""
    with pytest.raises(UnfitSchema, match="without a step"):
        weight_of(schema)


@pytest.mark.parametrize("reference", ["https://json-schema.org/draft/2020-12/schema", "#/no/such", "#none"])
def test_what_lies_elsewhere_is_no_part(reference: str) -> None:
    """A schema refers to nothing but itself."""
    with pytest.raises(UnfitSchema, match="no part"):
        weight_of({"properties": {"x": {"$ref": reference}}})


def test_parts_are_counted() -> None:
    """So many parts that weighing itself would take long are refused."""
    with pytest.raises(UnfitSchema, match="parts at most"):
        weight_of({"properties": {f"x{number}": {"type": "string"} for number in range(5_000)}})
    began = time.thread_time()
    with pytest.raises(UnfitSchema):
        weight_of(HARD_TO_WEIGH)
    assert time.thread_time() - began < 2


@pytest.mark.parametrize(
    ("patterns", "refused"),
    [
        ([f"a{one}x*$" for one in range(60_000)], "too large together"),
        ([rf"^\w{{1,256}}{one}$" for one in range(60)] * 30, "too large together"),
        ([r"(\w{100}){100}"], "takes too long"),
        (["("], "no pattern"),
    ],
)
def test_patterns_are_bounded_before_they_are_compiled(patterns: list[str], refused: str) -> None:
    """Many of them, large ones and what is none are refused soon."""
    began = time.thread_time()
    with pytest.raises(UnfitSchema, match=refused):
        weight_of({"items": {"prefixItems": [{"pattern": one} for one in patterns[:1_900]]}, **_by_name(patterns)})
    assert time.thread_time() - began < 3


def _by_name(patterns: list[str]) -> dict[str, Any]:
    return {"patternProperties": dict.fromkeys(patterns, True)}


_PART = st.sampled_from(["a", "b", "c"]).map(lambda name: {"$ref": f"#/$defs/{name}"}) | st.just({"type": "object"})
_SHAPE = st.one_of(
    st.fixed_dictionaries({"allOf": st.lists(_PART, min_size=1, max_size=3)}),
    st.fixed_dictionaries({"properties": st.dictionaries(st.sampled_from("xy"), _PART)}),
    st.fixed_dictionaries({"anyOf": st.lists(_PART, min_size=1, max_size=2), "patternProperties": st.just({})}),
    st.fixed_dictionaries({"properties": st.fixed_dictionaries({"x": _PART}), "additionalProperties": _PART}),
)


@settings(max_examples=150, deadline=None)
@given(parts=st.fixed_dictionaries(dict.fromkeys("abc", _SHAPE)), depth=st.integers(1, 90))
def test_what_is_let_through_is_judged_soon(parts: dict[str, Any], depth: int) -> None:
    """Whatever parts refer to each other in whatever way: if they are not refused, a deep value is judged at once."""
    schema = {"$defs": parts, "$ref": "#/$defs/a"}
    try:
        weight_of(schema)
    except UnfitSchema:
        return
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"x": value}
    began = time.thread_time()
    jsonschema_rs.Draft202012Validator(schema).is_valid(value)
    assert time.thread_time() - began < 0.5


def test_a_values_parts_are_counted_so_far() -> None:
    """Every value in a value counts, up to a bound."""
    assert size_of({"a": [1, 2, {"b": None}]}, 100) == 6
    assert size_of([0] * 1000, 10) == 11
    assert size_of({"a" * 1_600: "b" * 1_600}, 1_000) == 202


@pytest.mark.parametrize(
    ("schema", "parameters"),
    [
        (MANY_PATTERNS, {f"b{number}": 0 for number in range(90_000)}),
        (MANY_PATTERNS, {"b" * 1_000_000: 0}),
        (OFTEN_A_PATTERN, {"a": "ab" * 500_000}),
        ({"properties": {"a": {"pattern": r"^(\w{10}){20}$"}}}, {"a": "ab" * 500_000}),
        ({"items": {"enum": [[one] for one in range(100)]}}, {"a": [[-1]] * 100_000}),
        ({"properties": {"a": {"items": {"multipleOf": 0.01}}}}, {"a": [1e300] * 200_000}),
        (MUCH_REQUIRED, {"a": [{}] * 1_000}),
    ],
)
async def test_large_parameters_are_refused_soon(schema: Any, parameters: Any) -> None:
    """Whatever costs most of a schema: names, long strings, comparing, or telling all that is wrong."""
    world = World()
    await world.types.create(ANN, {"name": "own", "parameters_schema": schema})
    known = await world.types.get(ANN, "own")
    began = time.thread_time()
    with pytest.raises(Unprocessable):
        world.types.check(ANN.tenant, known, parameters)
    assert time.thread_time() - began < 1


async def test_a_type_with_a_heavy_schema_is_not_made() -> None:
    """Neither created nor put in another's place; and large parameters are refused where the schema looks at much."""
    world = World()
    with pytest.raises(Unprocessable) as refused:
        await world.types.create(ANN, {"name": "own", "parameters_schema": doubled(60)})
    assert refused.value.details["field"] == "parameters_schema"
    await world.types.create(ANN, {"name": "own", "parameters_schema": doubled(10)})
    with pytest.raises(Unprocessable):
        await world.types.update(ANN, "own", {"parameters_schema": TWICE_A_STEP})
    await world.issue(type="own", parameters={"a": [0] * 1_000})
    with pytest.raises(Unprocessable, match="too large"):
        await world.issue(type="own", parameters={"a": [0] * 100_000})
