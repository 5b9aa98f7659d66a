"""`python -m scripts.generate [--into DIR]`: writes `generated/`, and removes from it what does not belong there."""

import argparse
import sys
from pathlib import Path

from scripts.generate.sources import ContractError
from scripts.generate.tree import MANIFEST, tree, write
from scripts.places import GENERATED, SPECS, strays


def main() -> int:
    """Generates; says what is wrong with the contract when that cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m scripts.generate", description=__doc__)
    parser.add_argument("--into", type=Path, default=GENERATED, metavar="DIR")
    parser.add_argument("--specs", type=Path, default=SPECS, metavar="DIR")
    arguments = parser.parse_args()
    if arguments.into.exists() and any(arguments.into.iterdir()) and not (arguments.into / MANIFEST).exists():
        parser.error(f"{arguments.into} holds something else than generated files")
    try:
        files = tree(arguments.specs)
    except ContractError as error:
        print(f"specs/{error}", file=sys.stderr)
        return 1
    for path in strays(arguments.into, files):
        path.unlink()
    write(files, arguments.into)
    print(f"{len(files)} files in {arguments.into}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
