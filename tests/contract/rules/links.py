"""Links lead to operations that exist, with the parameters that these take."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.contract.rules.reading import Document, dereference, operations, parameters

_PLACE = re.compile(r"^(path|query|header|cookie)\.")


def broken_links(document: Document) -> list[str]:
    """Every link to nowhere, one line each."""
    targets = {operation["operationId"]: (path, operation) for path, _, operation in operations(document)}
    return [
        f"{place}: {problem}"
        for place, link in _links(document)
        for problem in _problems(document, dereference(document, link), targets)
    ]


def _links(document: Document) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for _, _, operation in operations(document):
        for status, answer in operation["responses"].items():
            for name, link in dereference(document, answer).get("links", {}).items():
                yield f"{operation['operationId']} {status} link {name}", link


def _problems(document: Document, link: Mapping[str, Any], targets: Mapping[str, Any]) -> Iterator[str]:
    target = targets.get(link.get("operationId", ""))
    if target is None:
        yield f"there is no operation {link.get('operationId')!r}"
        return
    known = parameters(document, *target)
    given = {_PLACE.sub("", name) for name in link.get("parameters", {})}
    for name in sorted(given - {parameter["name"] for parameter in known}):
        yield f"{link['operationId']} takes no parameter {name!r}"
    for name in sorted({parameter["name"] for parameter in known if parameter["in"] == "path"} - given):
        yield f"{link['operationId']} needs the parameter {name!r}"
