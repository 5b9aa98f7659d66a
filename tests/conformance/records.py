"""Records for requests to find: made when they are asked for, as the contract's links tell."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import httpx
import orjson

from tests.links import at, every_link
from tests.walking import Asked, contract

# Of several ways to come by a record, the last is taken: that of an operation that makes one where there was none.
_LINKS = {link.user.operation: link for link in sorted(every_link(), key=lambda link: link.maker.method == "POST")}


@dataclass
class Records:
    """Makes a fresh record for whoever wants to use one."""

    send: Callable[[Asked], httpx.Response]
    _serial: Iterator[int] = field(default_factory=count)

    def path_to(self, operation: str) -> Mapping[str, Any]:
        """The path parameters with which an operation finds something made just now; none if nothing makes it."""
        link = _LINKS.get(operation)
        return {} if link is None else link.values(self._made(link.maker))

    def _made(self, maker: Asked) -> Mapping[str, Any]:
        path = self.path_to(maker.operation)
        asked = at(maker, path) if path else maker
        answer = self.send(asked)
        if answer.status_code == httpx.codes.CONFLICT:
            answer = self.send(_renamed(asked, next(self._serial)))
        return answer.raise_for_status().json()


def _renamed(asked: Asked, serial: int) -> Asked:
    """The same request for something of another name: a word before every text, where the contract admits it."""
    content = contract().resolve(asked.declared["requestBody"])["content"]["application/json"]
    validator = contract().validator(content["schema"])
    body = orjson.loads(asked.content or b"{}")
    for name, value in body.items():
        changed = {**body, name: f"n{serial}{value}"}
        if isinstance(value, str) and validator.is_valid(changed):
            body = changed
    return replace(asked, content=orjson.dumps(body))
