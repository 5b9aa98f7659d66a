"""Callers of gRPC in tests: their stubs, and frames to send."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc

from generated.grpc.nexus_pb2 import Frame, FrameBatch
from generated.grpc.nexus_pb2_grpc import TelemetryStub

Metadata = tuple[tuple[str, str], ...]


@contextmanager
def stub(address: str) -> Iterator[TelemetryStub]:
    """A stub on a connection of its own."""
    # Channels of one process to one address share a connection, unless they say otherwise.
    with grpc.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
        yield TelemetryStub(channel)


def by(key: str, *more: tuple[str, str]) -> Metadata:
    """The metadata of somebody with a key."""
    return (("authorization", f"Bearer {key}"), *more)


def frame(metrics: dict[str, Any] | None = None, **fields: Any) -> Frame:
    """A frame of a device."""
    made = Frame(**{"device_id": "device-1", **fields})
    made.metrics.update({"cpu": 45.5} if metrics is None else metrics)
    return made


def batch(*frames: Frame, name: str = "b") -> FrameBatch:
    """Frames together."""
    return FrameBatch(batch_id=name, frames=frames or [frame()])


def ended(call: Any) -> grpc.RpcError:
    """How a call ends that does not end well."""
    try:
        for _ in call:
            pass
    except grpc.RpcError as error:
        return error
    raise AssertionError("The call has ended well")
