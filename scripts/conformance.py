"""`make conformance`: Schemathesis, all checks and phases, against a server of our own, over either store."""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.mongo_wire import private_mongo_wire
from scripts.serving import API_KEY, Served, served

_ROOT = Path(__file__).parent.parent
_CONFIG = _ROOT / "scripts" / "schemathesis.toml"
_CONTRACT = _ROOT / "generated" / "openapi.json"
_STREAM_LIFETIME = "0.2"  # a stream that ends by itself lets the run go on


def main() -> int:
    """Run; the server's log tells of every defect that an answer hides."""
    parser = argparse.ArgumentParser(prog="python -m scripts.conformance", description=__doc__)
    parser.add_argument("--store", choices=("embedded", "mongo"), default="embedded")
    parser.add_argument("--max-examples", default="40")
    parser.add_argument("more", nargs="*", help="passed on to Schemathesis")
    options = parser.parse_args()
    with _server(options.store) as server:
        code = subprocess.run(_command(server, options), check=False).returncode
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


def _command(server: Served, options: argparse.Namespace) -> list[str]:
    return [
        *(str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(_CONFIG)),
        *("run", str(_CONTRACT), "--url", server.url, "--checks", "all"),
        *("--phases", "examples,coverage,fuzzing,stateful", "--max-examples", options.max_examples),
        *("--header", f"Authorization: Bearer {API_KEY}", *options.more),
    ]


if __name__ == "__main__":
    sys.exit(main())
