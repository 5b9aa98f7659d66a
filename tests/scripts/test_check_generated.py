"""Every way in which `generated/` can be other than what the contract makes it is found."""

import pytest

from scripts import check_generated
from scripts.generate.tree import MANIFEST, write
from scripts.places import strays


@pytest.fixture
def generated(files, tmp_path):
    """A folder as generation leaves it."""
    write(files, tmp_path / "generated")
    return tmp_path / "generated"


@pytest.fixture
def findings(files, generated, specs, monkeypatch):
    """Judges the folder, without generating anew what the contract has not changed."""
    monkeypatch.setattr(check_generated, "tree", lambda _: files)
    return lambda: check_generated.findings(specs, generated)


def test_a_fresh_folder_passes(specs, generated):
    """What was just generated, from another place even, is as it must be."""
    assert check_generated.findings(specs, generated) == []


def test_an_edit_by_hand_is_found(findings, generated):
    """A changed file differs from the contract and from the manifest."""
    (generated / "messages.py").write_text((generated / "messages.py").read_text() + "x = 1\n")
    assert findings() == [
        "messages.py: differs from what the contract makes it",
        "messages.py: edited by hand, it is not what the manifest lists",
    ]


def test_a_missing_banner_is_found(findings, generated):
    """A file without its first line is found out."""
    (generated / "openapi.yaml").write_text((generated / "openapi.yaml").read_text().partition("\n")[2])
    assert "openapi.yaml: has no banner" in findings()


def test_an_orphan_is_found(findings, generated):
    """A file that nothing generates is found, in a folder of its own too; what Python caches is not one."""
    for name in ("stray.txt", "old/stray.py", "__pycache__/stray.pyc"):
        (generated / name).parent.mkdir(exist_ok=True)
        (generated / name).write_text("")
    assert findings() == ["old/stray.py: orphan, nothing generates it", "stray.txt: orphan, nothing generates it"]


def test_a_missing_file_is_found(findings, generated):
    """A file that was deleted is missed."""
    (generated / "grpc/nexus_pb2.py").unlink()
    assert findings() == ["grpc/nexus_pb2.py: missing"]


@pytest.mark.parametrize("text", ["", "[]", '{"files": {}}'])
def test_a_broken_manifest_is_found(findings, generated, text):
    """A manifest that cannot be read is reported as such."""
    (generated / MANIFEST).write_text(text)
    assert f"{MANIFEST}: cannot be read" in findings()


def test_a_changed_contract_is_found(specs, edit, generated):
    """When the contract changes, the manifest is stale and the files differ."""
    edit("openapi.yaml", "title: Things", "title: Other things")
    found = check_generated.findings(specs, generated)
    assert f"{MANIFEST}: stale, specs/ changed since it was written" in found
    assert "openapi.json: differs from what the contract makes it" in found


def test_strays_are_told_from_the_known(tmp_path):
    """Only files that are not known are strays."""
    (tmp_path / "known").write_text("")
    (tmp_path / "stray").write_text("")
    assert strays(tmp_path, {"known"}) == [tmp_path / "stray"]


@pytest.mark.parametrize(("found", "status"), [([], 0), (["a: missing"], 1)])
def test_the_command_says_how_to_mend(monkeypatch, capsys, found, status):
    """Each finding is printed, and then the one command that mends it."""
    monkeypatch.setattr(check_generated, "findings", lambda *_: found)
    assert check_generated.main() == status
    said = capsys.readouterr().err
    assert ("generated/a: missing\nTo mend: make generate" in said) == bool(found)
