"""The server's own log: nothing personal, wherever in a line it stands."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.core.redaction import Redaction

REDACTION = Redaction()
QUIET = Redaction(keeps_addresses=False)
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c3JfMSJ9.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("no user ann@example.org here", "no user [mail] here"),
        ("/v2/users/ann.b+c@mail.example.org/keys", "/v2/users/[mail]/keys"),
        ("Ann.O'Hara@example.org,bob@x.io", "[mail],[mail]"),
        ("nexus_sk_live_0123456789ab_for-the-tests", "[token]"),
        ("nexus_at_eyJhbGci.x.y and nexus_rt_abc-DEF_123.", "[token] and [token]"),
        (f"token {JWT}", "token [token]"),
        (f"Authorization: Bearer {JWT}", "Authorization: [redacted] [token]"),
        ("Bearer s3cret/+=", "Bearer [token]"),
        ("basic YW5uOnNlY3JldA==", "basic [token]"),
        ("mongodb://ann:secret@db:27017/nexus", "mongodb://[redacted]@db:27017/nexus"),
        ('{"username": "x", "password": "Admin123!"}', '{"username": "x", "password": [redacted]}'),
        ("password=Admin123!&x=1", "password=[redacted]&x=1"),
        ("api_key: abc, next", "api_key: [redacted], next"),
        ("/ws/tasks/t?token=swordfish", "/ws/tasks/t?token=[redacted]"),
    ],
)
def test_texts_lose_what_is_personal(text: str, left: str) -> None:
    """Mail addresses, tokens, keys and passwords, in every form in which they are written."""
    assert REDACTION.text(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "/v2/tasks/task_01k9f3x2m8", "usr_01k9", "GET", "", "a @ b", "12:34:56.789", "the store is away",
        "req_0123456789abcdef", "keyboard", "192.0.2.1", "2001:db8::1", "https://example.com/a?b=c", "author unknown",
    ],
)  # fmt: skip
def test_what_is_not_personal_stays(text: str) -> None:
    """Identifiers, paths and plain words are what a log is for."""
    assert REDACTION.text(text) == text


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1", "::1", "fe80::1:2:3:4", "1:2:3:4:5:6:7:8"])
def test_addresses_go_where_the_operator_says_so(address: str) -> None:
    """In texts, and under their names."""
    assert QUIET.text(f"from {address}, port 1") == "from [address], port 1"
    assert QUIET.line({"peer": address, "event": "x"}) == {"peer": "[address]", "event": "x"}
    assert REDACTION.line({"peer": address}) == {"peer": address}


@pytest.mark.parametrize("text", ["12:34:56", "2025-11-03T12:00:00Z", "version 1.2.3", "1.2.3.4.5"])
def test_what_is_no_address_stays(text: str) -> None:
    """Times and versions look like addresses, and are none."""
    assert QUIET.text(text) == text


@pytest.mark.parametrize(
    "name",
    ["password", "new_password", "token", "access_token", "Authorization", "api_key", "apiKey", "client_secret",
     "secret", "cookie", "email", "google_email", "verifier", "username", "private_key"],
)  # fmt: skip
def test_a_name_that_tells_a_secret_is_enough(name: str) -> None:
    """Whatever its value looks like."""
    assert REDACTION.line({name: "swordfish", "n": 1}) == {name: "[redacted]", "n": 1}
    assert REDACTION.line({"deep": [{name: {"x": "swordfish"}}]}) == {"deep": [{name: "[redacted]"}]}


def test_a_line_keeps_what_it_is_for() -> None:
    """Numbers, truths, nothing, and the names of things."""
    line = {
        "event": "request",
        "status": 200,
        "ms": 1.5,
        "ok": True,
        "none": None,
        "principal": "usr_1",
        "key": "a" * 64,
    }
    assert REDACTION.line(line) == line


class Odd:
    """Something that is no JSON."""

    def __str__(self) -> str:
        return "Odd(ann@example.org)"


def test_anything_can_stand_in_a_line() -> None:
    """Exceptions, bytes, sets, mappings with odd keys, and things within things without end."""
    deep: Any = "ann@example.org"
    for _ in range(50):
        deep = [deep]
    line = REDACTION.line(
        {"a": Odd(), "b": b"ann@example.org", "c": {"ann@example.org"}, "d": {7: ("x",), "bob@x.io": 1}, "e": deep}
    )
    assert line["a"] == "Odd([mail])"
    assert (line["b"], line["c"], line["d"]) == ("[mail]", ["[mail]"], {"7": ["x"], "[mail]": 1})
    assert "ann" not in str(line)


@pytest.mark.parametrize(
    "piece",
    ["a", "a.", "@", "a@", "://", "eyJ", "eyJ.", "nexus_at_", "token", "token ", "token=", "Bearer ", ":", "1.", "1:",
     "::1", "'", "a@a.", "password: "],
)  # fmt: skip
def test_no_text_takes_long(piece: str) -> None:
    """Whoever sends a long path does not stop the server: time grows with the text, not with its square."""
    long = seconds(f"@eyJ {piece * (200_000 // len(piece))}")
    assert long < 1.5
    assert long < 10 * seconds(f"@eyJ {piece * (50_000 // len(piece))}")


def seconds(text: str) -> float:
    """How much of a processor a text takes, when nothing disturbs."""
    tries = []
    for _ in range(3):
        began = time.thread_time()
        QUIET.text(text)
        tries.append(time.thread_time() - began)
    return min(tries)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(line=st.dictionaries(st.text(), anything, max_size=4))
def test_no_line_breaks_the_log(line: dict[str, Any]) -> None:
    """Whatever is said, it can be written, and a second reading finds nothing more."""
    once = REDACTION.line(line)
    assert str(REDACTION.line(once)) == str(once)


@given(before=st.text(st.characters(codec="ascii")), after=st.text(st.characters(codec="ascii")))
def test_a_mail_address_is_found_in_any_text(before: str, after: str) -> None:
    """Whatever stands around it."""
    assert "ann@example" not in REDACTION.text(f"{before} ann@example.org {after}")
