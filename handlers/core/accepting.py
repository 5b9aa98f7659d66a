"""Taking what was offered in a message, which may come twice, and giving it back, which may be before it was taken."""

from contextlib import suppress
from dataclasses import replace

from handlers.core.errors import Conflict, NotFound
from handlers.core.leases import Leases
from handlers.core.principals import Principal
from handlers.core.taking import DEFAULT_SECONDS, Taking
from handlers.core.work import RELEASED, Claimed, Lease, fingerprint


class Accepting:
    """What an agent does with offers that it has read somewhere: each names the token under which it would be held."""

    def __init__(self, taking: Taking, leases: Leases) -> None:
        self._taking = taking
        self._leases = leases

    async def accept(self, who: Principal, claimed: Claimed, seconds: int, name: str) -> Lease:
        """Take what was offered, if it is still to be had. A message of the same name is answered as the first was.

        Whoever says the same under another name is somebody else who works for this agent, and comes too late.
        """
        key = fingerprint("accepted", who.id, claimed.agent, claimed.lease, claimed.token, name)
        try:
            return await self._taking.accept(who, claimed.agent, claimed.lease, seconds, token=claimed.token, key=key)
        except Conflict:
            agent = await self._leases.agent(who, claimed.agent)
            for lease in await self._leases.held_by(agent, key=key):
                return lease
            raise

    async def give_back(self, who: Principal, claimed: Claimed, delay_seconds: int) -> Lease:
        """Give work back undone. What was offered and not taken is left to lapse: nobody holds it."""
        try:
            return await self._leases.release(who, claimed, delay_seconds)
        except (Conflict, NotFound):
            with suppress(NotFound):
                offer = await self._taking.offered(who, claimed.agent, claimed.lease, DEFAULT_SECONDS)
                if offer.token == claimed.token:
                    return replace(offer, status=RELEASED)
            raise
