"""The files of `specs/`: read once, found by reference, fingerprinted together."""

import hashlib
import posixpath
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from scripts.generate import yaml12

RELEASED = "released"
HEADERS = "../shared/headers.yaml"
RESPONSES = "responses.yaml"
SHARED = "shared"
UNFINISHED = "unfinished.yaml"
_DIALECT = "{dialect}"


class ContractError(Exception):
    """The sources contradict themselves; the message names the place."""


@dataclass(frozen=True)
class Place:
    """A node of a source file: the file's path below `specs/` and a JSON pointer."""

    file: str
    pointer: str = ""

    def __str__(self) -> str:
        return f"{self.file}#{self.pointer}"

    def child(self, key: object) -> "Place":
        """The node below this one."""
        return Place(self.file, f"{self.pointer}/{str(key).replace('~', '~0').replace('/', '~1')}")

    def target(self, reference: str) -> "Place":
        """The node that a reference standing here names."""
        file, _, pointer = reference.partition("#")
        joined = posixpath.normpath(posixpath.join(posixpath.dirname(self.file), file)) if file else self.file
        return Place(joined, pointer)

    @property
    def dialect(self) -> str:
        """The dialect by folder, or by file name directly below a kind's folder; `shared` belongs to none."""
        parts = self.file.removesuffix(".yaml").split("/")
        return parts[1] if len(parts) > 1 else SHARED

    @property
    def name(self) -> str:
        """The last part of the pointer, or the file's name."""
        return self.pointer.rsplit("/", 1)[-1] if self.pointer else Path(self.file).stem


class Sources:
    """Reads the split contract below one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.document = cache(self._read)

    def at(self, place: Place) -> Any:
        """The value at a place."""
        node = self.document(place.file)
        for part in place.pointer.split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            try:
                node = node[int(key)] if isinstance(node, list) else node[key]
            except (KeyError, IndexError, ValueError, TypeError) as error:
                raise ContractError(f"{place}: there is nothing at this place") from error
        return node

    def holds(self, place: Place) -> bool:
        """Whether something stands at a place."""
        try:
            self.at(place)
        except ContractError:
            return False
        return True

    def unfinished(self, kind: str) -> set[str]:
        """What is promised and not done yet: `operations` of the API, `messages` or `topics` of the events."""
        return set(self.document(UNFINISHED).get(kind) or ()) if (self.root / UNFINISHED).is_file() else set()

    def fingerprint(self) -> str:
        """One digest over the names and bytes of everything that generation may read."""
        digest = hashlib.sha256()
        for path in sorted(self.root.rglob("*")):
            name = path.relative_to(self.root).as_posix()
            if path.is_file() and not name.startswith(f"{RELEASED}/"):
                digest.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
        return digest.hexdigest()

    def _read(self, file: str) -> Any:
        place = Place(file)
        path = self.root / _template(place)
        if not path.is_file():
            raise ContractError(f"{file}: there is no such file in {self.root.name}/")
        try:
            return yaml12.load(path.read_text("utf-8").replace(_DIALECT, place.dialect))
        except Exception as error:
            raise ContractError(f"{file}: {error}") from error


def _template(place: Place) -> str:
    """The file that a file is read from: the responses of every dialect are the shared ones, filled in."""
    folder, _, name = place.file.rpartition("/")
    return f"paths/{SHARED}/{name}" if folder.startswith("paths/") and name == RESPONSES else place.file
