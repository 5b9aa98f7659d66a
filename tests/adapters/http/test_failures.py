"""What goes wrong on our side: told to the log, not to the caller, and always answered."""

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest
import structlog

from adapters.http.failures import ErrorDialect, Failures, UnspokenRefusals
from generated.errors import ERRORS
from handlers.app import Nexus, build
from handlers.core.clock import system_clock
from handlers.core.errors import NotFound, Unavailable
from handlers.core.readiness import Readiness
from tests.serving import ADMIN_KEY, Connect

LISTS = {"ggi": "/tasks", "v1": "/v1/tasks", "v2": "/v2/tasks", "lexos": "/api/tasks"}
PATHS = {**LISTS, "mesh": "/readyz"}
SECRET = "the password is swordfish"


class Broken:
    """Stands for any part, and fails at whatever it is asked."""

    def __init__(self, failure: BaseException) -> None:
        self._failure = failure

    def __getattr__(self, name: str) -> Any:
        async def fail(*_: Any, **__: Any) -> None:
            raise self._failure

        return fail


def breaking(failure: BaseException) -> Any:
    """Makes a server's parts fail."""

    def adapt(nexus: Nexus) -> None:
        broken = Broken(failure)
        readiness = Readiness({"documents": broken.ping}, {}, system_clock)
        nexus.site.core = replace(nexus.core, tasks=broken, readiness=readiness)

    return adapt


@pytest.mark.parametrize(("dialect", "path"), PATHS.items())
def test_a_defect_is_logged_and_not_told(serve: Any, connect: Connect, dialect: str, path: str) -> None:
    """An unexpected exception is a 500 in the words of the dialect; its traceback is in the log under the request."""
    client = connect(serve(breaking(RuntimeError(SECRET))), ADMIN_KEY)
    with structlog.testing.capture_logs() as logged:
        answer = client.get(path, headers={"X-Request-ID": "req_mine"})
    assert answer.status_code == 500
    assert "swordfish" not in answer.text
    assert "An unexpected error occurred" in answer.text
    (line,) = [line for line in logged if line["event"] == "request_failed"]
    assert (line["request_id"], line["exc_info"]) == ("req_mine", True)


@pytest.mark.parametrize(("dialect", "path"), PATHS.items())
def test_a_part_that_does_not_answer_is_told(serve: Any, connect: Connect, dialect: str, path: str) -> None:
    """What may succeed later is 503, with when to try again."""
    client = connect(serve(breaking(Unavailable("The store does not answer", retry_after=7))), ADMIN_KEY)
    answer = client.get(path)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")
    if dialect == "v2":
        assert answer.json()["error"]["retry_after"] == 7


def test_liveness_does_not_ask_the_parts(serve: Any, connect: Connect) -> None:
    """A process without its store is alive and not ready."""
    client = connect(serve(breaking(Unavailable("The store does not answer"))))
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503


@pytest.mark.parametrize("kind", ["refusal", "defect"])
def test_a_failure_while_failing_is_still_answered(serve: Any, connect: Connect, kind: str) -> None:
    """A dialect that cannot say no leaves a plain 500, with all headers, nothing of the cause, and both in the log."""

    def render(_: Any) -> Any:
        raise ZeroDivisionError(SECRET)

    def adapt(nexus: Nexus) -> None:
        nexus.site.failures = Failures({name: ErrorDialect(render, ERRORS[name]) for name in PATHS})
        breaking(NotFound("task", "x") if kind == "refusal" else RuntimeError(SECRET))(nexus)

    server = serve(adapt)
    with structlog.testing.capture_logs() as logged, httpx.Client(base_url=server.url) as client:
        answer = client.get("/v2/tasks", headers={"Authorization": f"Bearer {ADMIN_KEY}", "X-Request-ID": "req_mine"})
    assert answer.status_code == 500
    assert answer.json() == {
        "error": {
            "code": "internal_error",
            "message": "An unexpected error occurred",
            "details": {},
            "request_id": "req_mine",
        }
    }
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "refusal_failed" in [line["event"] for line in logged]
    assert ("request_failed" in [line["event"] for line in logged]) == (kind == "defect")


def test_a_failure_of_identity_is_answered(serve: Any, connect: Connect) -> None:
    """A store that fails while a caller is looked up is no fault of the caller's."""

    def adapt(nexus: Nexus) -> None:
        nexus.site.authenticate = Broken(Unavailable("The store does not answer")).anything

    assert connect(serve(adapt), ADMIN_KEY).get("/tasks").status_code == 503


def test_a_server_that_cannot_start_says_so(settings: Any) -> None:
    """A start that fails is reported over the lifespan, and logged."""
    nexus = build(settings)
    nexus.site.start = Broken(RuntimeError("no disk")).start
    incoming, sent = [{"type": "lifespan.startup"}], []

    async def receive() -> Any:
        return incoming.pop()

    async def send(message: Any) -> None:
        sent.append(message)

    with structlog.testing.capture_logs() as logged:
        asyncio.run(nexus.app({"type": "lifespan"}, receive, send))
    assert sent == [{"type": "lifespan.startup.failed", "message": "no disk"}]
    assert [line["event"] for line in logged] == ["start_failed"]


@pytest.mark.parametrize("kind", ["unprocessable", "request_timeout"])
def test_a_dialect_says_no_to_everything(kind: str) -> None:
    """A kind of refusal, the core's or the adapter's, that a dialect has no word for keeps the server from starting."""
    table = {name: error for name, error in ERRORS["v2"].items() if name != kind}
    with pytest.raises(UnspokenRefusals, match=f"v2: x-errors lacks {kind}"):
        Failures({"v2": ErrorDialect(str, table)})
