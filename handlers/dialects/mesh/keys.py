"""API keys of a tenant."""

from generated.models import mesh
from handlers.core.calls import Call
from handlers.core.keys import ApiKey, NewKey
from handlers.dialects.mesh.mapping import KEY


async def create_key(call: Call, id: str, body: mesh.KeyCreate) -> mesh.KeyCreated:
    """A new key, told this once."""
    wanted = NewKey(**KEY.read({**body.model_dump(exclude_unset=True), "scopes": body.scopes}))
    secret, key = await call.core.identity.keys.create(call.principal, wanted, tenant=id)
    return KEY.show(mesh.KeyCreated, key, rawKey=secret)


async def list_keys(call: Call, id: str, limit: int, offset: int) -> list[mesh.Key]:
    """One page of a tenant's keys."""
    keys = await call.core.identity.keys.page(call.principal, limit, tenant=id, offset=offset)
    return [_shown(key) for key in keys]


async def get_key(call: Call, id: str, hash: str) -> mesh.Key:  # noqa: A002 - the contract's name
    """One key of a tenant, without its secret."""
    return _shown(await call.core.identity.keys.get(call.principal, hash, tenant=id))


async def revoke_key(call: Call, id: str, hash: str) -> mesh.KeyRevoked:  # noqa: A002 - the contract's name
    """End a key."""
    key = await call.core.identity.keys.revoke(call.principal, hash, tenant=id)
    return mesh.KeyRevoked(hash=key.id, status="revoked")


def _shown(key: ApiKey) -> mesh.Key:
    return KEY.show(mesh.Key, key)
