"""What is called over gRPC, where everybody speaks `v2`: frames, many at once."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

from google.protobuf.timestamp_pb2 import Timestamp

from generated.errors import ERRORS
from handlers.core.calls import Call
from handlers.core.clock import Moment
from handlers.core.collector import Outcome
from handlers.core.errors import Refusal
from handlers.core.frames import NewFrame

# The fields of a `FrameResult` that are not empty: protobuf makes its messages of them where they are sent.
Result = dict[str, Any]


class Sent(Protocol):
    """A frame as it was sent: in the form of HTTP, when it was measured, and why it is refused, if it is already."""

    value: Mapping[str, Any]
    at: Moment | None
    refusal: Refusal | None


async def submit_frames(call: Call, frames: Sequence[Sent]) -> list[Result]:
    """Store frames, and tell what came of each."""
    items = [frame.refusal or _frame(frame) for frame in frames]
    outcomes = await call.core.telemetry.submit_frames(call.principal, items)
    return [_result(frame, outcome) for frame, outcome in zip(frames, outcomes, strict=True)]


def _frame(sent: Sent) -> NewFrame:
    value = sent.value
    return NewFrame(
        value["device_id"], value["metrics"], sent.at, value.get("tags"), value.get("metadata"), value.get("frame_id")
    )


def _result(sent: Sent, outcome: Outcome) -> Result:
    if not isinstance(outcome, Refusal):
        kept = outcome.document
        told: Result = {"frame_id": kept["id"], "received_at": _timestamp(kept["received_at"])}
        if not outcome.is_new:
            told["duplicate"] = True
        return told
    code = ERRORS["v2"][outcome.kind].code or ""
    return {"frame_id": sent.value.get("frame_id", ""), "error_code": code, "error_message": outcome.message}


@lru_cache(maxsize=64)
def _timestamp(at: Moment) -> Timestamp:
    """A time; the frames of a batch share it, and nobody changes it."""
    seconds, milliseconds = divmod(at, 1000)
    return Timestamp(seconds=seconds, nanos=milliseconds * 1_000_000)
