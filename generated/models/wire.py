# Generated from specs/ by `make generate`. Do not edit.
"""What every model of the contract is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from types import NoneType, UnionType
from typing import Annotated, Any, Self, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, TypeAdapter
from typing_extensions import TypeAliasType

Carrier = Callable[[Any], Any]
_set = object.__setattr__


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

    @classmethod
    def model_carry(cls, values: Mapping[str, Any]) -> Self:
        """The model of values that are known to be right: judged by the schema, or made to agree with it.

        Only the names are looked at. Values inside become models where the contract has models for them.
        """
        shape = _shape(cls)
        if shape.attributes:
            values = {shape.attributes.get(name, name): value for name, value in values.items()}
        names = values.keys()
        if not shape.required <= names:
            raise TypeError(f"{cls.__name__} lacks {', '.join(sorted(shape.required - names))}")
        fields, more = {**shape.defaults, **values}, None
        if len(fields) != len(shape.defaults) or shape.is_open:
            more = {name: fields.pop(name) for name in names - shape.defaults.keys()}
            if more and not shape.is_open:
                raise TypeError(f"{cls.__name__} has no {', '.join(sorted(more))}")
        for name, carry in shape.inside:
            value = fields[name]
            if value is not None:
                fields[name] = carry(value)
        model = cls.__new__(cls)
        _set(model, "__dict__", fields)
        _set(model, "__pydantic_fields_set__", set(names))
        _set(model, "__pydantic_extra__", more)
        _set(model, "__pydantic_private__", None)
        return model

    def model_given(self) -> Mapping[str, Any]:
        """What was given, as JSON has it: by its names on the wire, without models inside."""
        shape = _shape(type(self))
        fields, names, more = self.__dict__, self.__pydantic_fields_set__, self.__pydantic_extra__
        given = {name: fields[name] for name in fields if name in names}
        for name, _ in shape.inside:
            if name in given:
                given[name] = _plain(given[name])
        if shape.aliases:
            given = {shape.aliases.get(name, name): value for name, value in given.items()}
        return {**given, **more} if more else given


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a model's class says of its values, read once."""

    defaults: Mapping[str, Any]
    required: frozenset[str]
    inside: tuple[tuple[str, Carrier], ...]
    aliases: Mapping[str, str]
    attributes: Mapping[str, str]
    is_open: bool


@cache
def _shape(model: type[Wire]) -> _Shape:
    if not model.__pydantic_fields_complete__:
        model.model_rebuild()
    fields = model.model_fields
    carriers = {name: _carrier(field.annotation) for name, field in fields.items()}
    aliases = {name: field.alias for name, field in fields.items() if field.alias}
    return _Shape(
        defaults={name: None if field.is_required() else field.get_default() for name, field in fields.items()},
        required=frozenset(name for name, field in fields.items() if field.is_required()),
        inside=tuple((name, carry) for name, carry in carriers.items() if carry is not None),
        aliases=aliases,
        attributes={alias: name for name, alias in aliases.items()},
        is_open=model.model_config.get("extra") == "allow",
    )


def _carrier(kind: Any, within: frozenset[str] = frozenset()) -> Carrier | None:
    """How a value of this type becomes a model, or holds models; None where it does neither."""
    if isinstance(kind, TypeAliasType):
        return None if kind.__name__ in within else _carrier(kind.__value__, within | {kind.__name__})
    if isinstance(kind, type) and issubclass(kind, Wire):
        return partial(_carry, kind)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _carrier(arguments[0], within)
    if origin is list:
        return _of_each(_carrier(arguments[0], within), _carry_list)
    if origin is dict:
        return _of_each(_carrier(arguments[1], within), _carry_dict)
    return _of_one(kind, within) if origin in (Union, UnionType) else None


def _of_one(kind: Any, within: frozenset[str]) -> Carrier | None:
    """A value of one of several types. Where more than one of them holds models, pydantic finds out which it is."""
    members = [member for member in get_args(kind) if member is not NoneType]
    carriers = [_carrier(member, within) for member in members]
    if not any(carriers):
        return None
    return carriers[0] if len(members) == 1 else TypeAdapter(kind).validate_python


def _of_each(carrier: Carrier | None, carry_all: Callable[[Carrier, Any], Any]) -> Carrier | None:
    return None if carrier is None else partial(carry_all, carrier)


def _carry(model: type[Wire], value: Any) -> Wire:
    return value if isinstance(value, Wire) else model.model_carry(value)


def _carry_list(carrier: Carrier, values: list[Any]) -> list[Any]:
    return [carrier(value) for value in values]


def _carry_dict(carrier: Carrier, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: carrier(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Wire):
        return value.model_given()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return {name: _plain(item) for name, item in value.items()} if isinstance(value, dict) else value
