# Generated from specs/ by `make generate`. Do not edit.
"""The clients: every group of calls as an attribute."""

from __future__ import annotations

from . import async_resources, resources
from .connecting import AsyncClient, SyncClient


class NexusClient(SyncClient):
    """Speaks to a Nexus server. Calls block until they are answered."""

    def _attach(self) -> None:
        self.agents = resources.Agents(self.transport)
        self.ai = resources.Ai(self.transport)
        self.alerts = resources.Alerts(self.transport)
        self.audit = resources.Audit(self.transport)
        self.auth = resources.Auth(self.transport)
        self.broker = resources.Broker(self.transport)
        self.commands = resources.Commands(self.transport)
        self.contract = resources.Contract(self.transport)
        self.coordination = resources.Coordination(self.transport)
        self.events = resources.Events(self.transport)
        self.keys = resources.Keys(self.transport)
        self.leases = resources.Leases(self.transport)
        self.me = resources.Me(self.transport)
        self.system = resources.System(self.transport)
        self.tasks = resources.Tasks(self.transport)
        self.telemetry = resources.Telemetry(self.transport)
        self.webhooks = resources.Webhooks(self.transport)
        self.workflows = resources.Workflows(self.transport)


class AsyncNexusClient(AsyncClient):
    """Speaks to a Nexus server. Calls are awaited."""

    def _attach(self) -> None:
        self.agents = async_resources.Agents(self.transport)
        self.ai = async_resources.Ai(self.transport)
        self.alerts = async_resources.Alerts(self.transport)
        self.audit = async_resources.Audit(self.transport)
        self.auth = async_resources.Auth(self.transport)
        self.broker = async_resources.Broker(self.transport)
        self.commands = async_resources.Commands(self.transport)
        self.contract = async_resources.Contract(self.transport)
        self.coordination = async_resources.Coordination(self.transport)
        self.events = async_resources.Events(self.transport)
        self.keys = async_resources.Keys(self.transport)
        self.leases = async_resources.Leases(self.transport)
        self.me = async_resources.Me(self.transport)
        self.system = async_resources.System(self.transport)
        self.tasks = async_resources.Tasks(self.transport)
        self.telemetry = async_resources.Telemetry(self.transport)
        self.webhooks = async_resources.Webhooks(self.transport)
        self.workflows = async_resources.Workflows(self.transport)
