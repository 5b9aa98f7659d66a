"""An agent as a process of its own: `python -m tests.clients.agent_process ID JOURNAL`. It does `hold` and `quick`.

Each line of its journal says what has happened, of which command, and in which process.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from nexus_client import Agent, Happening, Work


def main(agent_id: str, journal: Path) -> None:
    """Works until SIGTERM."""
    targets = [name for name in os.environ.get("SERVES", "").split(",") if name]
    lease = int(os.environ.get("LEASE", "5"))
    agent = Agent(agent_id, lease_seconds=lease, wait_seconds=1, grace_seconds=2, targets=targets)

    @agent.listen
    def write(happening: Happening) -> None:
        item = happening.work.item_id if happening.work is not None else "-"
        with journal.open("a") as lines:
            lines.write(f"{happening.what} {item} {os.getpid()}\n")

    @agent.command("hold")
    async def hold(work: Work) -> dict[str, Any]:
        await asyncio.sleep(work.input.get("seconds", 3600) if work.attempt == 1 else 0)
        return {"by": agent_id, "attempt": work.attempt}

    agent.run()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
