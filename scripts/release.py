"""`python -m scripts.release`: makes the present contract the one that later changes are compared with."""

import json
import shutil
import sys
from pathlib import Path

from scripts import check_generated
from scripts.check_breaking import DOCUMENTS, VERSION, breaks
from scripts.places import GENERATED, RELEASED, SPECS


def release(generated: Path, released: Path) -> str:
    """Copies the bundles and notes their version; both documents must have the same one."""
    versions = {json.loads((generated / name).read_text("utf-8"))["info"]["version"] for name in DOCUMENTS}
    if len(versions) > 1:
        raise ValueError(f"the documents disagree about the version: {', '.join(sorted(versions))}")
    released.mkdir(exist_ok=True)
    for name in DOCUMENTS:
        shutil.copyfile(generated / name, released / name)
    version = versions.pop()
    (released / VERSION).write_text(f"{version}\n", "utf-8")
    return version


def main() -> int:
    """Releases what is generated afresh and breaks no promise."""
    problems = check_generated.findings(SPECS, GENERATED)
    if not problems and (RELEASED / VERSION).is_file():
        problems = breaks(RELEASED, GENERATED)
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        return 1
    print(f"released {release(GENERATED, RELEASED)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
