"""Everything that `generated/` holds, and the manifest that lists it."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.generate.bundle import Bundle, bundle
from scripts.generate.channels import channels, mark_topics, messages
from scripts.generate.client.files import DIALECT, client
from scripts.generate.errors import errors, refusal_table
from scripts.generate.failures import UNFINISHED
from scripts.generate.grammar import ASYNCAPI, OPENAPI
from scripts.generate.models import models
from scripts.generate.operations import operations
from scripts.generate.references import Models
from scripts.generate.schemas import by_dialect
from scripts.generate.skeleton import skeleton
from scripts.generate.sources import Place, Sources
from scripts.generate.stubs import PROTO, stubs
from scripts.generate.texts import as_json, as_yaml, commented

MANIFEST = "manifest.json"
_PACKAGE_TEXT = '"""What is derived from the contract in `specs/`."""\n'


def tree(specs: Path) -> dict[str, str]:
    """The text of every generated file, by its path below `generated/`."""
    sources = Sources(specs)
    api = bundle(sources, "openapi.yaml", OPENAPI)
    events = bundle(sources, "asyncapi.yaml", ASYNCAPI)
    for key in sources.unfinished("messages") & events.document.get("operations", {}).keys():
        events.document["operations"][key][UNFINISHED] = True
    mark_topics(events.document, sources.unfinished("topics"))
    files = {**_documents(api, events), **_code(sources, api, events), **_protocol(specs), **_client(sources, api)}
    return {**files, MANIFEST: as_json(_manifest(sources, files))}


def write(files: Mapping[str, str], folder: Path) -> None:
    """Makes a folder hold these files; what stands there already is left alone."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")


def digest(content: bytes) -> str:
    """The fingerprint by which the manifest knows a file."""
    return hashlib.sha256(content).hexdigest()


def _documents(api: Bundle, events: Bundle) -> dict[str, str]:
    return {
        "openapi.json": as_json(api.document),
        "openapi.yaml": as_yaml(api.document),
        "openapi-skeleton.json": as_json(skeleton(api.document)),
        "asyncapi.json": as_json(events.document),
        "asyncapi.yaml": as_yaml(events.document),
    }


def _code(sources: Sources, api: Bundle, events: Bundle) -> dict[str, str]:
    origins: dict[str, Place] = {**events.schemas, **api.schemas}
    schemas: dict[str, Any] = {**_schemas(events), **_schemas(api)}
    known = Models(origins)
    return {
        "__init__.py": commented(".py", _PACKAGE_TEXT),
        "channels.py": commented(".py", channels(events.document, known)),
        "errors.py": commented(".py", errors(sources, api.document.get("x-dialects", {}))),
        "messages.py": commented(".py", messages(events.document, known)),
        "operations.py": commented(".py", operations(api.document, known)),
        **models(by_dialect(origins, schemas)),
    }


def _client(sources: Sources, api: Bundle) -> dict[str, str]:
    """The client of our own dialect, in a contract that has it."""
    known = DIALECT in api.document.get("x-dialects", {})
    return client(api.document, refusal_table(sources, DIALECT)) if known else {}


def _schemas(contract: Bundle) -> dict[str, Any]:
    return contract.document["components"].get("schemas", {})


def _protocol(specs: Path) -> dict[str, str]:
    proto = (specs / PROTO).read_text("utf-8")
    return {PROTO: commented(".proto", proto), **stubs(proto)}


def _manifest(sources: Sources, files: Mapping[str, str]) -> dict[str, Any]:
    return {
        "specs": sources.fingerprint(),
        "files": {name: digest(text.encode()) for name, text in sorted(files.items())},
    }
