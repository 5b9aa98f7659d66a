"""`python -m scripts.check_generated`: whether `generated/` is what `specs/` make it.

Finds what differs, what is missing, what does not belong there, what has no banner, and a manifest that lies.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from scripts.generate.sources import ContractError
from scripts.generate.texts import MEND, has_banner
from scripts.generate.tree import MANIFEST, digest, tree
from scripts.places import GENERATED, SPECS, strays


def findings(specs: Path, generated: Path) -> list[str]:
    """All that is wrong, one line each."""
    expected = tree(specs)
    return [
        *_orphans(generated, expected),
        *(finding for name in sorted(expected) for finding in _file(generated / name, name, expected[name])),
        *_manifest(generated, expected),
    ]


def _orphans(generated: Path, expected: Mapping[str, str]) -> Iterator[str]:
    for path in strays(generated, expected):
        yield f"{path.relative_to(generated)}: orphan, nothing generates it"


def _file(path: Path, name: str, expected: str) -> Iterator[str]:
    if not path.is_file():
        yield f"{name}: missing"
        return
    content = path.read_bytes()
    if not has_banner(path.suffix, content.decode("utf-8", "replace")):
        yield f"{name}: has no banner"
    if content != expected.encode():
        yield f"{name}: differs from what the contract makes it"


def _manifest(generated: Path, expected: Mapping[str, str]) -> Iterator[str]:
    """Judges the manifest against the files that are there, so that an edit by hand is told from an old contract."""
    path = generated / MANIFEST
    if not path.is_file():
        return
    try:
        listed = json.loads(path.read_text("utf-8"))
        files, specs = dict(listed["files"]), listed["specs"]
    except (ValueError, KeyError, TypeError):
        yield f"{MANIFEST}: cannot be read"
        return
    if specs != json.loads(expected[MANIFEST])["specs"]:
        yield f"{MANIFEST}: stale, specs/ changed since it was written"
    for name, sha256 in sorted(files.items()):
        file = generated / name
        if file.is_file() and digest(file.read_bytes()) != sha256:
            yield f"{name}: edited by hand, it is not what the manifest lists"


def main() -> int:
    """Prints each finding and the one command that mends them all."""
    try:
        found = findings(SPECS, GENERATED)
    except ContractError as error:
        print(f"specs/{error}", file=sys.stderr)
        return 1
    for finding in found:
        print(f"generated/{finding}", file=sys.stderr)
    print(f"To mend: {MEND}" if found else "generated/ is what specs/ make it", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
