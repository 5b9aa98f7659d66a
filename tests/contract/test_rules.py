"""Proves that every rule of the contract can fail, on the smallest documents that break it."""

import copy

import pytest

from scripts.generate.sources import Sources
from tests.contract.rules import completeness, examples, handlers, layout, links, printed, topology

_ERROR = {"description": "No.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/GgiError"}}}}
_GOOD = {
    "tags": [{"name": "things"}],
    "x-dialects": {"ggi": {"prefixes": ["/"]}, "v1": {"prefixes": ["/v1"]}},
    "paths": {
        "/things/{thing_id}": {
            "parameters": [{"name": "thing_id", "in": "path", "schema": {"type": "string", "default": "a"}}],
            "get": {
                "operationId": "ggi.things.get_thing",
                "summary": "Read",
                "description": "Reads a thing.",
                "tags": ["things"],
                "security": [{"bearer": []}],
                "x-rate-limit": "things",
                "responses": {
                    "200": {
                        "description": "A thing.",
                        "content": {
                            "application/json": {
                                "schema": {"$ref": "#/components/schemas/GgiThing"},
                                "examples": {"some": {"value": {"at": "2025-11-03T00:00:00Z"}}},
                            }
                        },
                        "links": {
                            "self": {
                                "operationId": "ggi.things.get_thing",
                                "parameters": {"thing_id": "$response.body#/id"},
                            }
                        },
                    },
                    **dict.fromkeys(("400", "401", "403", "404", "500", "503"), _ERROR),
                },
            },
        }
    },
    "components": {
        "schemas": {
            "GgiThing": {"type": "object", "properties": {"at": {"type": "string", "format": "date-time"}}},
            "GgiError": {"type": "object"},
        }
    },
}
_EVENTS = {
    "channels": {
        "things": {
            "messages": {
                "made": {"payload": {"type": "integer"}, "examples": [{"payload": 1}]},
            }
        }
    },
    "operations": {
        "events.things.take": {
            "action": "receive",
            "channel": {"$ref": "#/channels/things"},
            "messages": [{"$ref": "#/channels/things/messages/made"}],
        },
        "ggi.streams.tell": {"action": "send", "channel": {"$ref": "#/channels/things"}},
    },
    "components": {},
}
_KNOWN = {
    "ggi.things.get_thing": handlers.Function(asynchronous=True),
    "events.things.take": handlers.Function(asynchronous=True),
    "ggi.streams.tell": handlers.Function(asynchronous=False),
}


@pytest.fixture
def api():
    """A small API that keeps every rule, to be broken by a test."""
    return copy.deepcopy(_GOOD)


@pytest.fixture
def events():
    """Small events that keep every rule."""
    return copy.deepcopy(_EVENTS)


@pytest.fixture
def get(api):
    """The one operation of the small API."""
    return api["paths"]["/things/{thing_id}"]["get"]


def test_a_good_contract_passes_every_rule(api, events):
    """Nothing is said of documents that keep the rules."""
    assert not [
        *links.broken_links(api),
        *handlers.unhandled_operations(api, _KNOWN),
        *handlers.unhandled_messages(events, _KNOWN),
        *handlers.unspoken_messages(events),
        *handlers.unclaimed_functions(api, events, _KNOWN),
        *layout.names_too_alike(api),
        *layout.forbidden_habits(api),
        *layout.unnamed_bodies(api),
        *layout.foreign_paths(api),
        *completeness.incomplete_operations(api),
        *completeness.foreign_errors(api),
        *examples.bad_examples(api),
        *examples.bad_examples(events),
        *examples.missing_examples(api),
        *examples.messages_without_examples(events),
    ]


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ({"operationId": "ggi.things.nothing"}, "no operation 'ggi.things.nothing'"),
        ({"operationId": "ggi.things.get_thing"}, "needs the parameter 'thing_id'"),
        (
            {"operationId": "ggi.things.get_thing", "parameters": {"path.thing_id": "a", "colour": "b"}},
            "takes no parameter 'colour'",
        ),
    ],
)
def test_broken_links_are_found(api, get, link, said):
    """A link to nowhere, without a needed parameter or with an unknown one is reported."""
    get["responses"]["200"]["links"] = {"broken": link}
    assert [said in finding for finding in links.broken_links(api)] == [True]


@pytest.mark.parametrize("known", [{}, {"ggi.things.get_thing": handlers.Function(asynchronous=False)}])
def test_an_operation_needs_an_async_function(api, known):
    """An operationId without a function, or with one that blocks, is reported."""
    assert handlers.unhandled_operations(api, known) == ["ggi.things.get_thing: no async function"]


def test_two_operations_of_one_name_are_found(api):
    """An operationId that stands twice is reported."""
    api["paths"]["/v1/things"] = {"get": {"operationId": "ggi.things.get_thing", "responses": {}}}
    assert handlers.unhandled_operations(api, _KNOWN) == ["ggi.things.get_thing: stands twice"]


def test_what_is_not_done_yet_needs_no_function(api, events, get):
    """What is marked as unfinished is not missed, neither as an operation nor as a message."""
    get["x-unfinished"] = True
    for operation in events["operations"].values():
        operation["x-unfinished"] = True
    assert handlers.unhandled_operations(api, {}) == handlers.unhandled_messages(events, {}) == []


@pytest.mark.parametrize(
    ("listed", "known", "said"),
    [
        ({"operations": ["ggi.things.nothing"]}, {}, "ggi.things.nothing: not in the contract"),
        ({"messages": ["ggi.things.get_thing"]}, {}, "ggi.things.get_thing: not in the contract"),
        ({"operations": ["ggi.things.get_thing"]}, _KNOWN, "ggi.things.get_thing: is done"),
        ({"messages": ["ggi.streams.tell"] * 2}, {}, "ggi.streams.tell: stands twice"),
        ({"topics": ["things.weather"]}, {}, "things.weather: not in the contract"),
    ],
)
def test_a_list_of_unfinished_work_that_lies_is_found(api, events, listed, known, said):
    """What nobody promised, what is done and what stands twice is reported."""
    assert said in handlers.falsely_unfinished(api, events, listed, known)
    assert not handlers.falsely_unfinished(api, events, {"operations": ["ggi.things.get_thing"]}, {})


def test_messages_without_functions_are_found(events):
    """What nothing receives and what nothing sends is reported."""
    assert handlers.unhandled_messages(events, {}) == [
        "events.things.take: no async function receives it",
        "ggi.streams.tell: no function sends it",
    ]


def test_messages_that_nobody_says_are_found(events):
    """A message that no operation names is reported."""
    events["operations"] = {}
    assert handlers.unspoken_messages(events) == ["channels/things/messages/made: no operation sends or receives it"]


def test_unclaimed_functions_are_found(api, events):
    """A public asynchronous function that no contract names is reported; a plain one is not."""
    known = {**_KNOWN, "v1.things.extra": handlers.Function(asynchronous=True)}
    assert handlers.unclaimed_functions(api, events, known) == [
        "v1.things.extra: async and public, yet not in the contract"
    ]


def test_functions_are_read_from_their_files(tmp_path):
    """Public functions of the dialects and of the events have the names that the contract gives them."""
    (tmp_path / "dialects/ggi").mkdir(parents=True)
    (tmp_path / "events").mkdir()
    (tmp_path / "dialects/ggi/things.py").write_text("async def get(): ...\nasync def _hidden(): ...\n")
    (tmp_path / "events/things.py").write_text("def take(): ...\n")
    assert handlers.functions(tmp_path) == {
        "ggi.things.get": handlers.Function(asynchronous=True),
        "events.things.take": handlers.Function(asynchronous=False),
    }


@pytest.mark.parametrize("key", ["summary", "description", "tags", "security", "x-rate-limit"])
def test_what_an_operation_leaves_unsaid_is_found(api, get, key):
    """Each thing that every operation must say is missed when it is not said."""
    del get[key]
    assert len(completeness.incomplete_operations(api)) == 1


@pytest.mark.parametrize("status", ["200", "400", "401", "403", "404", "500", "503"])
def test_missing_answers_are_found(api, get, status):
    """Each answer that an operation needs is missed when it is not declared."""
    del get["responses"][status]
    assert len(completeness.incomplete_operations(api)) == 1


@pytest.mark.parametrize(("schema", "count"), [("GgiThing", 1), ("GgiError", 0)])
def test_successes_that_look_alike_are_found(api, get, schema, count):
    """Each of several successes has a schema of its own, for by its model the server tells which one it is."""
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    get["responses"]["202"] = {"description": "Later.", "content": content}
    assert len(completeness.incomplete_operations(api)) == count


def test_an_operation_with_a_body_needs_its_failures(api, get):
    """A body can be too large or of an unknown kind."""
    get["requestBody"] = {"content": {}}
    found = completeness.incomplete_operations(api)
    assert [finding.rpartition(" ")[2] for finding in found] == ["413", "415"]


@pytest.mark.parametrize(("reason", "count"), [("Every name is taken.", 0), ("", 1)])
def test_a_failure_is_excused_with_a_reason_only(api, get, reason, count):
    """`x-never` excuses a failure when it says why."""
    del get["responses"]["404"]
    get["x-never"] = {"404": reason}
    assert len(completeness.incomplete_operations(api)) == count


def test_unknown_tags_are_found(api, get):
    """A tag that the root does not describe is reported."""
    get["tags"] = ["stray"]
    assert completeness.incomplete_operations(api) == ["ggi.things.get_thing: has the unknown tag 'stray'"]


def test_foreign_errors_are_found(api, get):
    """A failure in another form than the dialect's is reported."""
    schema = {"$ref": "#/components/schemas/GgiThing"}
    get["responses"]["404"] = {"description": "No.", "content": {"application/json": {"schema": schema}}}
    assert completeness.foreign_errors(api) == ["ggi.things.get_thing 404: GgiThing is not GgiError"]


def test_a_bad_format_in_an_example_is_found(api, get):
    """An example with a time that is none is reported."""
    get["responses"]["200"]["content"]["application/json"]["examples"]["some"]["value"]["at"] = "soon"
    assert [finding.startswith("ggi.things.get_thing 200") for finding in examples.bad_examples(api)] == [True]


@pytest.mark.parametrize("key", ["default", "examples"])
def test_bad_values_in_schemas_are_found(api, key):
    """Defaults and examples within schemas are judged, however deep they stand."""
    api["components"]["schemas"]["GgiThing"]["properties"]["at"][key] = ["soon"] if key == "examples" else "soon"
    assert len(examples.bad_examples(api)) == 1


def test_a_bad_default_of_a_parameter_is_found(api):
    """The default of a parameter is judged by its schema."""
    api["paths"]["/things/{thing_id}"]["parameters"][0]["schema"]["default"] = 1
    assert len(examples.bad_examples(api)) == 1


def test_a_bad_example_of_a_written_parameter_is_found(api):
    """The example of a parameter that holds JSON is judged by its schema."""
    content = {"application/json": {"schema": {"type": "object"}, "example": 1}}
    api["paths"]["/things/{thing_id}"]["parameters"].append({"name": "as", "in": "query", "content": content})
    assert len(examples.bad_examples(api)) == 1


def test_a_bad_message_example_is_found(events):
    """The example of a message is judged by its payload's schema."""
    events["channels"]["things"]["messages"]["made"]["examples"][0]["payload"] = "one"
    assert len(examples.bad_examples(events)) == 1


def test_missing_examples_are_found(api, get, events):
    """A JSON success and a message without an example are reported."""
    del get["responses"]["200"]["content"]["application/json"]["examples"]
    del events["channels"]["things"]["messages"]["made"]["examples"]
    assert len(examples.missing_examples(api)) == 1
    assert len(examples.messages_without_examples(events)) == 1


def test_habits_that_break_tools_are_found(api, get):
    """A default answer, a schema on an event stream and a discriminator are reported, each once."""
    get["responses"]["default"] = {"description": "Anything."}
    get["responses"]["200"]["content"]["text/event-stream"] = {"schema": {"type": "string"}}
    api["components"]["schemas"]["GgiThing"]["discriminator"] = {"propertyName": "kind"}
    assert len(layout.forbidden_habits(api)) == 3


def test_names_too_alike_are_found(api):
    """Two names that differ in case only are reported."""
    api["components"]["schemas"]["GGIThing"] = {}
    assert layout.names_too_alike(api) == ["GGIThing: too like GgiThing"]


def test_unnamed_bodies_are_found(api, get):
    """A body with fields and no name is reported."""
    get["responses"]["200"]["content"]["application/json"]["schema"] = {"type": "object", "properties": {"a": {}}}
    assert layout.unnamed_bodies(api) == ["ggi.things.get_thing 200 application/json: give the schema a name"]


def test_foreign_paths_are_found(api):
    """An operation on another dialect's path is reported."""
    api["paths"]["/v1/things/{thing_id}"] = api["paths"].pop("/things/{thing_id}")
    assert layout.foreign_paths(api) == ["ggi.things.get_thing: /v1/things/{thing_id} belongs to v1"]


@pytest.fixture
def split(tmp_path):
    """Writes a split contract and reads it as sources."""

    def written(root, things, schemas="$defs: {}"):
        (tmp_path / "paths/ggi").mkdir(parents=True)
        (tmp_path / "schemas/ggi").mkdir(parents=True)
        (tmp_path / "openapi.yaml").write_text(f"paths: {{ {root} }}")
        (tmp_path / "paths/ggi/things.yaml").write_text(things)
        (tmp_path / "schemas/ggi/things.yaml").write_text(schemas)
        return Sources(tmp_path)

    return written


@pytest.mark.parametrize(
    ("root", "operation", "said"),
    [
        ("/things: { get: {} }", "ggi.things.list", "must be one $ref"),
        ("/things: { $ref: 'things.yaml#/things' }", "ggi.things.list", "must be one $ref"),
        ("/things: { $ref: 'paths/ggi/things.yaml#/things' }", "ggi.other.list", "must be ggi.things.<function>"),
    ],
)
def test_misplaced_paths_are_found(split, root, operation, said):
    """A path that stands elsewhere, or an operation named after another file, is reported."""
    found = layout.misplaced_paths(split(root, f"things: {{ get: {{ operationId: {operation} }} }}"))
    assert [said in finding for finding in found] == [True]


def test_leftovers_are_found(split):
    """A path item and a schema that nothing refers to are reported."""
    sources = split("", "things: {}", "$defs: { Thing: {} }")
    assert layout.unused_items(sources) == ["paths/ggi/things.yaml#/things: the root does not refer to it"]
    found = layout.unused_schemas(sources, {"components": {}})
    assert found == ["schemas/ggi/things.yaml#/$defs/Thing: no contract uses it"]


_AT = {"at": "2025-11-03T00:00:00Z"}


def _printed(**changes):
    return {"operation": "ggi.things.get_thing", "part": "200", "value": _AT, **changes}


def test_what_is_printed_and_shown_is_held(api, events):
    """An answer, and a message by its operation, are found where they are shown."""
    entries = [
        _printed(),
        _printed(operation="events.things.take", part="message", value=1),
        _printed(operation="ggi.streams.tell", part="message", value=1.0),
    ]
    assert not printed.broken_promises(entries, api, events)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (_printed(value={"at": "2025-11-04T00:00:00Z"}), "no example shows"),
        (_printed(value={}), "no example shows"),
        (_printed(operation="ggi.things.nothing"), "no such place"),
        (_printed(part="201"), "no such place"),
        (_printed(part="request"), "no such place"),
        (_printed(part="callback"), "no such place"),
        (_printed(operation="made", part="message", value=1), "no such place"),
        (_printed(operation="ggi.streams.tell", part="message", value=True), "no example shows True"),
        (_printed(part="query", value={"limit": "5"}), "Unknown query parameter: limit"),
        (_printed(parts="200"), "an entry has"),
        ({"operation": "ggi.things.get_thing", "part": "200"}, "an entry has"),
    ],
)
def test_what_is_printed_and_not_shown_is_found(api, events, entry, said):
    """Another value, an unknown place or parameter, and an entry that cannot be read are reported."""
    assert [said in finding for finding in printed.broken_promises([entry], api, events)] == [True]


def test_a_printed_query_is_judged_by_the_parameters(api, events, get):
    """A printed query holds as long as its parameters admit it."""
    get["parameters"] = [{"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 10}}]
    held, broken = (_printed(part="query", value={"limit": text}) for text in ("5", "50"))
    found = printed.broken_promises([held, broken], api, events)
    assert [finding.startswith("ggi.things.get_thing query: Invalid value for limit") for finding in found] == [True]


def test_a_printed_value_that_its_schema_refuses_is_found(api, events, get):
    """To be shown is not enough: the schema must admit what is printed."""
    get["responses"]["200"]["content"]["application/json"]["examples"]["some"]["value"] = {"at": "soon"}
    found = printed.broken_promises([_printed(value={"at": "soon"})], api, events)
    assert ["the schema refuses it" in finding for finding in found] == [True]


def test_what_the_print_elides_is_free(api, events, get):
    """An example may say what it likes where the print says nothing, and nowhere else."""
    shown = {"at": _AT["at"], "parts": [{"name": "a", "more": 1}]}
    get["responses"]["200"]["content"]["application/json"]["examples"]["some"]["value"] = shown
    value = {**_AT, "parts": [{"name": "a"}]}
    assert len(printed.broken_promises([_printed(value=value)], api, events)) == 1
    assert not printed.broken_promises([_printed(value=value, elided=["/parts/0/more"])], api, events)


def test_a_printed_callback_is_held(api, events, get):
    """What we send to others is found in the callbacks of the operation that asks for it."""
    body = {"content": {"application/json": {"schema": {"type": "object"}, "example": {"id": "evt_1"}}}}
    get["callbacks"] = {"told": {"{$request.body#/url}": {"post": {"requestBody": body}}}}
    held, broken = (_printed(part="callback", value={"id": name}) for name in ("evt_1", "evt_2"))
    found = printed.broken_promises([held, broken], api, events)
    assert ["no example shows" in finding for finding in found] == [True]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"arguments": {"x-max-age": 7}}, "channels/queue"),
        ({"arguments": {}, "bindings": [{"exchange": "nowhere", "routingKey": "#"}]}, "there is no exchange nowhere"),
        ({"arguments": {}, "deadLetterExchange": "gone"}, "there is no exchange gone"),
    ],
)
def test_a_topology_that_cannot_be_is_found(said, words):
    """An extension that its schema refuses, and an exchange that is nowhere, are reported."""
    schema = {"properties": {"arguments": {"type": "object", "properties": {"x-max-age": {"type": "string"}}}}}
    events = {"channels": {"queue": {"bindings": {"amqp": {"is": "queue", "x-rabbitmq": said}}}}}
    assert [words in finding for finding in topology.bad_topology(events, schema)] == [True]
