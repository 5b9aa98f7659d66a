"""Plugins, put together: found in the modules that `NEXUS_PLUGINS` names, held to the contract, and put to work."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson

import generated
from adapters.http.bodies import Limits, read_json
from adapters.http.contract import Contract
from handlers.core.agents import Agents
from handlers.core.command_types import check_schema
from handlers.core.consuming import Consumers
from handlers.core.errors import Unprocessable
from handlers.core.events import EventLog
from handlers.core.executing import Executing, described
from handlers.core.leases import Leases
from handlers.core.plugins import Plugin
from handlers.core.registration import Registration
from handlers.core.subscribing import Subscriber, matching
from handlers.core.taking import Taking
from handlers.core.telling import Telling
from handlers.env_files import SettingsError

_READ = partial(read_json, Limits.depth, what="result")
_TYPES, _EVENT = "x-command-types", "V2EventType"
_DECLARE, _REGISTER = "v2.commands.create_type", "v2.agents.register_agent"
Facts = Mapping[str, Any]


class Extending:
    """What is done here for plugins: one of everything for each that does commands, and each function that hears."""

    def __init__(
        self,
        plugins: Sequence[Plugin],
        agents: Agents,
        registration: Registration,
        leases: Leases,
        taking: Taking,
        log: EventLog,
        consumers: Consumers,
        telling: Telling,
        say: Callable[..., None],
    ) -> None:
        self._executing: list[Executing] = []
        for plugin in plugins:
            if plugin.commands:
                executing = Executing(plugin, agents, registration, leases, taking, log, _READ, say)
                self._executing.append(executing)
                consumers.take(plugin.agent_id, executing.consume, yields=True)
            for name, subscription in plugin.subscriptions.items():
                subscriber = Subscriber(f"{plugin.agent_id}.{name}", subscription, telling, say)
                consumers.take(subscriber.name, subscriber.consume, most=1)

    def begin(self) -> None:
        """Hear what becomes of the work that is done here. Before the agenda, by which it is taken."""
        for executing in self._executing:
            executing.begin()

    async def close(self) -> None:
        """End what is done, or give it back. In front of the agenda."""
        await asyncio.gather(*(executing.close() for executing in self._executing))


def load(named: str) -> list[Plugin]:
    """The plugins in the modules of a list, or what is wrong with one of them in a sentence that names it."""
    modules = list(dict.fromkeys(name.strip() for name in named.split(",") if name.strip()))
    plugins = {name: _plugin_in(name) for name in modules}
    _check_apart(plugins, "is called", lambda plugin: [plugin.name])
    _check_apart(plugins, "does the command", lambda plugin: plugin.commands)
    return list(plugins.values())


def declared(plugins: Iterable[Plugin], contract: Contract) -> dict[str, Facts]:
    """The types of commands that there are with these plugins, if all that they say is as the contract wants it."""
    types: dict[str, Facts] = dict(contract.document[_TYPES])
    for plugin in plugins:
        _check_plugin(plugin, contract)
        for name, command in plugin.commands.items():
            if name not in types:
                types[name] = _type(plugin, contract, name, command.facts)
            elif command.facts:
                raise _wrong(plugin, f"the command {name} is in the contract, and is described there")
    return types


def check(named: str) -> None:
    """Refuse a list of modules of which one cannot be used, for whoever is to say so before anything is begun."""
    plugins = load(named)
    if plugins:
        document = orjson.loads((Path(generated.__file__).parent / "openapi.json").read_bytes())
        declared(plugins, Contract(document))


def _plugin_in(module: str) -> Plugin:
    try:
        found = getattr(import_module(module), "plugin", None)
    except (Exception, SystemExit) as problem:
        said = " ".join(str(problem).split())
        raise SettingsError(
            f"NEXUS_PLUGINS names {module}, which cannot be imported: {type(problem).__name__}: {said}"
        ) from problem
    if not isinstance(found, Plugin):
        raise SettingsError(f"NEXUS_PLUGINS names {module}, which has no `plugin` that is a handlers.plugins.Plugin")
    if not found.commands and not found.subscriptions:
        raise SettingsError(f"NEXUS_PLUGINS names {module}, whose plugin does nothing")
    return found


def _check_apart(plugins: Mapping[str, Plugin], does: str, what: Callable[[Plugin], Iterable[str]]) -> None:
    """Refuse two modules of which the one does what the other does."""
    first: dict[str, str] = {}
    for module, plugin in plugins.items():
        for name in what(plugin):
            if first.setdefault(name, module) != module:
                raise SettingsError(f"NEXUS_PLUGINS names {module}, which {does} {name}, as {first[name]} {does} too")


def _check_plugin(plugin: Plugin, contract: Contract) -> None:
    """Refuse a plugin that would be no agent, or waits for what never happens."""
    said = {name: value for name, value in described(plugin) if name != "is_hosted"}
    problem = _problem(contract, _REGISTER, {"agent_id": plugin.agent_id, **said})
    if problem is not None:
        raise _wrong(plugin, problem)
    known = contract.document["components"]["schemas"][_EVENT]["enum"]
    for name, subscription in plugin.subscriptions.items():
        for pattern in subscription.patterns:
            if not matching([pattern], known):
                raise _wrong(plugin, f"{name} is to hear of {pattern}, and there are no such events in the log")


def _type(plugin: Plugin, contract: Contract, name: str, facts: Facts) -> Facts:
    """A new type of commands, as those of the contract are described."""
    try:
        plain = orjson.loads(orjson.dumps(facts))
        check_schema(plain.get("parameters_schema"))
    except (TypeError, Unprocessable) as problem:
        raise _wrong(plugin, f"the parameters of the command {name} are no schema: {problem}") from problem
    problem = _problem(contract, _DECLARE, {"command_type": name, **plain})
    if problem is not None:
        raise _wrong(plugin, f"the command {name}: {problem}")
    return plain


def _problem(contract: Contract, operation: str, body: Any) -> str | None:
    """What the contract has against the body of a request."""
    content = contract.operation(contract.paths_by_operation[operation], "post")["requestBody"]["content"]
    found = next(iter(contract.validator(content["application/json"]["schema"]).iter_errors(body)), None)
    return None if found is None else found.message


def _wrong(plugin: Plugin, problem: str) -> SettingsError:
    return SettingsError(f"NEXUS_PLUGINS: the plugin {plugin.name} cannot be used: {problem}")
