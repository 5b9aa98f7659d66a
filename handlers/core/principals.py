"""Who is asking, as every rule sees them, and what is among their scopes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from handlers.core.clock import Moment
from handlers.core.collections import DEFAULT_TENANT
from handlers.core.errors import Forbidden

ALL_SCOPES = "admin"
Scopes = frozenset[str]


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody we know, in the tenant for which they act: "" for a stranger, who belongs to none.

    `kind` is `person` for whoever has logged in, `key` for an API key and for the tokens that it was given for;
    `expires_at` is when their credential ends, if it does; `limits` are other limits than the usual ones, by category.
    """

    id: str
    tenant: str
    scopes: Scopes
    kind: str = "person"
    session: str | None = None
    key: str | None = None
    expires_at: Moment | None = None
    security_level: str | None = None
    limits: Mapping[str, int] | None = field(default=None, hash=False)

    def may(self, scope: str) -> bool:
        """Whether a scope is among theirs; `admin` holds all."""
        return ALL_SCOPES in self.scopes or scope in self.scopes

    @property
    def is_operator(self) -> bool:
        """Whether they run the installation: all scopes in its own tenant reach into every other."""
        return self.tenant == DEFAULT_TENANT and ALL_SCOPES in self.scopes


ANONYMOUS = Principal("", "", frozenset())


def narrowed(scopes: Scopes, most: Scopes) -> Scopes:
    """Of some scopes those that are among others; `admin`, on either side, is all of them."""
    if ALL_SCOPES in scopes:
        return most
    return scopes if ALL_SCOPES in most else scopes & most


def beyond(scopes: Scopes, most: Scopes) -> list[str]:
    """The scopes that are not among others."""
    return [] if ALL_SCOPES in most else sorted(scopes - most)


def check_scopes(principal: Principal, scopes: Sequence[str]) -> None:
    """Refuse somebody who lacks one of these."""
    for scope in scopes:
        if not principal.may(scope):
            raise Forbidden(f"This needs the scope {scope}", required=scope)
