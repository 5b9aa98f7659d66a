"""RabbitMQ is brought here once, however many find it missing."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import pytest

from scripts.rabbitmq import install

_MANY = 4


@pytest.fixture
def done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is asked of a package manager, which takes its time, on a machine that has no RabbitMQ yet."""
    commands: list[str] = []

    def apt(command: str, *_: str) -> None:
        commands.append(command)
        time.sleep(0.05)
        if command == "install":
            (tmp_path / "server").touch()

    monkeypatch.setattr(install, "SERVER", tmp_path / "server")
    monkeypatch.setattr(install, "epmd", lambda: "epmd")
    monkeypatch.setattr(install, "_apt", apt)
    monkeypatch.setattr(install, "_no_service_starts", nullcontext)
    for step in ("_check_possible", "_keep_from_booting"):
        monkeypatch.setattr(install, step, lambda: None)
    return commands


def test_those_who_find_it_missing_together_install_it_once(done: list[str]) -> None:
    """Each goes on when it is there, and nobody while it is half there."""
    together = threading.Barrier(_MANY)

    def ensure(_: int) -> bool:
        together.wait()
        install.ensure_installed()
        return install.SERVER.exists()

    with ThreadPoolExecutor(_MANY) as pool:
        assert list(pool.map(ensure, range(_MANY))) == [True] * _MANY
    assert done == ["update", "install"]


def test_what_cannot_be_installed_is_said(
    done: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a sentence, and by the exit status."""

    def impossible() -> None:
        raise install.CannotInstall("Only root can install it.")

    monkeypatch.setattr(install, "_check_possible", impossible)
    assert install.main() == 1
    assert capsys.readouterr().err == "Only root can install it.\n"
    assert done == []
