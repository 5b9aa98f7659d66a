"""Addresses that the server may not be made to call. Names are looked up, and judged again, by whoever calls them."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from handlers.core.errors import Unprocessable


def check_target(url: str, *, field: str) -> None:
    """Refuse a URL that says by itself that it leads into a private network."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith((".localhost", ".internal", ".local")) or _is_private(host):
        raise Unprocessable("This leads to an address that the server may not call", field=field)


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:  # a name
        return False
