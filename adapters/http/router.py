"""From a path to what stands there: a dictionary for fixed paths, a trie for those with parameters.

A fixed segment always wins over a parameter, whatever the order in which the contract lists them.
"""

from collections.abc import Iterable
from typing import Generic, TypeVar
from urllib.parse import unquote_to_bytes

from handlers.core.errors import InvalidRequest

T = TypeVar("T")
# How bytes that are no text stand in a value: they lead to a place all the same, and are refused there.
_UNREADABLE = "surrogateescape"


class _Node(Generic[T]):
    """One segment of the trie."""

    __slots__ = ("fixed", "names", "open", "target")

    def __init__(self) -> None:
        self.fixed: dict[str, _Node[T]] = {}
        self.open: _Node[T] | None = None
        self.target: T | None = None
        self.names: tuple[str, ...] = ()


class Router(Generic[T]):
    """Path templates (`/tasks/{task_id}`) and their targets."""

    def __init__(self) -> None:
        self._fixed: dict[str, T] = {}
        self._root: _Node[T] = _Node()

    def add(self, template: str, target: T) -> None:
        """Register a target; a template that is taken is a defect of the contract."""
        segments = template.split("/")[1:]
        names = tuple(segment[1:-1] for segment in segments if segment.startswith("{"))
        if not names:
            if self._fixed.setdefault(template, target) is not target:
                raise ValueError(f"{template} is registered twice")
            return
        node = self._root
        for segment in segments:
            node = _child(node, segment)
        if node.target is not None:
            raise ValueError(f"{template} is registered twice, or differs from another only in its names")
        node.target, node.names = target, names

    def match(self, path: str, raw_path: bytes) -> tuple[T, dict[str, str]] | None:
        """The target of a path and the values of its parameters, which `check_text` has to see if any was encoded.

        Segments are decoded one by one: an encoded letter is the letter, an encoded slash separates nothing.
        """
        segments = None
        if b"%" in raw_path:
            segments = [_decoded(segment) for segment in raw_path.decode("latin-1").split("/")[1:]]
            path = "" if any("/" in segment for segment in segments) else "/" + "/".join(segments)
        target = self._fixed.get(path)
        if target is not None:
            return target, {}
        segments = path.split("/")[1:] if segments is None else segments
        node, values = _follow(self._root, segments)
        if node is None or node.target is None:
            return None
        return node.target, dict(zip(node.names, values, strict=True))


def check_text(values: Iterable[str]) -> None:
    """Refuse values that are no text."""
    for value in values:
        try:
            value.encode()
        except UnicodeEncodeError as exc:
            raise InvalidRequest("The path is not valid UTF-8", location="path") from exc


def _child(node: _Node[T], segment: str) -> _Node[T]:
    if not segment.startswith("{"):
        return node.fixed.setdefault(segment, _Node())
    if node.open is None:
        node.open = _Node()
    return node.open


def _follow(root: _Node[T], segments: list[str]) -> tuple[_Node[T] | None, list[str]]:
    """Where the segments lead, and the values of the parameters on the way; there is rarely more than one way to go."""
    node: _Node[T] = root
    values: list[str] = []
    for depth, segment in enumerate(segments):
        fixed = node.fixed.get(segment)
        if fixed is not None and node.open is not None:
            return _descend(node, segments, depth, values), values
        if fixed is None:
            if node.open is None or not segment:
                return None, values
            values.append(segment)
        node = fixed or node.open
    return node, values


def _descend(node: _Node[T], segments: list[str], depth: int, values: list[str]) -> _Node[T] | None:
    """Follow fixed segments first; come back and try the parameter where they lead nowhere."""
    if depth == len(segments):
        return node if node.target is not None else None
    segment = segments[depth]
    fixed = node.fixed.get(segment)
    if fixed is not None:
        found = _descend(fixed, segments, depth + 1, values)
        if found is not None:
            return found
    if node.open is None or not segment:
        return None
    values.append(segment)
    found = _descend(node.open, segments, depth + 1, values)
    if found is None:
        values.pop()
    return found


def _decoded(segment: str) -> str:
    if "%" not in segment:
        return segment
    return unquote_to_bytes(segment).decode(errors=_UNREADABLE)
