"""How work reaches an agent that asks for it, and how its result comes back."""

from functools import partial

from generated.models import v2
from handlers.core.calls import Call
from handlers.core.taking import Wish
from handlers.core.work import Claimed, Lease
from handlers.dialects.v2.mapping import LEASE


async def take_leases(
    call: Call, agent_id: str, body: v2.LeaseTake | None, idempotency_key: str | None
) -> v2.LeaseList:
    """Work for an agent, now or as soon as there is some."""
    asked = body or v2.LeaseTake()
    lists = [None if given is None else tuple(given) for given in (asked.kinds, asked.names)]
    wish = Wish(asked.max_leases, asked.lease_seconds, *lists, targets=tuple(asked.targets or ()))
    taken = await call.core.taking.take(
        call.principal,
        agent_id,
        wish,
        wait_seconds=asked.wait_seconds,
        key=idempotency_key,
        audience=call.audience,
    )
    if taken and idempotency_key is None:  # whoever has a key can ask again for what they have taken
        call.unless_heard(partial(call.core.taking.give_back, call.principal, taken))
    return v2.LeaseList(data=[shown(lease) for lease in taken])


async def list_leases(call: Call, agent_id: str) -> v2.LeaseList:
    """What an agent holds."""
    agent = await call.core.leases.agent(call.principal, agent_id)
    return v2.LeaseList(data=[shown(lease) for lease in await call.core.leases.held_by(agent)])


async def get_lease(call: Call, agent_id: str, lease_id: str) -> v2.Lease:
    """One lease."""
    return shown(await call.core.leases.get(call.principal, agent_id, lease_id))


async def renew_lease(call: Call, agent_id: str, lease_id: str, body: v2.LeaseRenew) -> v2.Lease:
    """Put off the end of a lease."""
    claimed = Claimed(agent_id, lease_id, body.fencing_token)
    return shown(await call.core.leases.renew(call.principal, claimed, body.lease_seconds))


async def report_progress(call: Call, agent_id: str, lease_id: str, body: v2.LeaseProgress) -> v2.Lease:
    """Say how far the work has come."""
    claimed = Claimed(agent_id, lease_id, body.fencing_token)
    leases = call.core.leases
    return shown(await leases.progress(call.principal, claimed, body.progress, body.message, renew=body.renew))


async def complete_lease(call: Call, agent_id: str, lease_id: str, body: v2.LeaseComplete) -> v2.Lease:
    """The work is done."""
    claimed = Claimed(agent_id, lease_id, body.fencing_token)
    return shown(await call.core.leases.complete(call.principal, claimed, body.result, body.duration))


async def fail_lease(call: Call, agent_id: str, lease_id: str, body: v2.LeaseFail) -> v2.Lease:
    """The work has failed."""
    claimed = Claimed(agent_id, lease_id, body.fencing_token)
    leases = call.core.leases
    return shown(await leases.fail(call.principal, claimed, body.error, body.details, retryable=body.retryable))


async def release_lease(call: Call, agent_id: str, lease_id: str, body: v2.LeaseRelease) -> v2.Lease:
    """Give work back undone."""
    claimed = Claimed(agent_id, lease_id, body.fencing_token)
    return shown(await call.core.leases.release(call.principal, claimed, body.delay_seconds))


def shown(lease: Lease) -> v2.Lease:
    """A lease as all of `v2` shows it."""
    return LEASE.show(v2.Lease, lease)
