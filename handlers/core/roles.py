"""What a role holds, what a person's levels leave of it, and what else a scope opens. The tables are the contract's."""

from collections.abc import Mapping, Sequence
from typing import Any

from handlers.core.principals import Scopes, narrowed

Ceilings = Mapping[str, Mapping[str, Sequence[str]]]
STRANGER, OWNER = "stranger", "owner"


class Roles:
    """Roles with their scopes; for each level that a user may have, the scopes that it admits at most.

    `implied` is what some scopes open beside themselves.
    """

    def __init__(
        self,
        roles: Mapping[str, Sequence[str]],
        ceilings: Ceilings | None = None,
        implied: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._roles = {role: frozenset(scopes) for role, scopes in roles.items()}
        self._ceilings = {
            field: {level: frozenset(scopes) for level, scopes in levels.items()}
            for field, levels in (ceilings or {}).items()
        }
        self._implied = {scope: frozenset(others) for scope, others in (implied or {}).items()}

    def of(self, role: str | None) -> Scopes:
        """The scopes of a role; none of one that the contract does not have."""
        return self._roles.get(role or "", frozenset())

    def has(self, role: str) -> bool:
        """Whether there is such a role to be given."""
        return role in self._roles and role != STRANGER

    def opened_by(self, scopes: Scopes) -> Scopes:
        """What a credential with these scopes opens."""
        return scopes.union(*(self._implied.get(scope, frozenset()) for scope in scopes))

    def under(self, user: Mapping[str, Any], scopes: Scopes) -> Scopes:
        """What a user's levels leave of scopes."""
        for field, levels in self._ceilings.items():
            level = user.get(field)
            if level is not None:
                scopes = narrowed(scopes, levels.get(level, frozenset()))
        return scopes
