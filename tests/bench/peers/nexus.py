"""Ours: the compiled contract, with the real identity rules over a store in memory."""

from functools import partial
from typing import Any

from connexion import ConnexionMiddleware
from connexion.resolver import Resolver

from adapters.crypto.hasher import BcryptHasher
from adapters.http.bodies import Limits
from adapters.http.contract import Contract
from adapters.http.failures import ErrorDialect, Failures
from adapters.http.middleware import CompiledMiddleware
from adapters.http.observer import Observer
from adapters.http.protocol import speaking_protocol
from adapters.http.site import Site
from adapters.http.speech import Judge, Speeches
from adapters.http.witness import Witness
from generated.errors import ERRORS
from generated.models import v2
from handlers.core.calls import Call
from handlers.core.clock import system_clock
from handlers.core.collections import DEFAULT_TENANT, PLATFORM, TENANTS, USERS
from handlers.core.identity import Identity
from handlers.core.ports import Insert
from handlers.core.principals import ANONYMOUS
from handlers.core.tallies import Tallies
from handlers.core.testimony import Testimony
from handlers.dialects.v2 import errors
from scripts.generate.skeleton import skeleton
from tests.bench import contract
from tests.bench.peers.duties import Memory, audit, meters

_FAILURES = Failures(dict.fromkeys(contract.document()["x-dialects"], ErrorDialect(errors.render, ERRORS["v2"])))
PROTOCOL = speaking_protocol(_FAILURES, lambda path: "v2")


async def create_task(call: Call, body: v2.TaskCreate) -> tuple[v2.Task, dict[str, str]]:
    """Answer with the task as it was sent, and what a task has beside that."""
    given = {name: getattr(body, name) for name in body.model_fields_set}
    return v2.Task(**given, **contract.RECORD), {"ETag": contract.ENTITY_TAG}


async def get_task(call: Call, task_id: str, include: str | None, history: int) -> tuple[v2.Task, dict[str, str]]:
    """Answer with the one task that there is."""
    return v2.Task(**contract.STORED), {"ETag": contract.ENTITY_TAG}


def build() -> ConnexionMiddleware:
    """The application."""
    document = contract.document()
    memory = Memory()
    identity = Identity(memory, BcryptHasher(), None, document["x-roles"], system_clock)
    log, observer = audit(memory), Observer(log_requests=False)
    tallies = Tallies(log, system_clock, print)
    site = Site(
        contract=Contract(document),
        core=None,
        anonymous=ANONYMOUS,
        authenticate=identity.authenticate,
        failures=_FAILURES,
        observer=observer,
        witness=Witness(log, tallies),
        testimony=Testimony(log, tallies, {}),
        meters=meters(),
        models={f"v2.{resource}.create_task": v2.TaskCreate for resource in contract.RESOURCES},
        events=Contract({}),
        channels=[],
        speeches=Speeches(Judge(Contract({}), {}, {}, observer.violations)),
        start=partial(_start, memory, identity),
        stop=_stop,
        limits=Limits(body_bytes=contract.BODY_LIMIT),
    )
    app = ConnexionMiddleware(
        None, middlewares=[partial(CompiledMiddleware, site=site)], resolver=Resolver(_handler_of)
    )
    app.add_api(skeleton(document), base_path="")
    return app


def _handler_of(operation_id: str) -> Any:
    return create_task if operation_id.endswith("create_task") else get_task


async def _start(memory: Memory, identity: Identity) -> None:
    user = {"id": "usr_bench", "home": DEFAULT_TENANT, "role": "family_member"}
    await memory.write(Insert(TENANTS, PLATFORM, {"id": DEFAULT_TENANT}))
    await memory.write(Insert(USERS, PLATFORM, user))
    await identity.ensure_key(contract.API_KEY, user, "bench")


async def _stop() -> None:
    return
