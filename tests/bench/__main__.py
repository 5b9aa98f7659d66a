"""`python -m tests.bench [--short]`: print what Nexus costs; fail where it costs more than it may.

In its short form it only proves that everything runs: figures of a fraction of a second judge nothing.
"""

import importlib
import importlib.util
import sys

from tests.bench import http

_LATER = ("startup", "stores")


def main() -> int:
    """Run every part; the exit status says whether all is as required."""
    short = "--short" in sys.argv[1:]
    problems = http.main(short=short)
    for problem in problems:
        print(f"! {problem}")
    return 0 if short or not problems else 1


sys.exit(main())
