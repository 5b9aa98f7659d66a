"""A split contract becomes one document."""

import pytest

from scripts.generate.bundle import bundle, component_name
from scripts.generate.grammar import ASYNCAPI, OPENAPI
from scripts.generate.sources import ContractError, Place, Sources


@pytest.fixture
def api(specs):
    """The bundled API."""
    return bundle(Sources(specs), "openapi.yaml", OPENAPI).document


def test_path_items_are_put_in_place(api):
    """A path holds its item and no reference."""
    assert api["paths"]["/things/{thing_id}"]["put"]["operationId"] == "ggi.things.put_thing"


def test_what_is_referred_to_is_lifted_into_its_section(api):
    """The section follows from the place of the use, the name from dialect and file."""
    names = {section: list(found) for section, found in api["components"].items()}
    assert names == {
        "securitySchemes": ["bearer"],
        "headers": ["Left"],
        "parameters": ["ThingId"],
        "responses": ["GgiNo", "GgiNotFound"],
        "schemas": ["Free", "GgiColour", "GgiThing", "Id"],
    }


def test_references_lead_to_the_lifted(api):
    """References within lifted schemas are to the lifted, recursion included, and keep what stands beside them."""
    properties = api["components"]["schemas"]["GgiThing"]["properties"]
    assert properties["parts"]["items"] == {"$ref": "#/components/schemas/GgiThing"}
    assert properties["colour"] == {"$ref": "#/components/schemas/GgiColour", "default": "red"}


def test_examples_are_data(api):
    """A `$ref` in an example is a value, and a time stays as it was written."""
    content = api["paths"]["/things/{thing_id}"]["put"]["requestBody"]["content"]["application/json"]
    assert content["example"] == {"id": "a", "$ref": "data", "at": "2025-11-03T00:00:00Z"}


def test_events_share_the_names(specs):
    """The events lift the same schemas under the same names, and refer to the root's own parts as they are."""
    events = bundle(Sources(specs), "asyncapi.yaml", ASYNCAPI).document
    assert list(events["components"]["schemas"]) == ["Free", "Gap", "GgiColour", "GgiThing", "Id"]
    assert events["channels"]["things"]["servers"] == [{"$ref": "#/servers/broker"}]
    assert events["operations"]["ggi.streams.tell"]["channel"] == {"$ref": "#/channels/things"}


@pytest.mark.parametrize(
    ("file", "before", "after", "said"),
    [
        ("paths/ggi/things.yaml", "responses.yaml#/not_found", "responses.yaml#/gone", "nothing at this place"),
        ("paths/ggi/things.yaml", "responses.yaml#/not_found", "gone.yaml#/gone", "no such file"),
        ("paths/ggi/things.yaml", "responses.yaml#/not_found", "https://example.com/a", "refers to itself only"),
        ("schemas/shared/values.yaml", "Free: {", "Free: { a: 1, a: 2,", "stands twice"),
    ],
)
def test_broken_references_name_their_place(specs, edit, file, before, after, said):
    """What cannot be followed is refused with the place of the trouble."""
    edit(file, before, after)
    with pytest.raises(ContractError, match=said):
        bundle(Sources(specs), "openapi.yaml", OPENAPI)


def test_a_root_reference_to_nothing_is_refused(specs, edit):
    """References within the root are followed too."""
    edit("asyncapi.yaml", "messages/made", "messages/gone")
    with pytest.raises(ContractError, match="messages/gone"):
        bundle(Sources(specs), "asyncapi.yaml", ASYNCAPI)


def test_two_things_of_one_name_are_refused(specs, edit):
    """A name that two files give is refused, and both are named."""
    (specs / "schemas/ggi/others.yaml").write_text("$defs: { Colour: {} }")
    edit("schemas/ggi/things.yaml", "note: {", "other: { $ref: others.yaml#/$defs/Colour }\n      note: {")
    with pytest.raises(ContractError, match=r"others.yaml.*things.yaml.*GgiColour"):
        bundle(Sources(specs), "openapi.yaml", OPENAPI)


@pytest.mark.parametrize(
    ("file", "pointer", "name"),
    [
        ("schemas/v1/tasks.yaml", "/$defs/Task", "V1Task"),
        ("schemas/shared/values.yaml", "/$defs/Tags", "Tags"),
        ("paths/lexos/responses.yaml", "/bad_request", "LexosBadRequest"),
        ("channels/mesh.yaml", "/made", "MeshMade"),
    ],
)
def test_names_come_from_dialect_and_place(file, pointer, name):
    """The dialect stands in front, unless what is named is shared."""
    assert component_name(Place(file, pointer)) == name
