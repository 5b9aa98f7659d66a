"""Probes for whoever runs the process."""

from generated.models import mesh
from handlers.core.calls import Call

_WORDS = {True: "ok", False: "unavailable"}


async def healthz(call: Call) -> mesh.Liveness:
    """The process answers, so it is alive."""
    return mesh.Liveness(status="ok")


async def readyz(call: Call) -> mesh.Readiness:
    """Ready when every part answers that a request needs."""
    parts = await call.core.readiness.report()
    return mesh.Readiness(status="ready", parts={name: _WORDS[answers] for name, answers in parts.items()})
