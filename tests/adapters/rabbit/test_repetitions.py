"""Knowing what was here before."""

from adapters.rabbit.repetitions import Repetitions
from handlers.core.events import Event


def event(number: int, version: int = 0, subject: str = "a", at: int = 1) -> Event:
    """An event of a record's version."""
    return Event(f"evt_{number}", "changed", "acme", subject, at, {}, version)


def test_an_identifier_is_one_event():
    """What comes again is a repetition, whatever came in between."""
    known = Repetitions()
    assert [known.is_one(event(number)) for number in (1, 2, 1, 3, 2)] == [False, False, True, False, True]


def test_an_older_version_was_told_before():
    """After a later version of a record an earlier one is a repetition, even when it is remembered no more."""
    known = Repetitions()
    assert not known.is_one(event(1, 2))
    assert known.is_one(event(2, 1))
    assert not known.is_one(event(3, 1, subject="b"))
    assert not known.is_one(event(4, 2))


def test_a_record_that_is_made_anew_begins_again():
    """A deleted record's name may be taken again, with a first version that is later."""
    known = Repetitions()
    known.is_one(event(1, 9, at=10))
    assert not known.is_one(event(2, 1, at=11))


def test_only_the_latest_are_remembered():
    """What comes and goes does not grow memory."""
    known = Repetitions(most=2)
    assert [known.is_one(event(number, 1, subject=f"{number}")) for number in (1, 2, 3, 1)] == [False] * 4
    assert len(known._seen) == len(known._versions) == 2
