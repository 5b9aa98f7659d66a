"""`python -m handlers` serves Nexus: in this process, or in workers that it supervises."""

import gc
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

import uvloop

from adapters.http.workers import Post, Workers, python
from handlers import listening, logs
from handlers import settings as configured
from handlers.core.credentials import new_key
from handlers.core.redaction import Redaction
from handlers.greeting import greet
from handlers.settings import Settings, SettingsError


def main(arguments: Sequence[str] = ()) -> None:
    """Read the settings, say what is wrong with them, or serve. A supervisor gives a worker two file descriptors."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # we have none; looking for them takes a while
    gc.disable()  # next to nothing is garbage of what is made before a server is ready, which enables it again
    try:
        given = configured.load()
        settings = configured.with_secrets(given, new_key)
        _check_plugins(settings)
    except SettingsError as problem:
        sys.exit(f"nexus: {problem}")
    logs.configure(settings.log_level, Redaction(keeps_addresses=settings.log_addresses))
    on_ready = partial(greet, settings, given)
    if arguments:
        uvloop.run(_serve(settings, on_ready, Post(*map(int, arguments))))
        return
    for notice in configured.notices():
        print(f"nexus: {notice}", file=sys.stderr)
    with suppress(KeyboardInterrupt):  # uvicorn has stopped in good order, and passes on what stopped it
        if settings.workers > 1:
            sys.exit(uvloop.run(_supervise(settings, on_ready)))
        uvloop.run(_serve(settings, on_ready))


def _check_plugins(settings: Settings) -> None:
    """Refuse plugins that cannot be used, before anything is begun."""
    if settings.plugins:
        from handlers import extending  # noqa: PLC0415 - as below

        extending.check(settings.plugins)


async def _supervise(settings: Settings, on_ready: Callable[[], None]) -> int:
    """Have workers serve until a signal says stop."""
    gc.enable()
    with listening.for_http(settings) as listener, listening.for_grpc(settings):
        return await Workers(python("handlers"), listener, settings.workers, on_ready).run()


async def _serve(settings: Settings, on_ready: Callable[[], None], post: Post | None = None) -> None:
    """Serve until a signal says stop."""
    from handlers.app import serve  # noqa: PLC0415 - a supervisor is ready sooner, and smaller, without all of it

    await serve(settings, on_ready, post)


if __name__ == "__main__":
    main(sys.argv[1:])
