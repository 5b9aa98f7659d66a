"""Pydantic models of every schema, one module per dialect, through datamodel-code-generator.

A schema has one class, shared by the API and the events; dialects import `shared` and never each other.
"""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from scripts.generate.schemas import DIALECT_DOCUMENT
from scripts.generate.sources import SHARED
from scripts.generate.texts import commented

PACKAGE = "generated.models"
_OPTIONS = (
    "--ignore-pyproject",
    "--input-file-type", "jsonschema",
    "--schema-version", "2020-12",
    "--output-model-type", "pydantic_v2.BaseModel",
    "--target-python-version", "3.11",
    "--formatters", "builtin",
    "--encoding", "utf-8",
    "--disable-timestamp",
    "--custom-file-header", "# datamodel-code-generator's own heading is left out",
    "--base-class", f"{PACKAGE}.wire.Wire",
    "--enum-field-as-literal", "all",
    "--skip-root-model",
    "--strict-nullable",
    "--strict-refs",
    "--use-annotated",
    "--use-schema-description",
    "--use-type-alias",
)  # fmt: skip

# Written for classes that refer to themselves or to later ones; pydantic settles these at first use as well.
_BUILT_AT_ONCE = re.compile(r"^\w+\.model_rebuild\(\)\n?", re.MULTILINE)
_ANY_KIND = {"boolean", "number", "string", "array", "object"}
_PACKAGE_TEXT = '"""A model of every schema of the contract, one module per dialect."""\n'
_WIRE_TEXT = '''\
"""What every model of the contract is."""

from pydantic import BaseModel, ConfigDict


class Wire(BaseModel):
    """Carries the values that travel. JSON Schema judges them; a model gives them names and types.

    Built when first used, named as on the wire when written, and open to more fields unless the schema closes it.
    """

    model_config = ConfigDict(
        defer_build=True,
        extra="allow",
        protected_namespaces=(),
        serialize_by_alias=True,
        validate_by_alias=True,
        validate_by_name=True,
    )
'''


def models(documents: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The files of `generated/models/`, from one set of schemas per dialect."""
    with TemporaryDirectory() as folder:
        for dialect, schemas in documents.items():
            (Path(folder) / DIALECT_DOCUMENT.format(dialect)).write_text(json.dumps(_document(schemas)), "utf-8")
        with ThreadPoolExecutor() as pool:
            modules = dict(zip(documents, pool.map(lambda name: _module(Path(folder), name), documents), strict=True))
    texts = {"__init__": _PACKAGE_TEXT, "wire": _WIRE_TEXT, **modules}
    return {f"models/{name}.py": commented(".py", text) for name, text in sorted(texts.items())}


def _document(schemas: Mapping[str, Any]) -> dict[str, Any]:
    defined = {name: _untold(schema) for name, schema in sorted(schemas.items())}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": defined}


def _untold(schema: Any) -> Any:
    """A schema by which a model need not tell apart what is carried alike: a value that may be of any kind."""
    is_any = isinstance(schema, dict) and {*schema.get("type", ())} >= _ANY_KIND
    return {"description": schema.get("description", "")} if is_any else schema


def _module(folder: Path, dialect: str) -> str:
    """The source of one dialect's models; paths are relative, so that none is written into it."""
    output = f"{dialect}.py"
    arguments = ["--input", DIALECT_DOCUMENT.format(dialect), "--output", output]
    if dialect != SHARED:
        arguments += ["--external-ref-mapping", f"{DIALECT_DOCUMENT.format(SHARED)}={PACKAGE}.{SHARED}"]
    command = [sys.executable, "-m", "datamodel_code_generator", *_OPTIONS, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"datamodel-code-generator failed on {dialect}:\n{done.stderr}")
    _, _, text = (folder / output).read_text("utf-8").partition("\n")
    text = _BUILT_AT_ONCE.sub("", text).rstrip() + "\n"
    title = f"The {dialect} dialect's schemas." if dialect != SHARED else "The schemas that dialects share."
    return f'"""{title}"""\n{text}'
