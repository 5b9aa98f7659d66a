"""`make conformance`: Schemathesis, all checks and phases, against a server of our own, over either store."""

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from generated.operations import OPERATIONS
from scripts.mongo_wire import private_mongo_wire
from scripts.serving import API_KEY, Served, served

_ROOT = Path(__file__).parent.parent
_CONFIG = _ROOT / "scripts" / "schemathesis.toml"
_CONTRACT = _ROOT / "generated" / "openapi.json"
_UNFINISHED = """
[[operations]]
include-operation-id-regex = "^({regex})$"
checks.not_a_server_error.enabled = false
checks.positive_data_acceptance.expected-statuses = ["2xx", 401, 403, 404, 409, 501]
"""
_STREAM_LIFETIME = "0.2"  # a stream that ends by itself lets the run go on


def main() -> int:
    """Run; the server's log tells of every defect that an answer hides."""
    parser = argparse.ArgumentParser(prog="python -m scripts.conformance", description=__doc__)
    parser.add_argument("--store", choices=("embedded", "mongo"), default="embedded")
    parser.add_argument("--max-examples", default="40")
    parser.add_argument("more", nargs="*", help="passed on to Schemathesis")
    options = parser.parse_args()
    with _server(options.store) as server, tempfile.NamedTemporaryFile("w", suffix=".toml") as config:
        config.write(_CONFIG.read_text() + excuses())
        config.flush()
        code = subprocess.run(_command(server, config.name, options), check=False).returncode
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


def excuses() -> str:
    """What is promised and not done yet answers 501, and is held to everything else."""
    names = [re.escape(operation.operation_id) for operation in OPERATIONS if operation.unfinished]
    return _UNFINISHED.format(regex="|".join(names).replace("\\", "\\\\")) if names else ""


def _command(server: Served, config: str, options: argparse.Namespace) -> list[str]:
    return [
        *(str(Path(sys.executable).with_name("schemathesis")), "--config-file", config),
        *("run", str(_CONTRACT), "--url", server.url),
        *("--phases", "examples,coverage,fuzzing,stateful", "--max-examples", options.max_examples),
        *("--header", f"Authorization: Bearer {API_KEY}", *options.more),
    ]


if __name__ == "__main__":
    sys.exit(main())
