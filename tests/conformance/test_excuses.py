"""What the contract is proved with: every check that there is, and excuses only for what is not done yet."""

import tomllib
from pathlib import Path

from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config._warnings import DEFAULT_DISPLAYED_WARNINGS

from tests.conformance.excuses import excuses


def test_every_check_is_on() -> None:
    """Each check that Schemathesis knows is switched on by name; a new one is missed here first."""
    load_all_checks()
    config = tomllib.loads(Path(__file__).with_name("schemathesis.toml").read_text())
    assert {name for name, said in config["checks"].items() if said == {"enabled": True}} == set(CHECKS.get_all_names())


def test_only_what_the_contract_declares_is_excused() -> None:
    """The excuses can be read; a server error is excused where 501 is declared, and one only where 502 is."""
    for excused in tomllib.loads(excuses("embedded"))["operations"]:
        declared = set(excused["checks"]["positive_data_acceptance"]["expected-statuses"])
        said = excused["checks"].get("not_a_server_error", {})
        assert (said.get("enabled") is False) == ("501" in declared)
        assert ("502" in said.get("expected-statuses", ())) == ("502" in declared and "501" not in declared)
        assert not {"500", "503", "5xx"} & set(said.get("expected-statuses", ()))


def test_every_warning_is_fatal() -> None:
    """All warnings that Schemathesis knows fail the run, but for the one that a check says better."""
    told = tomllib.loads(Path(__file__).with_name("schemathesis.toml").read_text())["warnings"]
    assert told["fail-on"] is True
    assert {warning.value for warning in DEFAULT_DISPLAYED_WARNINGS} - set(told["display"]) == {"validation_mismatch"}
