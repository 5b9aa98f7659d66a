"""The process itself: it stops without losing what it accepted, refuses to start wrongly, and speaks TLS 1.3 only."""

import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from scripts.serving import API_KEY, Served, free_port, served
from tests.certificates import self_signed
from tests.serving import eventually, heard

AUTHORIZED = {"Authorization": f"Bearer {API_KEY}"}
BODY = b'{"title": "half sent"}'


def test_a_stop_loses_nothing(tmp_path: Path) -> None:
    """A signal in the middle of work: what was begun is answered, and all of it is there after a restart."""
    folder = str(tmp_path / "data")
    with served(data_dir=folder) as server:
        begun = half_sent(server)
        load = Load(server)
        load.run_until_answered(40)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        begun.sendall(BODY[9:])
        answer = heard(begun, silence=10)
        begun.close()
        load.join()
        assert server.process.wait(20) in (0, -signal.SIGTERM)
    assert answer.startswith(b"HTTP/1.1 201")
    assert load.surprises == []
    with served(data_dir=folder) as server:
        assert set(load.answered) <= set(listed(server))
        assert "half sent" in listed(server).values()
        login = {"username": "admin", "password": "Admin123!"}
        assert httpx.post(f"{server.url}/api/auth/login", json=login).status_code == 200


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"NEXUS_ENVIRONMENT": "production"}, "must be set, and strong"),
        ({"NEXUS_API_PORT": "http"}, "NEXUS_API_PORT"),
        ({"NEXUS_DATABASE_URL": "postgresql://h/n"}, "mongodb://"),
    ],
)
def test_a_wrong_setting_stops_the_start(tmp_path: Path, variables: dict[str, str], words: str) -> None:
    """A server that cannot serve says why in one line, and does not start."""
    environment = {"PATH": "/usr/bin", "NEXUS_DATA_DIR": str(tmp_path), **variables}
    ended = subprocess.run(
        [sys.executable, "-m", "handlers"], env=environment, capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.returncode == 1
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr


def test_only_tls_1_3_is_spoken(tmp_path: Path) -> None:
    """With certificates, the newest TLS is taken; an older handshake is broken off, and plain text too."""
    certificate, key = self_signed(tmp_path)
    log = tmp_path / "log"
    port = free_port()
    environment = {
        "PATH": "/usr/bin",
        "NEXUS_DATA_DIR": str(tmp_path),
        "NEXUS_API_PORT": str(port),
        "NEXUS_GRPC_PORT": "0",
        "NEXUS_TLS_CERT_PATH": str(certificate),
        "NEXUS_TLS_KEY_PATH": str(key),
    }
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "-m", "handlers"], env=environment, stdout=output, stderr=output)
    try:
        assert spoken(port, certificate, ssl.TLSVersion.TLSv1_3, patience=20) == "TLSv1.3"
        older = ssl.create_default_context(cafile=str(certificate))
        older.maximum_version = ssl.TLSVersion.TLSv1_2
        with (
            socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
            pytest.raises(ssl.SSLError),
        ):
            older.wrap_socket(plain, server_hostname="localhost")
        trusting = ssl.create_default_context(cafile=str(certificate))
        assert httpx.get(f"https://127.0.0.1:{port}/healthz", verify=trusting).json() == {"status": "ok"}
        with pytest.raises(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/healthz")
    finally:
        process.terminate()
        process.wait(20)
    assert f"https://localhost:{port}/docs" in log.read_text()


class Load:
    """Clients that create tasks until the server is gone."""

    def __init__(self, server: Served) -> None:
        self._server = server
        self.answered: list[str] = []
        self.surprises: list[object] = []
        self._threads = [threading.Thread(target=self._work) for _ in range(4)]

    def run_until_answered(self, count: int) -> None:
        """Begin, and let so much be done."""
        for thread in self._threads:
            thread.start()
        assert eventually(lambda: len(self.answered) >= count, seconds=20)

    def join(self) -> None:
        """Wait until every client has noticed."""
        for thread in self._threads:
            thread.join(20)
            assert not thread.is_alive()

    def _work(self) -> None:
        with httpx.Client(base_url=self._server.url, headers=AUTHORIZED, timeout=10) as client:
            while True:
                try:
                    answer = client.post("/v2/tasks", json={"title": "under load"})
                except httpx.TransportError:
                    return
                if answer.status_code != 201:
                    self.surprises.append(answer.text)
                    return
                self.answered.append(answer.json()["task_id"])


def half_sent(server: Served) -> socket.socket:
    """A connection on which half a request has been sent."""
    connection = socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])))
    lines = ["POST /v2/tasks HTTP/1.1", "Host: x", f"Authorization: Bearer {API_KEY}", "Content-Type: application/json"]
    head = "\r\n".join([*lines, f"Content-Length: {len(BODY)}"]) + "\r\n\r\n"
    connection.sendall(head.encode() + BODY[:9])
    return connection


def listed(server: Served) -> dict[str, str]:
    """Every task, by its identifier."""
    found: dict[str, str] = {}
    query: dict[str, str] = {"limit": "100"}
    with httpx.Client(base_url=server.url, headers=AUTHORIZED) as client:
        while True:
            page = client.get("/v2/tasks", params=query).json()
            found |= {task["task_id"]: task["title"] for task in page["data"]}
            if not page["has_more"]:
                return found
            query["cursor"] = page["next_cursor"]


def spoken(port: int, certificate: Path, version: ssl.TLSVersion, patience: float = 0) -> str | None:
    """The version of TLS that a server agrees to, if it agrees to this one."""
    context = ssl.create_default_context(cafile=str(certificate))
    context.minimum_version = context.maximum_version = version
    deadline = time.monotonic() + patience
    while True:
        try:
            with (
                socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
                context.wrap_socket(plain, server_hostname="localhost") as secure,
            ):
                return secure.version()
        except OSError:
            if time.monotonic() > deadline:
                return None
            time.sleep(0.05)
