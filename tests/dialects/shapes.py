"""Comparing an answer with the one that a reference prints: names, types and the form of times, not values."""

import re
from typing import Any

FORMS = {
    "seconds": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
    "milliseconds": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"),
}
FREE = ("result", "parameters", "details", "metadata")


def resembles(answer: Any, printed: Any, *, more: tuple[str, ...] = (), place: str = "") -> None:
    """The answer has all that is printed, in its form, and beyond it only what is named in `more`."""
    if isinstance(printed, dict):
        assert set(answer) - set(printed) <= set(more), f"{place}: {set(answer) - set(printed)} is not printed"
        for name, value in printed.items():
            assert name in answer, f"{place}: {name} is missing"
            if name not in FREE:
                resembles(answer[name], value, more=more, place=f"{place}.{name}")
    elif isinstance(printed, list):
        assert isinstance(answer, list), place
        for item in answer if printed else ():
            resembles(item, printed[0], more=more, place=f"{place}[]")
    else:
        assert kind(answer) == kind(printed), f"{place}: {answer!r} is not like {printed!r}"


def kind(value: Any) -> str:
    """What sort of value it is: a number is a number, and a time is a time of its form."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return next((name for name, form in FORMS.items() if form.fullmatch(value)), "text")
    return type(value).__name__
