"""Calls of functions that are not ours: an async one in this loop, any other in a thread of its own.

A thread cannot be stopped. Nobody has to wait for it, least of all the end of the process; whoever has called knows
from `ending` whether it is still at it.
"""

import asyncio
import inspect
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any


class Called:
    """A call that was begun. `ending` is done when the function has ended, and must not be cancelled by others."""

    def __init__(self, function: Callable[..., Any], *given: Any) -> None:
        self.is_async = is_async(function)
        begin = _in_loop if self.is_async else _in_thread
        self.ending: asyncio.Future[Any] = begin(function, *given)
        self.ending.add_done_callback(problem_of)  # so that one for which nobody waits any more is no surprise

    def stop(self) -> None:
        """Have it end at its next `await`, if it is async; a thread goes on."""
        if self.is_async:
            self.ending.cancel()

    @property
    def problem(self) -> BaseException | None:
        """Why a call that has ended gives nothing."""
        return problem_of(self.ending)


def is_async(function: Callable[..., Any]) -> bool:
    """Whether calling it makes something to await."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)


def problem_of(ended: "asyncio.Future[Any]") -> BaseException | None:
    """What a function has raised, if anything; that it was cancelled is a problem, too."""
    return asyncio.CancelledError("The function was cancelled") if ended.cancelled() else ended.exception()


def _in_loop(function: Callable[..., Any], *given: Any) -> "asyncio.Future[Any]":
    return asyncio.ensure_future(_awaited(function, *given))


async def _awaited(function: Callable[..., Any], *given: Any) -> Any:
    """What it gives. A function that would end the process has failed, and no more."""
    try:
        return _done(await function(*given))
    except SystemExit as exc:
        raise RuntimeError("The function wanted to exit") from exc


def _done(result: Any) -> Any:
    """What was given, unless that is something still to be run: the function itself has done nothing then."""
    if not any(is_undone(result) for is_undone in (inspect.isawaitable, inspect.isgenerator, inspect.isasyncgen)):
        return result
    if inspect.iscoroutine(result):
        result.close()
    raise TypeError(f"The function gave a {type(result).__name__} that nobody runs: declare it with `async def`")


def _in_thread(function: Callable[..., Any], *given: Any) -> "asyncio.Future[Any]":
    loop = asyncio.get_running_loop()
    ending = loop.create_future()

    def run() -> None:
        result, problem = _outcome(function, *given)
        with suppress(RuntimeError):  # the loop is closed, and nobody wants to know
            loop.call_soon_threadsafe(_end, ending, result, problem)

    threading.Thread(target=run, name=getattr(function, "__name__", "plugin"), daemon=True).start()
    return ending


def _outcome(function: Callable[..., Any], *given: Any) -> tuple[Any, Exception | None]:
    """What it gives, or raises: as an exception that a future can hold."""
    try:
        return _done(function(*given)), None
    except StopIteration as exc:
        return None, RuntimeError(f"The function raised {exc!r}")
    except Exception as exc:  # noqa: BLE001 - it is for whoever has called
        return None, exc
    except BaseException as exc:  # noqa: BLE001 - likewise; a thread that says it wants to exit ends nothing else
        return None, RuntimeError(f"The function raised {exc!r}")


def _end(ending: "asyncio.Future[Any]", result: Any, problem: Exception | None) -> None:
    if problem is None:
        ending.set_result(result)
    else:
        ending.set_exception(problem)
