"""Plugins that cannot be used: the server does not start, and says in one sentence why."""

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from handlers.env_files import SettingsError
from handlers.extending import check, load
from handlers.plugins import Plugin, Work
from handlers.settings import variable
from scripts.places import ROOT
from scripts.serving import free_port
from tests.handlers.test_settings import STRONG

HEAD = "from handlers.plugins import Plugin\nplugin = Plugin('first')\n"
DOES = "async def do(work): pass\n"
SHARED = {"WORKERS": "2", "DATABASE_URL": "mongodb://127.0.0.1:1/n", "AMQP_URL": "amqp://127.0.0.1:1"}
Write = Callable[[str], str]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes modules that can be imported, each under a name of its own."""
    monkeypatch.syspath_prepend(tmp_path)
    written: list[str] = []

    def module(text: str) -> str:
        name = f"{tmp_path.name.replace('-', '_')}_{len(written)}"
        (tmp_path / f"{name}.py").write_text(text)
        written.append(name)
        return name

    return module


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import nowhere_at_all", ["cannot be imported", "nowhere_at_all"]),
        ("def broken(:", ["cannot be imported", "SyntaxError"]),
        ("raise SystemExit('no\\nmore')", ["cannot be imported", "no more"]),
        ("from handlers.plugins import Plugin\nplugin = Plugin('A name')", ["cannot be imported", "'A name'"]),
        (HEAD + DOES + "plugin.command(do)", ["cannot be imported", "@plugin.command('deploy.app')"]),
        (HEAD + DOES + "plugin.on('task.*')(plugin.on('task.*')(do))", ["function for do already"]),
        (HEAD + "plugin.command('a')(7)", ["a is no function of one argument"]),
        (HEAD + "plugin.command('a')(lambda work, more: None)", ["a is no function of one argument", "more"]),
        ("", ["has no `plugin`"]),
        ("plugin = 'first'", ["has no `plugin`"]),
        (HEAD, ["does nothing"]),
        (HEAD + DOES + "plugin.on('tasks.*')(do)", ["first", "tasks.*", "no such events"]),
        (HEAD + DOES + "plugin.on('telemetry.frame')(do)", ["telemetry.frame", "no such events"]),
        (HEAD + DOES + "plugin.command('a b')(do)", ["a b"]),
        (HEAD + DOES + "plugin.command('a', category='strange')(do)", ["strange"]),
        (HEAD + DOES + "plugin.command('a', parameters={'type': 'strange'})(do)", ["command a", "no schema"]),
        (HEAD + DOES + "plugin.command('a', parameters={'type': do})(do)", ["command a", "no schema"]),
        (HEAD + DOES + "plugin.command('restart', parameters={})(do)", ["restart", "in the contract"]),
        (HEAD.replace("'first'", "'first', description='d' * 10_001") + DOES + "plugin.command('a')(do)", ["first"]),
    ],
)
def test_what_is_wrong_with_a_plugin_is_told(write: Write, text: str, words: list[str]) -> None:
    """Whatever it is, there is one line that names the setting, the module or its plugin, and what is wrong."""
    name = write(text)
    with pytest.raises(SettingsError) as problem:
        check(name)
    said = str(problem.value)
    assert said.startswith("NEXUS_PLUGINS") and "\n" not in said
    assert name in said or "plugin first" in said
    assert all(word in said for word in words), said


@pytest.mark.parametrize(
    ("other", "words"), [("plugin = Plugin('first')", "is called first"), ("plugin = Plugin('second')", "command a")]
)
def test_plugins_do_not_do_the_same(write: Write, other: str, words: str) -> None:
    """Two of one name, or two that do one command, are told apart by nobody."""
    text = HEAD + DOES + "plugin.command('a')(do)"
    first = write(text)
    second = write(text.replace("plugin = Plugin('first')", other))
    with pytest.raises(SettingsError, match=f"{second}, which .*{words}, as {first}"):
        check(f"{first},{second}")


def test_a_list_may_have_spaces_and_repetitions(write: Write) -> None:
    """What a person writes is read as it is meant."""
    name = write(HEAD + DOES + "plugin.command('a')(do)")
    assert [plugin.name for plugin in load(f" {name} , {name},")] == ["first"]
    assert load("") == load(" , ") == []


def test_a_command_of_the_contract_may_be_done(write: Write) -> None:
    """A plugin does a built-in command as the contract describes it."""
    check(write(HEAD + DOES + "plugin.command('restart')(do)"))


@pytest.mark.parametrize("given", [{}, STRONG, {f"NEXUS_{name}": value for name, value in SHARED.items()}])
def test_the_start_is_refused_before_a_port_is_bound(tmp_path: Path, given: dict[str, str]) -> None:
    """In development, in production and by a supervisor: one line, and not that the port is taken, which it is."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = {"plugins": "nowhere_at_all", "data_dir": str(tmp_path), "grpc_port": str(free_port())}
        settings = {variable(name): value for name, value in said.items()}
        port = {"NEXUS_API_PORT": str(taken.getsockname()[1])}
        done = subprocess.run(
            [sys.executable, "-m", "handlers"],
            env={"PATH": "", **given, **settings, **port},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == (
        "nexus: NEXUS_PLUGINS names nowhere_at_all, which cannot be imported: "
        "ModuleNotFoundError: No module named 'nowhere_at_all'\n"
    )


@pytest.mark.parametrize("given", [{"name": "Big"}, {"max_concurrent": 0}, {"lease_seconds": 1}])
def test_a_plugin_is_declared_within_bounds(given: dict[str, Any]) -> None:
    """What no agent could be is refused where it is written."""
    with pytest.raises(ValueError):  # noqa: PT011 - each says its own
        Plugin(**{"name": "small", **given})


def test_progress_is_a_percentage() -> None:
    """What is none is the function's mistake, and is not sent."""
    said: list[Any] = []
    report = lambda percent, message: said.append((percent, message))  # noqa: E731
    work = Work("command", "a", {}, "cmd_1", "t_one", 1, "normal", "", "", report)
    for percent in (-1, 101, float("nan")):
        with pytest.raises(ValueError, match="percentage"):
            work.progress(percent)
    work.progress(100, "Done")
    assert said == [(100, "Done")]
