"""Seeing a loss by the numbers of what arrives."""

from hypothesis import given
from hypothesis import strategies as st

from adapters.rabbit.continuity import Continuity


@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), max_size=50))
def test_every_loss_between_two_arrivals_is_counted(sent: list[tuple[str, bool]]):
    """Whatever is lost, the count before an arrival is what its publisher sent since its arrival before."""
    continuity = Continuity()
    numbers, lost, known = {"a": 0, "b": 0}, {"a": 0, "b": 0}, set()
    for publisher, arrives in sent:
        numbers[publisher] += 1
        if arrives:
            missed = continuity.missed(publisher, numbers[publisher])
            assert missed == (lost[publisher] if publisher in known else 0)
            lost[publisher] = 0
            known.add(publisher)
        else:
            lost[publisher] += 1


def test_what_was_here_before_is_a_repetition():
    """A number that is not beyond the last one has been handed out."""
    continuity = Continuity()
    continuity.missed("a", 5)
    assert [continuity.repeats("a", number) for number in (4, 5, 6)] == [True, True, False]
    assert not continuity.repeats("b", 1)


def test_an_interruption_forgives_one_jump():
    """What was lost while nothing could arrive is told once, not again for each publisher."""
    continuity = Continuity()
    continuity.missed("a", 1)
    continuity.interrupted()
    assert continuity.missed("a", 9) == 0
    assert continuity.missed("a", 11) == 1


def test_only_the_most_recent_publishers_are_remembered():
    """Publishers that come and go do not grow memory."""
    continuity = Continuity(most=2)
    for publisher in ("a", "b", "c"):
        continuity.missed(publisher, 1)
    assert continuity.missed("c", 3) == 1
    assert continuity.missed("a", 3) == 0
