"""How the rules read a bundle."""

from collections.abc import Iterator, Mapping
from typing import Any

from scripts.generate.bundle import dereference, follow
from scripts.generate.grammar import METHODS

__all__ = ["Document", "dereference", "follow", "media", "operations", "parameters"]

Document = Mapping[str, Any]


def operations(document: Document) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Path, method and operation object of all that the API offers."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def parameters(document: Document, path: str, operation: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """An operation's parameters, those of its path included."""
    declared = [*document["paths"][path].get("parameters", []), *operation.get("parameters", [])]
    return [dereference(document, parameter) for parameter in declared]


def media(document: Document, holder: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Media type and media type object of a request body or an answer."""
    yield from dereference(document, holder).get("content", {}).items()
