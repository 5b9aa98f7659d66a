"""From a schema to the type by which Python knows it: callers give dictionaries, and get what has attributes."""

from dataclasses import dataclass
from typing import Any

from scripts.generate.sources import ContractError

_PREFIX = "#/components/schemas/"
_PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}


@dataclass(frozen=True)
class Kind:
    """A type as it is written, and the class of the records within it, if there are any."""

    text: str
    record: str | None = None


class Kinds:
    """Types of what is asked (`requests`) or answered; keeps which schemas are needed by name."""

    def __init__(self, document: dict[str, Any], dialect: str, requests: bool) -> None:
        self.schemas = document["components"].get("schemas", {})
        self.requests = requests
        self.named: dict[str, Any] = {}
        self._prefix = dialect.capitalize()

    def of(self, schema: dict[str, Any], place: str) -> Kind:
        """The type of a schema; `place` names what has no name of its own."""
        if "$ref" in schema:
            name = schema["$ref"].removeprefix(_PREFIX)
            return self._settled(self.schemas[name], self.local(name))
        return self._settled(schema, place, is_named=False)

    def local(self, name: str) -> str:
        """The name of a schema without its dialect."""
        return name.removeprefix(self._prefix)

    def _settled(self, schema: dict[str, Any], name: str, *, is_named: bool = True) -> Kind:
        if schema.get("properties"):
            return self._keep(name, schema, name)
        if "enum" in schema or "const" in schema:
            literal = f"Literal[{', '.join(map(repr, schema.get('enum', [schema.get('const')])))}]"
            return self._keep(name, schema, None) if is_named and "enum" in schema else Kind(literal)
        if "oneOf" in schema:
            return self._union(schema, name, is_named)
        if isinstance(schema.get("type"), list):
            kinds = [self._composed({**schema, "type": each}, name) for each in schema["type"]]
            return Kind(
                " | ".join(kind.text for kind in kinds), next((kind.record for kind in kinds if kind.record), None)
            )
        return self._composed(schema, name)

    def _union(self, schema: dict[str, Any], name: str, is_named: bool) -> Kind:
        kinds = [self.of(option, f"{name}Option{index}") for index, option in enumerate(schema["oneOf"], 1)]
        records = {kind.record for kind in kinds if kind.record}
        if is_named and len(records) > 1:
            return self._keep(name, {"union": [kind.text for kind in kinds], **schema}, name)
        return Kind(" | ".join(dict.fromkeys(kind.text for kind in kinds)), next(iter(records), None))

    def _composed(self, schema: dict[str, Any], name: str) -> Kind:
        declared = schema.get("type")
        if declared == "array":
            item = self.of(schema.get("items", {}), f"{name}Item")
            return Kind(f"list[{item.text}]", item.record)
        if declared == "object":
            more = schema.get("additionalProperties")
            value = self.of(more, f"{name}Value") if isinstance(more, dict) else Kind("Any")
            return Kind(f"dict[str, {value.text}]", value.record)
        if declared == "string" and self.requests and schema.get("format") == "date-time":
            return Kind("str | datetime")
        return Kind(_PLAIN.get(str(declared), "Any"))

    def _keep(self, name: str, schema: dict[str, Any], record: str | None) -> Kind:
        known = self.named.setdefault(name, schema)
        if known is not schema and known.get("properties") != schema.get("properties"):
            raise ContractError(f"Two schemas of the client are named {name}")
        return Kind(name, record)
