"""Puts a contract that is split over files into one document.

What another file holds is lifted into `components`, in the section that the place of its use asks for, under the name
it has there: with its dialect in front (`GgiTask`), or bare when it is shared. Path items and channels are put in
place, a path that we serve with the failures that its operations have in common and what follows from their limits.
References within the root document stay as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scripts.generate.errors import with_codes
from scripts.generate.failures import with_failures
from scripts.generate.grammar import ANY_KEY, Grammar, Holds, Slot
from scripts.generate.limits import with_limits
from scripts.generate.sources import SHARED, ContractError, Place, Sources


@dataclass
class Bundle:
    """One document, and where each of its schemas comes from."""

    document: dict[str, Any]
    schemas: dict[str, Place] = field(default_factory=dict)


def bundle(sources: Sources, file: str, grammar: Grammar) -> Bundle:
    """The document that a root file and all it refers to make up."""
    return _Bundler(sources, file, grammar).run()


def component_name(place: Place) -> str:
    """The name of a lifted node: `schemas/ggi/tasks.yaml#/$defs/Task` is `GgiTask`."""
    prefix = "" if place.dialect == SHARED else place.dialect[:1].upper() + place.dialect[1:]
    return prefix + "".join(part[:1].upper() + part[1:] for part in place.name.split("_"))


def resolves(document: dict[str, Any], pointer: str) -> bool:
    """Whether a pointer leads anywhere, through references within the document too."""
    try:
        follow(document, pointer)
    except (KeyError, IndexError, ValueError, TypeError):
        return False
    return True


def follow(document: Mapping[str, Any], pointer: str) -> Any:
    """What stands at a pointer, through references within the document."""
    node: Any = document
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        node = dereference(document, node[int(key)] if isinstance(node, list) else node[key])
    return node


def dereference(document: Mapping[str, Any], node: Any) -> Any:
    """The node itself, or what it refers to within the document."""
    while isinstance(node, dict) and isinstance(node.get("$ref"), str):
        node = follow(document, node["$ref"].removeprefix("#"))
    return node


class _Bundler:
    def __init__(self, sources: Sources, file: str, grammar: Grammar) -> None:
        self._sources = sources
        self._root = file
        self._grammar = grammar
        self._lifted: dict[tuple[str, str], tuple[Place, Any]] = {}
        self._kept: list[tuple[Place, str]] = []

    def run(self) -> Bundle:
        document = self._object(self._sources.document(self._root), "root", Place(self._root))
        components = document.setdefault("components", {})
        for (section, name), (place, value) in sorted(self._lifted.items(), key=lambda item: item[0]):
            if name in components.setdefault(section, {}):
                raise ContractError(f"{place}: the root has a component {section}/{name} already")
            components[section][name] = value
        for place, pointer in self._kept:
            if not resolves(document, pointer):
                raise ContractError(f"{place}: the bundle has nothing at #{pointer}")
        schemas = {name: place for (section, name), (place, _) in self._lifted.items() if section == "schemas"}
        return Bundle(document, dict(sorted(schemas.items())))

    def _value(self, value: Any, kind: str, place: Place) -> Any:
        """A copy of one object of a kind, its references settled."""
        if not isinstance(value, dict):
            return value
        if isinstance(value.get("$ref"), str):
            return self._reference(value, kind, place)
        return self._object(value, kind, place)

    def _object(self, value: dict[str, Any], kind: str, place: Place) -> dict[str, Any]:
        slots = self._grammar[kind]
        if kind == "path":
            root = self._sources.document(self._root)
            value = with_failures(self._sources, value, place, root.get("security", []))
            value = with_limits(self._sources, value, place, root)
        if kind == "schemas":
            value = with_codes(self._sources, value, place)
        return {
            key: self._slot(item, slots.get(key) or slots.get(ANY_KEY), place.child(key)) for key, item in value.items()
        }

    def _slot(self, value: Any, slot: Slot | None, place: Place) -> Any:
        if slot is None:
            return value
        if slot.holds is Holds.MAP and isinstance(value, dict):
            return {key: self._value(item, slot.kind, place.child(key)) for key, item in value.items()}
        if slot.holds is Holds.LIST and isinstance(value, list):
            return [self._value(item, slot.kind, place.child(index)) for index, item in enumerate(value)]
        return self._value(value, slot.kind, place)

    def _reference(self, value: dict[str, Any], kind: str, place: Place) -> dict[str, Any]:
        target = self._target(value["$ref"], place)
        siblings = self._object({key: item for key, item in value.items() if key != "$ref"}, kind, place)
        if target.file == self._root:
            self._kept.append((place, target.pointer))
            return {"$ref": f"#{target.pointer}", **siblings}
        if kind in self._grammar["components"]:
            return {"$ref": f"#/components/{kind}/{self._lift(target, kind)}", **siblings}
        return {**self._value(self._sources.at(target), kind, target), **siblings}

    def _target(self, reference: str, place: Place) -> Place:
        """What a reference names: in its own file, or, when nothing of that name stands there, in the root."""
        if "://" in reference:
            raise ContractError(f"{place}: the contract refers to itself only, not to {reference}")
        target = place.target(reference)
        in_root = Place(self._root, target.pointer)
        if reference.startswith("#") and not self._sources.holds(target) and self._sources.holds(in_root):
            return in_root
        if target.file != self._root or self._sources.holds(target):
            self._sources.at(target)
        return target

    def _lift(self, target: Place, kind: str) -> str:
        name = component_name(target)
        known = self._lifted.get((kind, name))
        if known is None:
            self._lifted[kind, name] = (target, None)
            self._lifted[kind, name] = (target, self._value(self._sources.at(target), kind, target))
        elif known[0] != target:
            raise ContractError(f"{target}: {known[0]} is named {name} too")
        return name
