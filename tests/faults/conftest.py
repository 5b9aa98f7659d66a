"""Time for tests whose parts die and start again, each of which has a limit of its own."""

from pathlib import Path

import pytest

_SECONDS = 600  # more than what the waits of any of these tests add up to


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the tests of this folder more time than others have."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(_SECONDS))
