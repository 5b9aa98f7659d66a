"""The calls of each group, in both colours."""

from itertools import groupby
from textwrap import indent, wrap
from typing import Any

from scripts.generate.client.calls import Call
from scripts.generate.client.kinds import Kinds

_HEAD = '''\
"""The calls of each group{said}."""

from __future__ import annotations

from datetime import datetime
from typing import Any, {iterator}, List

from . import models, params
from .asking import Ask, segment
from .pages import {pages}
from .records import Record
from .streams import {follow}
from .transport import {transport}
from .waiting import {until}
'''
_STREAM = "text/event-stream"
_KEY = "Idempotency-Key"
_WIDTH = 108


def resources(calls: list[Call], models: Kinds, params: Kinds, *, is_async: bool) -> str:
    """The module with a class for each group."""
    colour = Colour(is_async)
    classes = (
        _group(group, [_Method(call, models, params, colour) for call in found])
        for group, found in groupby(calls, key=lambda call: call.group)
    )
    return colour.head() + "".join(classes)


class Colour:
    """The words in which blocking and asynchronous calls differ."""

    def __init__(self, is_async: bool) -> None:
        self.transport = "AsyncTransport" if is_async else "Transport"
        self.pages = "AsyncPages" if is_async else "Page"
        self.iterator = "AsyncIterator" if is_async else "Iterator"
        self.follow = "follow_async" if is_async else "follow"
        self.until = "until_ended_async" if is_async else "until_ended"
        self.define = "async def" if is_async else "def"
        self.wait = "await " if is_async else ""
        self._said = ", to be awaited" if is_async else ""

    def head(self) -> str:
        """The beginning of the module."""
        words = {name: getattr(self, name) for name in ("iterator", "pages", "follow", "transport", "until")}
        return _HEAD.format(said=self._said, **words)


def _group(group: str, methods: list["_Method"]) -> str:
    text = f'\n\nclass {group.title()}:\n    """The calls of `client.{group}`."""\n\n'
    transport = methods[0].colour.transport
    text += f"    def __init__(self, transport: {transport}) -> None:\n        self._transport = transport\n"
    return text + "".join(f"\n{indent(method.text(), '    ')}" for method in methods)


class _Method:
    def __init__(self, call: Call, models: Kinds, params: Kinds, colour: Colour) -> None:
        self.call = call
        self.colour = colour
        self._models = models
        self._params = params
        self._by_place: dict[str, list[dict[str, Any]]] = {"path": [], "query": [], "header": []}
        for parameter in call.parameters:
            self._by_place[parameter["in"]].append(parameter)
        self._media, self._content = next(iter(call.body.get("content", {}).items()), (None, {}))
        self._answers = next(iter(call.answer.get("content", {"text/plain": {}}).items()))

    def text(self) -> str:
        """The source of the call, and of the one that waits."""
        plain = self._plain() if self.call.name else ""
        waiting = self._waiting() if self.call.waiting else ""
        return plain + ("\n" if plain and waiting else "") + waiting

    def _plain(self) -> str:
        page, colour, define = self._page_of(), self.colour, "def"
        if self._answers[0] == _STREAM:
            returned, gives = f"{colour.iterator}[Record]", f"{colour.follow}(self._transport, ask)"
        elif page:
            returned, gives = f"{colour.pages}[{page}]", f"{colour.pages}(self._transport, ask)"
        else:
            returned, gives = self._reads()[1], f"{colour.wait}self._transport.send(ask)"
            define = colour.define
        head = self._head(define, self.call.name or "", self._keywords(), returned)
        return f"{head}{self._docstring()}{self._ask()}    return {gives}\n"

    def _waiting(self) -> str:
        """The call that asks until the item has ended."""
        keywords = [word for word in self._keywords() if not word.startswith("wait:")]
        keywords.append("timeout: float | None = None")
        head = self._head(self.colour.define, self.call.waiting or "", keywords, self._reads()[1])
        said = "Waits for the end, and raises `WaitTimeout` when there is none within `timeout` seconds."
        gives = f"{self.colour.wait}{self.colour.until}(self._transport, ask, timeout)"
        return f"{head}{self._docstring(said, without='wait')}{self._ask(without='wait')}    return {gives}\n"

    def _head(self, define: str, name: str, keywords: list[str], returned: str) -> str:
        """The line that begins a call, or the lines. A call named `list` hides that type from those around it."""
        given = [text.replace("list[", "List[") for text in self._signature(keywords)]
        line = f"{define} {name}({', '.join(given)}) -> {returned}:\n"
        if len(line) <= _WIDTH:
            return line
        lines = "".join(f"    {text},\n" for text in given)
        return f"{define} {name}(\n{lines}) -> {returned}:\n"

    def _signature(self, keywords: list[str]) -> list[str]:
        path = [f"{parameter['name']}: str" for parameter in self._by_place["path"]]
        body = [self._body()] if self._media else []
        return ["self", *path, *body, *(["*", *keywords] if keywords else [])]

    def _body(self) -> str:
        kind = self._params.of(self._content["schema"], "Body")
        text = f"list[params.{kind.record}]" if kind.text.startswith("list[") else f"params.{kind.text}"
        return f"body: {text}" if self.call.body.get("required") else f"body: {text} | None = None"

    def _keywords(self) -> list[str]:
        basic = ["username: str", "password: str"] if self._is_basic() else []
        found = [*self._by_place["query"], *self._by_place["header"]]
        found.sort(key=lambda parameter: not parameter.get("required", False))
        return basic + [self._keyword(parameter) for parameter in found]

    def _keyword(self, parameter: dict[str, Any]) -> str:
        text = self._named(self._params.of(parameter["schema"], "Value").text)
        maybe = "" if parameter.get("required") else " | None = None"
        return f"{_name(parameter)}: {text}{maybe}"

    def _named(self, text: str) -> str:
        """A type as another module names it."""
        inner = text.removeprefix("list[").removesuffix("]")
        return text.replace(inner, f"params.{inner}") if inner in self._params.named else text

    def _is_basic(self) -> bool:
        return any("broker" in way for way in self.call.operation["security"])

    def _reads(self) -> tuple[str, str]:
        """How the answer is read, and as what it is returned."""
        media, content = self._answers
        schema = content.get("schema", {})
        if media == "application/json":
            kind = self._models.of(schema, "Answer") if "$ref" in schema else None
            return (f"models.{kind.text}", f"models.{kind.text}") if kind and kind.record else ("'json'", "Any")
        return ("'bytes'", "bytes") if schema.get("format") == "binary" else ("'text'", "str")

    def _page_of(self) -> str | None:
        """The class of a page's items, if the answer is a page."""
        reference = self._answers[1].get("schema", {}).get("$ref", "")
        schema = self._models.schemas.get(reference.rpartition("/")[2], {})
        if not {"data", "has_more", "next_cursor"} <= schema.get("properties", {}).keys():
            return None
        return f"models.{self._models.of(schema['properties']['data'], 'Item').record}"

    def _ask(self, without: str = "") -> str:
        query = [parameter for parameter in self._by_place["query"] if parameter["name"] != without]
        path = self.call.path
        for parameter in self._by_place["path"]:
            path = path.replace(f"{{{parameter['name']}}}", f"{{segment({parameter['name']})}}")
        given = [repr(self.call.method), f"f{path!r}" if "{" in path else repr(path), self._reads()[0]]
        given += [f"query={_mapping(query)}"] if query else []
        given += [f"headers={_mapping(self._by_place['header'])}"] if self._by_place["header"] else []
        given += ["body=body"] if self._media else []
        given += [f"media={self._media!r}"] if self._media not in (None, "application/json") else []
        given += ["keyed=True"] if any(found["name"] == _KEY for found in self._by_place["header"]) else []
        given += ["public=True"] if not self.call.operation["security"] else []
        given += ["basic=(username, password)"] if self._is_basic() else []
        return "    ask = Ask(\n" + "".join(f"        {each},\n" for each in given) + "    )\n"

    def _docstring(self, more: str = "", without: str = "") -> str:
        operation = self.call.operation
        scopes = sorted({scope for way in operation["security"] for scopes in way.values() for scope in scopes})
        needs = f"Needs the scope {' '.join(f'`{scope}`' for scope in scopes)}." if scopes else ""
        told = [operation.get("summary", ""), operation.get("description", ""), *self._told(without), more, needs]
        paragraphs = [part for text in told if text for part in text.strip().split("\n\n")]
        body = "\n\n".join("\n".join(wrap(" ".join(part.split()), _WIDTH)) for part in _ended(paragraphs))
        return indent(f'"""{body}\n"""\n'.replace("\\", "\\\\"), "    ")

    def _told(self, without: str) -> list[str]:
        """What each keyword is for."""
        found = [*self._by_place["query"], *self._by_place["header"]]
        return [f"`{_name(each)}`: {each['description']}" for each in found
                if each.get("description") and each["name"] != without]  # fmt: skip


def _ended(paragraphs: list[str]) -> list[str]:
    return [paragraph if paragraph.rstrip()[-1] in ".:!" else f"{paragraph.rstrip()}." for paragraph in paragraphs]


def _name(parameter: dict[str, Any]) -> str:
    return parameter["name"].lower().replace("-", "_")


def _mapping(parameters: list[dict[str, Any]]) -> str:
    return "{" + ", ".join(f"{parameter['name']!r}: {_name(parameter)}" for parameter in parameters) + "}"
