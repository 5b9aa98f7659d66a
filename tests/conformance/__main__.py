"""Schemathesis, with all checks, against a server of our own, over either store."""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.mongo_wire import private_mongo_wire
from scripts.places import GENERATED, ROOT
from scripts.serving import API_KEY, Served, served
from tests.conformance.credentials import BROKER_SECRET, environment, settings_for_some
from tests.conformance.excuses import excuses

_SETTINGS = Path(__file__).with_name("schemathesis.toml")
# What a request may look like is settled before any store is asked: the second one is shown what is right, of every
# kind, and the ways that lead from one to the next.
_SHOWN = {
    "embedded": ("--phases", "examples,coverage,fuzzing,stateful"),
    "mongo": ("--phases", "examples,coverage,stateful", "--mode", "positive"),
}
_STREAM_LIFETIME = "0.2"  # a stream that ends by itself lets the run go on


def main() -> int:
    """Run; the server's log tells of every defect that an answer hides."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("--store", choices=("embedded", "mongo"), default="embedded")
    parser.add_argument("--max-examples", type=int, default=10)
    parser.add_argument("more", nargs="*", help="passed on to Schemathesis")
    options = parser.parse_args()
    with _server(options.store) as server, tempfile.NamedTemporaryFile("w", suffix=".toml") as settings:
        told = environment(server)
        tried = f"\n[generation]\nmax-examples = {options.max_examples}\n"
        settings.write(_SETTINGS.read_text() + tried + excuses(options.store) + settings_for_some(told))
        settings.flush()
        code = subprocess.run(
            _command(server, settings.name, options),
            check=False,
            cwd=ROOT,
            env={**os.environ, **told, "SCHEMATHESIS_HOOKS": "tests.conformance.hooks"},
        ).returncode
        log = server.log.read_text()
    if "Traceback" in log:
        print(log, file=sys.stderr)
        return code or 1
    return code


@contextmanager
def _server(store: str) -> Iterator[Served]:
    settings = {"stream_lifetime_seconds": _STREAM_LIFETIME, "amqp_auth_secret": BROKER_SECRET}
    if store == "embedded":
        with served(**settings) as server:
            yield server
        return
    with (
        tempfile.TemporaryDirectory(prefix="nexus-") as folder,
        private_mongo_wire(Path(folder)) as mongo,
        served(**settings, database_url=mongo.url) as server,
    ):
        yield server


def _command(server: Served, settings: str, options: argparse.Namespace) -> list[str]:
    return [
        *(str(Path(sys.executable).with_name("schemathesis")), "--config-file", settings),
        *("run", str(GENERATED / "openapi.json"), "--url", server.url),
        *_SHOWN[options.store],
        *("--header", f"Authorization: Bearer {API_KEY}", *options.more),
    ]


if __name__ == "__main__":
    sys.exit(main())
