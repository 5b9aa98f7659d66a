"""The greeting: what was made here is shown, what the operator has set is not."""

from dataclasses import replace
from pathlib import Path

import pytest

from handlers.core.credentials import new_key
from handlers.greeting import greet
from handlers.settings import Settings, with_secrets
from tests.serving import ADMIN_KEY, PASSWORD


def test_the_greeting_shows_what_we_have_made(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Secrets that were made, now or at an earlier start, are printed to be used."""
    given = replace(settings, admin_password="", admin_api_key="", data_dir=tmp_path / "data")
    made = with_secrets(given, new_key)
    greet(made, given)
    printed = capsys.readouterr().out
    assert f"admin / {made.admin_password}\n" in printed
    assert printed.count(made.admin_api_key) == 2
    assert made.jwt_secret not in printed


def test_the_greeting_keeps_what_it_was_given(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """Secrets that the operator has set are named by their variables, for a terminal is often a log."""
    greet(settings, settings)
    printed = capsys.readouterr().out
    assert PASSWORD not in printed
    assert ADMIN_KEY not in printed
    assert "admin / as set in NEXUS_ADMIN_PASSWORD\n" in printed
    assert "as set in NEXUS_ADMIN_API_KEY\n" in printed
    assert "Bearer $NEXUS_ADMIN_API_KEY" in printed


def test_the_greeting_in_production_is_one_line(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """In production nothing but the address is said."""
    production = replace(settings, environment="production")
    greet(production, production)
    assert capsys.readouterr().out == "Nexus is ready: http://localhost:8080/docs\n"


@pytest.mark.parametrize(("port", "line"), [(50051, "gRPC        localhost:50051\n"), (0, "")])
def test_the_greeting_says_where_grpc_listens(
    settings: Settings, capsys: pytest.CaptureFixture[str], port: int, line: str
) -> None:
    """Its port is among the addresses, where it is served."""
    greet(replace(settings, grpc_port=port), settings)
    printed = capsys.readouterr().out
    assert line in printed and ("gRPC" in printed) == bool(port)
