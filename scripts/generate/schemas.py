"""The schemas as the model generator gets them: one document per dialect, and only what a model carries.

Limits, patterns and formats are left out: the JSON Schema validator judges, and a second judge could disagree.
Objects within objects are given names of their own, so that no name depends on the order of things.
"""

from collections.abc import Mapping
from typing import Any

from scripts.generate.grammar import OPENAPI, Holds
from scripts.generate.sources import SHARED, ContractError, Place

DIALECT_DOCUMENT = "{}.json"
_CARRIED = {"$ref", "type", "enum", "const", "required", "properties", "items", "prefixItems",
            "additionalProperties", "patternProperties", "allOf", "anyOf", "oneOf", "default"}  # fmt: skip
_PREFIX = "#/components/schemas/"


def by_dialect(origins: Mapping[str, Place], schemas: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """One JSON-Schema document per dialect, from the lifted schemas and where they come from."""
    documents: dict[str, dict[str, Any]] = {SHARED: {}}
    for name, place in sorted(origins.items()):
        dialect = documents.setdefault(place.dialect, {})
        writer = _Writer(origins, place.dialect, dialect)
        dialect[local_name(name, place)] = writer.top(schemas[name], local_name(name, place))
    return documents


def local_name(name: str, place: Place) -> str:
    """The name of a schema within its dialect."""
    return name if place.dialect == SHARED else name[len(place.dialect) :]


class _Writer:
    def __init__(self, origins: Mapping[str, Place], dialect: str, names: dict[str, Any]) -> None:
        self._origins = origins
        self._dialect = dialect
        self._names = names
        self._taken = {local_name(name, place) for name, place in origins.items() if place.dialect == dialect}

    def top(self, schema: Any, name: str) -> Any:
        """A schema that has a name of its own."""
        carried = self._carried(schema, name)
        described = isinstance(carried, dict) and "description" in schema
        return {**carried, "description": schema["description"]} if described else carried

    def _nested(self, schema: Any, name: str) -> Any:
        """A schema within another: an object with fields of its own is moved out under a name."""
        if not isinstance(schema, dict) or not schema.get("properties"):
            return self._carried(schema, name)
        if name in self._taken or name in self._names:
            raise ContractError(f"{self._dialect}: name the nested object {name} otherwise, the name is taken")
        self._names[name] = self._carried(schema, name)
        return {"$ref": f"#/$defs/{name}"}

    def _carried(self, schema: Any, name: str) -> Any:
        if not isinstance(schema, dict):
            return schema
        kept = {key: value for key, value in schema.items() if key in _CARRIED}
        if schema.get("unevaluatedProperties") is False:
            kept["additionalProperties"] = False
        carried = {key: self._key(key, value, name) for key, value in kept.items()}
        if carried.get("type") == "object" and not _has_fields(carried):
            carried["additionalProperties"] = _open(carried.get("additionalProperties", True))
        return carried

    def _key(self, key: str, value: Any, name: str) -> Any:
        slot = OPENAPI["schemas"].get(key)
        if key == "$ref":
            return self._reference(value)
        if key == "type":
            return _number_as_written(value)
        if slot is None:
            return value
        if slot.holds is Holds.MAP:
            return {entry: self._nested(item, name + _pascal(entry)) for entry, item in value.items()}
        if slot.holds is Holds.LIST:
            return [self._branch(key, item, f"{name}Option{index}") for index, item in enumerate(value, 1)]
        return self._nested(value, name + "Item")

    def _branch(self, key: str, schema: Any, name: str) -> Any:
        return self._carried(schema, name) if key == "allOf" else self._nested(schema, name)

    def _reference(self, reference: str) -> str:
        name = reference.removeprefix(_PREFIX)
        place = self._origins[name]
        if place.dialect == self._dialect:
            return f"#/$defs/{local_name(name, place)}"
        if place.dialect == SHARED:
            return f"{DIALECT_DOCUMENT.format(SHARED)}#/$defs/{name}"
        raise ContractError(f"{self._dialect}: a dialect does not refer to another, {place}")


def _has_fields(schema: Mapping[str, Any]) -> bool:
    return any(schema.get(key) for key in ("properties", "patternProperties", "allOf", "anyOf", "oneOf"))


def _number_as_written(declared: Any) -> Any:
    """A number may be an integer: 65 is not to come back as 65.0."""
    types = [declared] if isinstance(declared, str) else declared
    return ["integer", *types] if "number" in types and "integer" not in types else declared


def _open(additional: Any) -> Any:
    """An object without fields is a map: `true` is said as the schema that takes anything."""
    return {} if additional is True else additional


def _pascal(name: str) -> str:
    words = "".join(letter if letter.isalnum() else " " for letter in name).split()
    return "".join(word[:1].upper() + word[1:] for word in words)
