"""The gRPC stubs of `specs/nexus.proto`, importable as `generated.grpc`.

protoc writes imports after the path that a file is given by, so it is given by the path of the package.
"""

import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from scripts.generate.texts import commented

PROTO = "nexus.proto"
_PACKAGE = "generated/grpc"
_PACKAGE_TEXT = '"""The stubs of the gRPC contract."""\n'


def stubs(proto: str) -> dict[str, str]:
    """The files of `generated/grpc/`."""
    with TemporaryDirectory() as folder:
        package = Path(folder) / _PACKAGE
        package.mkdir(parents=True)
        (package / PROTO).write_text(proto, "utf-8")
        _compile(Path(folder))
        written = {path.name: path.read_text("utf-8") for path in package.glob("*.py*")}
    texts = {"__init__.py": _PACKAGE_TEXT, **written}
    return {f"grpc/{name}": commented(Path(name).suffix, text) for name, text in sorted(texts.items())}


def _compile(folder: Path) -> None:
    known = files("grpc_tools") / "_proto"
    command = [
        sys.executable, "-m", "grpc_tools.protoc", "-I.", f"-I{known}",
        "--python_out=.", "--pyi_out=.", "--grpc_python_out=.", f"{_PACKAGE}/{PROTO}",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"protoc failed:\n{done.stderr}")
