"""API keys of a tenant."""

from generated.models import v1
from handlers.core.calls import Call
from handlers.core.keys import ApiKey, NewKey
from handlers.dialects.v1.mapping import KEY


async def create_key(call: Call, body: v1.KeyCreate) -> v1.KeyCreated:
    """A new key, told this once."""
    wanted = NewKey(**KEY.read(body.model_dump(exclude_unset=True)))
    secret, key = await call.core.identity.keys.create(call.principal, wanted)
    return KEY.show(v1.KeyCreated, key, api_key=secret)


async def list_keys(call: Call, limit: int, offset: int) -> v1.KeyList:
    """One page of the keys, and how many there are."""
    keys = await call.core.identity.keys.page(call.principal, limit, offset=offset)
    total = await call.core.identity.keys.count(call.principal)
    return v1.KeyList(keys=[_shown(key) for key in keys], total=total, limit=limit, offset=offset)


async def get_key(call: Call, key_id: str) -> v1.Key:
    """One key, without its secret."""
    return _shown(await call.core.identity.keys.get(call.principal, key_id))


async def revoke_key(call: Call, key_id: str) -> v1.KeyRevoked:
    """End a key."""
    key = await call.core.identity.keys.revoke(call.principal, key_id)
    return v1.KeyRevoked(key_id=key.id, status="revoked")


def _shown(key: ApiKey) -> v1.Key:
    return KEY.show(v1.Key, key)
