"""The server put together: what it makes sure of at its start, and what it says then."""

import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from handlers.app import _greet, build
from handlers.core.credentials import new_key
from handlers.settings import Settings, with_secrets
from tests.serving import ADMIN_KEY, PASSWORD, Connect


def test_logins_and_keys_are_verified_apart(settings: Settings) -> None:
    """A server's keys do not queue behind its logins."""
    identity = build(settings).core.identity
    assert identity.verification._key_hasher._threads is not identity.logins._hasher._threads


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


def test_the_greeting_shows_what_we_have_made(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Secrets that were made, now or at an earlier start, are printed to be used."""
    given = replace(settings, admin_password="", admin_api_key="", data_dir=tmp_path / "data")
    made = with_secrets(given, new_key)
    _greet(made, given)
    printed = capsys.readouterr().out
    assert f"admin / {made.admin_password}\n" in printed
    assert printed.count(made.admin_api_key) == 2
    assert made.jwt_secret not in printed


def test_the_greeting_keeps_what_it_was_given(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """Secrets that the operator has set are named by their variables, for a terminal is often a log."""
    _greet(settings, settings)
    printed = capsys.readouterr().out
    assert PASSWORD not in printed
    assert ADMIN_KEY not in printed
    assert "admin / as set in NEXUS_ADMIN_PASSWORD\n" in printed
    assert "as set in NEXUS_ADMIN_API_KEY\n" in printed
    assert "Bearer $NEXUS_ADMIN_API_KEY" in printed


def test_the_greeting_in_production_is_one_line(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """In production nothing but the address is said."""
    production = replace(settings, environment="production")
    _greet(production, production)
    assert capsys.readouterr().out == "Nexus is ready: http://localhost:8080/docs\n"


def test_the_data_directory_is_private(serve: Callable[..., Any], tmp_path: Path) -> None:
    """A directory that the server makes for its store is its owner's alone."""
    serve(data_dir=tmp_path / "data")
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def logged_in(client: Any, password: str) -> Any:
    """The answer to a login of the first user."""
    return client.post("/api/auth/login", json={"username": "admin", "password": password})
