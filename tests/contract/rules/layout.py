"""Where things stand in `specs/`, and the habits that keep every tool working."""

import re
from collections.abc import Iterator
from typing import Any

from scripts.generate.bundle import component_name
from scripts.generate.grammar import METHODS
from scripts.generate.sources import Place, Sources
from tests.contract.rules.reading import Document, media, operations

_PATH_REFERENCE = re.compile(r"paths/(?P<dialect>[a-z0-9]+)/(?P<resource>[a-z0-9_]+)\.yaml#/(?P<item>[a-z0-9_]+)")
_NO_ITEMS = {"responses", "parameters", "headers", "examples", "links", "request_bodies"}


def misplaced_paths(sources: Sources) -> list[str]:
    """Paths of the root that are not one reference, and operations not named after their file."""
    found = []
    for path, item in sources.document("openapi.yaml")["paths"].items():
        match = _PATH_REFERENCE.fullmatch(str(item.get("$ref", ""))) if set(item) == {"$ref"} else None
        if match is None:
            found.append(f"{path}: must be one $ref, as paths/<dialect>/<resource>.yaml#/<item>")
            continue
        wanted = f"{match['dialect']}.{match['resource']}."
        target = sources.at(Place("openapi.yaml").target(item["$ref"]))
        names = [target[method].get("operationId", "") for method in METHODS if method in target]
        found += [
            f"{path}: operationId {name!r} must be {wanted}<function>" for name in names if not _is_in(name, wanted)
        ]
    return found


def unused_items(sources: Sources) -> list[str]:
    """Path items that the root does not refer to."""
    used = {item.get("$ref") for item in sources.document("openapi.yaml")["paths"].values()}
    files = sorted((sources.root / "paths").glob("*/*.yaml"))
    names = [path.relative_to(sources.root).as_posix() for path in files if path.stem not in _NO_ITEMS]
    items = [f"{name}#/{key}" for name in names for key in sources.document(name)]
    return [f"{item}: the root does not refer to it" for item in items if item not in used]


def unused_schemas(sources: Sources, *bundles: Document) -> list[str]:
    """Schemas that neither contract uses, in the words of their files."""
    used = {name for bundle in bundles for name in bundle["components"].get("schemas", {})}
    return [f"{place}: no contract uses it" for place, name in _schemas(sources) if name not in used]


def names_too_alike(document: Document) -> list[str]:
    """Schema names that differ in case only: generators write one file for both."""
    seen: dict[str, str] = {}
    names = document["components"].get("schemas", {})
    return [f"{name}: too like {seen[name.lower()]}" for name in names if seen.setdefault(name.lower(), name) != name]


def forbidden_habits(document: Document) -> list[str]:
    """A `default` answer, a schema on an event stream, or a discriminator object."""
    found = []
    for _, _, operation in operations(document):
        name = operation["operationId"]
        if "default" in operation["responses"]:
            found.append(f"{name}: names no status for its `default` answer")
        for status, answer in operation["responses"].items():
            for kind, content in media(document, answer):
                if kind == "text/event-stream" and "schema" in content:
                    found.append(f"{name} {status}: has a schema on text/event-stream")
    return [*found, *_discriminators(document["components"].get("schemas", {}), "schemas")]


def unnamed_bodies(document: Document) -> list[str]:
    """JSON bodies with fields but no name, which no model can carry."""
    found = []
    for _, _, operation in operations(document):
        for status, holder in {"request": operation.get("requestBody", {}), **operation["responses"]}.items():
            for kind, content in media(document, holder):
                if content.get("schema", {}).keys() & {"properties", "items", "oneOf", "anyOf", "allOf"}:
                    found.append(f"{operation['operationId']} {status} {kind}: give the schema a name")
    return found


def foreign_paths(document: Document) -> list[str]:
    """Operations of one dialect on a path that another dialect owns by `x-dialects`."""
    prefixes = [(p, name) for name, facts in document.get("x-dialects", {}).items() for p in facts["prefixes"]]
    found = []
    for path, _, operation in operations(document):
        owners = [(len(p), name) for p, name in prefixes if p in {"/", path} or path.startswith(f"{p}/")]
        owner = max(owners, default=(0, None))[1]
        if owners and owner != operation["operationId"].split(".")[0]:
            found.append(f"{operation['operationId']}: {path} belongs to {owner}")
    return found


def _is_in(name: str, wanted: str) -> bool:
    return name.startswith(wanted) and name.removeprefix(wanted).isidentifier()


def _schemas(sources: Sources) -> Iterator[tuple[str, str]]:
    for path in sorted((sources.root / "schemas").glob("*/*.yaml")):
        file = path.relative_to(sources.root).as_posix()
        for name in sources.document(file).get("$defs", {}):
            place = Place(file, f"/$defs/{name}")
            yield str(place), component_name(place)


def _discriminators(node: Any, place: str) -> Iterator[str]:
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _discriminators(item, f"{place}/{index}")
    if isinstance(node, dict):
        if isinstance(node.get("discriminator"), dict) and "propertyName" in node["discriminator"]:
            yield f"{place}: has a discriminator object; `oneOf` and `const` say the same"
        for key, item in node.items():
            yield from _discriminators(item, f"{place}/{key}")
