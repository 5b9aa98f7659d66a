"""The rules of Nexus, assembled: what a handler can call."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from handlers.core.accepting import Accepting
from handlers.core.agents import Agents
from handlers.core.alert_rules import AlertRules
from handlers.core.alerts import Alerts
from handlers.core.audit import Audit
from handlers.core.brokerage import Brokerage
from handlers.core.command_types import CommandTypes
from handlers.core.commands import Commands
from handlers.core.delivery_log import DeliveryLog
from handlers.core.deployments import Deployments
from handlers.core.events import EventLog
from handlers.core.google import GoogleSignIn
from handlers.core.heartbeats import Heartbeats
from handlers.core.identity import Identity
from handlers.core.leases import Leases
from handlers.core.measurements import Measurements
from handlers.core.negotiations import Negotiations
from handlers.core.node_registry import NodeRegistry
from handlers.core.performance import Measuring
from handlers.core.prospects import Prospects
from handlers.core.readiness import Readiness
from handlers.core.recovering import Recovering
from handlers.core.registration import Registration
from handlers.core.system import System
from handlers.core.taking import Taking
from handlers.core.tasks import Tasks
from handlers.core.telemetry import Telemetry
from handlers.core.vitals import Vitals
from handlers.core.webhooks import Webhooks


@dataclass(frozen=True)
class Core:
    """One of everything. `stopping` is set when the server stops: whoever waits for something waits no longer."""

    identity: Identity
    brokerage: Brokerage
    google: GoogleSignIn
    audit: Audit
    tasks: Tasks
    agents: Agents
    registration: Registration
    commands: Commands
    command_types: CommandTypes
    leases: Leases
    taking: Taking
    accepting: Accepting
    prospects: Prospects
    heartbeats: Heartbeats
    deployments: Deployments
    nodes: NodeRegistry
    negotiations: Negotiations
    performance: Measuring
    log: EventLog
    readiness: Readiness
    webhooks: Webhooks
    deliveries: DeliveryLog
    recovering: Recovering
    telemetry: Telemetry
    measurements: Measurements
    alert_rules: AlertRules
    alerts: Alerts
    vitals: Vitals
    system: System
    files: Mapping[str, bytes]
    figures: Callable[[], bytes]
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
