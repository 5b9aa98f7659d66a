"""`python -m scripts.check_breaking`: whether the contract still keeps what the last release promised.

Redocly rates every difference between the released documents and the present ones; what it does not read is compared
here: the bindings of the events, and what was done and is unfinished again. A break is allowed when the major version
in `info.version` has moved.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scripts import node_tools
from scripts.generate.bundle import dereference
from scripts.generate.failures import UNFINISHED
from scripts.generate.operations import each_operation
from scripts.places import GENERATED, RELEASED

DOCUMENTS = ("openapi.json", "asyncapi.json")
VERSION = "VERSION"
Document = Mapping[str, Any]


def breaks(released: Path, present: Path) -> list[str]:
    """Every break between two folders of documents, one line each; none where the major version moved."""
    found = []
    for name in DOCUMENTS:
        before, after = _read(released / name), _read(present / name)
        if before != after and _major(before) == _major(after):
            found += _rated_major(released / name, present / name)
            found += [f"{name}: {finding}" for finding in binding_breaks(before, after) + undone(before, after)]
    return found


def undone(before: Document, after: Document) -> list[str]:
    """What worked when the contract was released and is listed as unfinished now."""
    worked, works = dict(_operations(before)), dict(_operations(after))
    return [
        f"{name}: was done, and is unfinished again" for name in worked if worked[name] and not works.get(name, True)
    ]


def binding_breaks(before: Document, after: Document) -> list[str]:
    """Bindings that changed or went away on what both documents have: queues and exchanges of running clients."""
    present = dict(_bindings(after))
    return [
        f"#/{place}: bindings changed from {json.dumps(bindings)} to {json.dumps(present[place])}"
        for place, bindings in _bindings(before)
        if place in present and _removes(bindings, present[place])
    ]


def _operations(document: Document) -> Iterator[tuple[str, bool]]:
    """Every operation, and whether it is done."""
    if "asyncapi" in document:
        found = document.get("operations", {}).items()
    else:
        found = ((operation["operationId"], operation) for _, _, operation in each_operation(document))
    return ((name, not operation.get(UNFINISHED, False)) for name, operation in found)


def _bindings(document: Document) -> Iterator[tuple[str, Any]]:
    """The place and the bindings of every server, channel, operation and message; an API has none."""
    if "asyncapi" not in document:
        return
    for section in ("servers", "channels", "operations"):
        for key, holder in document.get(section, {}).items():
            yield f"{section}/{key}", _settled(document, holder)
    for key, channel in document.get("channels", {}).items():
        for name, message in channel.get("messages", {}).items():
            yield f"channels/{key}/messages/{name}", _settled(document, message)


def _settled(document: Document, holder: Any) -> Any:
    return dereference(document, dereference(document, holder).get("bindings", {}))


def _removes(before: Any, after: Any) -> bool:
    """Whether anything said before is no longer said; what is added does no harm."""
    if isinstance(before, dict) and isinstance(after, dict):
        return any(key not in after or _removes(value, after[key]) for key, value in before.items())
    return bool(before != after)


def _rated_major(before: Path, after: Path) -> list[str]:
    config = node_tools.NODE / "redocly-diff.yaml"
    options = ("--config", config, "--lint-config=off", "--fail-on=major", "--format=json")
    done = node_tools.run("redocly", "diff", before, after, *options)
    try:
        report = json.loads(done.stdout)
    except ValueError as error:
        raise RuntimeError(f"redocly did not answer:\n{done.stdout}{done.stderr}") from error
    major = [change for change in report["changes"] if change["impact"] == "major"]
    return [f"{after.name}: {change['path']}: {_said(change)}" for change in major]


def _said(change: Mapping[str, Any]) -> str:
    said = [verdict["message"] for verdict in change["verdicts"] if "message" in verdict]
    return " ".join(said) or change["kind"]


def _major(document: Document) -> str:
    return str(document["info"]["version"]).split(".")[0]


def _read(path: Path) -> Document:
    return json.loads(path.read_text("utf-8"))


def main() -> int:
    """Prints every break."""
    if not (RELEASED / VERSION).is_file():
        print("no release yet: nothing to compare with", file=sys.stderr)
        return 0
    found = breaks(RELEASED, GENERATED)
    for finding in found:
        print(finding, file=sys.stderr)
    version = (RELEASED / VERSION).read_text("utf-8").strip()
    verdict = "Keep what was promised, or move the major version in info.version." if found else "nothing breaks"
    print(f"Compared with {version}: {verdict}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
