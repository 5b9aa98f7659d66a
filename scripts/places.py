"""Where things stand in the repository."""

from collections.abc import Collection
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SPECS = ROOT / "specs"
GENERATED = ROOT / "generated"
RELEASED = SPECS / "released"
CLIENTS = ROOT / "scripts" / "clients"


def strays(folder: Path, known: Collection[str]) -> list[Path]:
    """Files in a folder that are not among the known ones; what Python caches does not count."""
    found = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return [path for path in found if path.relative_to(folder).as_posix() not in known]
