"""`python -m scripts.node_tools`: installs the pinned Node tools below `scripts/node`, when the lock changed.

Node itself comes from PyPI into the virtual environment, so that the system's one is never used. The tools are told
not to look for updates, report usage or colour their output.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

NODE = Path(__file__).resolve().parent / "node"
_STAMP = NODE / "node_modules" / ".installed"
_DEFINED_BY = ("package.json", "package-lock.json", ".npmrc")
_QUIET = {
    "CI": "true",
    "DO_NOT_TRACK": "1",
    "FORCE_COLOR": "0",
    "NO_COLOR": "1",
    "NO_UPDATE_NOTIFIER": "1",
    "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true",
    "REDOCLY_TELEMETRY": "off",
}


def environment() -> dict[str, str]:
    """The environment of every Node tool: the virtual environment's node first, and silence."""
    path = os.pathsep.join([str(_binaries()), os.environ.get("PATH", "")])
    return {**os.environ, **_QUIET, "PATH": path}


def install() -> bool:
    """Installs what the lock says; says whether there was anything to do."""
    wanted = _fingerprint()
    if _STAMP.is_file() and _STAMP.read_text("utf-8") == wanted:
        return False
    command = [_binaries() / "npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(command, cwd=NODE, env=environment(), check=True)
    _STAMP.write_text(wanted, "utf-8")
    return True


def run(tool: str, *arguments: str | Path, cwd: Path = NODE) -> subprocess.CompletedProcess[str]:
    """Runs an installed tool, or a script of ours, and returns what it said."""
    install()
    program = _binaries() / "node" if tool.endswith(".mjs") else NODE / "node_modules" / ".bin" / tool
    first = [NODE / tool] if tool.endswith(".mjs") else []
    command = [str(part) for part in (program, *first, *arguments)]
    return subprocess.run(command, cwd=cwd, env=environment(), capture_output=True, text=True, check=False)


def _fingerprint() -> str:
    content = b"".join((NODE / name).read_bytes() for name in _DEFINED_BY)
    return hashlib.sha256(content + sys.version.encode()).hexdigest()


def _binaries() -> Path:
    return Path(sys.executable).parent


def main() -> int:
    """Installs, and says what happened."""
    print("installed" if install() else "already installed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
