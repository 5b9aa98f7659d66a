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


def test_only_what_is_not_done_yet_may_answer_501() -> None:
    """The excuses are a configuration that can be read; a server error is excused where the contract declares 501."""
    for excused in tomllib.loads(excuses("embedded"))["operations"]:
        may_fail = "not_a_server_error" in excused["checks"]
        assert may_fail == ("501" in excused["checks"]["positive_data_acceptance"]["expected-statuses"])


def test_every_warning_is_fatal() -> None:
    """All warnings that Schemathesis knows fail the run, but for the one that a check says better."""
    told = tomllib.loads(Path(__file__).with_name("schemathesis.toml").read_text())["warnings"]
    assert told["fail-on"] is True
    assert {warning.value for warning in DEFAULT_DISPLAYED_WARNINGS} - set(told["display"]) == {"validation_mismatch"}
