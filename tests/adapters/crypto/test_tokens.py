"""Session tokens: ours are read, everything else is nobody's."""

import time
from base64 import urlsafe_b64encode
from itertools import count
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jose import jwt

from adapters.crypto.tokens import JoseTokens

SECRET = "a secret of at least thirty-two bytes"
TOKENS = JoseTokens(SECRET)


def claims(**changes: Any) -> dict[str, Any]:
    """The claims of a session."""
    now = int(time.time())
    return {"sub": "usr_1", "sid": "ses_1", "iat": now, "exp": now + 60, **changes}


def signed(secret: str = SECRET, algorithm: str = "HS256", headers: Any = None, **changes: Any) -> str:
    """A token that somebody signed."""
    whole = {"iss": "nexus", "aud": "nexus", **claims(), **changes}
    given = {name: value for name, value in whole.items() if value is not None}
    return jwt.encode(given, secret, algorithm=algorithm, headers=headers)


def part(value: Any) -> str:
    """A part of a token."""
    raw = value if isinstance(value, bytes) else orjson.dumps(value)
    return urlsafe_b64encode(raw).decode().rstrip("=")


def test_a_token_of_ours_is_read() -> None:
    """What is issued is read."""
    given = claims()
    read = TOKENS.read(TOKENS.issue(given))
    assert read is not None
    assert {name: read[name] for name in given} == given
    assert TOKENS.read(signed()) is not None


@pytest.mark.parametrize(
    "token",
    [
        signed(secret="another secret of thirty-two bytes!"),
        signed(algorithm="HS384"),
        signed(algorithm="HS512"),
        signed(exp=int(time.time()) - 1),
        signed(exp=None),
        signed(iat=None),
        signed(sub=None),
        signed(iss="other"),
        signed(iss=None),
        signed(aud="other"),
        signed(aud=None),
        signed(headers={"crit": ["exp"]}),
        signed()[:-2],
        signed() + "x",
        f"{part({'alg': 'none'})}.{part(claims())}.",
        f"{part({'alg': 'None'})}.{part(claims())}.",
        f"{part({})}.{part(claims())}.x",
        f"{part([])}.{part(claims())}.x",
        f"{part({'alg': ['HS256']})}.{part(claims())}.x",
        f"{part(b'[' * 200_000)}.{part(claims())}.x",
        f"{part({'alg': 'HS256'})}.{part([])}.x",
        "", ".", "..", "...", "a.b.c", "é.é.é",
    ],
    ids=map(str, count()),
)  # fmt: skip
def test_what_is_not_ours_is_nobodys(token: str) -> None:
    """Other keys, other algorithms, none at all, spent or incomplete claims, and mere noise are refused alike."""
    assert TOKENS.read(token) is None


@given(token=st.text(max_size=40) | st.lists(st.binary(max_size=12).map(part), min_size=3, max_size=3).map(".".join))
def test_noise_is_nobodys(token: str) -> None:
    """No text makes reading fail."""
    assert TOKENS.read(token) is None


def test_a_short_secret_is_refused() -> None:
    """A secret that could be guessed signs nothing."""
    with pytest.raises(ValueError, match="at least 32 bytes"):
        JoseTokens("x" * 31)
