"""How long the real server takes to its first answer and how much memory it then holds, beside what its parts need.

The floors are processes that only import: Python itself, and every package that the server imports.
"""

import secrets
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench import processes

SECONDS, MEGABYTES = 2.5, 200.0
_PACKAGES = (
    "asyncapi_viewer, bcrypt, connexion, connexion.middleware, httptools, jose.jwt, jsonschema_rs, orjson, "
    "prometheus_client, pydantic, sqlite3, structlog, swagger_ui_bundle, uvicorn, uvloop, yaml, "
    "uvicorn.protocols.http.httptools_impl, uvicorn.protocols.websockets.websockets_sansio_impl"
)
_SAY_WHAT_IT_HOLDS = "print(next(line for line in open('/proc/self/status') if line.startswith('VmRSS')).split()[1])"
_KEY = "nexus_sk_live_0123456789ab_measured-when-the-server-starts"
_PROBE = b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
_AUTHORIZED = (
    f"GET /v2/tasks HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {_KEY}\r\nconnection: close\r\n\r\n".encode()
)


@dataclass(frozen=True)
class Start:
    """One start: seconds to the first answer and to the first one that took a key, and the memory after each."""

    ready: float
    megabytes: float
    authorized: float = 0.0
    authorized_megabytes: float = 0.0


def main(*, short: bool) -> list[str]:
    """Measure and print; return what is not as required."""
    times = 1 if short else 3
    print("\nStart-up                             first answer    memory   first with a key    memory")
    _print_floor("floor: Python alone", "pass", times)
    _print_floor("floor: the packages we import", f"import {_PACKAGES}", times)
    return _print_start("the server, first start", times)


def _print_floor(title: str, code: str, times: int) -> None:
    starts = [_floor(code) for _ in range(times)]
    print(f"{title:<37}{median(s.ready for s in starts):>10.2f} s{median(s.megabytes for s in starts):>7.0f} MB")


def _print_start(title: str, times: int) -> list[str]:
    starts = [_start() for _ in range(times)]
    shown = {name: median(getattr(start, name) for start in starts) for name in Start.__dataclass_fields__}
    ready, held = shown["ready"], shown["megabytes"]
    passed = ready < SECONDS and max(held, shown["authorized_megabytes"]) < MEGABYTES
    print(
        f"{title:<37}{ready:>10.2f} s{held:>7.0f} MB{shown['authorized']:>17.2f} s"
        f"{shown['authorized_megabytes']:>7.0f} MB   {'PASS' if passed else 'FAIL'}"
    )
    return [] if passed else [f"{title}: {ready:.2f} s and {held:.0f} MB, not {SECONDS} s and {MEGABYTES:g} MB"]


def _floor(code: str) -> Start:
    began = time.perf_counter()
    command = [sys.executable, "-c", f"{code}\n{_SAY_WHAT_IT_HOLDS}"]
    answer = subprocess.run(command, cwd=processes.ROOT, capture_output=True, check=True, text=True)
    return Start(time.perf_counter() - began, int(answer.stdout) / 1024)


def _start() -> Start:
    """One start on an empty data directory, with the secrets of production and so all of its bcrypt work."""
    with tempfile.TemporaryDirectory() as folder:
        port = processes.free_port()
        environment = {
            "NEXUS_ENVIRONMENT": "production",
            "NEXUS_API_PORT": str(port),
            "NEXUS_GRPC_PORT": str(processes.free_port()),
            "NEXUS_DATA_DIR": str(Path(folder, "data")),
            "NEXUS_JWT_SECRET": secrets.token_urlsafe(48),
            "NEXUS_ENCRYPTION_KEY": secrets.token_hex(32),
            "NEXUS_ADMIN_PASSWORD": secrets.token_urlsafe(16),
            "NEXUS_ADMIN_API_KEY": _KEY,
            "NEXUS_LOG_LEVEL": "warning",
        }
        began = time.perf_counter()
        with processes.running(["-m", "handlers"], environment) as process:
            _expect(processes.first_answer(process, port, _PROBE))
            ready, held = time.perf_counter() - began, processes.resident_megabytes(process)
            _expect(processes.exchange(port, _AUTHORIZED))
            return Start(ready, held, time.perf_counter() - began, processes.resident_megabytes(process))


def _expect(answer: bytes) -> None:
    if not answer.startswith(b"HTTP/1.1 200"):
        raise processes.Failed(answer.decode(errors="replace"))


if __name__ == "__main__":
    sys.exit(len(main(short=False)))
