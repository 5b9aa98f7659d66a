"""Webhooks are verified as the server signs them."""

import json
import time

import pytest
from nexus_client import SignatureInvalid, verify_webhook

from handlers.core.signing import new_secret, signed

BODY = json.dumps({"type": "task.created", "data": {"task_id": "task_x"}}).encode()


@pytest.mark.parametrize("secret", [pytest.param(new_secret(), id="made"), "a secret of somebody's own"])
def test_what_the_server_signs_is_taken(secret: str) -> None:
    """Under either kind of secret the event is given as it came, whatever case the headers have."""
    headers = {name.upper(): value for name, value in signed(BODY, "evt_1", int(time.time()), [secret]).items()}
    assert verify_webhook(BODY, headers, secret).data["task_id"] == "task_x"


def test_a_secret_that_was_rotated() -> None:
    """While two secrets are in force, both verify."""
    old, new = new_secret(), new_secret()
    headers = signed(BODY, "evt_1", int(time.time()), [new, old])
    assert verify_webhook(BODY, headers, old) == verify_webhook(BODY, headers, new)


@pytest.mark.parametrize("secret", [pytest.param(new_secret(), id="made"), "plain"])
def test_what_was_changed_is_refused(secret: str) -> None:
    """Another body, another secret, or no signature: refused."""
    headers = signed(BODY, "evt_1", int(time.time()), [secret])
    for body, given, known in (
        (BODY + b" ", headers, secret),
        (BODY, headers, new_secret()),
        (BODY, {}, secret),
        (BODY, {**headers, "webhook-id": "evt_2", "X-Nexus-Signature": "sha256=ü"}, secret),
    ):
        with pytest.raises(SignatureInvalid):
            verify_webhook(body, given, known)


def test_what_was_recorded_is_refused() -> None:
    """A message of ten minutes ago is refused, unless the caller takes any."""
    secret = new_secret()
    headers = signed(BODY, "evt_1", int(time.time()) - 600, [secret])
    with pytest.raises(SignatureInvalid, match="lately"):
        verify_webhook(BODY, headers, secret)
    assert verify_webhook(BODY, headers, secret, tolerance=None).type == "task.created"


def test_a_record_is_refused_with_its_time_taken_off() -> None:
    """Under a secret of Standard Webhooks the signature without a time is worth nothing."""
    secret = new_secret()
    headers = signed(BODY, "evt_1", int(time.time()) - 600, [secret])
    with pytest.raises(SignatureInvalid, match="webhook-signature"):
        verify_webhook(BODY, {"X-Nexus-Signature": headers["X-Nexus-Signature"]}, secret)


def test_a_secret_with_that_prefix_of_somebodys_own() -> None:
    """What is no Base64 behind it is keyed on as it is, and has no time."""
    secret = "whsec_not base64!"
    assert verify_webhook(BODY, signed(BODY, "evt_1", int(time.time()), [secret]), secret).type == "task.created"
