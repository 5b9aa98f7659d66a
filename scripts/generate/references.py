"""From a schema in the bundle to the model that carries it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scripts.generate.schemas import local_name
from scripts.generate.sources import Place

_PREFIX = "#/components/schemas/"


@dataclass(frozen=True)
class Models:
    """Knows where every lifted schema comes from."""

    origins: Mapping[str, Place]

    def of(self, schema: Any) -> str | None:
        """`ggi.Task` for a reference to a schema; nothing for one that has no name."""
        reference = schema.get("$ref") if isinstance(schema, Mapping) else None
        if reference is None or not reference.startswith(_PREFIX):
            return None
        name = reference.removeprefix(_PREFIX)
        return f"{self.origins[name].dialect}.{local_name(name, self.origins[name])}"


def schema_name(schema: Any) -> str | None:
    """`GgiTask` for a reference to a schema."""
    reference = schema.get("$ref") if isinstance(schema, Mapping) else None
    return reference.removeprefix(_PREFIX) if reference else None
