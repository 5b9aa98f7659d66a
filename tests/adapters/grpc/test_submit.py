"""One batch: each frame answered for itself, the same rules as over HTTP, and every end a status of gRPC."""

from collections.abc import Callable
from typing import Any

import grpc
import httpx
import pytest

from generated.grpc.nexus_pb2 import Frame, FrameBatch
from generated.grpc.nexus_pb2_grpc import TelemetryStub
from handlers.core.errors import Unavailable
from scripts.serving import free_port
from tests.frames import Metadata, batch, by, frame, stub
from tests.serving import Running, eventually


def refused(telemetry: TelemetryStub, message: FrameBatch, metadata: Metadata) -> grpc.RpcError:
    """How a batch is refused."""
    with pytest.raises(grpc.RpcError) as found:
        telemetry.Submit(message, metadata=metadata, timeout=20)
    return found.value


def test_a_frame_is_kept_as_it_was_sent(telemetry: TelemetryStub, ours: Metadata, client: httpx.Client) -> None:
    """Over HTTP it has the name, values, tags and time that it was sent with over gRPC."""
    metrics = {"cpu": 45.5, "count": 7, "on": True, "state": "ok", "list": [1, "a", None], "place": {"lat": 1.5}}
    sent = frame(metrics, frame_id="f-1", tags={"a": "b"})
    sent.timestamp.FromJsonString("2025-11-03T01:54:29.123Z")
    sent.metadata.update({"v": "1"})
    (result,) = telemetry.Submit(batch(sent), metadata=ours).results
    kept = client.get("/v2/telemetry/frames/f-1").json()
    assert (result.frame_id, result.error_code, result.duplicate) == ("f-1", "", False)
    assert result.received_at.ToJsonString() == kept["received_at"]
    assert kept["metrics"] == metrics
    assert isinstance(kept["metrics"]["count"], int)
    assert (kept["tags"], kept["metadata"], kept["timestamp"]) == ({"a": "b"}, {"v": "1"}, "2025-11-03T01:54:29.123Z")


def test_what_is_wrong_with_one_frame_touches_no_other(
    telemetry: TelemetryStub, ours: Metadata, client: httpx.Client
) -> None:
    """Good ones are stored, wrong ones refused with a code of v2 and a reason, in the order in which they came."""
    late = frame()
    late.timestamp.FromJsonString("2999-01-01T00:00:00Z")
    no_time = frame()
    no_time.timestamp.seconds = 10**15
    unset = frame()
    unset.metrics.fields["x"].SetInParent()
    wrong = {
        "Missing required parameter: metrics": Frame(device_id="d"),
        "Missing required parameter: device_id": frame(device_id=""),
        "does not match": frame(device_id="a b", frame_id="kept-name"),
        "not a number in JSON": frame({"x": float("inf")}),
        "x has no value": unset,
        "is no time": no_time,
        "ahead of the server's clock": late,
    }
    answer = telemetry.Submit(batch(frame(), *wrong.values(), frame()), metadata=ours)
    assert [result.error_code for result in answer.results] == [
        "", *["INVALID_REQUEST"] * (len(wrong) - 1), "VALIDATION_ERROR", "",
    ]  # fmt: skip
    for words, result in zip(wrong, answer.results[1:], strict=False):
        assert words in result.error_message
        assert not result.HasField("received_at")
    assert answer.results[3].frame_id == "kept-name"
    assert len(client.get("/v2/telemetry/frames").json()["data"]) == 2


def test_a_frame_that_comes_twice_is_stored_once(
    telemetry: TelemetryStub, ours: Metadata, client: httpx.Client
) -> None:
    """A repetition is answered as the first time; another frame of that name is refused; HTTP knows the same names."""
    first = telemetry.Submit(batch(frame({"n": 1}, frame_id="f-1")), metadata=ours).results[0]
    again, other = telemetry.Submit(
        batch(frame({"n": 1}, frame_id="f-1"), frame({"n": 2}, frame_id="f-1")), metadata=ours
    ).results
    assert (again.duplicate, again.received_at) == (True, first.received_at)
    assert (other.error_code, other.frame_id) == ("CONFLICT", "f-1")
    over_http = client.post(
        "/v2/telemetry/batch", json=[{"frame": {"frame_id": "f-1", "device_id": "device-1", "metrics": {"n": 1}}}]
    )
    assert over_http.json()["duplicates"] == 1


def test_the_call_has_an_identifier(telemetry: TelemetryStub, ours: Metadata) -> None:
    """The caller's comes back; without one, there is a new one, also where the call is refused."""
    _, call = telemetry.Submit.with_call(batch(), metadata=(*ours, ("x-request-id", "abc")))
    assert dict(call.initial_metadata())["x-request-id"] == "abc"
    error = refused(telemetry, batch(), ())
    assert dict(error.initial_metadata())["x-request-id"].startswith("req_")


@pytest.mark.parametrize("size", [0, 1001])
def test_a_batch_has_so_many_frames(telemetry: TelemetryStub, ours: Metadata, client: httpx.Client, size: int) -> None:
    """An empty one and one too large are refused whole."""
    error = refused(telemetry, FrameBatch(frames=[frame()] * size), ours)
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert f"this one has {size}" in error.details()
    assert client.get("/v2/telemetry/frames").json()["data"] == []


def test_who_may_not_is_told_so(telemetry: TelemetryStub, shared_server: Running, tenant: str, key: str) -> None:
    """Nobody known, no scope, another's tenant, and a header twice: each has its status."""
    observer = shared_server.key_for("observer", tenant)
    cases = [
        ((), grpc.StatusCode.UNAUTHENTICATED),
        ((("authorization", "Basic YTpi"),), grpc.StatusCode.UNAUTHENTICATED),
        (by("nexus_sk_live_0123456789ab_not-a-key-at-all-of-anybody"), grpc.StatusCode.UNAUTHENTICATED),
        (by(observer), grpc.StatusCode.PERMISSION_DENIED),
        (by(key, ("x-tenant-id", "t_of_others")), grpc.StatusCode.PERMISSION_DENIED),
        (by(key) * 2, grpc.StatusCode.INVALID_ARGUMENT),
    ]
    for metadata, status in cases:
        assert refused(telemetry, batch(), metadata).code() == status


def test_a_session_and_a_chosen_tenant_are_as_good(
    telemetry: TelemetryStub, shared_server: Running, tenant: str, client: httpx.Client
) -> None:
    """A token of somebody who has logged in works, in the tenant that they choose."""
    token = shared_server.session_for("admin", tenant)
    telemetry.Submit(batch(), metadata=by(token, ("x-tenant-id", tenant)))
    assert len(client.get("/v2/telemetry/frames").json()["data"]) == 1


def test_bytes_that_are_no_message_are_refused(shared_server: Running, ours: Metadata) -> None:
    """What protobuf cannot read is the caller's mistake, not ours."""
    with grpc.insecure_channel(shared_server.procedures) as channel, pytest.raises(grpc.RpcError) as found:
        channel.unary_unary("/nexus.v2.Telemetry/Submit")(b"\xff\xff", metadata=ours)
    assert found.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_batches_are_counted_as_over_http(serve: Callable[..., Running], tenant: str) -> None:
    """Both transports draw on one limit; who has used it up is told how long to wait."""
    server = serve(grpc_port=free_port(), rate_limits="v2.telemetry_batch=3")
    key = server.key_for("admin", tenant)
    with stub(server.procedures) as telemetry, httpx.Client(base_url=server.url) as client:
        telemetry.Submit(batch(), metadata=by(key))
        body = [{"frame": {"device_id": "d", "metrics": {"n": 1}}}]
        answer = client.post("/v2/telemetry/batch", json=body, headers={"Authorization": f"Bearer {key}"})
        assert answer.headers["x-ratelimit-remaining"] == "1"
        telemetry.Submit(batch(), metadata=by(key))
        error = refused(telemetry, batch(), by(key))
    assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert 0 < int(dict(error.trailing_metadata())["retry-after"]) <= 60


def test_strangers_are_counted_too(serve: Callable[..., Running]) -> None:
    """Who guesses keys is stopped by where they come from."""
    server = serve(grpc_port=free_port(), rate_limits="v2.telemetry_batch=2")
    with stub(server.procedures) as telemetry:
        found = [refused(telemetry, batch(), by("nexus_sk_live_guess_guess")).code() for _ in range(3)]
    assert found == [grpc.StatusCode.UNAUTHENTICATED] * 2 + [grpc.StatusCode.RESOURCE_EXHAUSTED]


def test_a_full_collector_takes_nothing(
    serve: Callable[..., Running], tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no room, the call ends as UNAVAILABLE with a hint, and nothing of the batch is there."""
    server = serve(grpc_port=free_port())
    key = server.key_for("admin", tenant)

    async def full(*_: Any) -> Any:
        raise Unavailable("Too much telemetry waits for the disk", retry_after=3)

    monkeypatch.setattr(server.nexus.core.telemetry.collector, "put", full)
    with stub(server.procedures) as telemetry:
        error = refused(telemetry, batch(frame(), frame(device_id="a b")), by(key))
        monkeypatch.undo()
        telemetry.Submit(batch(), metadata=by(key))
    assert error.code() == grpc.StatusCode.UNAVAILABLE
    assert dict(error.trailing_metadata())["retry-after"] == "3"
    headers = {"Authorization": f"Bearer {key}"}
    assert len(httpx.get(f"{server.url}/v2/telemetry/frames", headers=headers).json()["data"]) == 1


def test_a_defect_of_ours_tells_nothing(
    serve: Callable[..., Running], tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The caller gets INTERNAL and the call's identifier; the cause is in the log."""
    server = serve(grpc_port=free_port())

    async def broken(*_: Any) -> Any:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr(server.nexus.core.telemetry, "submit_frames", broken)
    with stub(server.procedures) as telemetry:
        error = refused(telemetry, batch(), by(server.key_for("admin", tenant)))
    assert (error.code(), error.details()) == (grpc.StatusCode.INTERNAL, "An unexpected error occurred")


def test_a_message_may_be_so_large(serve: Callable[..., Running], tenant: str) -> None:
    """The limit of HTTP's bodies is that of messages."""
    server = serve(grpc_port=free_port(), max_body_bytes=1000)
    with stub(server.procedures) as telemetry:
        error = refused(telemetry, batch(*[frame()] * 100), by(server.key_for("admin", tenant)))
    assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_batches_are_in_the_audit_log_and_the_figures(
    telemetry: TelemetryStub, shared_server: Running, ours: Metadata, client: httpx.Client, tenant: str
) -> None:
    """Batches are counted together, a denial is told of at once, and both are figures."""
    for _ in range(3):
        telemetry.Submit(batch(), metadata=ours)
    refused(telemetry, batch(), by(shared_server.key_for("observer", tenant)))
    told: list[dict] = []

    def is_told() -> bool:
        told[:] = client.get("/v2/audit", params={"event_type": "batch_submitted"}).json()["data"]
        return sum(entry["details"].get("count", 1) for entry in told) == 3

    assert eventually(is_told)
    assert {entry["operation"] for entry in told} == {"nexus.v2.Telemetry/Submit"}
    (denied,) = client.get("/v2/audit", params={"event_type": "access_denied"}).json()["data"]
    assert (denied["operation"], denied["details"]["status"]) == ("nexus.v2.Telemetry/Submit", 403)
    figures = shared_server.nexus.site.observer.exposition().decode()
    assert 'nexus_grpc_requests_total{operation="nexus.v2.Telemetry/Submit",status="OK"}' in figures
    assert 'status="PERMISSION_DENIED"' in figures
