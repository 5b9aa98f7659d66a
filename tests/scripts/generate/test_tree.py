"""What `generated/` holds, proved on a small contract whose code is imported and used."""

import importlib
import json
import sys

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
from pydantic import TypeAdapter, ValidationError

from scripts.generate import yaml12
from scripts.generate.sources import ContractError
from scripts.generate.texts import has_banner
from scripts.generate.tree import MANIFEST, digest, tree, write


@pytest.fixture
def package(files, tmp_path, monkeypatch):
    """Imports modules of the small contract's `generated`, in place of the real one."""
    write(files, tmp_path / "generated")
    monkeypatch.syspath_prepend(tmp_path)
    real = {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] == "generated"}
    yield lambda name: importlib.import_module(f"generated.{name}")
    for name in [name for name in sys.modules if name.partition(".")[0] == "generated"]:
        del sys.modules[name]
    sys.modules.update(real)


def test_the_same_bytes_every_time(specs, files, tmp_path, monkeypatch):
    """Where and how often it is generated changes nothing, whatever configuration lies about."""
    (tmp_path / "pyproject.toml").write_text("[tool.datamodel-codegen]\nsnake-case-field = true\n[tool.black]\n")
    monkeypatch.chdir(tmp_path)
    assert tree(specs) == files


def test_every_file_has_its_banner(files):
    """Each file begins by saying what made it."""
    assert [name for name, text in files.items() if not has_banner(f".{name.rpartition('.')[2]}", text)] == []


def test_the_manifest_lists_every_other_file(files):
    """Every file but the manifest itself is listed with its digest."""
    listed = json.loads(files[MANIFEST])["files"]
    assert listed == {name: digest(text.encode()) for name, text in files.items() if name != MANIFEST}


def test_json_and_yaml_say_the_same(files):
    """Both forms of a contract hold the same document."""
    for name in ("openapi", "asyncapi"):
        document = json.loads(files[f"{name}.json"])
        del document["x-generated"]
        assert yaml12.load(files[f"{name}.yaml"]) == document


def test_the_documents_are_valid(files):
    """The bundle is OpenAPI 3.1 and the skeleton OpenAPI 3.0."""
    OpenAPIV31SpecValidator(json.loads(files["openapi.json"])).validate()
    OpenAPIV30SpecValidator(json.loads(files["openapi-skeleton.json"])).validate()


def test_the_skeleton_has_no_schemas(files):
    """Connexion gets operations, security and path parameters, and nothing to judge by."""
    document = json.loads(files["openapi-skeleton.json"])
    assert document["components"] == {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}}
    assert document["paths"]["/things/{thing_id}"] == {
        "parameters": [{"name": "thing_id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "put": {
            "operationId": "ggi.things.put_thing",
            "security": [{"bearer": ["thing:write", "thing:read"]}],
            "responses": {"default": {"description": ""}},
        },
    }


def test_models_carry_what_travels(package):
    """Times, links, keys and addresses are strings, whole numbers stay whole, and names are those of the wire."""
    sent = {
        "id": "x",
        "at": "soon",
        "link": "here",
        "key": "k",
        "mail": "m",
        "size": 65,
        "x-schema": "s",
        "free": {"a": 1},
    }
    thing = package("models.ggi").Thing.model_validate(sent)
    assert thing.model_dump(exclude_unset=True) == sent
    assert isinstance(thing.size, int)
    assert thing.colour == "red"


def test_models_are_as_closed_as_their_schemas(package):
    """A closed schema refuses unknown fields, and an open one keeps them."""
    with pytest.raises(ValidationError):
        package("models.ggi").Thing(id="a", at="b", stray=1)
    assert package("models.shared").Gap(missed=1, more=2).model_dump() == {"missed": 1, "more": 2}


def test_models_know_fixed_values(package):
    """An enumeration is a set of literal values, usable by itself."""
    with pytest.raises(ValidationError):
        TypeAdapter(package("models.ggi").Colour).validate_python("green")


def test_objects_within_objects_have_names(package):
    """A nested object is a class named after its place."""
    assert package("models.ggi").Thing(id="a", at="b", place={"x": 1}).place == package("models.ggi").ThingPlace(x=1)


def test_models_are_built_when_used(package):
    """Importing a module of models builds none."""
    assert not package("models.ggi").Thing.__pydantic_complete__


def test_api_and_events_share_one_class(package):
    """A message is carried by the class of the API."""
    payloads = package("messages").PAYLOADS
    assert payloads == {"ggi.made": package("models.ggi").Thing, "ggi.lost": package("models.shared").Gap}


def test_the_operations_table(package):
    """An operation's row says all that the contract says."""
    (operation,) = package("operations").OPERATIONS
    assert (operation.operation_id, operation.dialect, operation.method, operation.path) == (
        "ggi.things.put_thing", "ggi", "put", "/things/{thing_id}",
    )  # fmt: skip
    assert (operation.public, operation.schemes, operation.scopes) == (
        False,
        ("bearer",),
        ("thing:read", "thing:write"),
    )
    assert (operation.rate_limit, operation.answers) == ("things", {201: "ggi.Thing"})
    assert (operation.request_media_types, operation.body_required) == (("application/json",), True)
    assert operation.body_model == "ggi.Thing"


def test_the_channels_table(package):
    """Channels, operations and messages stand with their addresses, payloads and bindings."""
    channels = package("channels")
    (channel,) = channels.CHANNELS
    (operation,) = channels.OPERATIONS
    message = {message.key: message for message in channels.MESSAGES}["made"]
    assert (channel.address, channel.servers, channel.messages) == ("things.made", ("broker",), ("made", "lost"))
    assert channel.bindings["amqp"]["queue"]["name"] == "things"
    assert (operation.action, operation.channel, operation.messages) == ("send", "things", ("made",))
    assert (message.name, message.schema, message.model) == ("ggi.made", "GgiThing", "ggi.Thing")


def test_the_stubs_import_each_other(files):
    """The service stubs find the messages by the package's full name."""
    assert "from generated.grpc import nexus_pb2 as" in files["grpc/nexus_pb2_grpc.py"]
    assert "class Thing" in files["grpc/nexus_pb2.pyi"]


@pytest.mark.parametrize(
    ("file", "before", "after", "said"),
    [
        (
            "channels/ggi.yaml",
            "$ref: ../schemas/shared/values.yaml#/$defs/Gap",
            "type: object",
            "payload is a reference",
        ),
        ("channels/ggi.yaml", "name: ggi.lost", "name: ggi.made", "stands for two payloads"),
        ("paths/ggi/things.yaml", "'201'", "'301'", "no answer says that it worked"),
        ("schemas/ggi/things.yaml", "Colour: {", "ThingPlace: {}\n  Colour: {", ""),
    ],
)
def test_contracts_that_cannot_be_generated_are_refused(specs, edit, file, before, after, said):
    """What no table or model could say is refused, by name."""
    edit(file, before, after)
    if not said:
        edit("schemas/ggi/things.yaml", "note: {", "other: { $ref: '#/$defs/ThingPlace' }\n      note: {")
        said = "ThingPlace otherwise"
    with pytest.raises(ContractError, match=said):
        tree(specs)


def test_dialects_do_not_borrow_from_each_other(specs, edit):
    """A dialect may refer to shared schemas and its own, no others."""
    (specs / "schemas/v1").mkdir()
    (specs / "schemas/v1/things.yaml").write_text("$defs: { Other: { type: object } }")
    edit("schemas/ggi/things.yaml", "note: {", "other: { $ref: ../v1/things.yaml#/$defs/Other }\n      note: {")
    with pytest.raises(ContractError, match="does not refer to another"):
        tree(specs)
