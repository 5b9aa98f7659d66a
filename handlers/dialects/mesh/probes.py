"""Probes for whoever runs the process."""

from generated.models import mesh
from handlers.core.calls import Call


async def healthz(call: Call) -> mesh.Liveness:
    """The process answers, so it is alive."""
    return mesh.Liveness(status="ok")


async def readyz(call: Call) -> mesh.Readiness:
    """Ready when every part answers; a part that does not refuses for us."""
    for ask in call.core.parts.values():
        await ask()
    return mesh.Readiness(status="ready", parts=dict.fromkeys(call.core.parts, "ok"))
