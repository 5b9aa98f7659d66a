"""The contract as it stands in the tree: both bundles, and the sources."""

import json
from typing import Any

import pytest

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
