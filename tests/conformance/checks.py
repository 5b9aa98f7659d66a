"""What Schemathesis cannot check, because no schema says it: what became of each item of a body of many (`x-each`)."""

from collections.abc import Mapping
from typing import Any

import orjson
import schemathesis
from schemathesis.core.parameters import ParameterLocation

from adapters.http.contract import Contract

_OK = 200
# Of an item that the schema admits, as `VALIDATION_ERROR` and `CONFLICT` are not.
_OF_FORM = "INVALID_REQUEST"


class Each:
    """Bodies that are judged item by item, as a contract declares them."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    def schema(self, operation: Mapping[str, Any], media: str) -> Any:
        """That of the list, where its items are judged one by one."""
        content = operation.get("requestBody", {}).get("content", {}).get(media, {})
        return content["schema"] if content.get("x-each") else None

    def check(self, schema: Any, sent: bytes, told: Mapping[str, Any]) -> None:
        """Each item that has not its form was rejected for it, and no other; the list itself has its form."""
        items = orjson.loads(sent)
        alone = {name: said for name, said in self._contract.resolve(schema).items() if name != "items"}
        assert self._contract.validator(alone).is_valid(items), "A body was taken that is no such list"
        validator = self._contract.validator(self._contract.stated(schema, "items"))
        assert len(items) == len(told["results"]), "There is not one result for each item"
        for item, result in zip(items, told["results"], strict=True):
            is_refused = result.get("error", {}).get("code") == _OF_FORM
            assert is_refused != validator.is_valid(item), f"{result} is told of {item}"


def register(each: Each) -> None:
    """Have Schemathesis check it."""

    @schemathesis.check
    def items_are_judged(ctx: Any, response: schemathesis.Response, case: schemathesis.Case) -> None:
        """What is wrong around the items is refused whole; what is wrong in one, by itself."""
        schema = each.schema(case.operation.definition.raw, case.media_type or "")
        if schema is None or response.status_code != _OK:
            return
        assert not _is_wrong_elsewhere(case), "A parameter is not as the contract says, and the body was taken"
        each.check(schema, response.request.body, response.json())


def _is_wrong_elsewhere(case: schemathesis.Case) -> bool:
    meta = case.meta
    return meta is not None and any(
        said.mode.is_negative for place, said in meta.components.items() if place != ParameterLocation.BODY
    )
