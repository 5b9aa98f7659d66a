"""Types of commands: a tenant's own, each with a JSON Schema for its parameters, and those that everybody has.

The built-in ones stand in the contract, or a plugin declares them. A schema refers to nothing but itself, and is
weighed before anybody is judged by it, so that judging takes bounded time.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema_rs

from handlers.core.clock import Clock, Moment
from handlers.core.collections import COMMAND_TYPES
from handlers.core.errors import Conflict, Duplicate, NotFound, PreconditionFailed, Stale, Unprocessable
from handlers.core.ports import Delete, Document, Documents, Position, Query
from handlers.core.principals import Principal
from handlers.core.records import Once, Records, forget
from handlers.core.schema_weight import PATTERNS, size_of, weight_of
from handlers.core.shapes import read_as

DEFAULT_CATEGORY = "custom"
DEFAULT_TIMEOUT_SECONDS = 300
_COMPILED = 500
_MOST_LOOKS = 10_000_000  # about half a second, or one where a pattern is as slow as can be
_MOST_TOLD_LOOKS = 20_000  # what is wrong in each of the forms that a value may have takes hundreds of looks to tell


@dataclass(frozen=True, slots=True)
class CommandType:
    """A type of commands, as it may be told."""

    name: str
    category: str = DEFAULT_CATEGORY
    parameters_schema: Mapping[str, Any] | None = None
    timeout_seconds: int = DEFAULT_TIMEOUT_SECONDS
    description: str | None = None
    built_in: bool = False
    version: int = 0
    created_at: Moment | None = None
    updated_at: Moment | None = None


class CommandTypes:
    """The types that there are. `built_in` are those of the contract and of plugins; they hide a tenant's own."""

    def __init__(self, documents: Documents, built_in: Mapping[str, Mapping[str, Any]], clock: Clock) -> None:
        self._documents = documents
        self._records = Records(documents, COMMAND_TYPES, "command type")
        self._built_in = {name: CommandType(name, built_in=True, **facts) for name, facts in built_in.items()}
        self._clock = clock
        self._compiled: OrderedDict[tuple[str, str, int], Any] = OrderedDict()

    async def create(
        self, who: Principal, given: Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> CommandType:
        """Declare a type; a name that is taken is a conflict."""
        name, now = given["name"], self._clock()
        self._check_own(name)
        check_schema(given.get("parameters_schema"))
        facts = {"category": DEFAULT_CATEGORY, "timeout_seconds": DEFAULT_TIMEOUT_SECONDS, "parameters_schema": {}}
        record = {"id": name, **facts, **given, "version": 1, "created_at": now, "updated_at": now}
        try:
            if idempotency_key is None:
                await self._records.insert(who.tenant, record)
            else:
                once = Once(who.id, idempotency_key, given)
                record, _ = await self._records.insert_once(who.tenant, record, once)
        except Duplicate as exc:
            raise Conflict("There is a command type of this name", command_type=name) from exc
        return read_as(CommandType, record)

    async def get(self, who: Principal, name: str) -> CommandType:
        """One type."""
        found = await self.find(who.tenant, name)
        if found is None:
            raise NotFound("command type", name)
        return found

    async def find(self, tenant: str, name: str) -> CommandType | None:
        """One type, if there is one of the name."""
        if name in self._built_in:
            return self._built_in[name]
        record = await self._documents.get(COMMAND_TYPES, tenant, name)
        return None if record is None else read_as(CommandType, record)

    async def page(self, who: Principal, category: str | None, limit: int, after: str | None) -> list[CommandType]:
        """One page of the types behind a name, by name, the built-in ones among them."""
        where = {} if category is None else {"category": category}
        query = Query(COMMAND_TYPES, who.tenant, "name", where, descending=False)
        place = None if after is None else Position(after, after)
        found = await self._documents.page(query, limit + len(self._built_in), after=place)
        own = [read_as(CommandType, record) for record in found if record["id"] not in self._built_in]
        shown = [known for known in self._built_in.values() if category in (None, known.category)]
        shown = [known for known in shown if after is None or known.name > after]
        return sorted([*own, *shown], key=lambda known: known.name)[:limit]

    async def update(
        self, who: Principal, name: str, given: Mapping[str, Any], *, version: int | None = None
    ) -> CommandType:
        """Change a type; commands that exist are not judged again."""
        self._check_own(name)
        check_schema(given.get("parameters_schema"))
        changes = {**given, "updated_at": self._clock()}
        _, changed = await self._records.change(who.tenant, name, lambda _: changes, version)
        return read_as(CommandType, changed)

    async def delete(self, who: Principal, name: str, *, version: int | None = None) -> None:
        """Remove a type: commands of its name take any parameters from then on."""
        self._check_own(name)
        present = await self._records.get(who.tenant, name)
        expected = {} if version is None else {"version": version}
        try:
            await self._documents.write(Delete(COMMAND_TYPES, who.tenant, name, expected))
        except Stale as exc:
            present = await self._records.get(who.tenant, name)
            raise PreconditionFailed(name, present["version"]) from exc

    def check(self, tenant: str, known: CommandType, parameters: Document) -> None:
        """Refuse parameters that a type does not take."""
        if not known.parameters_schema:
            return
        validator, weight = self._validator(tenant, known)
        most = _MOST_LOOKS // weight
        size = size_of(parameters, most)
        if size > most:
            raise Unprocessable("These parameters are too large for the schema of their type", field="parameters")
        if not validator.is_valid(parameters):
            raise _unfit(validator, parameters, is_told=size * weight <= _MOST_TOLD_LOOKS)

    async def forget(self, tenant: str, most: int) -> int:
        """Remove some types of a tenant that is no more."""
        return await forget(self._documents, Query(COMMAND_TYPES, tenant, "name"), most)

    def _check_own(self, name: str) -> None:
        if name in self._built_in:
            raise Conflict("This command type is built in", command_type=name)

    def _validator(self, tenant: str, known: CommandType) -> tuple[Any, int]:
        """What judges parameters, and how much it looks at each."""
        key = ("" if known.built_in else tenant, known.name, known.updated_at or 0)
        if key not in self._compiled:
            self._compiled[key] = _compile(known.parameters_schema)
            if len(self._compiled) > _COMPILED:
                self._compiled.popitem(last=False)
        return self._compiled[key]


def _compile(schema: Any) -> tuple[Any, int]:
    """What judges by a schema, and its weight; what is no schema, or none by itself, or is too heavy is refused."""
    try:
        weight = weight_of(schema)
        validator = jsonschema_rs.Draft202012Validator(
            schema, validate_formats=True, pattern_options=PATTERNS, retriever=_retrieve_nothing
        )
        return validator, weight
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as exc:
        message = str(exc).splitlines()[0] if str(exc) else "This is no JSON Schema"
        raise Unprocessable(message, field="parameters_schema") from exc


def _unfit(validator: Any, parameters: Document, *, is_told: bool) -> Unprocessable:
    """What is wrong with parameters, in words if it is soon told."""
    if not is_told:
        return Unprocessable("These parameters are not what the schema of their type wants", field="parameters")
    problem = next(validator.iter_errors(parameters))
    place = ".".join(["parameters", *map(str, problem.instance_path)])
    return Unprocessable(problem.message, field=place)


def _retrieve_nothing(address: str) -> Any:
    raise ValueError(f"{address} is another place")


def check_schema(schema: Any) -> None:
    """Refuse a schema by which parameters cannot be judged."""
    if schema is not None:
        _compile(schema)
