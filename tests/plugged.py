"""A plugin for tests: it does what it is asked, and knows afterwards what it was asked for."""

import asyncio
import os
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from handlers.plugins import Event, Failed, Plugin, Work

TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}

plugin = Plugin("rehearsal", capabilities=["acting"], max_concurrent=2, lease_seconds=5)
stopped: list[str] = []
finished: list[str] = []
heard: list[Event] = []
refusals: Counter[str] = Counter()


@plugin.command("rehearse.say", parameters=TEXT, description="Say it.", category="service", timeout_seconds=60)
async def say(work: Work) -> dict[str, Any]:
    """Say what it is to say."""
    await work.progress(50, "Clearing the throat")
    return {"message": work.input["text"], "tenant": work.tenant, "attempt": work.attempt}


@plugin.command("rehearse.aside")
def say_aside(work: Work) -> dict[str, Any]:
    """Say it in a thread."""
    work.progress(25, "Whispering")
    return {"message": "Psst", "is_main": threading.current_thread() is threading.main_thread()}


@plugin.command("rehearse.forget")
async def forget(work: Work) -> None:
    """Fail, as often as is asked for."""
    if work.attempt <= work.input.get("times", 1):
        raise Failed("The line is gone", retryable=work.input.get("retryable", True), details={"attempt": work.attempt})


@plugin.command("rehearse.stumble")
async def stumble(work: Work) -> None:
    """Fail in a way that nobody has thought of."""
    raise RuntimeError(f"swordfish {work.item_id}")


@plugin.command("rehearse.hold")
async def hold(work: Work) -> dict[str, Any]:
    """Hold a tone, for as long as it may."""
    try:
        await asyncio.sleep(work.input.get("seconds", 60))
    except asyncio.CancelledError:
        stopped.append(work.item_id)
        raise
    return {"message": "Held"}


@plugin.command("rehearse.drone")
def drone(work: Work) -> None:
    """Hold a tone in a thread, until nobody wants it any more."""
    while not work.cancelled:
        time.sleep(0.01)
    stopped.append(work.item_id)


@plugin.command("rehearse.mumble")
async def mumble(work: Work) -> Any:
    """Give what is no result."""
    return {"number": 7, "text": {"text": {1, 2}}, "endless": {"value": float("nan")}}[work.input["what"]]


@plugin.on("task.*", timeout_seconds=1)
async def listen(event: Event) -> None:
    """Remember it, if it is in the mood."""
    title = event.data["title"]
    if refusals[title]:
        refusals[title] -= 1
        if title == "hang":
            await asyncio.sleep(60)
        raise Failed("Not now", retryable=title != "skip")
    heard.append(event)


@plugin.command("rehearse.keep")
async def keep(work: Work) -> dict[str, Any]:
    """Keep a journal of what is done, and where."""
    journal = Path(work.input["journal"])
    _note(journal, f"begun {os.getpid()}")
    await asyncio.sleep(work.input["seconds"] if work.attempt == 1 else 0)
    _note(journal, f"ended {os.getpid()}")
    return {"attempt": work.attempt}


def _note(journal: Path, line: str) -> None:
    with journal.open("a") as file:
        file.write(line + "\n")
