"""The server behind its edges, put together: stores, identity, tasks, agents and their work, telemetry, what is sent.

Each part is made here once, started behind what it needs, and ended before it.
"""

import sys
from typing import Any

from adapters.crypto.hasher import BcryptHasher
from adapters.crypto.tokens import JoseTokens
from adapters.google.fetching import HttpDocument
from adapters.google.id_tokens import GoogleIdTokens
from adapters.google.keys import KeyRing
from adapters.http.contract import Contract
from adapters.http.figures import AgendaCollector, AuditCollector, DeliveryCollector, TelemetryCollector
from adapters.http.observer import Observer
from adapters.machine.gauges import PsutilGauges
from adapters.rabbit.grounds import GROUNDS
from handlers import extending, names
from handlers.core.agenda import Agenda
from handlers.core.appointments import Appointments
from handlers.core.audit import Audit
from handlers.core.brokerage import Brokerage
from handlers.core.clock import Clock
from handlers.core.collections import TASKS, TENANTS
from handlers.core.core import Core
from handlers.core.credentials import Hasher
from handlers.core.duties import Duty
from handlers.core.google import Admission, GoogleSignIn, IdTokens, read_roles
from handlers.core.housekeeping import Purging, Sweeping
from handlers.core.identity import Identity
from handlers.core.limits import read_changes, read_table
from handlers.core.metering import Meter, Meters
from handlers.core.negotiations import Negotiations
from handlers.core.performance import Measuring
from handlers.core.pushing import Pushing
from handlers.core.readiness import Ask, Readiness
from handlers.core.system import System
from handlers.core.tallies import Tallies
from handlers.core.tasks import Tasks
from handlers.core.testimony import Testimony
from handlers.core.track_records import TrackRecords
from handlers.fleet import Fleet
from handlers.queueing import Queueing
from handlers.receiving import consumers
from handlers.sending import Say, Sending
from handlers.sensing import Sensing
from handlers.settings import Settings
from handlers.storage import Examine, Storage
from handlers.working import Working

_KEYS_WAITING = 256  # only keys that exist get as far as bcrypt, each once; after a start all of them may come together
_FIRST_USER = {"role": "admin", "security_level": "ADMIN", "agent_access_level": "FULL"}
_PLUGINS_HEAR = "v2"  # of events, in the words of this dialect


class Parts:
    """One of each. `document` is the contract, from which they take roles, ceilings and limits.

    `examine` holds what leaves over the broker to the event contract.
    """

    def __init__(
        self,
        settings: Settings,
        contract: Contract,
        observer: Observer,
        clock: Clock,
        say: Say,
        hasher: Hasher | None,
        examine: Examine,
    ) -> None:
        document = contract.document
        self._settings = settings
        self._examine = examine
        self._clock = clock
        is_shared = bool(settings.database_url)
        self._storage = Storage(settings, examine)
        documents, log = self._storage.documents, self._storage.log
        self.audit = Audit(documents, clock, days=settings.audit_days, say=say)
        self.tallies = Tallies(self.audit, clock, say)
        self.testimony = Testimony(self.audit, self.tallies, names.refusals())
        self._admission = Admission(read_roles(settings.google_roles))
        self.identity = self._make_identity(document, hasher)
        self.meters = self._make_meters(document)
        self.agenda = Agenda(documents, clock, say, is_shared=is_shared)
        appointments = Appointments(documents, self.agenda)
        self._sweeping = Sweeping(self._storage, appointments, clock)
        self._tasks = Tasks(documents, clock, self.agenda.expect)
        tellings, called_back = names.told_by(document)
        self.sending = Sending(settings, documents, log, self.agenda, appointments, tellings, called_back, clock, say)
        self._fleet = Fleet(settings, documents, log, self.agenda, appointments, self.sending, clock, say)
        plugins = extending.load(settings.plugins)
        command_types = extending.declared(plugins, contract)
        self._work = Working(documents, log, self._fleet.agents, self.agenda, command_types, settings, clock, say)
        agents, leases, taking = self._fleet.agents, self._work.leases, self._work.taking
        words, wake = names.pushed(contract), self.sending.lanes.wake
        self.sending.push(Pushing(documents, agents, leases, taking, words, wake, clock))
        self._queueing = Queueing(settings, self._storage, agents, self._work, self.sending, clock, say, examine)
        followed, registration = self.sending.consumers, self._fleet.registration
        self._extending = extending.Extending(
            plugins, agents, registration, leases, taking, log, followed, tellings[_PLUGINS_HEAR], say
        )
        self._release = document["info"]["version"]
        self._sensing = Sensing(settings, self._storage, self.agenda, observer.totals, self._release, clock, say)
        self._gauges = PsutilGauges(settings.data_dir)
        records = TrackRecords(self._tasks, self._work.commands)
        self._negotiations = Negotiations(documents, self._fleet.agents, records, clock)
        forgetting = [self._tasks.forget, self._fleet.agents.forget, self._fleet.nodes.forget, *self._work.forgetting]
        forgetting += [self._negotiations.forget]
        forgetting += [*self._sensing.forgetting, self.sending.deliveries.forget]
        self.agenda.take(Duty(TASKS, self._tasks.attend))
        self.agenda.take(Duty(TENANTS, Purging(documents, forgetting, clock, say).act))
        for collector in self._collectors():
            observer.registry.register(collector)

    def core(self, events: Contract, **published: Any) -> Core:
        """What handlers can call, those too that `events` tells of and the broker brings."""
        documents, identity, guesses = self._storage.documents, self.identity, self.meters.of("v2", "authentication")
        opens = identity.sessions.open
        readiness = Readiness({"documents": documents.ping}, self._helpful(), self._clock)
        core = Core(
            identity=identity,
            brokerage=self._brokerage(guesses),
            google=GoogleSignIn(documents, _id_tokens(self._settings), self._admission, opens, self._clock),
            audit=self.audit,
            tasks=self._tasks,
            agents=self._fleet.agents,
            registration=self._fleet.registration,
            commands=self._work.commands,
            command_types=self._work.types,
            leases=self._work.leases,
            taking=self._work.taking,
            accepting=self._work.accepting,
            prospects=self._work.prospects,
            heartbeats=self._fleet.heartbeats,
            deployments=self._fleet.deployments,
            nodes=self._fleet.nodes,
            negotiations=self._negotiations,
            performance=Measuring(self._tasks),
            log=self._storage.log,
            readiness=readiness,
            webhooks=self.sending.webhooks,
            deliveries=self.sending.deliveries,
            recovering=self.sending.recovering,
            telemetry=self._sensing.telemetry,
            measurements=self._sensing.measurements,
            alert_rules=self._sensing.watch.rules,
            alerts=self._sensing.watch.alerts,
            vitals=self._sensing.vitals,
            system=self._system(readiness),
            **published,
        )
        self._consumers = consumers(
            self._settings, core, events, self._clock, self._examine, self.testimony, self.meters
        )
        return core

    def _brokerage(self, guesses: Meter | None) -> Brokerage:
        """What answers RabbitMQ."""
        verification, secret = self.identity.verification, self._settings.amqp_auth_secret
        return Brokerage(verification, guesses, GROUNDS, secret, self._work.leases.agent, self._queueing.expect)

    async def start(self) -> None:
        """Open what has to be open, make the first user if there is to be one, and begin to act."""
        settings = self._settings
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        await self._storage.open()
        await self.identity.ensure_tenant()
        if settings.admin_password:
            name, password, key = settings.admin_username, settings.admin_password, settings.admin_api_key
            await self.identity.ensure_first(name, password, key or None, **_FIRST_USER)
        await self._sweeping.begin()
        await self._queueing.open()
        await self.sending.begin()
        await self._fleet.begin()
        self._work.prospects.begin()
        self._extending.begin()
        await self._sensing.begin()
        self.agenda.start()
        for consumer in self._consumers:
            await consumer.open()

    async def stop(self) -> None:
        """Finish what was begun, and let go."""
        for consumer in self._consumers:
            await consumer.close()
        await self._extending.close()
        await self.agenda.close()
        await self._work.prospects.close()
        await self._fleet.close()
        await self.sending.close()
        await self._queueing.close()
        await self._sensing.close()
        await self.tallies.close()
        await self.audit.close()
        await self._storage.close()

    def _make_identity(self, document: Any, hasher: Hasher | None) -> Identity:
        return Identity(
            self._storage.documents,
            hasher or BcryptHasher(),
            JoseTokens(self._settings.jwt_secret),
            document["x-roles"],
            self._clock,
            key_hasher=hasher or BcryptHasher(threads=1, waiting=_KEYS_WAITING, what="API keys"),
            ceilings=document["x-ceilings"],
            implied=document["x-implied-scopes"],
            admits=self._admission.admits,
            allows_private_targets=self._settings.allow_private_targets,
        )

    def _make_meters(self, document: Any) -> Meters:
        """What counts requests: in memory if this process alone has the store, else in the store that it shares."""
        settings = self._settings
        try:
            changes = read_changes(settings.rate_limits)
            limits = read_table(document["x-rate-limits"], settings.rate_limit_max_requests, changes)
        except ValueError as exc:
            sys.exit(f"nexus: NEXUS_RATE_LIMITS: {exc}")
        shared = self._storage.documents if settings.database_url else None
        return Meters(limits, self._clock, documents=shared, is_counting=settings.rate_limit_enabled)

    def _system(self, readiness: Readiness) -> System:
        """What tells how everything is."""
        return System(
            self._storage.documents,
            readiness,
            self._sensing.vitals,
            self._fleet.agents,
            self._tasks,
            [self._work.commands.count_in],
            self.audit,
            self._gauges,
            self._clock,
            release=self._release,
            environment=self._settings.environment,
        )

    def _collectors(self) -> tuple[Any, ...]:
        """What tells of the engines' figures."""
        return (
            AuditCollector(self.audit.figures),
            AgendaCollector(self.agenda.figures),
            DeliveryCollector(self.sending.lanes.figures),
            TelemetryCollector(self._sensing.telemetry.collector.figures),
        )

    def _helpful(self) -> dict[str, Ask]:
        """The parts without which most requests can be answered."""
        broker = {"broker": self._storage.log.ping} if self._settings.amqp_url else {}
        return {**broker, "scheduler": self.agenda.ping}


def _id_tokens(settings: Settings) -> IdTokens | None:
    if not settings.google_client_id:
        return None
    return GoogleIdTokens(settings.google_client_id, KeyRing(HttpDocument(settings.google_jwks_url).fetch))
