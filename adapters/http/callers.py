"""Who asks: a token or a key, from the headers that may carry one, in the tenant that the caller chooses."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Any

from adapters.http.refusals import NeedsPassword
from adapters.http.requests import Request
from handlers.core.errors import Forbidden, InvalidRequest, Refusal, Unauthenticated

Authenticate = Callable[[str, str | None], Awaitable[Any]]
Admit = Callable[[str, str], Awaitable[Any]]
_WELCOME_SECONDS = 1.0
_ONCE = {b"authorization": "Authorization", b"x-tenant-id": "X-Tenant-ID", b"x-api-key": "X-API-Key"}


async def caller_of(request: Request, authenticate: Authenticate, *, takes_api_key: bool) -> Any:
    """The principal of a request, by its bearer token; else by its API key, where the operation takes one.

    What let the caller in is noted on the request, for whoever asks again while a stream is open.
    """
    request.tenant = request.chosen_tenant()
    if request.repeats_headers:
        _check_once(request)
    token, key = request.bearer_token(), request.api_key() if takes_api_key else ""
    if token:
        request.token = token
        try:
            return await authenticate(token, request.tenant)
        except Unauthenticated:
            if not key:
                raise
    if not key:
        raise Unauthenticated
    request.token = key
    return await authenticate(key, request.tenant)


async def nobody(_name: str, _password: str) -> Any:
    """Admit nobody who comes with a name and a password."""
    raise Unauthenticated


async def client_of(request: Request, admit: Admit) -> Any:
    """The principal of a request that comes with a name and a password."""
    if request.repeats_headers:
        _check_once(request)
    given = request.basic_credentials()
    try:
        if given is None:
            raise Unauthenticated
        return await admit(*given)
    except Unauthenticated as exc:
        raise NeedsPassword from exc


async def until_unwelcome(request: Request, authenticate: Authenticate, scopes: Collection[str]) -> None:
    """Return when what opened a stream would open it no more: `scopes` may become more meanwhile."""
    while True:
        await asyncio.sleep(_WELCOME_SECONDS)
        try:
            principal = await authenticate(request.token, request.tenant)
        except (Unauthenticated, Forbidden):
            return
        except Refusal:
            continue  # who cannot be asked has not said no
        if not all(principal.may(scope) for scope in scopes):
            return


def _check_once(request: Request) -> None:
    """Refuse a header that came twice: which of the two counts must not be anybody's guess."""
    for name, word in _ONCE.items():
        if request.repeats(name):
            raise InvalidRequest(f"{word} may be given only once", field=word, location="header")
