"""`make conformance`: Schemathesis, all checks and phases, against a server of our own."""

import argparse
import subprocess
import sys
from pathlib import Path

from scripts.serving import API_KEY, served

_ROOT = Path(__file__).parent.parent
_CONFIG = _ROOT / "scripts" / "schemathesis.toml"
_CONTRACT = _ROOT / "generated" / "openapi.json"
_STREAM_LIFETIME = "0.2"  # a stream that ends by itself lets the run go on


def main() -> int:
    """Run; the server's log tells of every defect that an answer hides."""
    parser = argparse.ArgumentParser(prog="python -m scripts.conformance", description=__doc__)
    parser.add_argument("--database-url", default="", help="test over this store, not the embedded one")
    parser.add_argument("--max-examples", default="40")
    parser.add_argument("more", nargs="*", help="passed on to Schemathesis")
    options = parser.parse_args()
    with served(stream_lifetime_seconds=_STREAM_LIFETIME, database_url=options.database_url) as server:
        command = [
            *(str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(_CONFIG)),
            *(
                "run",
                str(_CONTRACT),
                "--url",
                server.url,
                "--checks",
                "all",
                "--phases",
                "examples,coverage,fuzzing,stateful",
            ),
            *("--header", f"Authorization: Bearer {API_KEY}", "--max-examples", options.max_examples, *options.more),
        ]
        code = subprocess.run(command, check=False).returncode
        log = server.log.read_text()
    if "Traceback" in log:
        print(log, file=sys.stderr)
        return code or 1
    return code


if __name__ == "__main__":
    sys.exit(main())
