"""Google's identity tokens: Google's own are read, and everything that only resembles them is refused."""

import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from jose import jwt

from adapters.google.fetching import HttpDocument
from adapters.google.id_tokens import GoogleIdTokens, _key_name
from adapters.google.keys import KeyRing
from handlers.core.google import Claims
from tests.adapters.google.issuer import CLIENT, issuing, private_key, public_key, token

ANN = Claims("110169484474386276334", "ann@example.org", "Ann")
NOW = int(time.time())


@pytest_asyncio.fixture
async def tokens() -> AsyncIterator[GoogleIdTokens]:
    """A reader of tokens, and an issuer that signs them."""
    async with issuing() as issuer:
        yield GoogleIdTokens(CLIENT, KeyRing(HttpDocument(issuer.url).fetch))


def forged(algorithm: str, key: Any, **headers: Any) -> str:
    """A token that somebody else has signed, with the claims of a good one."""
    claims = jwt.get_unverified_claims(token())
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": "k1", **headers})


def unsigned(header: Any, payload: Any = None) -> str:
    """A token that nobody has signed."""
    claims = jwt.get_unverified_claims(token()) if payload is None else payload
    parts = [urlsafe_b64encode(orjson.dumps(part)).decode().rstrip("=") for part in (header, claims)]
    return ".".join([*parts, ""])


@pytest.mark.parametrize("changes", [{}, {"iss": "accounts.google.com"}, {"email_verified": "true"}, {"iat": NOW + 30}])
async def test_a_token_of_googles_is_read(tokens: GoogleIdTokens, changes: dict[str, Any]) -> None:
    """Both spellings of the issuer and of a verified address are Google's; clocks may differ a little."""
    assert await tokens.verify(token(**changes)) == ANN


async def test_a_name_may_be_missing(tokens: GoogleIdTokens) -> None:
    """Not everybody tells their name."""
    for name in (None, "", 7):
        assert await tokens.verify(token(name=name)) == Claims(ANN.subject, ANN.email)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://accounts.google.com.evil.example"}, {"iss": "https://evil.example"}, {"iss": None},
        {"iss": ["https://accounts.google.com"]},
        {"aud": "other.apps.googleusercontent.com"}, {"aud": None}, {"aud": [CLIENT, "other"]}, {"aud": [CLIENT]},
        {"exp": NOW - 5}, {"exp": None}, {"exp": "never"}, {"exp": True}, {"exp": float(NOW + 60)},
        {"iat": NOW + 600}, {"iat": None}, {"iat": "1"}, {"nbf": NOW + 600},
        {"email_verified": False}, {"email_verified": None}, {"email_verified": "false"}, {"email_verified": ["true"]},
        {"email": None}, {"email": "ann"}, {"email": 7},
        {"sub": None}, {"sub": ""},
    ],
)  # fmt: skip
async def test_a_claim_that_is_wrong_or_missing_is_enough(tokens: GoogleIdTokens, changes: dict[str, Any]) -> None:
    """Another issuer or audience, a spent token or one of the future, an address that nobody verified, no person."""
    assert await tokens.verify(token(**changes)) is None


@pytest.mark.parametrize(
    "token",
    [
        token(headers={"kid": "unknown"}), token(headers={"kid": None}), token(headers={"kid": ["k1"]}),
        token(headers={"crit": ["exp"], "exp": 1}), token(headers={"crit": []}),
        token("k2", headers={"kid": "k1"}),
        forged("RS384", private_key("k1", 2048)), forged("RS512", private_key("k1", 2048)), "a.b.c",
        forged("HS256", "k1"), forged("HS256", orjson.dumps(public_key("k1")).decode()),
        unsigned({"alg": "none", "kid": "k1"}), unsigned({"alg": "None", "kid": "k1"}),
        unsigned({"alg": "RS256", "kid": "k1"}),
        unsigned({"kid": "k1"}), unsigned([]), unsigned({"alg": ["RS256"], "kid": "k1"}),
        token()[:-2], token()[1:], token() + "x", token().replace(".", "..", 1), "x" * 9000, "", ".", "..", "é.é.é",
    ],
)  # fmt: skip
async def test_what_google_has_not_signed_is_refused(tokens: GoogleIdTokens, token: str) -> None:
    """Other keys, other algorithms, none at all, unknown extensions and noise."""
    assert await tokens.verify(token) is None


async def test_no_claim_can_be_changed(tokens: GoogleIdTokens) -> None:
    """A signature is for its claims only."""
    head, _, signature = token().split(".")
    _, payload, _ = token(email="eve@example.org").split(".")
    assert await tokens.verify(f"{head}.{payload}.{signature}") is None


@given(noise=st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: urlsafe_b64encode(raw).decode() + ".x.y"))
def test_noise_names_no_key(noise: str) -> None:
    """No text makes reading fail, and none makes us ask Google."""
    assert _key_name(noise) is None
