"""The README says what is true."""

import re
from dataclasses import fields
from pathlib import Path

from handlers.settings import Settings, variable

_README = (Path(__file__).parent.parent / "README.md").read_text()


def test_the_settings_table_is_the_settings() -> None:
    """Every setting is in the table with its default and its meaning, and nothing else is."""
    rows = {
        row[0]: row[1:] for row in re.findall(r"^\| `(NEXUS_\w+)` \| (?:`(.*?)`)? ?\| (.*?) \|$", _README, re.MULTILINE)
    }
    rows.pop("NEXUS_CONFIG")
    said = {variable(item.name): (str(item.default), item.metadata["meaning"]) for item in fields(Settings)}
    assert {name: (default, meaning.removesuffix(" (secret)")) for name, (default, meaning) in rows.items()} == said


def test_every_make_target_of_the_readme_exists() -> None:
    """No command of the README is missing from the Makefile."""
    makefile = (Path(__file__).parent.parent / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"make ([a-z-]+)", _README)) <= targets
