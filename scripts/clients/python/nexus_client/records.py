"""What the server answers: its JSON, with names. A field that the contract knows and the answer lacks is None."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar


class Record:
    """A JSON object whose fields are attributes. `record["name"]` reads it too, and `to_dict` gives it as it came."""

    _nested: ClassVar[Mapping[str, str]] = {}

    def __init__(self, said: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        self._said = dict(said)
        self._headers = headers or {}

    @property
    def etag(self) -> str | None:
        """The entity tag that came with it, for `if_match`."""
        return self._headers.get("etag")

    @property
    def request_id_of_answer(self) -> str | None:
        """Names the request for whoever operates the server."""
        return self._headers.get("x-request-id")

    def to_dict(self) -> dict[str, Any]:
        """The JSON object as it came."""
        return dict(self._said)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._said:
            return _wrapped(self._said[name], self._model_of(name))
        if name in type(self).__annotations__:
            return None
        raise AttributeError(f"{type(self).__name__} has no {name!r}")

    def __getitem__(self, name: str) -> Any:
        return _wrapped(self._said[name], self._model_of(name))

    def __contains__(self, name: object) -> bool:
        return name in self._said

    def __iter__(self) -> Iterator[str]:
        return iter(self._said)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and self._said == other._said

    def __hash__(self) -> int:
        return hash(tuple(sorted(self._said)))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._said!r})"

    def _model_of(self, name: str) -> type[Record] | None:
        named = self._nested.get(name)
        if named is None:
            return None
        model = getattr(sys.modules[type(self).__module__], named, None)
        return model if isinstance(model, type) else Record


def _wrapped(value: Any, model: type[Record] | None) -> Any:
    """A value as its model shows it; what has no model is plain JSON."""
    if model is None:
        return value
    if isinstance(value, list):
        return [_wrapped(item, model) for item in value]
    return model(value) if isinstance(value, dict) else value
