"""What the contract's links tell: which operation makes what another one uses."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from tests.walking import Asked, contract, every_request

_BRACED = re.compile(r"{(\w+)}")
_EXPRESSION = re.compile(r"\$response\.body#/([\w/]+)")


@dataclass(frozen=True)
class Link:
    """From what makes a record to what uses it, with the place of each path parameter in the answer of the first."""

    maker: Asked
    user: Asked
    path: Mapping[str, str]

    def values(self, made: Mapping[str, Any]) -> dict[str, Any]:
        """The path parameters with which the record that was made is found."""
        return {name: _within(made, pointer) for name, pointer in self.path.items()}

    def follow(self, made: Mapping[str, Any]) -> Asked:
        """The request that uses what was made."""
        return at(self.user, self.values(made))


def _within(made: Any, pointer: str) -> Any:
    for step in pointer.split("/"):
        made = made[int(step)] if isinstance(made, list) else made[step]
    return made


def at(asked: Asked, values: Mapping[str, Any]) -> Asked:
    """The same request with these path parameters."""
    return replace(asked, path=_BRACED.sub(lambda found: str(values[found[1]]), asked.template))


@cache
def every_link() -> tuple[Link, ...]:
    """Every link between operations that are done that says all the path parameters of the second."""
    return tuple(_links())


def _links() -> Iterator[Link]:
    by_name = {asked.operation: asked for asked in every_request() if not asked.is_unfinished}
    for maker in by_name.values():
        for link in map(contract().resolve, _declared(maker)):
            user, path = by_name.get(link["operationId"]), _fields(link.get("parameters", {}))
            if user is not None and set(_BRACED.findall(user.template)) == set(path) != set():
                yield Link(maker, user, path)


def _declared(maker: Asked) -> Iterator[Any]:
    for status, answer in maker.declared["responses"].items():
        if status.startswith("2"):
            yield from contract().resolve(answer).get("links", {}).values()


def _fields(values: Mapping[str, str]) -> dict[str, str]:
    found = {name.removeprefix("path."): _EXPRESSION.fullmatch(said) for name, said in values.items()}
    return {name: match[1] for name, match in found.items() if match}
