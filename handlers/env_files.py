"""Files of settings, one `NAME=value` a line: read, and kept so that nobody else reads them."""

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


class SettingsError(Exception):
    """A variable that cannot be used, and what to do about it."""


def read_file(path: str) -> dict[str, str]:
    """The settings of a file; none where no file is named."""
    if not path:
        return {}
    try:
        lines = Path(path).read_text().splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise SettingsError(f"The settings file {path} cannot be read: {cause_of(exc)}") from exc
    pairs = (
        line.removeprefix("export ").partition("=")
        for line in lines
        if "=" in line and not line.lstrip().startswith("#")
    )
    return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}


def cause_of(exc: OSError | UnicodeDecodeError) -> str:
    """Why a file cannot be read, in a few words."""
    return exc.strerror if isinstance(exc, OSError) else "it is not a text"


def kept_or_made(path: Path, missing: Mapping[str, Callable[[], str]]) -> dict[str, str]:
    """The secrets of a file, with those that it lacks. Servers that start together make one set of them."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if _lacking(kept := _kept(path), missing):
        with _alone_in(path.parent):
            kept = _kept(path)
            made = {name: missing[name]() for name in _lacking(kept, missing)}
            if made:
                kept |= made
                _write_private(path, "".join(f"{name}={value}\n" for name, value in sorted(kept.items())))
    return kept


def _kept(path: Path) -> dict[str, str]:
    return read_file(str(path)) if path.exists() else {}


def _lacking(kept: Mapping[str, str], missing: Iterable[str]) -> list[str]:
    return [name for name in missing if not kept.get(name)]


@contextmanager
def _alone_in(directory: Path) -> Iterator[None]:
    """Wait until no other process is in this block for this directory."""
    held = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def _write_private(path: Path, text: str) -> None:
    """Put a whole file in the place of another; its owner alone may read it, from its first moment."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(handle)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
