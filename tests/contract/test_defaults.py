"""Holds the defaults that the contract promises to those that the core applies."""

from typing import Any

import pytest

from handlers.core.estimates import DEFAULT_TIMEOUT_SECONDS
from handlers.core.lifecycle import DEFAULT_PRIORITY, DEFAULT_RETRY_POLICY
from handlers.core.schedules import DEFAULT_TIMEZONE

_REQUESTS = ("GgiTaskCreate", "V1TaskCreate", "V2TaskCreate", "LexosTaskSubmit")
_APPLIED = {
    "priority": DEFAULT_PRIORITY,
    "timeout": DEFAULT_TIMEOUT_SECONDS,
    "timeout_seconds": DEFAULT_TIMEOUT_SECONDS,
}


def _defaults(api: dict[str, Any], schema: str) -> dict[str, Any]:
    properties = api["components"]["schemas"][schema]["properties"]
    return {name: value["default"] for name, value in properties.items() if "default" in value}


@pytest.mark.parametrize("schema", _REQUESTS)
def test_a_new_task_has_the_printed_defaults(api, schema):
    """Every field of a new task that the core fills in says with what."""
    properties = api["components"]["schemas"][schema]["properties"]
    wanted = {name: value for name, value in _APPLIED.items() if name in properties}
    own = {"type": "one_time"} if schema == "V2TaskCreate" else {}
    assert _defaults(api, schema) == {**wanted, **own}


@pytest.mark.parametrize(
    ("schema", "applied"),
    [("RetryPolicy", DEFAULT_RETRY_POLICY), ("Schedule", {"timezone": DEFAULT_TIMEZONE})],
)
def test_parts_of_a_task_have_the_printed_defaults(api, schema, applied):
    """What a retry policy or a schedule leaves out is what the contract says."""
    assert _defaults(api, schema) == applied


@pytest.mark.parametrize("schema", ["GgiTaskUpdate", "V1TaskUpdate", "V2TaskUpdate", "LexosTaskUpdate"])
def test_a_change_has_no_defaults(api, schema):
    """What a change leaves out stays as it is."""
    assert _defaults(api, schema) == {}
