"""Where a request comes from, and whose word is believed about it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.core.addresses import Proxies, neighbourhood

OURS = Proxies.read("10.0.0.0/8, fd00::1")
STRANGER = "203.0.113.7"


@pytest.mark.parametrize(
    ("peer", "forwarded", "origin"),
    [
        (STRANGER, [], STRANGER),
        (STRANGER, ["198.51.100.1"], STRANGER),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [STRANGER], STRANGER),
        ("fd00::1", [STRANGER], STRANGER),
        ("10.0.0.1", [f"198.51.100.1, {STRANGER}"], STRANGER),
        ("10.0.0.1", ["198.51.100.1", STRANGER], STRANGER),
        ("10.0.0.1", [f"{STRANGER}, 10.9.9.9"], STRANGER),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", [f"{STRANGER}:4711"], STRANGER),
        ("10.0.0.1", ["[2001:db8::1]:4711"], "2001:db8::1"),
        ("10.0.0.1", ["2001:db8::1"], "2001:db8::1"),
        ("10.0.0.1", ["unknown"], "10.0.0.1"),
        ("10.0.0.1", [f"{STRANGER}, unknown"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("::ffff:10.0.0.1", [STRANGER], STRANGER),
        ("", [STRANGER], ""),
    ],
)
def test_the_nearest_that_is_no_proxy_of_ours_asks(peer: str, forwarded: list[str], origin: str) -> None:
    """Each proxy is believed about its neighbour, and nobody else about anything."""
    assert OURS.origin(peer, forwarded) == origin


def test_without_proxies_nobody_is_believed() -> None:
    """What a stranger says of themselves is not looked at."""
    assert Proxies().origin("10.0.0.1", [STRANGER]) == "10.0.0.1"


@given(st.lists(st.text(max_size=40), max_size=40))
def test_whatever_is_forwarded_a_stranger_stays_one(forwarded: list[str]) -> None:
    """No text in the header moves somebody who is not behind a proxy of ours."""
    assert OURS.origin(STRANGER, forwarded) == STRANGER


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("203.0.113.7", "203.0.113.8", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("", "", True),
        ("not an address", "another", False),
    ],
)
def test_a_network_is_one_stranger(one: str, other: str, is_same: bool) -> None:
    """Who has an address of IPv6 has a whole network of them, and is one stranger in all of it."""
    assert (neighbourhood(one) == neighbourhood(other)) == is_same


@pytest.mark.parametrize("text", ["proxy", "10.0.0.1/8", "10.0.0.256", "10.0.0.1;10.0.0.2"])
def test_what_is_no_network_is_refused(text: str) -> None:
    """A proxy is an address or a network."""
    with pytest.raises(ValueError, match=r"IPv4 or IPv6|host bits"):
        Proxies.read(text)
