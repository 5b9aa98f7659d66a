"""What the contract names is there: models that carry every body, and that tell one success from another."""

from typing import Any

import pytest
from pydantic import BaseModel

from adapters.http.bodies import BodyPlan, Limits
from adapters.http.requests import Request
from generated import operations
from generated.models import v1
from handlers import names
from tests.walking import Asked, contract, every_request


@pytest.fixture(autouse=True)
def everything_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if nothing that is promised were unfinished."""
    monkeypatch.setattr(names, "_FINISHED", {found.operation_id: found for found in operations.OPERATIONS})


@pytest.mark.parametrize(
    "asked", [asked for asked in every_request() if asked.content], ids=lambda asked: asked.operation
)
async def test_every_body_has_what_carries_it(asked: Asked) -> None:
    """A body that the contract shows comes to its handler as generated models, or plain where the contract says so."""
    model = names.body_models().get(asked.operation)
    body = contract().resolve(asked.declared["requestBody"])
    length = str(len(asked.content)).encode()
    headers = [(b"content-type", asked.headers["Content-Type"].encode()), (b"content-length", length)]

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": asked.content}

    carried = await BodyPlan(contract(), body, model, Limits()).read(
        Request({"method": asked.method, "headers": headers}), receive
    )
    kind = dict if body.get("x-plain") else BaseModel
    assert all(isinstance(part, kind) for part in (carried if isinstance(carried, list) else [carried]))


def test_several_successes_are_told_apart_by_their_models() -> None:
    """A command that has ended and one that is on its way are different models, each with the status of its own."""
    assert names.statuses()["v1.commands.execute_command"] == {v1.CommandOutcome: 200, v1.CommandAccepted: 202}


def test_who_takes_callbacks_tells_of_ends() -> None:
    """Each dialect whose commands have a callback in the contract has words for it, and no other."""
    assert names.callbacks(contract().document).keys() == {"v1", "v2"}


def test_only_operations_take_callbacks() -> None:
    """What a path says besides its operations may contain the word."""
    operation = {"operationId": "v2.commands.create_command", "callbacks": {}}
    document = {"paths": {"/x": {"post": operation, "summary": "Of callbacks", "parameters": ["callbacks"]}}}
    assert names.callbacks(document).keys() == {"v2"}
