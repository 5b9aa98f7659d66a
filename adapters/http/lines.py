"""Bodies of many lines, each an item of its own."""

from collections.abc import Callable
from typing import Any

from adapters.http.contract import Contract
from adapters.http.verdicts import invalid_body
from handlers.core.errors import InvalidRequest, Unprocessable


class Lines:
    """A text whose lines are the items of a list (`x-lines`), each judged by itself.

    Read one by one, so that one that is wrong says nothing of the others; only too many of them are refused whole.
    """

    def __init__(self, contract: Contract, schema: Any, read: Callable[..., Any], carry: Callable[[Any], Any]) -> None:
        self._validator = contract.validator(contract.stated(schema, "items"))
        self._most: int = contract.stated(schema, "maxItems")
        self._read = read
        self._carry = carry

    def __call__(self, text: str) -> list[Any]:
        """The items, and the refusals of those that are none."""
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) > self._most:
            raise Unprocessable(f"A body has at most {self._most} lines, and this one has {len(lines)}", field="body")
        return [self._item(line) for line in lines]

    def _item(self, line: str) -> Any:
        try:
            value = self._read(line.encode(), "line")
        except InvalidRequest as refusal:
            return refusal
        if not self._validator.is_valid(value):
            return invalid_body(next(iter(self._validator.iter_errors(value))), "line")
        return self._carry([value])[0]
