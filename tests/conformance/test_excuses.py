"""What the contract is proved with: every check that there is, and excuses only for what is not done yet."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config._warnings import DEFAULT_DISPLAYED_WARNINGS

from scripts.generate.operations import each_operation
from tests.conformance.checks import Each
from tests.conformance.excuses import excuses
from tests.walking import contract


def test_every_check_is_on() -> None:
    """Each check that Schemathesis knows is switched on by name; a new one is missed here first."""
    load_all_checks()
    config = tomllib.loads(Path(__file__).with_name("schemathesis.toml").read_text())
    assert {name for name, said in config["checks"].items() if said == {"enabled": True}} == set(CHECKS.get_all_names())


def test_only_what_the_contract_declares_is_excused() -> None:
    """The excuses can be read; a server error is excused where 501 is declared, and one only where 502 is."""
    for excused in tomllib.loads(excuses("embedded"))["operations"]:
        if "positive_data_acceptance" not in excused["checks"]:
            continue
        declared = set(excused["checks"]["positive_data_acceptance"]["expected-statuses"])
        said = excused["checks"].get("not_a_server_error", {})
        assert (said.get("enabled") is False) == ("501" in declared)
        assert ("502" in said.get("expected-statuses", ())) == ("502" in declared and "501" not in declared)
        assert not {"500", "503", "5xx"} & set(said.get("expected-statuses", ()))


def test_only_bodies_of_many_items_may_hold_what_is_none() -> None:
    """What its schema does not admit is taken by no other operation, and by these only where a check looks closer."""
    settings = tomllib.loads(excuses("embedded"))["operations"]
    excused = [said for said in settings if "negative_data_rejection" in said["checks"]]
    (names,) = [said["include-operation-id-regex"] for said in excused]
    declared = {operation["operationId"]: operation for _, _, operation in each_operation(contract().document)}
    assert {name for name in declared if re.match(names, name)} == {
        name for name, operation in declared.items() if _is_judged_by_item(operation)
    }


def _is_judged_by_item(operation: Mapping[str, Any]) -> bool:
    each = Each(contract())
    return any(
        each.schema(operation, media) is not None for media in operation.get("requestBody", {}).get("content", {})
    )


def test_every_warning_is_fatal() -> None:
    """All warnings that Schemathesis knows fail the run, but for the one that a check says better."""
    told = tomllib.loads(Path(__file__).with_name("schemathesis.toml").read_text())["warnings"]
    assert told["fail-on"] is True
    assert {warning.value for warning in DEFAULT_DISPLAYED_WARNINGS} - set(told["display"]) == {"validation_mismatch"}
