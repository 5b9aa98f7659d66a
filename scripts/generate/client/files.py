"""The files of `generated/clients/python/`."""

from pathlib import Path
from typing import Any

from scripts.generate.client.calls import Call, calls_of
from scripts.generate.client.kinds import Kinds
from scripts.generate.client.methods import resources
from scripts.generate.client.refusals import refusals
from scripts.generate.client.schemas import written
from scripts.generate.texts import commented
from scripts.places import CLIENTS

DIALECT = "v2"
_FOLDER = "clients/python"
_PACKAGE = f"{_FOLDER}/nexus_client"


def client(document: dict[str, Any], table: dict[str, Any]) -> dict[str, str]:
    """The files by their path below `generated/`, from the bundle and the table of the dialect's errors."""
    calls = calls_of(document, DIALECT)
    models, params = (Kinds(document, DIALECT, requests) for requests in (False, True))
    texts = {
        "resources.py": resources(calls, models, params, is_async=False),
        "async_resources.py": resources(calls, models, params, is_async=True),
        "clients.py": _clients(calls),
        "errors.py": refusals(table),
        "version.py": f'"""Which contract this is the client of."""\n\nVERSION = {document["info"]["version"]!r}\n',
    }
    texts |= {"models.py": written(models), "params.py": written(params)}
    made = {f"{_PACKAGE}/{name}": commented(".py", text) for name, text in texts.items()}
    return dict(sorted({**_copied(CLIENTS / "python"), **made}.items()))


def _copied(folder: Path) -> dict[str, str]:
    """What is written by hand, each under the banner."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
    return {
        f"{_FOLDER}/{path.relative_to(folder).as_posix()}": commented(
            path.suffix or f".{path.name}", path.read_text("utf-8")
        )
        for path in found
    }


_CLIENTS_HEAD = '''\
"""The clients: every group of calls as an attribute."""

from __future__ import annotations

from . import async_resources, resources
from .connecting import AsyncClient, SyncClient
'''


def _clients(calls: list[Call]) -> str:
    groups = sorted({call.group for call in calls})
    blocking = _client("NexusClient", "SyncClient", "resources", groups, "Calls block until they are answered.")
    awaited = _client("AsyncNexusClient", "AsyncClient", "async_resources", groups, "Calls are awaited.")
    return _CLIENTS_HEAD + blocking + awaited


def _client(name: str, base: str, module: str, groups: list[str], said: str) -> str:
    attached = "".join(f"        self.{group} = {module}.{group.title()}(self.transport)\n" for group in groups)
    head = f'\n\nclass {name}({base}):\n    """Speaks to a Nexus server. {said}"""\n\n'
    return f"{head}    def _attach(self) -> None:\n{attached}"
