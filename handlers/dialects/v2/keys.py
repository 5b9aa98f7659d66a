"""API keys of a tenant, with limits of their own."""

from functools import partial

from generated.models import v2
from handlers.core.calls import Call
from handlers.core.keys import ApiKey, NewKey
from handlers.dialects.v2.mapping import KEY, page_of, position_of
from handlers.dialects.v2.versions import tag_of, version_of


async def create_key(
    call: Call, body: v2.KeyCreate, idempotency_key: str | None
) -> tuple[v2.KeyCreated, dict[str, str]]:
    """A new key, told this once."""
    wanted = NewKey(**KEY.read(body.model_dump(exclude_unset=True)))
    secret, key = await call.core.identity.keys.create(call.principal, wanted, idempotency_key=idempotency_key)
    return KEY.show(v2.KeyCreated, key, key=secret), tag_of(key.version)


async def list_keys(call: Call, limit: int, cursor: str | None) -> v2.KeyPage:
    """One page of the keys, and where the next one begins."""
    keys = await call.core.identity.keys.page(call.principal, limit + 1, after=position_of(cursor))
    return page_of(v2.KeyPage, keys, limit, partial(KEY.show, v2.Key))


async def get_key(call: Call, key_id: str) -> tuple[v2.Key, dict[str, str]]:
    """One key, without its secret."""
    return _tagged(await call.core.identity.keys.get(call.principal, key_id))


async def update_key(
    call: Call, key_id: str, body: v2.KeyUpdate, if_match: str | None
) -> tuple[v2.Key, dict[str, str]]:
    """Change some fields of a key, if it is still the one that the caller has read."""
    given = KEY.read(body.model_dump(exclude_unset=True))
    return _tagged(await call.core.identity.keys.change(call.principal, key_id, given, version=version_of(if_match)))


async def revoke_key(call: Call, key_id: str, if_match: str | None) -> v2.KeyRevoked:
    """End a key, if it is still the one that the caller has read."""
    key = await call.core.identity.keys.revoke(call.principal, key_id, version=version_of(if_match))
    return v2.KeyRevoked(key_id=key.id, status="revoked")


def _tagged(key: ApiKey) -> tuple[v2.Key, dict[str, str]]:
    return KEY.show(v2.Key, key), tag_of(key.version)
