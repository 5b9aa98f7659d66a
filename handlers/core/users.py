"""Users: made, listed, changed, suspended and deleted by those who may, and strangers who register themselves."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from handlers.core.clock import Clock, Moment, new_id
from handlers.core.collections import API_KEYS, MEMBERS, PLATFORM, TENANTS, USERS
from handlers.core.credentials import Hasher
from handlers.core.errors import Conflict, Duplicate, Forbidden, NotFound, Stale, Unavailable
from handlers.core.lockouts import LockOuts
from handlers.core.passwords import check_password
from handlers.core.ports import Collection, Delete, Document, Documents, Insert, Query, Update
from handlers.core.principals import Principal, beyond
from handlers.core.roles import STRANGER, Roles
from handlers.core.shapes import read_as
from handlers.core.standing import USER_RIGHTS, Standing, as_read
from handlers.core.verification import generation, is_active

_MANAGE = "user:write"
_TRIES = 16
_BITE = 100


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who can come in; `home` is the tenant that they belong to, if they belong to one."""

    id: str
    username: str
    created_at: Moment
    role: str = STRANGER
    status: str = "active"
    email: str | None = None
    full_name: str | None = None
    security_level: str | None = None
    agent_access_level: str | None = None
    home: str | None = None
    last_login: Moment | None = None


class Users:
    """The rules of users. Who may see users sees those of their tenant, an operator everybody by their identifier.

    Nobody makes, or changes, a user who may do more than they themselves; only an operator changes a tenant's owner.
    """

    def __init__(
        self,
        documents: Documents,
        hasher: Hasher,
        roles: Roles,
        standing: Standing,
        lockouts: LockOuts,
        clock: Clock,
    ) -> None:
        self._documents = documents
        self._hasher = hasher
        self._roles = roles
        self._standing = standing
        self._lockouts = lockouts
        self._clock = clock

    async def register(self, email: str, password: str, full_name: str | None = None) -> Document:
        """The record of a stranger: somebody who belongs to no tenant until they create one or are invited."""
        check_password(password)
        email = email.lower()
        if await self._documents.find(USERS, PLATFORM, {"email": email}) is not None:
            raise _taken("email")
        given = {"username": email, "email": email, "full_name": full_name, "role": STRANGER}
        return await self._insert({**given, "verifier": await self._hasher.hash(password)})

    async def create(self, who: Principal, given: Mapping[str, Any]) -> User:
        """A user in the caller's tenant."""
        fields = {**_lowered(given), "home": who.tenant}
        password = fields.pop("password")
        check_password(password)
        _check_username(fields)
        self._check_rights(who, fields)
        return read_as(User, await self._insert({**fields, "verifier": await self._hasher.hash(password)}))

    async def get(self, who: Principal, identifier: str) -> User:
        """A user whom the caller may see."""
        return read_as(User, await self._seen(who, identifier))

    async def page(
        self,
        who: Principal,
        limit: int,
        offset: int,
        *,
        roles: tuple[str, ...] | None = None,
        status: str | None = None,
    ) -> list[User]:
        """One page of the users of the caller's tenant, the newest first."""
        found = await self._documents.page(_query(who, roles, status), limit, offset=offset)
        return [read_as(User, document) for document in found]

    async def count(self, who: Principal, *, roles: tuple[str, ...] | None = None, status: str | None = None) -> int:
        """How many users there are in such a list."""
        return await self._documents.count(_query(who, roles, status))

    async def change(self, who: Principal, identifier: str, given: Mapping[str, Any]) -> User:
        """Change a user. A new password, or not being active any more, ends their sessions within a second."""
        async with self._standing.turn(who.tenant):
            for _ in range(_TRIES):
                with suppress(Stale):
                    return await self._change(who, identifier, _lowered(given))
        raise Unavailable(f"{identifier} is being changed by too many at once")

    async def delete(self, who: Principal, identifier: str) -> User:
        """Delete a user; their sessions and keys are refused within a second."""
        async with self._standing.turn(who.tenant):
            user = await self._delete(who, identifier)
        for collection in (API_KEYS, MEMBERS):
            await self._sweep(collection, identifier)
        return read_as(User, user)

    async def _change(self, who: Principal, identifier: str, given: dict[str, Any]) -> User:
        user = await self._seen(who, identifier)
        await self._check_owner(who, user)
        changes = await self._changes(who, user, given)
        is_of_rights = user["id"] != who.id and any(name in changes for name in (*USER_RIGHTS, "verifier"))
        if is_of_rights:
            await self._standing.prove(who, who.tenant, _MANAGE)
        expected = as_read(user, (*USER_RIGHTS, "generation", "verifier"))
        try:
            changed = await self._documents.write(Update(USERS, PLATFORM, identifier, expected, changes))
        except Duplicate as exc:
            raise _taken(exc.fields[0]) from exc
        except Stale as exc:
            if is_of_rights:  # tried again, two who take each other's would get in each other's way for ever
                raise _just_changed(identifier) from exc
            raise
        if changes.keys() & {"verifier", "status"}:
            await self._lockouts.forget(changed["username"], changed.get("email"))
        return read_as(User, changed)

    async def _delete(self, who: Principal, identifier: str) -> Document:
        user = await self._seen(who, identifier)
        _check_not_oneself(who, user, "delete")
        await self._check_owner(who, user)
        self._check_rights(who, user)
        await self._standing.prove(who, who.tenant, _MANAGE)
        try:
            return await self._documents.write(Delete(USERS, PLATFORM, identifier, as_read(user, USER_RIGHTS)))
        except Stale as exc:
            raise _just_changed(identifier) from exc

    async def _seen(self, who: Principal, identifier: str) -> Document:
        user = await self._documents.get(USERS, PLATFORM, identifier)
        if user is None or not (who.is_operator or (who.tenant and user.get("home") == who.tenant)):
            raise NotFound("user", identifier)
        return user

    async def _changes(self, who: Principal, user: Document, given: dict[str, Any]) -> dict[str, Any]:
        password = given.pop("password", None)
        changes = {name: value for name, value in given.items() if user.get(name) != value}
        if any(name in changes for name in USER_RIGHTS):
            _check_not_oneself(who, user, "change the rights of")
        self._check_rights(who, user)
        self._check_rights(who, {**user, **changes})
        _check_username({**user, **changes})
        if password is not None:
            check_password(password)
            changes["verifier"] = await self._hasher.hash(password)
        if "verifier" in changes or (is_active(user) and changes.get("status", "active") != "active"):
            changes["generation"] = generation(user) + 1
        return changes

    def _check_rights(self, who: Principal, user: Mapping[str, Any]) -> None:
        """Refuse a user, present or to be, who may do more than the caller."""
        role = user["role"]
        if excess := beyond(self._roles.under(user, self._roles.of(role)), who.scopes):
            raise Forbidden(f"The role {role} holds more than you do: {', '.join(excess)}", required=excess[0])

    async def _check_owner(self, who: Principal, user: Document) -> None:
        """Refuse to touch a tenant's owner: they came by themselves, and may have other tenants too."""
        if who.is_operator or user["id"] == who.id:
            return
        tenant = await self._documents.get(TENANTS, PLATFORM, user["home"])
        if tenant is not None and tenant.get("owner") == user["id"]:
            raise Conflict("A tenant keeps its owner", id=user["id"])

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


def _query(who: Principal, roles: tuple[str, ...] | None, status: str | None) -> Query:
    where: dict[str, str | tuple[str, ...]] = {"home": who.tenant}
    if roles is not None:
        where["role"] = roles
    if status is not None:
        where["status"] = status
    return Query(USERS, PLATFORM, "created_at", where)


def _lowered(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is given, with names in the one form in which they are compared."""
    return {name: value.lower() if name in ("username", "email") else value for name, value in given.items()}


def _check_not_oneself(who: Principal, user: Document, what: str) -> None:
    """Whoever locks themselves out may be the last who could open."""
    if user["id"] == who.id:
        raise Conflict(f"You cannot {what} yourself", id=who.id)


def _check_username(user: Mapping[str, Any]) -> None:
    """A name that looks like an address logs its owner in by it, so it has to be the user's own."""
    if "@" in user["username"] and user["username"] != user.get("email"):
        raise Conflict("A user name with an @ has to be the user's own e-mail address", field="username")


def _just_changed(identifier: str) -> Conflict:
    return Conflict(f"{identifier} has just been changed", id=identifier)


def _taken(field: str) -> Conflict:
    what = {"email": "This e-mail address", "username": "This user name"}.get(field, "This user")
    return Conflict(f"{what} is registered already", field=field)
