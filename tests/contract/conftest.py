"""The contract as it stands in the tree: both bundles, the sources, and what the references print."""

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.generate import yaml12
from scripts.generate.sources import Sources
from scripts.places import GENERATED, SPECS


@pytest.fixture(scope="session")
def api() -> dict[str, Any]:
    """The bundled API."""
    return json.loads((GENERATED / "openapi.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def events() -> dict[str, Any]:
    """The bundled events."""
    return json.loads((GENERATED / "asyncapi.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def sources() -> Sources:
    """The files that the bundles are made of."""
    return Sources(SPECS)


@pytest.fixture(scope="session")
def prints() -> list[dict[str, Any]]:
    """The examples of the reference documents, word for word."""
    files = sorted((Path(__file__).parent / "printed").glob("*.yaml"))
    return [entry for file in files for entry in yaml12.load(file.read_text("utf-8"))]
