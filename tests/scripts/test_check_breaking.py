"""Each kind of break is caught against a released contract, and what is only added passes."""

import json

import pytest

from scripts import check_breaking
from scripts.check_breaking import breaks
from scripts.generate.tree import write
from scripts.release import release

_THING = "components schemas GgiThing"
_PUT = "paths /things/{thing_id} put"


def _at(document, place):
    node = document
    for key in place.split():
        node = node[key]
    return node


def _set(place, key, value):
    return lambda document: _at(document, place).__setitem__(key, value)


def _remove(place, key):
    return lambda document: _at(document, place).pop(key)


def _append(place, value):
    return lambda document: _at(document, place).append(value)


@pytest.fixture
def present(files, tmp_path):
    """The present contract, as it was released."""
    write(files, tmp_path / "generated")
    release(tmp_path / "generated", tmp_path / "released")
    return tmp_path / "generated"


@pytest.fixture
def changed(present):
    """Changes one document of the present contract and compares it with the released one."""

    def compared(name, *changes):
        document = json.loads((present / name).read_text())
        for change in changes:
            change(document)
        (present / name).write_text(json.dumps(document))
        return breaks(present.parent / "released", present)

    return compared


_API_BREAKS = {
    "operation unfinished again": _set("paths /things/{thing_id} put", "x-unfinished", True),
    "path removed": _remove("paths", "/things/{thing_id}"),
    "operation removed": _remove("paths /things/{thing_id}", "put"),
    "field removed": _remove(f"{_THING} properties", "note"),
    "field required": _append(f"{_THING} required", "note"),
    "value removed": lambda document: _at(document, "components schemas GgiColour enum").remove("blue"),
    "type changed": _set(f"{_THING} properties at", "type", "integer"),
    "limit tightened": _set(f"{_THING} properties size", "minimum", 5),
    "scope added": _set(_PUT, "security", [{"bearer": ["thing:write", "thing:read", "admin"]}]),
    "status removed": _remove(f"{_PUT} responses", "404"),
    "name changed": _set(_PUT, "operationId", "ggi.things.other"),
    "parameter required": _set(
        _PUT, "parameters", [{"name": "a", "in": "query", "required": True, "schema": {"type": "string"}}]
    ),
}
_EVENT_BREAKS = {
    "channel removed": _remove("channels", "things"),
    "address changed": _set("channels things", "address", "elsewhere"),
    "operation removed": _remove("operations", "ggi.streams.tell"),
    "action changed": _set("operations ggi.streams.tell", "action", "receive"),
    "message removed": _remove("channels things messages", "lost"),
    "payload field removed": _remove(f"{_THING} properties", "note"),
    "payload field optional": lambda document: _at(document, f"{_THING} required").remove("at"),
    "payload type changed": _set(f"{_THING} properties at", "type", "integer"),
    "payload replaced": _set("channels things messages made", "payload", {"$ref": "#/components/schemas/Gap"}),
    "content type changed": _set("channels things messages made", "contentType", "text/plain"),
    "queue renamed": _set("channels things bindings amqp queue", "name", "other"),
    "binding removed": _remove("channels things", "bindings"),
}
_API_ADDITIONS = {
    "nothing": lambda _: None,
    "field added": _set(f"{_THING} properties", "more", {"type": "string"}),
    "path added": lambda document: document["paths"].update(
        {"/more": {"get": {"operationId": "ggi.more.get", "responses": {"200": {"description": "More."}}}}}
    ),
    "description changed": _set(_PUT, "description", "Other words."),
    "minor version": _set("info", "version", "1.1.0"),
}
_EVENT_ADDITIONS = {
    "channel added": _set("channels", "more", {"address": "more", "messages": {}}),
    "message added": _set("channels things messages", "more", {"payload": {"$ref": "#/components/schemas/Gap"}}),
    "payload field added": _set(f"{_THING} properties", "more", {"type": "string"}),
    "binding added": _set("channels things bindings amqp queue", "autoDelete", False),
}


@pytest.mark.parametrize("name", _API_BREAKS)
def test_a_break_of_the_api_is_caught(changed, name):
    """What a client of the API relies on may not go."""
    assert changed("openapi.json", _API_BREAKS[name])


@pytest.mark.parametrize("name", _EVENT_BREAKS)
def test_a_break_of_the_events_is_caught(changed, name):
    """What a subscriber or a publisher relies on may not go."""
    assert changed("asyncapi.json", _EVENT_BREAKS[name])


@pytest.mark.parametrize("name", _API_ADDITIONS)
def test_an_addition_to_the_api_passes(changed, name):
    """What is only more breaks nobody."""
    assert changed("openapi.json", _API_ADDITIONS[name]) == []


@pytest.mark.parametrize("name", _EVENT_ADDITIONS)
def test_an_addition_to_the_events_passes(changed, name):
    """What is only more breaks nobody."""
    assert changed("asyncapi.json", _EVENT_ADDITIONS[name]) == []


def test_a_new_major_version_may_break(changed):
    """A break is allowed when the major version moves."""
    assert changed("openapi.json", _API_BREAKS["path removed"], _set("info", "version", "2.0.0")) == []


def test_before_the_first_release_there_is_nothing_to_break(tmp_path, monkeypatch, capsys):
    """Without a release the gate says so and opens."""
    monkeypatch.setattr(check_breaking, "RELEASED", tmp_path)
    assert check_breaking.main() == 0
    assert "no release yet" in capsys.readouterr().err


def test_the_command_fails_on_a_break(present, monkeypatch, capsys):
    """A break is printed, and the gate stays shut."""
    monkeypatch.setattr(check_breaking, "RELEASED", present.parent / "released")
    monkeypatch.setattr(check_breaking, "GENERATED", present)
    monkeypatch.setattr(check_breaking, "breaks", lambda *_: ["openapi.json: gone"])
    assert check_breaking.main() == 1
    assert "openapi.json: gone\nCompared with 1.0.0" in capsys.readouterr().err


def test_a_release_needs_one_version(present):
    """Two documents of different versions are not released."""
    document = json.loads((present / "asyncapi.json").read_text())
    document["info"]["version"] = "1.0.1"
    (present / "asyncapi.json").write_text(json.dumps(document))
    with pytest.raises(ValueError, match="disagree"):
        release(present, present.parent / "released")
