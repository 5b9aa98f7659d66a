"""No error of the driver is left without a meaning."""

import sqlite3

import pytest

from adapters.sqlite.errors import REASONS, translated, translating
from handlers.core.errors import Unavailable


def driver_errors(kind: type[sqlite3.Error] = sqlite3.Error) -> list[type[sqlite3.Error]]:
    """Every error that the driver can raise."""
    return [kind, *(error for narrow in kind.__subclasses__() for error in driver_errors(narrow))]


@pytest.mark.parametrize("kind", driver_errors())
def test_every_error_of_the_driver_is_translated(kind: type[sqlite3.Error]) -> None:
    """Whatever the driver raises reaches the caller as a refusal, and what it said stays in the cause."""
    with pytest.raises(Unavailable, match=r"^The database [a-z: ]+$") as refusal, translating():
        raise kind("/data/nexus.db is broken")
    assert isinstance(refusal.value.__cause__, kind) and refusal.value.retry_after >= 1


@pytest.mark.parametrize(("code", "reason"), list(REASONS.items()))
def test_result_codes_are_told_in_words(code: int, reason: str) -> None:
    """An extended result code has the words of its primary one."""
    error = sqlite3.OperationalError("x")
    error.sqlite_errorcode = code | 7 << 8
    assert str(translated(error)) == f"The database {reason}"
