"""Records for requests to find: made when they are asked for, as the contract's links tell."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import httpx
import orjson
import yaml

from tests.links import at, every_link
from tests.walking import Asked, contract, every_request

# Of several ways to come by a record, the last is taken: that of an operation that makes one where there was none.
_LINKS = {link.user.operation: link for link in sorted(every_link(), key=lambda link: link.maker.method == "POST")}


_ABLE = {"agent_id": "able-{}", "name": "Able", "capabilities": [{"name": "data_processing"}, {"name": "ml_inference"}]}
# What is not made by being asked for alone: what is sent to bring it about before. `{}` is a name of its own.
_BROUGHT_ABOUT = {
    "ggi.coordination.negotiate": {"v2.agents.register_agent": _ABLE},
    "v2.coordination.negotiate": {"v2.agents.register_agent": _ABLE},
    "v2.alerts.list_alerts": {
        "v2.alerts.create_rule": {
            "name": "Anything",
            "metric": "brought_about",
            "condition": {"operator": "gt", "threshold": 0},
            "device_id": "d{}",
        },
        "v2.telemetry.submit_frame": {"device_id": "d{}", "metrics": {"brought_about": 1}},
    },
}


@dataclass
class Records:
    """Makes a fresh record for whoever wants to use one."""

    send: Callable[[Asked], httpx.Response]
    _serial: Iterator[int] = field(default_factory=count)

    def path_to(self, operation: str) -> Mapping[str, Any]:
        """The path parameters with which an operation finds something made just now; none if nothing makes it."""
        link = _LINKS.get(operation)
        if link is None:
            return {}
        path = self.path_to(link.maker.operation)
        shows = path or link.maker.operation in _BROUGHT_ABOUT
        makes_nothing = link.maker.method != "POST" and not shows
        return {} if makes_nothing else link.values(self._made(link.maker, path))

    def _made(self, maker: Asked, path: Mapping[str, Any]) -> Mapping[str, Any]:
        asked = _unrepeated(at(maker, path) if path else maker, next(self._serial))
        self._bring_about(maker.operation)
        answer = self.send(asked)
        if answer.status_code == httpx.codes.CONFLICT:
            answer = self.send(_renamed(asked, next(self._serial)))
        return answer.raise_for_status().json()

    def _bring_about(self, operation: str) -> None:
        serial = next(self._serial)
        for cause, body in _BROUGHT_ABOUT.get(operation, {}).items():
            content = orjson.dumps(body).replace(b"{}", str(serial).encode())
            asked = next(one for one in every_request() if one.operation == cause)
            self.send(replace(asked, query={}, content=content)).raise_for_status()


def _unrepeated(asked: Asked, serial: int) -> Asked:
    """The same request under another idempotency key, if its body has one: it makes a record of its own."""
    body = yaml.safe_load(asked.content or b"null")  # JSON is YAML
    if not isinstance(body, dict) or "idempotency_key" not in body:
        return asked
    return replace(asked, content=orjson.dumps({**body, "idempotency_key": f"key-{serial}"}))


def _renamed(asked: Asked, serial: int) -> Asked:
    """The same request for something of another name: a word before every text, where the contract admits it.

    Where it admits none, texts one step further inside are what names something.
    """
    media = asked.headers["Content-Type"]
    content = contract().resolve(asked.declared["requestBody"])["content"][media]
    validator = contract().validator(content["schema"])
    body = yaml.safe_load(asked.content or b"{}")  # JSON is YAML
    changed = _changed(body, serial, validator.is_valid)
    if changed == body:
        for name, part in body.items():
            if isinstance(part, dict):
                changed[name] = _changed(part, serial, lambda one, name=name: validator.is_valid({**body, name: one}))
    return replace(asked, content=orjson.dumps(changed))


def _changed(body: dict[str, Any], serial: int, is_valid: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    for name, value in body.items():
        changed = {**body, name: f"n{serial}{value}"}
        if isinstance(value, str) and is_valid(changed):
            body = changed
    return dict(body)
