"""The server put together: what it makes sure of at its start, and what it says then."""

from collections.abc import Callable
from typing import Any

from handlers.app import build
from handlers.core.identity import new_key
from handlers.settings import Settings
from tests.serving import ADMIN_KEY, PASSWORD, Connect


def test_logins_and_keys_are_verified_apart(settings: Settings) -> None:
    """A server's keys do not queue behind its logins."""
    identity = build(settings).core.identity
    assert identity._key_hasher._threads is not identity._hasher._threads


def test_other_secrets_end_the_ones_before(serve: Callable[..., Any], connect: Connect) -> None:
    """A restart with another password and key leaves nobody in who came in by the old ones."""
    server, renewed = serve(), new_key()
    token = logged_in(connect(server), PASSWORD).json()["token"]
    assert connect(server, token).get("/v2/tasks").status_code == 200
    server.stop()
    server = serve(admin_password="Another456!", admin_api_key=renewed)
    found = [connect(server, secret).get("/v2/tasks").status_code for secret in (token, ADMIN_KEY, renewed)]
    assert found == [401, 401, 200]
    assert logged_in(connect(server), PASSWORD).status_code == 401
    assert logged_in(connect(server), "Another456!").status_code == 200


def logged_in(client: Any, password: str) -> Any:
    """The answer to a login of the first user."""
    return client.post("/api/auth/login", json={"username": "admin", "password": password})
