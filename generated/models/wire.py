# Generated from specs/ by `make generate`. Do not edit.
"""What every model of the contract is."""

from pydantic import BaseModel, ConfigDict


class Wire(BaseModel):
    """Carries the values that travel. JSON Schema judges them; a model gives them names and types.

    Built when first used, named as on the wire when written, and open to more fields unless the schema closes it.
    """

    model_config = ConfigDict(
        defer_build=True,
        extra="allow",
        protected_namespaces=(),
        serialize_by_alias=True,
        validate_by_alias=True,
        validate_by_name=True,
    )
