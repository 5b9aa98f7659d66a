"""What the limits are: the contract's table, as a server and a key would have it."""

from dataclasses import replace

import pytest

from handlers.core.limits import Limit, read_changes, read_table
from handlers.core.principals import Principal

TABLE = {
    "v2": {
        "tasks": {"requests": 500, "seconds": 60},
        "events": {"requests": 1000, "seconds": 60, "default": True},
        "authentication": {"requests": 10, "seconds": 60, "strict": True},
    },
    "lexos": {
        "tasks": {"requests": 1000, "seconds": 3600, "per": "user"},
        "websockets": {"requests": 1000, "seconds": 3600, "per": "user", "concurrent": 5},
    },
    "mesh": {"probes": {"unlimited": "They cost nothing."}},
}
ANN = Principal("usr_ann", "t_one", frozenset())


def test_the_table_is_read() -> None:
    """A row becomes a limit; one that the contract leaves to the server has the server's number."""
    limits = read_table(TABLE, 77, {})
    assert limits["v2", "tasks"] == Limit("v2", "tasks", 500, 60)
    assert limits["v2", "events"].requests == 77
    assert limits["v2", "authentication"].is_strict
    assert limits["lexos", "tasks"] == Limit("lexos", "tasks", 1000, 3600, by_user=True)
    assert limits["lexos", "websockets"].concurrent == 5
    assert limits["mesh", "probes"] is None


@pytest.mark.parametrize(
    ("text", "v2", "lexos", "events"),
    [
        ("", 500, 1000, 1000),
        ("tasks=7", 7, 7, 1000),
        ("v2.tasks=7", 7, 1000, 1000),
        ("*=7", 7, 7, 7),
        (" * = 7 , tasks=8, v2.tasks=9,", 9, 8, 7),
    ],
)
def test_a_server_has_other_numbers(text: str, v2: int, lexos: int, events: int) -> None:
    """The narrowest change counts: of a dialect's category, then of a category, then of all."""
    limits = read_table(TABLE, 1000, read_changes(text))
    found = [limits[place].requests for place in (("v2", "tasks"), ("lexos", "tasks"), ("v2", "events"))]
    assert found == [v2, lexos, events]


@pytest.mark.parametrize("text", ["tasks", "tasks=", "tasks=many", "tasks=0", "tasks=-1", "tasks=1.5"])
def test_a_change_without_a_number_is_refused(text: str) -> None:
    """A change says how many requests, and at least one."""
    with pytest.raises(ValueError, match="is not a category and a number"):
        read_changes(text)


def test_a_change_of_nothing_is_refused() -> None:
    """A mistyped category would leave a limit as it is where nobody looks for it."""
    with pytest.raises(ValueError, match="taks: no such category; there are"):
        read_table(TABLE, 1000, read_changes("taks=7"))


@pytest.mark.parametrize(
    ("own", "requests"), [(None, 500), ({}, 500), ({"tasks": 3}, 3), ({"v2.tasks": 4, "tasks": 3}, 4), ({"ai": 1}, 500)]
)
def test_a_key_has_limits_of_its_own(own: dict[str, int] | None, requests: int) -> None:
    """What a key says of a category replaces the usual number, and nothing else."""
    assert Limit("v2", "tasks", 500, 60).requests_of(replace(ANN, limits=own)) == requests


def test_who_is_counted() -> None:
    """A key is counted by itself, a session with its user; where the contract says so, a user with all their keys."""
    keyed, limit = replace(ANN, key="f00"), Limit("v2", "tasks", 500, 60)
    assert (limit.caller(ANN), limit.caller(keyed)) == ("usr_ann", "f00")
    assert replace(limit, by_user=True).caller(keyed) == "usr_ann"


def test_strangers_may_have_a_limit_of_their_own() -> None:
    """Where a category says so; a server that sets another number sets it for them, too."""
    table = {"v2": {"broker": {"requests": 1000, "seconds": 60, "strangers": 10}, "tasks": TABLE["v2"]["tasks"]}}
    limits = read_table(table, 77, {})
    assert [limits["v2", name].requests_of_strangers for name in ("broker", "tasks")] == [10, 500]
    changed = read_table(table, 77, {"broker": 30})["v2", "broker"]
    assert (changed.requests, changed.requests_of_strangers) == (30, 30)
