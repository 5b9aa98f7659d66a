"""What operations are excused from, as the contract says of them; nothing is excused by name.

- What refuses for a reason outside every schema (it declares 412 or 422, or says `x-beyond-schema`, and tells the
  reason in its description) may refuse what its schema admits.
- What asks a server of somebody else's (it declares 502) may say that nobody is there: the nodes are made up.
- What takes credentials in its body may turn everybody away: nobody can guess them.
- What judges the items of its body one by one (`x-each`) works with items that are none. What becomes of each is
  checked besides (`checks.py`).
- What is not done yet answers 501. It never asks the store, and is proved beside the embedded one only.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from scripts.generate.operations import each_operation
from scripts.places import GENERATED

_BEYOND_SCHEMAS = {"412", "422", "501", "502"}
_ALWAYS = ("2xx", "401", "403", "404", "409")
_EXCUSE = """
[[operations]]
include-operation-id-regex = '^({names})$'
checks.positive_data_acceptance.expected-statuses = {statuses}
"""
_TURNED_AWAY = """warnings = false
"""
_ASKS_OTHERS = """checks.not_a_server_error.expected-statuses = ['2xx', '3xx', '4xx', '502']
"""
_EACH = """
[[operations]]
include-operation-id-regex = '^({names})$'
checks.negative_data_rejection.expected-statuses = ['200', '4xx']
"""
_NOT_YET = """checks.not_a_server_error.enabled = false
generation.max-examples = 3
phases.stateful.enabled = false
"""
_SKIPPED = """enabled = false
"""


def excuses(store: str) -> str:
    """The excuses, as a part of Schemathesis' settings."""
    groups: dict[tuple[str, ...], list[str]] = {}
    item_by_item = []
    for _, _, operation in each_operation(json.loads((GENERATED / "openapi.json").read_text("utf-8"))):
        groups.setdefault(_beyond(operation), []).append(operation["operationId"])
        if any(media.get("x-each") for media in operation.get("requestBody", {}).get("content", {}).values()):
            item_by_item.append(operation["operationId"])
    told = (_excuse(statuses, names, store) for statuses, names in sorted(groups.items()) if statuses)
    return "".join(told) + _EACH.format(names=_any_of(item_by_item))


def _beyond(operation: Mapping[str, Any]) -> tuple[str, ...]:
    """The statuses of refusals that no schema can say; 429 is that of a lock-out."""
    said = {str(status) for status in operation.get("x-beyond-schema", ())}
    is_login = operation.get("security") == [] and "requestBody" in operation and "401" in operation["responses"]
    return tuple(sorted(_BEYOND_SCHEMAS & operation["responses"].keys() | said | ({"429"} if is_login else set())))


def _excuse(statuses: Iterable[str], names: list[str], store: str) -> str:
    text = _EXCUSE.format(names=_any_of(names), statuses=[*_ALWAYS, *statuses])
    if "501" in statuses:
        return text + (_NOT_YET if store == "embedded" else _SKIPPED)
    if "502" in statuses:
        return text + _ASKS_OTHERS
    return text + (_TURNED_AWAY if "429" in statuses else "")


def _any_of(names: list[str]) -> str:
    return "|".join(map(re.escape, names))
