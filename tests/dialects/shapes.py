"""Comparing an answer with the one that a reference prints: names, types and the form of times, few values."""

import re
from contextlib import suppress
from typing import Any

FORMS = {
    "seconds": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
    "milliseconds": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"),
}
# What has come from outside is answered as it came, so it is compared by its value.
SENT = ("result", "parameters", "details", "metadata")


def resembles(
    answer: Any, printed: Any, *, more: tuple[str, ...] = (), free: tuple[str, ...] = (), place: str = ""
) -> None:
    """The answer has all that is printed, in its form, and beyond it only what is named in `more`.

    What is in `free` is only there: the test has sent something else than what is printed, and compares it itself.
    """
    if isinstance(printed, dict):
        assert set(answer) - set(printed) <= set(more), f"{place}: {set(answer) - set(printed)} is not printed"
        for name, value in printed.items():
            assert name in answer, f"{place}: {name} is missing"
            if name in SENT and name not in free:
                assert answer[name] == value, f"{place}.{name}: {answer[name]!r} is not {value!r}"
            elif name not in free:
                resembles(answer[name], value, more=more, free=free, place=f"{place}.{name}")
    elif isinstance(printed, list):
        assert isinstance(answer, list), place
        assert answer or not printed, f"{place}: nothing is there, where items are printed"
        for item in answer if printed else ():
            resembles_one(item, printed, more=more, free=free, place=f"{place}[]")
    else:
        assert kind(answer) == kind(printed), f"{place}: {answer!r} is not like {printed!r}"


def resembles_one(answer: Any, printed: list[Any], *, more: tuple[str, ...], free: tuple[str, ...], place: str) -> None:
    """The answer is like one of those that are printed; if it is like none, what is wrong with the first is told."""
    for other in printed[1:]:
        with suppress(AssertionError):
            resembles(answer, other, more=more, free=free, place=place)
            return
    resembles(answer, printed[0], more=more, free=free, place=place)


def kind(value: Any) -> str:
    """What sort of value it is: a number is a number, and a time is a time of its form."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return next((name for name, form in FORMS.items() if form.fullmatch(value)), "text")
    return type(value).__name__
