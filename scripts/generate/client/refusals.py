"""The client's errors: a class for each code by which the contract says no."""

import builtins
from typing import Any

_HEAD = '''\
"""How the server says no: a class for each code of the contract."""

from __future__ import annotations

from .faults import ApiError
'''


def refusals(table: dict[str, Any]) -> str:
    """The source of `errors.py`, from a dialect's `x-errors`."""
    codes: dict[str, set[int]] = {}
    for error in table.values():
        if "code" in error:
            codes.setdefault(error["code"], set()).add(error["status"])
    classes = "".join(_class(code, statuses) for code, statuses in sorted(codes.items()))
    rows = "".join(f"    {code!r}: {_name(code)},\n" for code in sorted(codes))
    return f"{_HEAD}{classes}\n\nBY_CODE: dict[str, type[ApiError]] = {{\n{rows}}}\n"


def _class(code: str, statuses: set[int]) -> str:
    said = " or ".join(map(str, sorted(statuses)))
    return f'\n\nclass {_name(code)}(ApiError):\n    """Answered with {said}."""\n\n    code = {code!r}\n'


def _name(code: str) -> str:
    name = "".join(word.capitalize() for word in code.lower().split("_"))
    return f"Operation{name}" if hasattr(builtins, name) else name
