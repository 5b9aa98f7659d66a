"""Users: made, listed, changed, suspended and deleted by those who may, and strangers who register themselves."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from handlers.core.clock import Clock, new_id
from handlers.core.collections import API_KEYS, MEMBERS, PLATFORM, USERS
from handlers.core.credentials import Hasher
from handlers.core.errors import Conflict, Duplicate, Forbidden, NotFound, Stale, Unavailable, Unprocessable
from handlers.core.logins import unlock
from handlers.core.passwords import check_password
from handlers.core.ports import Collection, Delete, Document, Documents, Insert, Position, Query, Update
from handlers.core.principals import ALL_SCOPES, Principal, beyond
from handlers.core.roles import STRANGER, Roles
from handlers.core.verification import generation, is_active

STATUSES = ("active", "inactive", "suspended")
_RIGHTS = ("role", "status", "security_level", "agent_access_level")
_TRIES = 16
_BITE = 100


class Users:
    """The rules of users. Who holds `admin` sees all of them; others those who belong to their tenant.

    Nobody makes, or changes, a user who may do more than they themselves.
    """

    def __init__(self, documents: Documents, hasher: Hasher, roles: Roles, clock: Clock) -> None:
        self._documents = documents
        self._hasher = hasher
        self._roles = roles
        self._clock = clock

    async def register(self, email: str, password: str, full_name: str | None = None) -> Document:
        """A stranger: somebody who belongs to no tenant until they create one or are invited."""
        check_password(password)
        email = email.strip().lower()
        if await self._documents.find(USERS, PLATFORM, {"email": email}) is not None:
            raise _taken("email")
        given = {"username": email, "email": email, "full_name": full_name, "role": STRANGER}
        return await self._insert({**given, "verifier": await self._hasher.hash(password)})

    async def create(self, who: Principal, given: Mapping[str, Any]) -> Document:
        """A user in the caller's tenant."""
        fields = {**given, "home": who.tenant}
        password = fields.pop("password")
        check_password(password)
        fields["username"] = fields["username"].lower()
        if fields.get("email"):
            fields["email"] = fields["email"].lower()
        _check_username(fields)
        self._check_rights(who, fields)
        return await self._insert({**fields, "verifier": await self._hasher.hash(password)})

    async def get(self, who: Principal, identifier: str) -> Document:
        """A user whom the caller may see."""
        user = await self._documents.get(USERS, PLATFORM, identifier)
        if user is None or not _is_seen(who, user):
            raise NotFound("user", identifier)
        return user

    async def me(self, who: Principal) -> Document:
        """The caller's own record."""
        user = await self._documents.get(USERS, PLATFORM, who.id)
        if user is None:
            raise NotFound("user", who.id)
        return user

    async def page(
        self, who: Principal, limit: int, *, offset: int = 0, after: Position | None = None, **wanted: str | None
    ) -> list[Document]:
        """One page of the users that the caller may see, the newest first; `role` and `status` choose among them."""
        return await self._documents.page(_query(who, wanted), limit, offset=offset, after=after)

    async def count(self, who: Principal, **wanted: str | None) -> int:
        """How many users there are in such a list."""
        return await self._documents.count(_query(who, wanted))

    async def change(self, who: Principal, identifier: str, given: Mapping[str, Any]) -> Document:
        """Change a user. A new password, or not being active any more, ends their sessions within a second."""
        for _ in range(_TRIES):
            user = await self.get(who, identifier)
            changes = await self._changes(who, user, dict(given))
            expected = {name: user.get(name) for name in (*_RIGHTS, "generation", "verifier")}
            try:
                changed = await self._documents.write(Update(USERS, PLATFORM, identifier, expected, changes))
            except Stale:
                continue
            except Duplicate as exc:
                raise _taken(exc.fields[0]) from exc
            if changes.keys() & {"verifier", "status"}:
                await unlock(self._documents, changed)
            return changed
        raise Unavailable(f"{identifier} is being changed by too many at once")

    async def delete(self, who: Principal, identifier: str) -> Document:
        """Delete a user; their sessions and keys are refused within a second."""
        user = await self.get(who, identifier)
        _check_not_oneself(who, user, "delete")
        self._check_rights(who, user)
        try:
            await self._documents.write(Delete(USERS, PLATFORM, identifier, {"role": user["role"]}))
        except Stale as exc:
            raise Conflict(f"{identifier} has just been changed", id=identifier) from exc
        for collection in (API_KEYS, MEMBERS):
            await self._sweep(collection, identifier)
        return user

    async def _changes(self, who: Principal, user: Document, given: dict[str, Any]) -> dict[str, Any]:
        changes = {name: value for name, value in given.items() if name != "password" and user.get(name) != value}
        if any(name in changes for name in _RIGHTS):
            _check_not_oneself(who, user, "change the rights of")
        self._check_rights(who, user)
        self._check_rights(who, {**user, **changes})
        if changes.get("email"):
            changes["email"] = changes["email"].lower()
        _check_username({**user, **changes})
        if "password" in given:
            check_password(given["password"])
            changes["verifier"] = await self._hasher.hash(given["password"])
        if "verifier" in changes or (is_active(user) and changes.get("status", "active") != "active"):
            changes["generation"] = generation(user) + 1
        return changes

    def _check_rights(self, who: Principal, user: Mapping[str, Any]) -> None:
        """Refuse a user, present or to be, who may do more than the caller."""
        role = user["role"]
        if excess := beyond(self._roles.under(dict(user), self._roles.of(role)), who.scopes):
            raise Forbidden(f"The role {role} holds more than you do: {', '.join(excess)}", required=excess[0])

    async def _insert(self, fields: Mapping[str, Any]) -> Document:
        now = self._clock()
        given = {name: value for name, value in fields.items() if value is not None}
        user = {"id": new_id("usr", now), "status": "active", "created_at": now, **given}
        try:
            return await self._documents.write(Insert(USERS, PLATFORM, user))
        except Duplicate as exc:
            raise _taken(exc.fields[0]) from exc

    async def _sweep(self, collection: Collection, user: str) -> None:
        query = Query(collection, PLATFORM, "created_at", {"user": user})
        while found := await self._documents.page(query, _BITE):
            for record in found:
                with suppress(Stale):
                    await self._documents.write(Delete(collection, PLATFORM, record["id"]))


def _is_seen(who: Principal, user: Document) -> bool:
    return ALL_SCOPES in who.scopes or (bool(who.tenant) and user.get("home") == who.tenant)


def _query(who: Principal, wanted: Mapping[str, str | None]) -> Query:
    where = {name: value for name, value in wanted.items() if value is not None}
    if ALL_SCOPES not in who.scopes:
        where["home"] = who.tenant
    return Query(USERS, PLATFORM, "created_at", where)


def _check_not_oneself(who: Principal, user: Document, what: str) -> None:
    """Whoever locks themselves out may be the last who could open."""
    if user["id"] == who.id:
        raise Conflict(f"You cannot {what} yourself", id=who.id)


def _check_username(user: Mapping[str, Any]) -> None:
    """A name that looks like an address logs its owner in by it, so it has to be the user's own."""
    if "@" in user["username"] and user["username"] != user.get("email"):
        raise Unprocessable("A user name with an @ has to be the user's own e-mail address", field="username")


def _taken(field: str) -> Conflict:
    what = {"email": "This e-mail address", "username": "This user name"}.get(field, "This user")
    return Conflict(f"{what} is registered already", field=field)
