"""The command writes a folder that it owns, and no other."""

import subprocess
import sys

import pytest

from scripts.generate.tree import MANIFEST
from scripts.places import ROOT


@pytest.fixture
def generate(specs):
    """Runs the command on the small contract."""

    def ran(into):
        command = [sys.executable, "-m", "scripts.generate", "--specs", specs, "--into", into]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    return ran


def test_it_removes_what_does_not_belong(generate, tmp_path):
    """A folder of generated files holds these alone afterwards."""
    into = tmp_path / "generated"
    into.mkdir()
    (into / MANIFEST).write_text("{}")
    (into / "stray.py").write_text("")
    assert generate(into).returncode == 0
    assert (into / "openapi.json").is_file()
    assert not (into / "stray.py").exists()


def test_it_spares_a_folder_that_is_not_its_own(generate, tmp_path):
    """A folder with other things in it is left as it is."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/letter.txt").write_text("Dear")
    assert generate(tmp_path / "mine").returncode == 2
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_it_says_what_is_wrong_with_the_contract(generate, edit, tmp_path):
    """A contract that cannot be generated is named by file and place, without a traceback."""
    edit("paths/ggi/things.yaml", "responses.yaml#/not_found", "responses.yaml#/gone")
    done = generate(tmp_path / "generated")
    assert (done.returncode, done.stderr) == (
        1,
        "specs/paths/ggi/responses.yaml#/gone: there is nothing at this place\n",
    )
