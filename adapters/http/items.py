"""Bodies of many items, each judged by itself: one that is wrong says nothing of the others."""

from collections.abc import Callable
from typing import Any

from adapters.http.contract import Contract
from adapters.http.verdicts import invalid_body
from handlers.core.errors import InvalidRequest, Unprocessable

Carry = Callable[[Any], Any]


class _Item:
    """What one item is, as the schema of their list says."""

    def __init__(self, contract: Contract, schema: Any, carry: Carry) -> None:
        self._validator = contract.validator(contract.stated(schema, "items"))
        self._carry = carry

    def read(self, value: Any, what: str) -> Any:
        """The item, or its refusal."""
        if not self._validator.is_valid(value):
            return invalid_body(next(iter(self._validator.iter_errors(value))), what)
        return self._carry([value])[0]


class Items:
    """A list whose items are refused one by one (`x-each`)."""

    def __init__(self, contract: Contract, schema: Any, carry: Carry) -> None:
        self._whole = contract.validator(schema)
        self._item = _Item(contract, schema, carry)
        self._carry = carry

    def __call__(self, listed: list[Any]) -> list[Any]:
        """The items, and the refusals of those that are none. A list that is right is judged at once, as most are."""
        if self._whole.is_valid(listed):
            return self._carry(listed)
        return [self._item.read(value, "item") for value in listed]


class Lines:
    """A text whose lines are the items of a list (`x-lines`); only too many of them are refused whole."""

    def __init__(self, contract: Contract, schema: Any, read: Callable[..., Any], carry: Carry) -> None:
        self._item = _Item(contract, schema, carry)
        self._most: int = contract.stated(schema, "maxItems")
        self._read = read

    def __call__(self, text: str) -> list[Any]:
        """The items, and the refusals of those that are none."""
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) > self._most:
            raise Unprocessable(f"A body has at most {self._most} lines, and this one has {len(lines)}", field="body")
        return [self._line(line) for line in lines]

    def _line(self, line: str) -> Any:
        try:
            value = self._read(line.encode(), "line")
        except InvalidRequest as refusal:
            return refusal
        return self._item.read(value, "line")


def around_items(contract: Contract, schema: Any) -> dict[str, Any]:
    """What the schema of a list says of the list alone."""
    return {name: said for name, said in contract.resolve(schema).items() if name != "items"}
