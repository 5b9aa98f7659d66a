"""Many batches on one call: answered in order, bounded in hand, and ended so that nobody has to guess."""

import asyncio
import queue
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import grpc
import httpx
import pytest

from adapters.grpc.methods import IN_HAND
from adapters.grpc.site import GrpcSite
from generated.grpc.nexus_pb2 import DESCRIPTOR, FrameBatch
from generated.grpc.nexus_pb2_grpc import TelemetryStub
from handlers import procedures
from handlers.core.credentials import key_id
from handlers.core.errors import Unavailable
from scripts.serving import free_port
from tests.frames import Metadata, batch, by, ended, frame, stub
from tests.serving import Running, eventually

SERVICE = DESCRIPTOR.services_by_name["Telemetry"].full_name


def batches(count: int, size: int = 3) -> Iterator[FrameBatch]:
    """Numbered batches of numbered frames."""
    for number in range(count):
        yield batch(*(frame({"n": number * size + place}) for place in range(size)), name=str(number))


def listed(server: Running, key: str) -> list[dict]:
    """The frames that are there, newest first."""
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.get(f"{server.url}/v2/telemetry/frames?limit=100", headers=headers).json()["data"]


def test_each_batch_is_answered_in_order(telemetry: TelemetryStub, ours: Metadata, client: httpx.Client) -> None:
    """Every answer has its batch's name and a result for each frame, and all of them are there."""
    answers = list(telemetry.Stream(batches(30), metadata=ours))
    assert [answer.batch_id for answer in answers] == [str(number) for number in range(30)]
    names = [result.frame_id for answer in answers for result in answer.results]
    assert len(set(names)) == 90
    page = client.get("/v2/telemetry/frames", params={"limit": 100}).json()["data"]
    assert {found["frame_id"]: found["metrics"]["n"] for found in page} == dict(zip(names, range(90), strict=True))


def test_a_stream_may_be_empty(telemetry: TelemetryStub, ours: Metadata) -> None:
    """Who has nothing to say has said all."""
    assert list(telemetry.Stream(iter(()), metadata=ours)) == []


def test_what_is_refused_ends_the_stream_behind_its_answers(
    telemetry: TelemetryStub, ours: Metadata, client: httpx.Client
) -> None:
    """What came before an empty batch is answered and kept, what came behind it is not taken."""
    sent = [*batches(5), FrameBatch(batch_id="empty"), *batches(5)]
    call, answered = telemetry.Stream(iter(sent), metadata=ours), []
    with pytest.raises(grpc.RpcError) as found:
        answered.extend(answer.batch_id for answer in iter(lambda: next(call), None))
    assert found.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert answered == ["0", "1", "2", "3", "4"]
    assert len(client.get("/v2/telemetry/frames", params={"limit": 100}).json()["data"]) == 15


def test_a_limit_that_is_used_up_ends_the_stream(serve: Callable[..., Running], tenant: str) -> None:
    """Each batch counts; the first one too many ends the stream, and those before it are answered."""
    server = serve(grpc_port=free_port(), rate_limits="v2.telemetry_batch=4")
    key = server.key_for("admin", tenant)
    with stub(server.procedures) as telemetry:
        error = ended(telemetry.Stream(batches(6, size=1), metadata=by(key)))
    assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "retry-after" in dict(error.trailing_metadata())
    assert len(listed(server, key)) == 4


def test_a_stranger_opens_no_stream(telemetry: TelemetryStub) -> None:
    """Nobody's first batch ends it."""
    assert ended(telemetry.Stream(batches(2), metadata=())).code() == grpc.StatusCode.UNAUTHENTICATED


class Spoken:
    """A stream that says what it is told to, when it is told."""

    def __init__(self, telemetry: TelemetryStub, metadata: Metadata) -> None:
        self._said: queue.Queue[FrameBatch | None] = queue.Queue()
        self.taken = 0
        self.call = telemetry.Stream(self._all(), metadata=metadata)

    def say(self, *said: FrameBatch | None) -> None:
        """Send batches; None is the end."""
        for one in said:
            self._said.put(one)

    def _all(self) -> Iterator[FrameBatch]:
        while (said := self._said.get()) is not None:
            self.taken += 1
            yield said


def test_a_revoked_key_ends_its_stream(telemetry: TelemetryStub, client: httpx.Client) -> None:
    """A second after its key is gone an open stream is refused its next batch."""
    made = client.post("/v2/api-keys", json={"label": "l", "scopes": ["telemetry:write"]}).json()
    spoken = Spoken(telemetry, by(made["key"]))
    spoken.say(batch())
    next(spoken.call)
    assert client.delete(f"/v2/api-keys/{key_id(made['key'])}").is_success
    statuses: list[grpc.StatusCode] = []

    def is_ended() -> bool:
        spoken.say(batch())
        try:
            next(spoken.call)
        except grpc.RpcError as error:
            statuses.append(error.code())
        return bool(statuses)

    assert eventually(is_ended)
    spoken.say(None)
    assert statuses == [grpc.StatusCode.UNAUTHENTICATED]


def test_a_slow_store_holds_the_sender_back(
    serve: Callable[..., Running], tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While nothing can be stored few batches are in hand and the sender has to wait; then all are answered."""
    server = serve(grpc_port=free_port(), max_body_bytes=4_000_000)
    telemetry_of = server.nexus.core.telemetry
    taken: list[int] = []
    submit, opened = telemetry_of.submit_frames, server.wait(_event())

    async def slow(who: Any, frames: Any) -> Any:
        taken.append(len(frames))
        await opened.wait()
        return await submit(who, frames)

    monkeypatch.setattr(telemetry_of, "submit_frames", slow)
    wide = [batch(frame(metadata={"x": "y" * 400_000}), name=str(number)) for number in range(60)]
    with stub(server.procedures) as telemetry:
        spoken = Spoken(telemetry, by(server.key_for("admin", tenant)))
        spoken.say(*wide, None)
        assert eventually(lambda: bool(taken))
        assert not eventually(lambda: spoken.taken > len(wide) / 2, seconds=2)
        assert taken == [1]
        server.wait(_set(opened))
        assert [answer.batch_id for answer in spoken.call] == [str(number) for number in range(60)]
    assert sum(taken) == 60 and max(taken) <= IN_HAND + 1


async def _event() -> asyncio.Event:
    return asyncio.Event()


async def _set(event: asyncio.Event) -> None:
    event.set()


def test_a_store_that_is_away_ends_the_stream(
    serve: Callable[..., Running], tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody could store is not answered; the status says that it can be sent again."""
    server = serve(grpc_port=free_port())

    async def away(*_: Any) -> Any:
        raise Unavailable("The store is away")

    monkeypatch.setattr(server.nexus.core.telemetry.collector, "put", away)
    with stub(server.procedures) as telemetry:
        error = ended(telemetry.Stream(batches(3), metadata=by(server.key_for("admin", tenant))))
    assert error.code() == grpc.StatusCode.UNAVAILABLE


def test_a_client_that_vanishes_leaves_nothing_behind(serve: Callable[..., Running], tenant: str) -> None:
    """Its stream is over for the server too; what it was answered stays."""
    server = serve(grpc_port=free_port())
    key = server.key_for("admin", tenant)
    gauge = server.nexus.site.observer.streams.labels("grpc")
    with stub(server.procedures) as telemetry:
        spoken = Spoken(telemetry, by(key))
        spoken.say(batch())
        next(spoken.call)
        assert gauge._value.get() == 1
    assert eventually(lambda: gauge._value.get() == 0)
    spoken.say(None)
    assert len(listed(server, key)) == 1


def test_a_server_that_stops_ends_streams_and_says_so(serve: Callable[..., Running], tenant: str) -> None:
    """An open stream that waits ends as UNAVAILABLE, new calls find nobody, and the stop waits for nobody."""
    server = serve(grpc_port=free_port())
    with stub(server.procedures) as telemetry:
        ours = by(server.key_for("admin", tenant))
        spoken = Spoken(telemetry, ours)
        spoken.say(batch())
        next(spoken.call)
        server.stop()
        error = ended(spoken.call)
        assert (error.code(), error.details()) == (grpc.StatusCode.UNAVAILABLE, "The server stops")
        with pytest.raises(grpc.RpcError) as refused:
            telemetry.Submit(batch(), metadata=ours, timeout=20)
        assert refused.value.code() == grpc.StatusCode.UNAVAILABLE
        spoken.say(None)


def silent(address: str, metadata: Metadata, method: str) -> grpc.RpcError:
    """How a call ends that is opened, and on which nothing is ever said."""
    said: queue.Queue[bytes | None] = queue.Queue()
    with grpc.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
        call = channel.stream_stream(f"/{SERVICE}/{method}")(iter(said.get, None), metadata=metadata, timeout=10)
        try:
            return ended(call)
        finally:
            said.put(None)


@pytest.mark.parametrize("method", ["Submit", "Stream"])
def test_a_stranger_who_says_nothing_holds_no_call(shared_server: Running, method: str) -> None:
    """Who asks is known before anything is waited for."""
    assert silent(shared_server.procedures, (), method).code() == grpc.StatusCode.UNAUTHENTICATED


@pytest.mark.parametrize("method", ["Submit", "Stream"])
def test_nobody_holds_a_call_for_nothing(
    serve: Callable[..., Running], tenant: str, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call without a first batch ends, and says why; one that has begun may be silent."""
    monkeypatch.setattr(procedures, "GrpcSite", partial(GrpcSite, patience_seconds=1.0))
    server = serve(grpc_port=free_port())
    metadata = by(server.key_for("admin", tenant))
    with stub(server.procedures) as telemetry:
        spoken = Spoken(telemetry, metadata)
        spoken.say(batch())
        next(spoken.call)
        error = silent(server.procedures, metadata, method)
        assert (error.code(), error.details()) == (
            grpc.StatusCode.DEADLINE_EXCEEDED,
            "No batch has come within 1 seconds",
        )
        spoken.say(batch(), None)
        assert len(list(spoken.call)) == 1


def test_a_user_has_so_many_streams(serve: Callable[..., Running], tenant: str) -> None:
    """As many as the contract says, and one more is told to wait; one that has ended makes room."""
    server = serve(grpc_port=free_port(), rate_limits="v2.telemetry_batch=1000")
    most = server.nexus.site.contract.document["x-rate-limits"]["v2"]["telemetry_batch"]["concurrent"]
    metadata = by(server.key_for("admin", tenant))
    with stub(server.procedures) as one, stub(server.procedures) as other:
        opened = [Spoken((one, other)[number % 2], metadata) for number in range(most)]
        for spoken in opened:
            spoken.say(batch())
            next(spoken.call)
        error = ended(one.Stream(batches(1), metadata=metadata))
        assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert dict(error.trailing_metadata())["retry-after"] == "60"
        opened.pop().say(None)
        assert eventually(lambda: _is_answered(other, metadata))
        for spoken in opened:
            spoken.say(None)


def _is_answered(telemetry: TelemetryStub, metadata: Metadata) -> bool:
    try:
        return len(list(telemetry.Stream(batches(1), metadata=metadata))) == 1
    except grpc.RpcError:
        return False
