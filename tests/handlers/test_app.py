"""The server put together: what it makes sure of at its start, and what its log says."""

import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from adapters.http.observer import Observer
from handlers.app import Nexus, build
from handlers.core.credentials import new_key
from handlers.core.redaction import Redaction
from handlers.settings import Settings
from tests.serving import ADMIN_KEY, PASSWORD, Connect, eventually


def test_logins_and_keys_are_verified_apart(settings: Settings) -> None:
    """A server's keys do not queue behind its logins."""
    identity = build(settings).core.identity
    assert identity.verification._key_hasher._threads is not identity.logins._hasher._threads


async def test_every_schema_that_requests_are_judged_by_can_be_compiled(settings: Settings) -> None:
    """Schemas are compiled when they are needed; none of them is found out to be broken by a user."""
    nexus = build(settings)
    nexus.app._build_middleware_stack()
    for contract in (nexus.site.contract, nexus.site.events):
        assert contract._validators
        for validator in contract._validators.values():
            validator.is_valid(None)


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


def test_the_data_directory_is_private(serve: Callable[..., Any], tmp_path: Path) -> None:
    """A directory that the server makes for its store is its owner's alone."""
    serve(data_dir=tmp_path / "data")
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def logged_in(client: Any, password: str) -> Any:
    """The answer to a login of the first user."""
    return client.post("/api/auth/login", json={"username": "admin", "password": password})


def test_the_log_says_nothing_personal(tmp_path: Path) -> None:
    """Whoever speaks, ourselves or a library, of whatever went wrong; addresses go where the operator says so."""
    speak = (
        "import logging, structlog; from handlers import logs; "
        "from handlers.core.redaction import Redaction; "
        "logs.configure('info', Redaction(keeps_addresses=False)); "
        "structlog.get_logger().warning('no mail to ann@example.org', password='swordfish', peer='192.0.2.1'); "
        "logging.getLogger('driver').error('refused %s for %s', 'mongodb://u:swordfish@db', 'ann@example.org')\n"
        "try:\n    raise ValueError('token=swordfish of ann@example.org at 192.0.2.1')\n"
        "except ValueError:\n    structlog.get_logger().exception('failed'); logging.getLogger('x').exception('failed')"
    )
    said = subprocess.run([sys.executable, "-c", speak], capture_output=True, check=True, timeout=60).stderr
    lines = [orjson.loads(line) for line in said.splitlines()]
    assert len(lines) == 4
    assert "ValueError" in lines[2]["exception"] and "ValueError" in lines[3]["exception"]
    assert not any(secret in said for secret in (b"swordfish", b"ann@", b"192.0.2.1"))


def test_paths_in_the_log_say_nothing_personal(serve: Callable[..., Any], connect: Connect) -> None:
    """A mail address or a key in a path does not reach the line of its request, nor an address that must not."""
    lines: list[bytes] = []

    def adapt(nexus: Nexus) -> None:
        nexus.site.observer = Observer(
            log_requests=True, write=lines.append, redaction=Redaction(keeps_addresses=False)
        )

    client = connect(serve(adapt), ADMIN_KEY)
    for path in ("/v2/tasks/ann@example.org", f"/v2/tasks/{ADMIN_KEY}", "/v2/tasks/ann%40example.org"):
        client.get(path)
    assert eventually(lambda: b"".join(lines).count(b"\n") == 3)
    said = b"".join(lines)
    assert b"[mail]" in said and b"[token]" in said
    assert not any(secret in said for secret in (b"ann", ADMIN_KEY.encode(), b"127.0.0.1"))
