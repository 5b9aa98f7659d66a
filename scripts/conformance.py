"""`make conformance`: Schemathesis, all checks and phases, against a server of our own, over either store."""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.generate.operations import each_operation
from scripts.mongo_wire import private_mongo_wire
from scripts.serving import API_KEY, Served, served, session

_ROOT = Path(__file__).parent.parent
_CONFIG = _ROOT / "scripts" / "schemathesis.toml"
_ENVIRONMENT = {**os.environ, "SCHEMATHESIS_HOOKS": "scripts.conformance_hooks"}
_CONTRACT = _ROOT / "generated" / "openapi.json"
_BEYOND_SCHEMAS = {"412", "422", "501"}
_EXCUSE = """
[[operations]]
include-operation-id-regex = "^({names})$"
checks.positive_data_acceptance.expected-statuses = ["2xx", 401, 403, 404, 409, {statuses}]
"""
_NOT_YET = """checks.not_a_server_error.enabled = false
generation.max-examples = 3
phases.stateful.enabled = false
"""
# Tenants are managed by people: there an API key is refused.
_FOR_PEOPLE = """
[[operations]]
include-operation-id-regex = '^mesh\\.(tenants|keys|members)\\.'
headers = {{ Authorization = "Bearer {token}" }}
"""
_SKIPPED = "enabled = false\n"
_STREAM_LIFETIME = "0.2"  # a stream that ends by itself lets the run go on


def main() -> int:
    """Run; the server's log tells of every defect that an answer hides."""
    parser = argparse.ArgumentParser(prog="python -m scripts.conformance", description=__doc__)
    parser.add_argument("--store", choices=("embedded", "mongo"), default="embedded")
    parser.add_argument("--max-examples", default="20")
    parser.add_argument("more", nargs="*", help="passed on to Schemathesis")
    options = parser.parse_args()
    with _server(options.store) as server, tempfile.NamedTemporaryFile("w", suffix=".toml") as config:
        config.write(_CONFIG.read_text() + excuses(options.store) + _FOR_PEOPLE.format(token=session(server)))
        config.flush()
        code = subprocess.run(
            _command(server, config.name, options), check=False, cwd=_ROOT, env=_ENVIRONMENT
        ).returncode
        log = server.log.read_text()
    if "Traceback" in log:
        print(log, file=sys.stderr)
        return code or 1
    return code


@contextmanager
def _server(store: str) -> Iterator[Served]:
    if store == "embedded":
        with served(stream_lifetime_seconds=_STREAM_LIFETIME) as server:
            yield server
        return
    with (
        tempfile.TemporaryDirectory(prefix="nexus-") as folder,
        private_mongo_wire(Path(folder)) as mongo,
        served(stream_lifetime_seconds=_STREAM_LIFETIME, database_url=mongo.url) as server,
    ):
        yield server


def excuses(store: str) -> str:
    """What operations are excused from: what is not done yet from doing it, others from what no schema can say.

    An operation that declares 412 or 422, or says `x-beyond-schema`, tells in its description what it refuses for a
    reason outside the schema. What is not done yet never asks the store, and is proved beside the embedded one only.
    """
    not_yet = _NOT_YET if store == "embedded" else _SKIPPED
    groups: dict[tuple[str, ...], list[str]] = {}
    for _, _, operation in each_operation(json.loads(_CONTRACT.read_text("utf-8"))):
        said = {str(status) for status in operation.get("x-beyond-schema", ())}
        beyond = tuple(sorted(_BEYOND_SCHEMAS & operation["responses"].keys() | said))
        groups.setdefault(beyond, []).append(operation["operationId"])
    return "".join(_excuse(statuses, names, not_yet) for statuses, names in sorted(groups.items()) if statuses)


def _excuse(statuses: tuple[str, ...], names: list[str], not_yet: str) -> str:
    text = _EXCUSE.format(names="|".join(map(re.escape, names)).replace("\\", "\\\\"), statuses=", ".join(statuses))
    return text + (not_yet if "501" in statuses else "")


def _command(server: Served, config: str, options: argparse.Namespace) -> list[str]:
    return [
        *(str(Path(sys.executable).with_name("schemathesis")), "--config-file", config),
        *("run", str(_CONTRACT), "--url", server.url),
        *("--phases", "examples,coverage,fuzzing,stateful", "--max-examples", options.max_examples),
        *("--header", f"Authorization: Bearer {API_KEY}", *options.more),
    ]


if __name__ == "__main__":
    sys.exit(main())
