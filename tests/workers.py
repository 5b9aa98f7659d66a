"""Agents in tests: registered for a key, so that whoever has the key takes their work."""

from typing import Any

from tests.serving import Running


def registered(server: Running, key: str, name: str, most: int = 1, **facts: Any) -> str:
    """An agent of whoever has the key."""
    given = {"id": name, "resources": {"max_concurrent_tasks": most}, **facts}

    async def register() -> None:
        who = await server.nexus.site.authenticate(key, None)
        await server.nexus.core.registration.register(who, given)

    server.wait(register())
    return name
