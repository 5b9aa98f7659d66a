"""Tenants, each with a namespace of its own."""

from generated.models import mesh
from handlers.core.calls import Call
from handlers.core.collections import DEFAULT_TENANT
from handlers.core.tenants import Tenant
from handlers.dialects.mesh.mapping import TENANT


async def create_tenant(call: Call, body: mesh.TenantCreate) -> mesh.Tenant:
    """A new tenant, the caller's own."""
    given = TENANT.read(body.model_dump(exclude_unset=True))
    return _shown(await call.core.identity.tenants.create(call.principal, given))


async def list_tenants(call: Call, limit: int, offset: int) -> list[mesh.Tenant]:
    """One page of the caller's tenants."""
    return [_shown(tenant) for tenant in await call.core.identity.tenants.page(call.principal, limit, offset)]


async def get_tenant(call: Call, id: str) -> mesh.Tenant:
    """One of the caller's tenants."""
    return _shown(await call.core.identity.tenants.get(call.principal, id))


async def update_tenant(call: Call, id: str, body: mesh.TenantUpdate) -> mesh.Tenant:
    """Change some fields of a tenant."""
    given = TENANT.read(body.model_dump(exclude_unset=True))
    return _shown(await call.core.identity.tenants.change(call.principal, id, given))


async def delete_tenant(call: Call, id: str) -> mesh.TenantDeleted:
    """Delete a tenant; for a day it can be brought back. Its log goes with it, so the installation's is told."""
    tenant = await call.core.identity.tenants.delete(call.principal, id)
    call.note(tenant=DEFAULT_TENANT)
    return mesh.TenantDeleted(id=tenant.id, status="deleted")


async def recover_tenant(call: Call, id: str) -> mesh.Tenant:
    """Bring a deleted tenant back."""
    return _shown(await call.core.identity.tenants.recover(call.principal, id))


def _shown(tenant: Tenant) -> mesh.Tenant:
    return TENANT.show(mesh.Tenant, tenant)
