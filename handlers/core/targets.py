"""Addresses that the server may not be made to call. Names are looked up, and judged again, by whoever calls them."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from handlers.core.errors import Unprocessable

Address = IPv4Address | IPv6Address
# What looks public and is not: the metadata servers of clouds, and the ranges of IPv6 that lead to IPv4 by translation.
_METADATA = (IPv4Network("168.63.129.16/32"), IPv4Network("192.0.0.0/24"))
_TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"), IPv6Network("::/96"))


def check_target(url: str, *, field: str, allows_private: bool = False) -> None:
    """Refuse a URL that nobody can call, or that says by itself that it leads into a private network."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as exc:
        raise Unprocessable("This is no address that can be called", field=field) from exc
    if port == 0 or not host:
        raise Unprocessable("This is no address that can be called", field=field)
    if allows_private:
        return
    if host == "localhost" or host.endswith((".localhost", ".internal", ".local")) or _is_private(host):
        raise Unprocessable("This leads to an address that the server may not call", field=field)


def is_public(address: Address) -> bool:
    """Whether anybody may be sent to this address: one that the whole internet has, whatever it is wrapped in."""
    if isinstance(address, IPv6Address):
        inner = _inner(address)
        if inner is not None:
            return is_public(inner)
        is_hidden = address.is_site_local or any(address in network for network in _TRANSLATED)
    else:
        is_hidden = any(address in network for network in _METADATA)
    return address.is_global and not (address.is_multicast or address.is_reserved or is_hidden)


def _inner(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    return None if address.teredo is None else address.teredo[1]


def _is_private(host: str) -> bool:
    try:
        return not is_public(ip_address(host))
    except ValueError:  # a name
        return False
