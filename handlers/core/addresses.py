"""Where a request comes from: the nearest address that is not one of our own proxies."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

_PREFIX = 64
_HOPS = 16

Address = IPv4Address | IPv6Address


@dataclass(frozen=True)
class Proxies:
    """Those whose word about where a request comes from is believed."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def read(cls, text: str) -> "Proxies":
        """From addresses and networks, separated by commas. Raises ValueError for what is neither."""
        return cls(tuple(ip_network(part.strip()) for part in text.split(",") if part.strip()))

    def origin(self, peer: str, forwarded: Sequence[str]) -> str:
        """Who asks, if `peer` is at the other end and says so by the values of `X-Forwarded-For`.

        Each proxy adds the address that it was asked from, so the last entry is the word of the peer, the one before
        it the word of whom that names, and so on: the first that is no proxy of ours is believed no further.
        """
        if not self.networks:
            return peer
        address = peer
        for entry in reversed(",".join(forwarded).split(",")[-_HOPS:]):
            named = _address(entry.strip())
            if named is None or not self._trusts(address):
                break
            address = named
        return address

    def _trusts(self, address: str) -> bool:
        parsed = _parsed(address)
        return parsed is not None and any(parsed in network for network in self.networks)


@lru_cache(maxsize=4096)
def neighbourhood(address: str) -> str:
    """What one stranger has at least: an address, or of IPv6 all that begin alike, for nobody gets fewer."""
    parsed = _parsed(address)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, _PREFIX), strict=False))
    return str(parsed or address)


def _address(entry: str) -> str | None:
    """The address of an entry, which may have a port behind it."""
    if entry.startswith("["):
        entry = entry[1:].partition("]")[0]
    elif entry.count(":") == 1:
        entry = entry.partition(":")[0]
    parsed = _parsed(entry)
    return None if parsed is None else str(parsed)


def _parsed(text: str) -> Address | None:
    """An address; one of IPv4 that is written as one of IPv6 is what it is."""
    try:
        parsed = ip_address(text)
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed
