"""How much it may cost to judge one value by a JSON Schema that somebody else has written.

Small schemas can make a judge look at the same value again and again: parts that refer twice to a part that refers
twice to another, or a schema that is reached twice for each step into the value. So the paths through a schema are
counted before anybody is judged by it: its weight is how many of its parts, at most, look at what lies on one way from
the top of a value to its innermost part. What is slower than a look counts as many: patterns by the size of what they
compile to, values to compare with, names that must be there. Judging costs no more than weight times size.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from itertools import chain
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin

import jsonschema_rs

Schema = Mapping[str, Any]
MOST = 10_000
_PARTS = 2_000
_WORK = 1_000_000
_DEPTH = 100  # no transport lets values through that nest deeper
_LISTS = ("allOf", "anyOf", "oneOf")
_SINGLE = ("not", "if", "then", "else")
_BY_NAME = ("dependentSchemas", "dependencies")
_MAPPINGS = ("patternProperties", *_BY_NAME)
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
# What says something of all that no other keyword has looked at looks at the others' parts again to find out.
_AGAIN = ("unevaluatedProperties", "unevaluatedItems")
_REPEATED = 3
# How many looks (of 50 ns) the slowest known pattern takes for so many characters, by the bytes that it compiles to.
_PATTERN_LOOKS = {2**10: 4, 2**13: 40, 2**15: 430, 2**16: 2_000}
_CHARACTERS = 16
_COMPARED_LOOKS = 64  # numbers of unlike kinds take longest
_DIVIDED_LOOKS = 500
_LARGEST_PATTERN = max(_PATTERN_LOOKS)
_PATTERNS_BYTES = 64 * _LARGEST_PATTERN  # together: they are compiled while everybody waits
PATTERNS = jsonschema_rs.RegexOptions(size_limit=_LARGEST_PATTERN)  # linear-time, without looking back


class UnfitSchema(ValueError):
    """A schema by which nobody can be judged, or not in reasonable time."""


@dataclass
class _Part:
    """One schema in a schema, and those that it leads to.

    `here` is how often it looks itself, and `names` how often its patterns look at each name of a field.
    `beside` look at the same value as it. `named` look at an object's fields of those names, `others` at all other
    fields, `fields` at every one; `items` look at a list's, of which one of `either` looks at each.
    """

    beside: list[Schema]
    named: Mapping[str, Schema]
    others: list[Schema]
    fields: list[Schema]
    items: list[Schema]
    either: list[Schema]
    times: int
    here: int
    names: int

    def __iter__(self) -> Iterator[Schema]:
        """All of them."""
        return chain(self.beside, self.named.values(), self.others, self.fields, self.items, self.either)


@dataclass
class _Looks:
    """How often a value is looked at, and what is in it: a list's items, or an object's fields.

    `named` is how much more often than the others the fields of a name are looked at.
    """

    here: int = 1
    items: int = 0
    others: int = 0
    named: dict[str, int] = field(default_factory=dict)

    def add(self, more: "_Looks", times: int) -> None:
        """The looks of a part that looks at the same value."""
        self.here += times * more.here
        self.items += times * more.items
        self.others += times * more.others
        for name, count in more.named.items():
            self.named[name] = self.named.get(name, 0) + times * count

    @property
    def most(self) -> int:
        """How many there are on the way on which there are most."""
        return self.here + max(self.items, self.others + max(self.named.values(), default=0), self.others)


class _Places:
    """Where the parts of a schema lie, for those that refer to them."""

    def __init__(self, schema: Schema) -> None:
        self._bases: dict[int, str] = {}
        self._named: dict[tuple[str, str], list[Schema]] = {("", ""): [schema]}
        self._index(schema, "")

    def referred(self, part: Schema, reference: str) -> list[Schema]:
        """What a part refers to; several parts may have one name where that is found while judging."""
        place, fragment = urldefrag(urljoin(self._bases[id(part)], reference))
        if not fragment.startswith("/"):
            found: list[Any] = self._named.get((place, fragment), [])
        else:
            found = [_at(one, unquote(fragment)) for one in self._named.get((place, ""), [])]
        if not found:
            raise UnfitSchema(f"{reference} is no part of this schema")
        return [*_parts(found)]

    def _index(self, part: Any, base: str) -> None:
        if isinstance(part, list):
            for one in part:
                self._index(one, base)
        if not isinstance(part, Mapping):
            return
        if isinstance(part.get("$id"), str):
            base = urldefrag(urljoin(base, part["$id"]))[0]
            self._named.setdefault((base, ""), []).append(part)
        for anchor in (part.get("$anchor"), part.get("$dynamicAnchor")):
            if isinstance(anchor, str):
                self._named.setdefault((base, anchor), []).append(part)
        self._bases[id(part)] = base
        for one in part.values():
            self._index(one, base)


class _Weighing:
    """One schema, as the graph of its parts."""

    def __init__(self, schema: Schema) -> None:
        self._places = _Places(schema)
        self._schema = schema
        self._parts: dict[int, _Part] = {}
        self._work = 0
        self._patterns_bytes = 0
        self._find(schema)

    @cached_property
    def _order(self) -> list[int]:
        """The parts, each behind those that look at the same value for it."""
        graph = {name: [id(one) for one in part.beside] for name, part in self._parts.items()}
        try:
            return list(TopologicalSorter(graph).static_order())
        except CycleError:
            raise UnfitSchema("This schema refers to itself without a step into the value") from None

    def weight(self) -> int:
        """How many parts look at a value that nests as deeply as any may."""
        below = dict.fromkeys(self._parts, 0)
        for _ in range(_DEPTH):
            weights = self._one_deeper(below)
            if weights == below:
                break
            below = weights
        return below[id(self._schema)]

    def _one_deeper(self, below: Mapping[int, int]) -> dict[int, int]:
        looks: dict[int, _Looks] = {}
        for name in self._order:
            part = self._parts[name]
            looks[name] = found = _inside(part, below)
            for one in part.beside:
                found.add(looks[id(one)], part.times)
                self._work += 1 + len(looks[id(one)].named)
            if found.most > MOST:
                raise UnfitSchema("This schema looks too often at the same value: its parts refer too often to others")
            if self._work > _WORK:
                raise UnfitSchema("This schema has too many parts that refer to others")
        return {name: found.most for name, found in looks.items()}

    def _find(self, schema: Schema) -> None:
        waiting = [schema]
        while waiting:
            found = waiting.pop()
            if id(found) in self._parts:
                continue
            if len(self._parts) >= _PARTS:
                raise UnfitSchema(f"A schema has {_PARTS} parts at most")
            part = self._parts[id(found)] = self._read(found)
            waiting += part

    def _read(self, schema: Schema) -> _Part:
        referred = [
            one
            for name in _REFERENCES
            if isinstance(schema.get(name), str)
            for one in self._places.referred(schema, schema[name])
        ]
        return _Part(
            beside=[*_under(schema, *_LISTS, *_SINGLE, *_BY_NAME), *referred],
            named={name: part for name, one in _mapping(schema, "properties").items() for part in _parts([one])},
            others=[*_under(schema, "additionalProperties")],
            fields=[*_under(schema, "patternProperties", "propertyNames", "unevaluatedProperties")],
            items=[*_under(schema, "contains", "unevaluatedItems")],
            either=[*_under(schema, "prefixItems", "items", "additionalItems")],
            times=_REPEATED if any(name in schema for name in _AGAIN) else 1,
            here=1 + _compared(schema) + (self._pattern(schema["pattern"]) if "pattern" in schema else 0),
            names=sum(map(self._pattern, _mapping(schema, "patternProperties"))),
        )

    def _pattern(self, pattern: Any) -> int:
        """How many looks a pattern is worth."""
        size = next((size for size in _PATTERN_LOOKS if _compiles(pattern, size)), None)
        if size is None:
            raise UnfitSchema(f"{str(pattern)[:80]!r} is no pattern, or one that takes too long")
        self._patterns_bytes += size
        if self._patterns_bytes > _PATTERNS_BYTES:
            raise UnfitSchema("The patterns of this schema are too large together")
        return _PATTERN_LOOKS[size]


def _inside(part: _Part, below: Mapping[int, int]) -> _Looks:
    """How often a part, without those beside it, looks at what is in a value."""
    fields, others, items = (sum(below[id(one)] for one in few) for few in (part.fields, part.others, part.items))
    named = {name: below[id(one)] - others for name, one in part.named.items()}
    either = max((below[id(one)] for one in part.either), default=0)
    return _Looks(here=part.here, items=items + either, others=part.names + fields + others, named=named)


def _compared(schema: Schema) -> int:
    """How many looks the values and names that a schema compares with are worth."""
    said = schema.get("enum")
    values = [*(said if isinstance(said, list) else []), schema.get("const", "")]
    names = [schema.get("required"), *_mapping(schema, "dependentRequired").values()]
    named = sum(len(few) for few in names if isinstance(few, list))
    slow = _COMPARED_LOOKS * sum(not isinstance(value, str) for value in values)
    return named + slow + (_DIVIDED_LOOKS if isinstance(schema.get("multipleOf"), float) else 0)


def _compiles(pattern: Any, size: int) -> bool:
    """Whether a pattern is one, and compiles to so many bytes at most."""
    options = jsonschema_rs.RegexOptions(size_limit=size)
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=options)
    except (jsonschema_rs.ValidationError, ValueError):
        return False
    return True


def weight_of(schema: Any) -> int:
    """How much a value is looked at; a schema that can be too heavy is refused."""
    return _Weighing(schema).weight() if isinstance(schema, Mapping) else 1


def size_of(value: Any, most: int) -> int:
    """How many parts a value has, where so many characters are one more; far more than asked for are not counted."""
    count, waiting = 0, [value]
    while waiting and count <= most:
        count += 1
        one = waiting.pop()
        if isinstance(one, Mapping):
            count += sum(map(len, one)) // _CHARACTERS
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
        elif isinstance(one, str):
            count += len(one) // _CHARACTERS
    return count


def _mapping(schema: Schema, name: str) -> Schema:
    said = schema.get(name)
    return said if isinstance(said, Mapping) else {}


def _under(schema: Schema, *names: str) -> Iterator[Schema]:
    """The schemas under some keywords, of whatever form these have."""
    for name in names:
        said = schema.get(name)
        by_name = name in _MAPPINGS and isinstance(said, Mapping)
        found = said.values() if by_name else said if isinstance(said, list) else [said]
        yield from _parts(found)


def _parts(found: Iterable[Any]) -> Iterator[Schema]:
    """What of this is a schema: a mere yes or no is looked at, too, and each is a part of its own."""
    for one in found:
        if isinstance(one, Mapping):
            yield one
        elif isinstance(one, bool):
            yield {}


def _at(schema: Any, pointer: str) -> Any:
    """What a JSON pointer leads to."""
    found = schema
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        try:
            found = found[int(name)] if isinstance(found, list) else found[name]
        except (KeyError, IndexError, ValueError, TypeError):
            raise UnfitSchema(f"{pointer} is no part of this schema") from None
    return found
