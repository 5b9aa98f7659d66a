"""The linters run, and a finding of any weight is reported."""

import json

import pytest

from scripts import lint, node_tools
from scripts.generate.tree import write


@pytest.fixture
def documents(files, tmp_path):
    """The bundles of a small contract that is not as tidy as the linters wish."""
    write(files, tmp_path)
    return tmp_path / "openapi.json", tmp_path / "asyncapi.json"


def test_every_linter_is_heard(documents):
    """All four linters have something to say of an untidy contract, in lines that name tool, place and rule."""
    api, events = documents
    broken = json.loads(api.read_text())
    broken["paths"]["/things/{thing_id}"]["put"]["responses"]["201"].pop("description")
    api.write_text(json.dumps(broken))
    sick = json.loads(events.read_text())
    sick["operations"]["ggi.streams.tell"]["action"] = "shout"
    events.write_text(json.dumps(sick))
    tools = {finding.partition(":")[0] for finding in lint.findings(api, events)}
    assert tools == {"redocly", "spectral", "openapi-spec-validator", "@asyncapi/parser"}


@pytest.mark.parametrize(("found", "status"), [([], 0), (["redocly: a"], 1)])
def test_one_finding_fails(monkeypatch, found, status):
    """Zero findings pass, and one does not."""
    monkeypatch.setattr(lint, "findings", lambda *_: found)
    assert lint.main() == status


def test_the_lock_names_no_registry():
    """The lock can be used with any registry."""
    assert '"resolved"' not in (node_tools.NODE / "package-lock.json").read_text()


def test_every_tool_is_pinned():
    """Each tool has one exact version."""
    wanted = json.loads((node_tools.NODE / "package.json").read_text())["dependencies"]
    assert [version for version in wanted.values() if not version.replace(".", "").isdigit()] == []


def test_tools_are_installed_once():
    """A second installation under the same lock does nothing."""
    node_tools.install()
    assert node_tools.install() is False


def test_tools_keep_quiet_and_use_our_node(monkeypatch):
    """The virtual environment's node comes first, and no tool phones home or colours."""
    monkeypatch.setenv("PATH", "/usr/bin")
    environment = node_tools.environment()
    assert environment["PATH"].split(":")[0].endswith("/bin")
    assert environment["PATH"] != "/usr/bin"
    assert (environment["REDOCLY_TELEMETRY"], environment["NO_COLOR"]) == ("off", "1")
