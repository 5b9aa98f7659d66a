"""Figures for operators."""

from handlers.core.calls import Call


async def get_metrics(call: Call) -> tuple[bytes, dict[str, str]]:
    """All figures of this process."""
    return call.core.figures(), {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
