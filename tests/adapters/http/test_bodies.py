"""Bodies: what is read, what is refused, and that nothing a caller sends is taken for a defect of ours."""

import asyncio
import time
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from typing_extensions import TypeAliasType

from adapters.http.bodies import BodyPlan, Limits
from adapters.http.contract import Contract
from adapters.http.refusals import ClientGone, PayloadTooLarge, RequestTimeout, UnsupportedMediaType
from adapters.http.requests import Request
from handlers.core.errors import InvalidRequest

JSON, YAML, LINES = "application/json", "application/yaml", "application/x-ndjson"
FORM = "application/x-www-form-urlencoded"
ANYTHING: dict[str, Any] = {}
TREE = {"$ref": "#/components/schemas/Tree"}
DOCUMENT = {
    "openapi": "3.1.0",
    "components": {
        "schemas": {
            "Tree": {
                "type": "object",
                "required": ["name"],
                "additionalProperties": False,
                "properties": {
                    "name": {"type": "string", "minLength": 1},
                    "size": {"type": "integer"},
                    "planted": {"type": "string", "format": "date"},
                    "branches": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
                },
            }
        }
    },
}


def plan(schema: Any = ANYTHING, *, required: bool = True, **limits: Any) -> BodyPlan:
    """How a small contract reads its bodies."""
    content = {media: {"schema": schema} for media in (JSON, YAML)}
    return BodyPlan(Contract(DOCUMENT), {"required": required, "content": content}, None, Limits(**limits))


def asking(headers: Mapping[bytes, bytes]) -> Request:
    """A request with these headers, from a server that hands bodies over in messages."""
    return Request({"method": "POST", "headers": list(headers.items())})


def arriving(*chunks: bytes) -> Callable[[], Any]:
    """A body that arrives in pieces."""
    left = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    left[-1]["more_body"] = False

    async def receive() -> dict[str, Any]:
        return left.pop(0)

    return receive


async def read(reading: BodyPlan, raw: bytes, media: str = JSON) -> Any:
    """A body that arrives whole, its length announced."""
    headers = {b"content-type": media.encode(), b"content-length": str(len(raw)).encode()}
    return await reading.read(asking(headers), arriving(raw))


@pytest.mark.parametrize(
    "media",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "application/json ; x=y; CHARSET=utf8",
        "application/json;",
        "APPLICATION/YAML",
    ],
)
async def test_a_media_type_is_read_whatever_its_case_and_parameters(media: str) -> None:
    """Media types and the names of character sets have no case; unknown parameters are passed over."""
    assert await read(plan(TREE), b'{"name": "oak"}', media) == {"name": "oak"}
    with pytest.raises(InvalidRequest):
        await read(plan(TREE), b'{"name": 5}', media)


@pytest.mark.parametrize(
    "media",
    [
        "",
        "text/plain",
        "application/json; charset=latin-1",
        "application/jsonp",
        "json",
        "*/*",
        "application/xml",
        "\xff",
    ],
)
async def test_another_media_type_is_refused(media: str) -> None:
    """What the operation does not read is refused before a byte of it is looked at."""
    with pytest.raises(UnsupportedMediaType) as refusal:
        await plan().read(asking({b"content-type": media.encode("latin-1"), b"content-length": b"2"}), never)
    assert refusal.value.details == {"expected": [JSON, YAML]}


@pytest.mark.parametrize("chunks", [[b'{"name"', b": ", b'"oak"}'], [b"", b'{"name": "oak"}', b""]])
async def test_a_body_may_come_in_chunks(chunks: list[bytes]) -> None:
    """A body of unknown length is read to its end."""
    headers = {b"content-type": b"application/json", b"transfer-encoding": b"chunked"}
    assert await plan(TREE).read(asking(headers), arriving(*chunks)) == {"name": "oak"}


@pytest.mark.parametrize(
    "headers",
    [{}, {b"content-length": b"0"}, {b"content-length": b"0", b"content-type": b"application/json"}],
    ids=["nothing", "no length", "no length of JSON"],
)
async def test_an_empty_body(headers: dict[bytes, bytes]) -> None:
    """An operation that needs a body says so; one that does not goes without."""
    with pytest.raises(InvalidRequest, match="A body is required"):
        await plan().read(asking(headers), arriving(b""))
    assert await plan(required=False).read(asking(headers), arriving(b"")) is None


async def test_an_empty_chunked_body() -> None:
    """A body may turn out to be empty only when it has come."""
    headers = {b"content-type": b"application/json", b"transfer-encoding": b"chunked"}
    with pytest.raises(InvalidRequest, match="A body is required"):
        await plan().read(asking(headers), arriving(b"", b""))
    assert await plan(required=False).read(asking(headers), arriving(b"", b"")) is None


@pytest.mark.parametrize(
    "raw",
    [
        b"{", b"nul", b'{"a": NaN}', b"[Infinity]", b"-", b'{"a": 1,}', b'"\xff\xfe"', b'"\\ud800"', b"\xef\xbb\xbf{}",
        b"{} {}", b"'a'", b"\x00", b"1e999999", b"[1e400]", b"01",
    ],
)  # fmt: skip
async def test_what_is_not_json_is_refused(raw: bytes) -> None:
    """Text that is not JSON, numbers that JSON does not have, and bytes that are no text are the caller's mistake."""
    with pytest.raises(InvalidRequest) as refusal:
        await read(plan(), raw)
    assert refusal.value.details["location"] == "body"


async def test_huge_integers() -> None:
    """A number too large for 64 bits is not an integer that the contract could mean, and is no defect of ours."""
    with pytest.raises(InvalidRequest):
        await read(plan(TREE), b'{"name": "oak", "size": 1' + b"0" * 400 + b"}")
    assert await read(plan(TREE), b'{"name": "oak", "size": 18446744073709551615}') == {
        "name": "oak",
        "size": 2**64 - 1,
    }


@pytest.mark.parametrize("media", [JSON, YAML])
async def test_nesting_is_limited(media: str) -> None:
    """A body as deep as the limit is read, one level more is refused; brackets in texts are no levels."""
    assert await read(plan(depth=20), b"[" * 20 + b"]" * 20, media) is not None
    with pytest.raises(InvalidRequest, match="nests more than 20 levels"):
        await read(plan(depth=20), b"[" * 21 + b"]" * 21, media)
    assert await read(plan(depth=20), orjson.dumps(["[{" * 50, '"\\' * 30, []]), media) == ["[{" * 50, '"\\' * 30, []]
    assert len(await read(plan(depth=20), b"[" + b"[]," * 99 + b"[]]", media)) == 100


@pytest.mark.parametrize("items", [1, 30])
@pytest.mark.parametrize("levels", range(1, 16))
async def test_many_brackets_are_no_depth(items: int, levels: int) -> None:
    """However many there are, and whatever texts hold: what counts is how deep the deepest lies."""
    deepest: object = {"a[": "}{", "b": []}
    for level in range(levels):
        deepest = [deepest, {}] if level % 2 else {"inner]": deepest}
    raw = orjson.dumps([deepest] * items)
    if levels + 3 > 10:
        with pytest.raises(InvalidRequest, match="nests more than 10 levels"):
            await read(plan(depth=10), raw)
    else:
        assert await read(plan(depth=10), raw) == [deepest] * items


@pytest.mark.parametrize("media", [JSON, YAML])
@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 1_000_000,
        b'{"a":' * 200_000,
        b"[]" * 101 + b'"' + b'\\"' * 500_000,
        b'"' * 999_999 + b"[" * 101,
        b"[" * 101 + b"\\" * 900_000,
        b"- " * 300_000,
        b"? " * 300_000,
    ],
    ids=["brackets", "objects", "quotes in a text", "quotes", "backslashes", "dashes", "questions"],
)
async def test_no_body_keeps_the_server_busy(raw: bytes, media: str) -> None:
    """The worst megabyte that a caller can think of is refused in a moment."""
    started = time.thread_time()
    with pytest.raises(InvalidRequest):
        await read(plan(body_bytes=2_000_000), raw, media)
    assert time.thread_time() - started < 2


async def test_a_body_too_large_by_its_own_word_is_not_read() -> None:
    """A length above the limit is refused before the body comes; one at the limit is read."""
    with pytest.raises(PayloadTooLarge) as refusal:
        await plan(body_bytes=10).read(asking({b"content-type": b"application/json", b"content-length": b"11"}), never)
    assert refusal.value.details == {"limit_bytes": 10}
    assert await read(plan(body_bytes=10), b'"12345678"') == "12345678"


@pytest.mark.parametrize("chunks", [[b'"' + b"x" * 10], [b'"12345', b"6789", b'0"']])
async def test_a_body_that_turns_out_too_large_is_refused(chunks: list[bytes]) -> None:
    """A body is cut off where it exceeds the limit, whatever was announced."""
    with pytest.raises(PayloadTooLarge):
        await plan(body_bytes=10).read(
            asking({b"content-type": b"application/json", b"transfer-encoding": b"chunked"}), arriving(*chunks)
        )


@pytest.mark.parametrize("chunks", [[], [b"["], [b"[", b"1"]])
async def test_a_body_that_does_not_arrive_is_not_waited_for(chunks: list[bytes]) -> None:
    """A caller who stops sending is told so after a while."""

    async def receive() -> dict[str, Any]:
        if chunks:
            return {"type": "http.request", "body": chunks.pop(0), "more_body": True}
        return await never()

    with pytest.raises(RequestTimeout):
        await plan(body_seconds=0.05).read(
            asking({b"content-type": b"application/json", b"content-length": b"9"}), receive
        )


async def test_a_body_that_trickles_in_is_not_waited_for() -> None:
    """Time is counted for the whole body, not from byte to byte."""

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b" ", "more_body": True}

    with pytest.raises(RequestTimeout):
        await plan(body_seconds=0.1).read(
            asking({b"content-type": b"application/json", b"content-length": b"99"}), receive
        )


@pytest.mark.parametrize("chunks", [[], [b"["], [b"[", b"1"]])
async def test_a_client_that_leaves_is_not_answered(chunks: list[bytes]) -> None:
    """Half a body is nobody's request."""

    async def receive() -> dict[str, Any]:
        if chunks:
            return {"type": "http.request", "body": chunks.pop(0), "more_body": True}
        return {"type": "http.disconnect"}

    with pytest.raises(ClientGone):
        await plan().read(asking({b"content-type": b"application/json", b"content-length": b"9"}), receive)


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({}, "name", "Missing required parameter: name"),
        ({"name": ""}, "name", "shorter than 1"),
        ({"name": "oak", "size": "5"}, "size", "not of type"),
        ({"name": "oak", "size": True}, "size", "not of type"),
        ({"name": "oak", "planted": "tomorrow"}, "planted", "date"),
        ({"name": "oak", "planted": "2025-02-30"}, "planted", "date"),
        ({"name": "oak", "colour": 1}, None, "colour"),
        ({"name": "oak", "branches": [{"name": "a"}, {"name": 1}]}, "branches.1.name", "not of type"),
        ({"name": "oak", "branches": [{}]}, "branches.0.name", "Missing required parameter: branches.0.name"),
        ([], None, "not of type"),
    ],
)
async def test_a_refusal_names_the_place(body: Any, field: str | None, message: str) -> None:
    """The schema judges every level of a recursive body, formats too, and says where the mistake is."""
    with pytest.raises(InvalidRequest) as refusal:
        await read(plan(TREE), orjson.dumps(body))
    assert refusal.value.details.get("field") == field
    assert message in refusal.value.message


async def test_a_refusal_does_not_repeat_what_it_refuses() -> None:
    """However large a wrong value is, the message about it stays short."""
    with pytest.raises(InvalidRequest) as refusal:
        await read(plan(TREE), orjson.dumps({"name": "oak", "size": "x" * 100_000}))
    assert len(refusal.value.message) < 400


async def test_a_recursive_body_is_read() -> None:
    """A schema that contains itself is followed as deep as the body goes."""
    tree: dict[str, Any] = {"name": "leaf"}
    for _ in range(40):
        tree = {"name": "branch", "branches": [tree]}
    assert await read(plan(TREE), orjson.dumps(tree)) == tree


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("name: oak\nplanted: 2025-11-03", {"name": "oak", "planted": "2025-11-03"}),
        (
            "name: oak\nbranches:\n  - name: twig\n    size: 3",
            {"name": "oak", "branches": [{"name": "twig", "size": 3}]},
        ),
        ("{name: 'oak', size: 5}", {"name": "oak", "size": 5}),
        ("name: 2025-11-03T01:54:29Z", {"name": "2025-11-03T01:54:29Z"}),
        ("name: |\n  two\n  lines", {"name": "two\nlines"}),
        ("name: oak\nsize: 123456789012345678901", {"name": "oak", "size": 123456789012345678901.0}),
    ],
)
async def test_yaml_is_read_as_json_would_say_it(text: str, value: Any) -> None:
    """A YAML body is the JSON that it stands for; a date stays a text."""
    assert await read(plan(TREE), text.encode(), YAML) == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: &x [1]\nb: *x", "Aliases are not read"),
        ("a: &x [*x]", "Aliases are not read"),
        ("name: [oak", "(line 2, column 1)"),
        ("name: oak\n size: 5", "(line 2, column"),
        ("name: 'oak", "(line 1, column"),
        ("a: .nan", ".nan is not a number in JSON (line 1, column 4)"),
        ("- 1\n- -.inf", "-.inf is not a number in JSON (line 2, column 3)"),
        ("1: a", "Dict key must be str"),
        ("? [a]\n: b", "(line 1, column 3)"),
        ("a: 1" + "0" * 400, "too large"),
        ("a: \xff", "UTF-8"),
        ("a\x00", "not valid YAML"),
        ("--- 1\n--- 2", "not valid YAML"),
        ("a: =", "not valid YAML"),
        ("<<: 3", "not valid YAML"),
        ("\t- a", "not valid YAML"),
    ],
)
async def test_what_json_cannot_say_is_refused_in_yaml(text: str, words: str) -> None:
    """YAML that is broken, or stands for no JSON, is refused, with its line and column where there is one."""
    with pytest.raises(InvalidRequest) as refusal:
        await read(plan(), text.encode("latin-1"), YAML)
    assert words in refusal.value.message


@pytest.mark.parametrize(
    "text",
    ['!!int ""', '!!float ""', "!!bool foo", "!!timestamp foo", '!!binary "x"', "!!python/object:os.system x",
     "!!set {a}", "!!omap [a: 1]", "!foo x", "! x", "a: !!str 5"],
)  # fmt: skip
async def test_tags_are_refused_in_yaml(text: str) -> None:
    """A tag would have the loader make something of a text that need not be one."""
    with pytest.raises(InvalidRequest, match="Tags are not read"):
        await read(plan(), text.encode(), YAML)


async def test_a_bomb_of_aliases_does_not_go_off() -> None:
    """A small text that would grow to gigabytes is refused while it is small."""
    levels = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    levels += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    started = time.thread_time()
    with pytest.raises(InvalidRequest, match="Aliases"):
        await read(plan(), "\n".join(levels).encode(), YAML)
    assert time.thread_time() - started < 1


@settings(max_examples=300, deadline=None)
@given(raw=st.binary(max_size=60) | st.text(max_size=60).map(str.encode), media=st.sampled_from([JSON, YAML]))
def test_any_bytes_are_a_body_or_refused(raw: bytes, media: str) -> None:
    """Whatever comes is read as something that JSON can say, or refused as the caller's mistake."""
    try:
        value = asyncio.run(read(plan(), raw or b" ", media))
    except InvalidRequest:
        return
    assert orjson.loads(orjson.dumps(value)) == value


def form_plan() -> BodyPlan:
    """How a contract that takes forms alone reads them."""
    content = {FORM: {"schema": {"type": "object", "additionalProperties": {"type": "string"}}}}
    return BodyPlan(Contract(DOCUMENT), {"content": content}, None, Limits())


@settings(max_examples=200, deadline=None)
@given(fields=st.dictionaries(st.text(max_size=9), st.text(max_size=9), min_size=1, max_size=5))
def test_a_form_comes_back(fields: dict[str, str]) -> None:
    """Every field as the text that it is, empty ones and names included."""
    assert asyncio.run(read(form_plan(), urlencode(fields).encode(), FORM)) == fields


@settings(max_examples=200, deadline=None)
@given(raw=st.binary(min_size=1, max_size=60))
def test_any_bytes_are_a_form_or_refused(raw: bytes) -> None:
    """Whatever comes is fields of text, or refused as the caller's mistake."""
    try:
        fields = asyncio.run(read(form_plan(), raw, FORM))
    except InvalidRequest:
        return
    assert fields
    assert all(isinstance(text, str) for pair in fields.items() for text in pair)


@pytest.mark.parametrize("raw", [b"a=1&a=1", b"a=1&%61=2", b"a", b"a=1&&b=2", b"a=%ff", b"a=\xc3\xa4"])
async def test_what_is_no_form_is_refused(raw: bytes) -> None:
    """A field that comes twice, one without a value, and what is not UTF-8 in percent signs."""
    with pytest.raises(InvalidRequest, match="form"):
        await read(form_plan(), raw, FORM)


async def test_who_takes_forms_takes_no_json() -> None:
    """The media type that most bodies have is refused where it is not declared."""
    with pytest.raises(UnsupportedMediaType):
        await read(form_plan(), b"{}", JSON)


@settings(max_examples=100, deadline=None)
@given(
    value=st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**64 - 1)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=10,
    ),
    cuts=st.lists(st.integers(0, 200), max_size=4),
)
def test_json_comes_back_however_it_is_cut(value: Any, cuts: list[int]) -> None:
    """A body means the same in one piece and in many."""
    raw = orjson.dumps(value)
    edges = [0, *sorted(min(cut, len(raw)) for cut in cuts), len(raw)]
    chunks = [raw[start:end] for start, end in pairwise(edges)]
    headers = {b"content-type": b"application/json", b"transfer-encoding": b"chunked"}
    assert asyncio.run(plan().read(asking(headers), arriving(*chunks))) == value


class Leaf(BaseModel):
    """A model as they are generated."""

    size: int


Leaves = TypeAliasType("Leaves", list[Leaf])


@pytest.mark.parametrize(
    ("model", "raw", "carried"),
    [(Leaf, b'{"size": 1}', Leaf(size=1)), (Leaves, b'[{"size": 1}, {"size": 2}]', [Leaf(size=1), Leaf(size=2)])],
    ids=["an object", "an array"],
)
async def test_a_body_is_carried_by_its_model(model: Any, raw: bytes, carried: Any) -> None:
    """Objects and arrays come as the generated types that the contract names, lines as the text that they are."""
    content = {JSON: {"schema": {"type": ["array", "object"]}}, LINES: {"schema": {"type": "string"}}}
    reading = BodyPlan(Contract(DOCUMENT), {"content": content}, model, Limits())
    assert await read(reading, raw) == carried
    assert await read(reading, raw, LINES) == raw.decode()


@pytest.mark.parametrize("media", ["text/csv", "application/octet-stream"])
def test_a_media_type_without_a_decoder_stops_the_start(media: str) -> None:
    """A contract with a body that nobody can read does not start."""
    with pytest.raises(ValueError, match="No decoder"):
        BodyPlan(Contract(DOCUMENT), {"content": {media: {"schema": {}}}}, None, Limits())


async def never() -> dict[str, Any]:
    """What does not come."""
    await asyncio.sleep(3600)
    raise AssertionError
