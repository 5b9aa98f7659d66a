"""`python -m tests.bench [--short]`: print what Nexus costs; fail where it costs more than it may.

In its short form it only proves that everything runs: figures of a fraction of a second judge nothing.
"""

import os
import sys

from tests.bench import fanout, heartbeats, http, months, startup, stores, subscribers, telemetry, work


def main() -> int:
    """Run every part; the exit status says whether all is as required."""
    short = "--short" in sys.argv[1:]
    cores = os.sched_getaffinity(0)
    problems = http.main(short=short)
    os.sched_setaffinity(0, cores)
    problems += startup.main(short=short)
    problems += subscribers.main(short=short)
    problems += telemetry.main(short=short)
    problems += months.main(short=short)
    problems += fanout.main(short=short)
    problems += work.main(short=short)
    problems += heartbeats.main(short=short)
    for problem in problems:
        print(f"! {problem}")
    print()
    missed = stores.main()
    return 0 if short else int(bool(problems) or missed != 0)


sys.exit(main())
