"""Install locked requirements into an environment, showing how far it has come. Needs only the standard library."""

import re
import subprocess
import sys
from pathlib import Path

_PROGRESS = re.compile(r"^(Collecting|Downloading|Using cached|Installing collected packages)\b\s*(\S*)")


def main(python: str, requirements: str) -> int:
    """Run pip; on failure show all that it said."""
    total = len(re.findall(r"^[A-Za-z0-9].*==", Path(requirements).read_text(), re.MULTILINE))
    command = [python, "-m", "pip", "install", "--require-hashes", "--disable-pip-version-check", "-r", requirements]
    said: list[str] = []
    seen = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        for line in pip.stdout:
            said.append(line)
            match = _PROGRESS.match(line)
            if match:
                seen += match.group(1) == "Collecting"
                _show(match, seen, total)
    _clear()
    if pip.returncode:
        sys.stderr.writelines(said)
        print(f"Installing {requirements} failed; what pip said is above.", file=sys.stderr)
    return pip.returncode


def _show(match: re.Match[str], seen: int, total: int) -> None:
    step = "installing" if match.group(1).startswith("Installing") else match.group(2)[:60]
    text = f"Setting up: {min(seen, total)} of {total} packages, {step}"
    if sys.stdout.isatty():
        print(f"\r\033[K{text}", end="", flush=True)
    elif match.group(1).startswith("Installing") or seen % 25 == 1:
        print(text, flush=True)


def _clear() -> None:
    if sys.stdout.isatty():
        print("\r\033[K", end="", flush=True)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
