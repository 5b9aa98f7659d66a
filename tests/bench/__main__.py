"""`python -m tests.bench [--short]`: print what Nexus costs; fail where it costs more than it may.

In its short form it only proves that everything runs: figures of a fraction of a second judge nothing.
"""

import os
import sys

from tests.bench import http, startup, stores


def main() -> int:
    """Run every part; the exit status says whether all is as required."""
    short = "--short" in sys.argv[1:]
    cores = os.sched_getaffinity(0)
    problems = http.main(short=short)
    os.sched_setaffinity(0, cores)
    problems += startup.main(short=short)
    for problem in problems:
        print(f"! {problem}")
    print()
    missed = stores.main()
    return 0 if short else int(bool(problems) or missed != 0)


sys.exit(main())
