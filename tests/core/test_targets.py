"""Addresses that may be called, and those that may not, however they are written."""

from ipaddress import ip_address

import pytest

from handlers.core.errors import Unprocessable
from handlers.core.targets import check_target, is_public

PRIVATE = (
    "0.0.0.0", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "168.63.129.16",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.168.1.1",
    "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::",
    "2002:a9fe:a9fe::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "5f00::1",
)  # fmt: skip
PUBLIC = ("1.1.1.1", "8.8.8.8", "172.15.0.1", "172.32.0.1", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8")


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_the_whole_internets_is_not_called(address: str) -> None:
    """Private, local, shared, reserved, multicast, metadata, and what wraps one of these."""
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public_is_called(address: str) -> None:
    """Neighbours of private ranges, and a public address in a wrapping, are public."""
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "http://[::ffff:7f00:1]/", "https://localhost", "http://a.localhost/", "http://x.internal/",
     "http://printer.local", "http://LOCALHOST/", "http://example.com:0/", "http://example.com:65536/", "http:///x",
     "http://[::1/"],
)  # fmt: skip
def test_an_address_that_says_so_itself_is_refused(url: str) -> None:
    """What leads inside, and what leads nowhere, is refused with the name of its field."""
    with pytest.raises(Unprocessable) as refusal:
        check_target(url, field="url")
    assert refusal.value.details["field"] == "url"


def test_an_operator_may_allow_private_addresses() -> None:
    """Then only what leads nowhere is refused."""
    check_target("http://127.0.0.1:8080/x", field="url", allows_private=True)
    check_target("https://example.com/x", field="url")
    with pytest.raises(Unprocessable):
        check_target("http://127.0.0.1:65536/", field="url", allows_private=True)
