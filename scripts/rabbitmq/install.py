"""Debian's RabbitMQ: whether it is here, and bringing it here without letting the system run one of its own.

The package's own service would listen on every address, so it is neither started now nor at the next boot. A RabbitMQ
that was installed before is left as it is. Of several who find it missing at the same time one installs it, and the
others wait for that.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_POLICY = Path("/usr/sbin/policy-rc.d")
_SAVED_POLICY = Path("/usr/sbin/policy-rc.d.before-nexus")
_NO_SERVICE_STARTS = "#!/bin/sh\nexit 101\n"
_LOCK_SECONDS = 300  # somebody else may be installing something
_UNITS = ("rabbitmq-server.service", "epmd.service", "epmd.socket")


class CannotInstall(Exception):
    """Why RabbitMQ cannot be installed here, and what to do instead."""


def ensure_installed() -> None:
    """Install RabbitMQ if it is missing; half of one is none."""
    with _alone():
        if SERVER.exists() and epmd():
            return
        _check_possible()
        print("Installing RabbitMQ from Debian's packages (once, about a minute)", flush=True)
        with _no_service_starts():
            _apt("update")
            _apt("install", "--yes", "--no-install-recommends", "rabbitmq-server")
        _keep_from_booting()
        if not SERVER.exists():
            raise CannotInstall(f"The rabbitmq-server package is installed and {SERVER} is not there.")


@contextmanager
def _alone() -> Iterator[None]:
    """One process of this user at a time."""
    with Path(tempfile.gettempdir(), f"nexus-rabbitmq-{os.geteuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def epmd() -> str | None:
    """Erlang's port mapper, which every node needs."""
    return shutil.which("epmd")


def _check_possible() -> None:
    otherwise = "Install RabbitMQ yourself, or set NEXUS_AMQP_URL to a broker that you have."
    if shutil.which("apt-get") is None:
        raise CannotInstall(f"RabbitMQ is missing and there is no apt-get to install it with. {otherwise}")
    if os.geteuid() != 0:
        raise CannotInstall(f"RabbitMQ is missing and only root can install it. {otherwise}")


def _apt(*arguments: str) -> None:
    command = ["apt-get", "-q", "-o", f"DPkg::Lock::Timeout={_LOCK_SECONDS}", *arguments]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotInstall(f"{done.stdout}{done.stderr}\n`{' '.join(command)}` failed; what it said is above.")


@contextmanager
def _no_service_starts() -> Iterator[None]:
    """Debian asks this file before it starts a service: while we install, the answer is no."""
    if _POLICY.exists():
        _POLICY.rename(_SAVED_POLICY)
    try:
        _POLICY.write_text(_NO_SERVICE_STARTS)
        _POLICY.chmod(0o755)
        yield
    finally:
        _POLICY.unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            _SAVED_POLICY.rename(_POLICY)


def _keep_from_booting() -> None:
    if shutil.which("systemctl"):
        subprocess.run(["systemctl", "--quiet", "disable", *_UNITS], capture_output=True, check=False)


def main() -> int:
    """Install it if it is missing, or say why that cannot be."""
    try:
        ensure_installed()
    except CannotInstall as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0
