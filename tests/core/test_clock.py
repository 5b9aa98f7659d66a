"""Identifiers: unique, and in the order of their time."""

import re
import time

from hypothesis import given
from hypothesis import strategies as st

from handlers.core.clock import new_id, system_clock

moments = st.integers(0, 253_402_300_799_999)


@given(earlier=moments, later=moments)
def test_identifiers_sort_by_time(earlier: int, later: int) -> None:
    """A later moment gives a greater identifier; the same moment gives one that shares all but chance."""
    first, second = new_id("task", earlier), new_id("task", later)
    assert (first[:15] < second[:15]) == (earlier < later)
    assert (first[:15] == second[:15]) == (earlier == later)


@given(now=moments, separator=st.sampled_from("_-"))
def test_identifiers_have_the_form_of_the_contract(now: int, separator: str) -> None:
    """Every identifier is one that every dialect reads."""
    assert re.fullmatch(f"task{separator}[0-9a-hjkmnp-tv-z]{{20}}", new_id("task", now, separator))


def test_identifiers_of_one_moment_are_unique() -> None:
    """Chance keeps apart what time does not."""
    assert len({new_id("task", 1_762_171_200_000) for _ in range(50_000)}) == 50_000


def test_the_clock_counts_milliseconds() -> None:
    """The system's clock and the core's agree."""
    assert abs(system_clock() - time.time() * 1000) < 1000
