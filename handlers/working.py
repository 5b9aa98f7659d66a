"""How work reaches agents, put together: the kinds of work, leases, and who acts when something of them is due."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from handlers.core.accepting import Accepting
from handlers.core.agenda import Agenda
from handlers.core.agents import Agents
from handlers.core.clock import Clock
from handlers.core.command_lives import CommandWork
from handlers.core.command_types import CommandTypes
from handlers.core.commands import Commands
from handlers.core.duties import Duty
from handlers.core.events import EventLog
from handlers.core.housekeeping import Forget
from handlers.core.leases import Leases
from handlers.core.ports import Documents
from handlers.core.prospects import Prospects
from handlers.core.taking import Taking
from handlers.core.work import WorkKind
from handlers.settings import Settings


class Working:
    """One of everything that work takes. Another kind of work is one more of `kinds`."""

    def __init__(
        self,
        documents: Documents,
        log: EventLog,
        agents: Agents,
        agenda: Agenda,
        built_in: Mapping[str, Any],
        settings: Settings,
        clock: Clock,
        say: Callable[..., None],
    ) -> None:
        kinds: Sequence[WorkKind] = (CommandWork(),)
        self.leases = Leases(documents, agents, kinds, clock, agenda.expect)
        self.taking = Taking(documents, self.leases, log, clock)
        self.accepting = Accepting(self.taking, self.leases)
        self.prospects = Prospects(self.taking, log, say)
        self.types = CommandTypes(documents, built_in, clock)
        self.commands = Commands(
            documents,
            self.types,
            self.leases,
            log,
            clock,
            allows_private=settings.allow_private_targets,
        )
        self.forgetting: list[Forget] = [self.commands.forget, self.types.forget]
        for kind in kinds:
            agenda.take(Duty(kind.collection, partial(self.leases.attend, kind)))
