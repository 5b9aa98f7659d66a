"""Records as dataclasses, and back: what a document has of a kind, and what an instance has at all."""

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar

Kind = TypeVar("Kind")


def read_as(kind: type[Kind], document: Mapping[str, Any]) -> Kind:
    """The record of a kind in a document, without what only the store and the rules need of it."""
    names = _names(kind)
    return kind(**{name: value for name, value in document.items() if name in names})


def document_of(record: Any) -> dict[str, Any]:
    """What a record has, and nothing else."""
    return {name: value for name in _names(type(record)) if (value := getattr(record, name)) is not None}


@cache
def _names(kind: Any) -> dict[str, None]:
    """The names of its fields, in their order, and quickly found."""
    return dict.fromkeys(known.name for known in fields(kind))
