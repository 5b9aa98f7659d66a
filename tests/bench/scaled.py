"""`python -m tests.bench.scaled FOLDER`: the real server over a contract grown to 300 operations, with models to match.

The published contract is repeated under other paths, each copy with schemas and models of its own, so that nothing
that a larger contract would need is shared. Every model is built before the server answers: the most it can come to.
"""

import re
import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson

import generated
from handlers import app
from scripts.generate.skeleton import skeleton

OPERATIONS = 300
_METHODS = {"get", "put", "post", "patch", "delete"}
_MODELS = ("shared", "ggi", "v1", "v2", "lexos", "mesh")
_KEPT: list[ModuleType] = []


def grown(document: dict[str, Any], operations: int) -> tuple[dict[str, Any], int]:
    """The contract with enough copies of itself to have so many operations, and how many copies those are."""
    paths, schemas = dict(document["paths"]), dict(document["components"]["schemas"])
    copies = 0
    while sum(len(_METHODS & item.keys()) for item in paths.values()) < operations:
        copies += 1
        copied = _copy(document, copies)
        paths |= {f"/v2/x{copies}{path}": item for path, item in copied["paths"].items()}
        schemas |= {f"X{copies}{name}": schema for name, schema in copied["components"]["schemas"].items()}
    return {**document, "paths": paths, "components": {**document["components"], "schemas": schemas}}, copies


def main() -> None:
    """Serve the grown contract with the settings of the environment."""
    folder = Path(sys.argv[1])
    source = Path(generated.__file__).parent
    shutil.copytree(source, folder, dirs_exist_ok=True)
    document, copies = grown(orjson.loads((source / "openapi.json").read_bytes()), OPERATIONS)
    (folder / "openapi.json").write_bytes(orjson.dumps(document))
    (folder / "openapi-skeleton.json").write_bytes(orjson.dumps(skeleton(document)))
    for number in range(1, copies + 1):
        _build_models(source / "models", number)
    app._GENERATED = folder
    app.main()


def _copy(document: dict[str, Any], number: int) -> dict[str, Any]:
    text = orjson.dumps({name: document[name] for name in ("paths", "components")})
    return orjson.loads(text.replace(b"#/components/schemas/", f"#/components/schemas/X{number}".encode()))


def _build_models(folder: Path, number: int) -> None:
    """A copy of every generated model, built."""
    for name in _MODELS:
        module = ModuleType(f"generated.models.x{number}_{name}")
        sys.modules[module.__name__] = module
        source = (folder / f"{name}.py").read_text()
        source = re.sub(r"generated\.models\.shared", f"generated.models.x{number}_shared", source)
        exec(compile(source, module.__name__, "exec"), module.__dict__)
        _KEPT.append(module)
        for value in list(vars(module).values()):
            if isinstance(value, type) and value.__module__ == module.__name__:
                value.model_rebuild()


if __name__ == "__main__":
    main()
