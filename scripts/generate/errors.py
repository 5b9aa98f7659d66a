"""The table of the errors: the status and the code that each dialect has for every kind of refusal.

A dialect says them once, as `x-errors` in `schemas/<dialect>/errors.yaml`; a schema with `x-codes` admits its codes.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from scripts.generate.sources import ContractError, Place, Sources

CODES = "x-codes"
_ERRORS = "x-errors"
_HEAD = '''\
"""How each dialect says no: its status and its code, if it has one, for every kind of refusal."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Error:
    """What a dialect calls one kind of refusal."""

    status: int
    code: str | None = None


'''


def errors(sources: Sources, dialects: Iterable[str]) -> str:
    """The source of `generated/errors.py`."""
    return (
        _HEAD + f"ERRORS: dict[str, dict[str, Error]] = {{\n{''.join(_dialect(sources, name) for name in dialects)}}}\n"
    )


def with_codes(sources: Sources, schema: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """A schema that admits the codes of the table that it names."""
    if CODES not in schema:
        return dict(schema)
    table = sources.at(place.target(schema[CODES]))
    codes = list(dict.fromkeys(error["code"] for error in table.values() if "code" in error))
    return {**{key: value for key, value in schema.items() if key != CODES}, "enum": codes}


def refusal_table(sources: Sources, dialect: str) -> Mapping[str, Any]:
    """Every kind of refusal with its status and code in a dialect."""
    return sources.at(_place(dialect))


def _place(dialect: str) -> Place:
    return Place(f"schemas/{dialect}/errors.yaml", f"/{_ERRORS}")


def _dialect(sources: Sources, dialect: str) -> str:
    place, table = _place(dialect), refusal_table(sources, dialect)
    return (
        f"    {dialect!r}: {{\n"
        + "".join(_error(f"{place.file}#/{_ERRORS}", *entry) for entry in table.items())
        + "    },\n"
    )


def _error(place: str, kind: str, error: Mapping[str, Any]) -> str:
    if not isinstance(error.get("status"), int) or not error.keys() <= {"status", "code"}:
        raise ContractError(f"{place}/{kind}: an error has a status, and perhaps a code")
    said = ", ".join(f"{name}={error[name]!r}" for name in ("status", "code") if name in error)
    return f"        {kind!r}: Error({said}),\n"
