"""Proves that every rule of the limits can fail, on the smallest documents that break it."""

import copy

import pytest

from tests.contract.rules import limits

_TOLD = {"headers": {name: {} for name in ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")}}
_API = {
    "x-rate-limits": {
        "ggi": {
            "things": {"requests": 10, "seconds": 60},
            "pings": {"unlimited": "They cost nothing."},
            "websockets": {"requests": 1, "seconds": 1, "concurrent": 5},
        }
    },
    "paths": {
        "/things": {
            "get": {
                "operationId": "ggi.things.list_things",
                "x-rate-limit": "things",
                "responses": {"200": _TOLD, "429": {"$ref": "#/components/responses/TooMany"}},
            }
        },
        "/pings": {
            "get": {"operationId": "ggi.pings.ping", "x-rate-limit": "pings", "responses": {"200": {"headers": {}}}}
        },
    },
    "components": {"responses": {"TooMany": _TOLD}},
}
_EVENTS = {
    "channels": {"things": {"servers": [{"$ref": "#/servers/ws"}]}},
    "operations": {"ggi.streams.tell": {"action": "send", "channel": {"$ref": "#/channels/things"}}},
}


@pytest.fixture
def api():
    """A small API that keeps every rule, to be broken by a test."""
    return copy.deepcopy(_API)


def test_a_good_contract_passes(api):
    """Nothing is said of documents that keep the rules."""
    assert limits.unknown_categories(api, _EVENTS) == limits.untold_limits(api) == []


@pytest.mark.parametrize("category", ["others", ""])
def test_a_category_that_is_not_in_the_table_is_found(api, category):
    """An operation names a category of its dialect."""
    api["paths"]["/things"]["get"]["x-rate-limit"] = category
    assert limits.unknown_categories(api, _EVENTS) == [
        f"ggi.things.list_things: x-rate-limits has no ['ggi', '{category}']"
    ]


def test_what_is_heard_over_the_broker_needs_its_category(api):
    """It is v2's, whoever hears it."""
    heard = {"events.work.accept": {"action": "receive", "channel": {"$ref": "#/channels/results"}}}
    events = {"channels": {"results": {"servers": [{"$ref": "#/servers/amqp"}]}}, "operations": heard}
    assert limits.unknown_categories(api, events) == ["events.work.accept: x-rate-limits has no ['v2', 'amqp']"]
    api["x-rate-limits"]["v2"] = {"amqp": {"requests": 1, "seconds": 1}}
    assert limits.unknown_categories(api, events) == []


def test_a_dialect_with_sockets_needs_their_category(api):
    """A handshake is counted in a category of its own."""
    del api["x-rate-limits"]["ggi"]["websockets"]
    assert limits.unknown_categories(api, _EVENTS) == ["ggi.streams.tell: x-rate-limits has no ['ggi', 'websockets']"]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"requests": 10}, "lacks seconds"),
        ({"requests": 10, "seconds": 60, "minutes": 1}, "has an unknown minutes"),
        ({"unlimited": ""}, "is unlimited, for a reason and with nothing beside it"),
        ({"unlimited": "x", "seconds": 1}, "is unlimited, for a reason and with nothing beside it"),
    ],
)
def test_a_row_that_nobody_can_read_is_found(api, row, problem):
    """A limit is so many requests in so many seconds, or a reason for none."""
    api["x-rate-limits"]["ggi"]["more"] = row
    assert limits.unknown_categories(api, _EVENTS) == [f"x-rate-limits ggi.more: {problem}"]


def test_an_answer_that_says_nothing_of_the_limit_is_found(api):
    """Every answer of a limited operation has the three headers."""
    api["components"]["responses"]["TooMany"] = {}
    assert limits.untold_limits(api) == ["ggi.things.list_things 429: says [] of the limit"]


def test_a_limited_operation_without_its_failure_is_found(api):
    """One request too many is a declared failure."""
    del api["paths"]["/things"]["get"]["responses"]["429"]
    assert limits.untold_limits(api) == ["ggi.things.list_things 429: is declared exactly where it is limited"]


def test_an_unlimited_operation_that_speaks_of_limits_is_found(api):
    """An operation without a limit has neither the failure nor the headers."""
    api["paths"]["/pings"]["get"]["responses"] = {"200": _TOLD, "429": {}}
    assert len(limits.untold_limits(api)) == 2
