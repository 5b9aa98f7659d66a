"""Frames as the benchmark of telemetry sends them: three metrics, two tags, a time; one, or many in a batch."""

import orjson

from generated.grpc.nexus_pb2 import FrameBatch
from handlers.core.clock import system_clock
from handlers.core.frames import NewFrame
from handlers.core.intake import DAY, Intake, Naming
from handlers.core.ports import Document
from handlers.core.principals import Principal
from scripts.serving import API_KEY

DEVICES = 50
METRICS = {"cpu_usage": 45.2, "memory_usage": 62.8, "temperature": 21.5}
TAGS = {"environment": "production", "region": "us-west-2"}
AT = "2026-01-03T01:53:54.518Z"
WHO = Principal("usr_bench", "t_bench", frozenset())
_INTAKE = Intake(system_clock, ahead=600)


def single(number: int) -> bytes:
    """A whole request that sends one frame."""
    return _post("/v2/telemetry/frames", {**_frame(number), "timestamp": AT})


def batch(size: int) -> bytes:
    """A whole request that sends many."""
    return _post("/v2/telemetry/batch", [{"frame": {**_frame(number), "timestamp": AT}} for number in range(size)])


def message(size: int) -> bytes:
    """The same many as a message of gRPC."""
    made = FrameBatch(batch_id="b")
    for number in range(size):
        frame = made.frames.add(device_id=_device(number), tags=TAGS)
        frame.timestamp.FromJsonString(AT)
        frame.metrics.update(METRICS)
    return made.SerializeToString()


def document(number: int, at: int, device: str | None = None) -> Document:
    """A frame as it is kept."""
    frame = NewFrame(device or _device(number), {**METRICS, "temperature": 20.0 + number % 10}, at, TAGS)
    return _INTAKE.document(WHO, None, Naming("frame"), at, frame.content(), days=30)


def a_day(points: int, device: str, since: int) -> list[Document]:
    """So many frames of a device, evenly over a day."""
    return [document(number, since + number * DAY // points, device) for number in range(points)]


def _frame(number: int) -> dict[str, object]:
    return {"device_id": _device(number), "metrics": METRICS, "tags": TAGS}


def _device(number: int) -> str:
    return f"device-{number % DEVICES}"


def _post(path: str, body: object) -> bytes:
    raw = orjson.dumps(body)
    lines = [
        f"POST {path} HTTP/1.1", "host: localhost", "user-agent: nexus-bench", f"authorization: Bearer {API_KEY}",
        "content-type: application/json", f"content-length: {len(raw)}",
    ]  # fmt: skip
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw
