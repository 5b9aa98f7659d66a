"""The client is made of the contract: names, types, errors, and files that any supported Python reads."""

import ast
import sys
from copy import deepcopy
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from scripts.generate.client.calls import calls_of
from scripts.generate.client.files import client
from scripts.generate.sources import ContractError
from scripts.places import CLIENTS, GENERATED

TABLE = {
    "gone": {"status": 404, "code": "NOT_FOUND"},
    "early": {"status": 501, "code": "NOT_IMPLEMENTED"},
    "big": {"status": 413, "code": "TOO_LARGE"},
    "head": {"status": 431, "code": "TOO_LARGE"},
    "mute": {"status": 503},
}
_THING = {
    "type": "object",
    "description": "A thing.",
    "required": ["thing_id"],
    "properties": {
        "thing_id": {"type": "string"},
        "colour": {"$ref": "#/components/schemas/V2Colour"},
        "parts": {"type": "array", "items": {"$ref": "#/components/schemas/V2Part"}},
        "tags": {"type": "object", "additionalProperties": {"type": "string"}},
        "note": {"type": ["string", "null"]},
        "value": {"type": ["number", "array"], "items": {"type": "string"}},
        "at": {"type": "string", "format": "date-time"},
        "place": {"type": "object", "properties": {"x": {"type": "integer"}}},
    },
}
_PAGE = {
    "type": "object",
    "required": ["data", "has_more"],
    "properties": {
        "data": {"type": "array", "items": {"$ref": "#/components/schemas/V2Thing"}},
        "has_more": {"type": "boolean"},
        "next_cursor": {"type": "string"},
    },
}


def operation(identifier: str, answer: str = "V2Thing", **more: Any) -> dict[str, Any]:
    """An operation that answers with a schema."""
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{answer}"}}}
    answers = {"200": {"description": "Good", "content": content}}
    return {
        "operationId": identifier,
        "summary": "Do it",
        "security": [{"bearer": ["x:y"]}],
        "responses": answers,
        **more,
    }


def parameter(name: str, place: str, **schema: Any) -> dict[str, Any]:
    """A parameter with a schema."""
    return {"name": name, "in": place, "required": place == "path", "schema": schema or {"type": "string"}}


@pytest.fixture
def document() -> dict[str, Any]:
    """A contract of things."""
    body = {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/V2Thing"}}}}
    keyed = [parameter("Idempotency-Key", "header")]
    wait = [parameter("wait", "query", type="integer")]
    return {
        "info": {"version": "1.2.3"},
        "paths": {
            "/v2/things": {
                "get": operation("v2.things.list_things", "V2ThingPage", parameters=[parameter("cursor", "query")]),
                "post": operation("v2.things.create_thing", requestBody=body, parameters=keyed),
            },
            "/v2/things/{thing_id}": {
                "parameters": [parameter("thing_id", "path")],
                "get": operation(
                    "v2.things.get_thing", parameters=wait, **{"x-sdk": ["c.things.getIt", "c.things.awaitIt"]}
                ),
            },
            "/v2/things/bulk/cancel": {"post": operation("v2.things.cancel_things")},
            "/v2/things/parts": {"get": operation("v2.things.list_parts")},
            "/things": {"get": operation("ggi.things.list_things")},
        },
        "components": {
            "schemas": {
                "V2Thing": _THING,
                "V2ThingPage": _PAGE,
                "V2Part": {"type": "object", "properties": {"size": {"type": "number"}}},
                "V2Colour": {"type": "string", "enum": ["red", "blue"]},
            }
        },
    }


def made(document: dict[str, Any], name: str) -> str:
    """One file of the client of a contract."""
    return client(document, TABLE)[f"clients/python/nexus_client/{name}.py"]


def test_names_follow_from_the_contract(document: dict[str, Any]) -> None:
    """What repeats its group is shortened, many at a time keep their plural, and the SDK guide's names win."""
    named = {call.identifier: call.names for call in calls_of(document, "v2")}
    assert named == {
        "v2.things.list_things": ("list",),
        "v2.things.create_thing": ("create",),
        "v2.things.get_thing": ("get_it", "await_it"),
        "v2.things.cancel_things": ("cancel_things",),
        "v2.things.list_parts": ("list_parts",),
    }


def test_types_follow_from_the_schemas(document: dict[str, Any]) -> None:
    """What is asked is a dictionary with its required fields; what is answered has attributes with types."""
    asked, answered = made(document, "params"), made(document, "models")
    assert "class _Thing(TypedDict):" in asked
    assert "class Thing(_Thing, total=False):" in asked
    for field in ("colour: Colour", "parts: list[Part]", "tags: dict[str, str]", "note: str | None",
                  "value: float | list[str]",
                  "at: str | datetime", "place: ThingPlace"):  # fmt: skip
        assert f"    {field}\n" in asked
    assert "class Thing(Record):" in answered
    assert "    thing_id: str\n" in answered
    assert "    at: str | None\n" in answered
    assert "_nested = {'parts': 'Part', 'place': 'ThingPlace'}" in answered
    assert "Colour = Literal['red', 'blue']" in answered


def test_calls_follow_from_the_operations(document: dict[str, Any]) -> None:
    """Paths, queries, keys and pages are asked for as they are declared."""
    blocking, awaited = made(document, "resources"), made(document, "async_resources")
    assert "def create(self, body: params.Thing, *, idempotency_key: str | None = None) -> models.Thing:" in blocking
    assert "def list(self, *, cursor: str | None = None) -> Page[models.Thing]:" in blocking
    assert "async def get_it(self, thing_id: str, *, wait: int | None = None) -> models.Thing:" in awaited
    assert "async def await_it(self, thing_id: str, *, timeout: float | None = None) -> models.Thing:" in awaited
    assert "f'/v2/things/{segment(thing_id)}'" in blocking
    assert "ggi" not in blocking
    assert "self.things = resources.Things(self.transport)" in made(document, "clients")


def test_errors_follow_from_the_table(document: dict[str, Any]) -> None:
    """A code is a class, once; none hides what Python has built in."""
    text = made(document, "errors")
    assert text.count("\nclass ") == 3
    assert "class OperationNotImplemented(ApiError):" in text
    assert '"""Answered with 413 or 431."""' in text
    assert "'NOT_FOUND': NotFound" in text


def test_two_things_of_one_name_are_refused(document: dict[str, Any]) -> None:
    """Objects that would be one class are an error of the contract."""
    changed = deepcopy(document)
    schemas = changed["components"]["schemas"]
    schemas["V2ThingPlace"] = {"type": "object", "properties": {"y": {"type": "integer"}}}
    schemas["V2Part"]["properties"]["other"] = {"$ref": "#/components/schemas/V2ThingPlace"}
    with pytest.raises(ContractError, match="ThingPlace"):
        client(changed, TABLE)


def test_the_same_bytes_every_time(document: dict[str, Any]) -> None:
    """Generating twice makes no difference."""
    assert client(document, TABLE) == client(deepcopy(document), TABLE)


def test_what_is_written_by_hand_is_copied(document: dict[str, Any]) -> None:
    """The runtime is there under the banner, letter by letter."""
    files = client(document, TABLE)
    for path in sorted((CLIENTS / "python").rglob("*.*")):
        if "__pycache__" not in path.parts:
            copied = files[f"clients/python/{path.relative_to(CLIENTS / 'python').as_posix()}"]
            assert copied.partition("\n")[2] == path.read_text("utf-8")


@pytest.mark.parametrize("path", sorted((GENERATED / "clients").rglob("*.py")), ids=lambda path: path.name)
def test_old_pythons_can_read_it(path: Path) -> None:
    """The guide promises Python 3.9: no file has younger syntax, or evaluates younger types when it is imported."""
    module = ast.parse(path.read_text("utf-8"), feature_version=(3, 9))
    future = [node for node in module.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    assert future or path.name in ("__init__.py", "version.py")


def test_the_version_is_the_contract_s(document: dict[str, Any], tmp_path: Path) -> None:
    """The package has the version of the contract that it speaks."""
    file = tmp_path / "version.py"
    file.write_text(made(document, "version"))
    spec = spec_from_file_location("version_of_the_client", file)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.VERSION == "1.2.3"
    assert spec.name not in sys.modules
