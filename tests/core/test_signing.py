"""Signatures, against the worked example that Standard Webhooks prints and against the contract's own."""

import hmac
from base64 import b64decode
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from handlers.core.signing import key_in, new_secret, signed

# From https://github.com/standard-webhooks/standard-webhooks, the example of its libraries' tests.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NAME, SECONDS, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'


def test_the_signature_of_the_standard() -> None:
    """It is the one that the standard's own libraries are tested with."""
    headers = signed(BODY, NAME, SECONDS, [SECRET])
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == (NAME, str(SECONDS))


@given(body=st.binary(), secret=st.text("abc-_/!~", min_size=8))
def test_our_own_signature_is_keyed_on_the_text_of_the_secret(body: bytes, secret: str) -> None:
    """Any text is a key as it stands, and one of no standard brings no signature of the standard."""
    headers = signed(body, NAME, SECONDS, [secret])
    assert headers["X-Nexus-Signature"] == f"sha256={hmac.new(secret.encode(), body, sha256).hexdigest()}"
    assert "webhook-signature" not in headers


def test_several_secrets_are_in_force() -> None:
    """By the standard each signs that can; our own header is that of the present one."""
    other = new_secret()
    headers = signed(BODY, NAME, SECONDS, [other, "plain-text", SECRET])
    one, two = headers["webhook-signature"].split(" ")
    assert two == signed(BODY, NAME, SECONDS, [SECRET])["webhook-signature"] != one
    assert headers["X-Nexus-Signature"] == signed(BODY, NAME, SECONDS, [other])["X-Nexus-Signature"]


def test_what_is_a_secret_of_the_standard() -> None:
    """`whsec_` and Base64, and nothing else; one that is made has 24 bytes, and is another each time."""
    assert key_in(SECRET) == b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert [key_in(text) for text in ("whsec_...", "whsec_", "whsec_é", "MfKQ9r8G", "whsec_MfKQ9r8", "")] == [None] * 6
    made = {new_secret() for _ in range(50)}
    assert len(made) == 50 and {len(key_in(secret) or b"") for secret in made} == {24}
