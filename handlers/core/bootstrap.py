"""The first user, tenant and key, as the settings name them: made sure of at every start, by however many servers."""

import asyncio
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from typing import Any

from handlers.core.clock import Clock, new_id
from handlers.core.collections import API_KEYS, DEFAULT_TENANT, PLATFORM, TENANTS, USERS
from handlers.core.credentials import Hasher, key_id, secret_part
from handlers.core.errors import Duplicate, Stale, Unauthenticated
from handlers.core.ports import Delete, Document, Documents, Insert, Update
from handlers.core.tenants import resource_name
from handlers.core.verification import generation


class Bootstrap:
    """Brings about what has to be there before anybody can ask for it."""

    def __init__(self, documents: Documents, hasher: Hasher, key_hasher: Hasher, clock: Clock) -> None:
        self._documents = documents
        self._hasher = hasher
        self._key_hasher = key_hasher
        self._clock = clock

    async def ensure_tenant(self, identifier: str = DEFAULT_TENANT) -> None:
        """Make sure that there is a tenant of this name."""
        if await self._documents.get(TENANTS, PLATFORM, identifier) is None:
            tenant = {
                "id": identifier,
                "cr_name": resource_name(identifier),
                "display_name": identifier.removeprefix("t_").capitalize(),
                "created_at": self._clock(),
            }
            with suppress(Duplicate):
                await self._documents.write(Insert(TENANTS, PLATFORM, tenant))

    async def ensure_user(self, username: str, password: str, **fields: Any) -> Document:
        """The user of that name with that password, created or given it if need be; a new one ends their sessions."""
        user = await self._documents.find(USERS, PLATFORM, {"username": username.lower()})
        if user is None:
            return await self._create_user(username, password, fields)
        await self.ensure_tenant(user.get("home", DEFAULT_TENANT))
        if "verifier" in user and await self._hasher.matches(password, user["verifier"]):
            return user
        new = {"verifier": await self._hasher.hash(password), "generation": generation(user) + 1}
        present = {"verifier": user.get("verifier")}
        try:
            return await self._documents.write(Update(USERS, PLATFORM, user["id"], present, new))
        except Stale:
            return await self.ensure_user(username, password, **fields)

    async def ensure_first(self, username: str, password: str, key: str | None, **fields: Any) -> None:
        """The user of that name with that password, and their bootstrap key; what is slow of both is done at once."""
        if key is None:
            await self.ensure_user(username, password, **fields)
            return
        verifier = asyncio.ensure_future(self._verifier(key))
        try:
            user = await self.ensure_user(username, password, **fields)
            await self.ensure_bootstrap_key(key, user, verifier)
        finally:
            verifier.cancel()

    async def ensure_key(
        self, key: str, user: Document, label: str, verifier: Awaitable[str | None] | None = None
    ) -> None:
        """Make a given API key one of the user's."""
        identifier = key_id(key)
        if await self._documents.get(API_KEYS, PLATFORM, identifier) is not None:
            return
        made = None if verifier is None else await verifier
        record = {
            "id": identifier,
            "user": user["id"],
            "label": label,
            "verifier": made or await self._key_hasher.hash(secret_part(key)),
            "created_at": self._clock(),
        }
        with suppress(Duplicate):
            await self._documents.write(Insert(API_KEYS, PLATFORM, record))

    async def ensure_bootstrap_key(
        self, key: str, user: Document, verifier: Awaitable[str | None] | None = None
    ) -> None:
        """Make a given API key the user's one bootstrap key, and end the one before it.

        The user's record names the key before the key exists, so that a start which is cut short leaves none behind.
        """
        identifier = key_id(key)
        while (previous := user.get("bootstrap_key")) != identifier:
            if previous is not None:
                await self._end_key(previous)
            named = Update(USERS, PLATFORM, user["id"], {"bootstrap_key": previous}, {"bootstrap_key": identifier})
            try:
                user = await self._documents.write(named)
            except Stale:
                user = await self._present(user["id"])
        await self.ensure_key(key, user, "bootstrap", verifier)

    async def _verifier(self, key: str) -> str | None:
        """What a key is known by; None where it is known already."""
        if await self._documents.get(API_KEYS, PLATFORM, key_id(key)) is not None:
            return None
        return await self._key_hasher.hash(secret_part(key))

    async def _end_key(self, identifier: str) -> None:
        with suppress(Stale):
            await self._documents.write(Delete(API_KEYS, PLATFORM, identifier))

    async def _present(self, identifier: str) -> Document:
        user = await self._documents.get(USERS, PLATFORM, identifier)
        if user is None:
            raise Unauthenticated
        return user

    async def _create_user(self, username: str, password: str, fields: Mapping[str, Any]) -> Document:
        now = self._clock()
        user = {
            "id": new_id("usr", now),
            "username": username.lower(),
            "verifier": await self._hasher.hash(password),
            "home": DEFAULT_TENANT,
            "status": "active",
            "created_at": now,
            **fields,
        }
        await self.ensure_tenant(user["home"])
        try:
            return await self._documents.write(Insert(USERS, PLATFORM, user))
        except Duplicate:
            return await self.ensure_user(username, password, **fields)
