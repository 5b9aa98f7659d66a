"""What devices send over AMQP: batches of frames."""

from generated.errors import ERRORS
from generated.models import amqp
from handlers.core.calls import Call
from handlers.core.collector import Outcome
from handlers.core.errors import Refusal, Unavailable
from handlers.core.frames import NewFrame
from handlers.core.inbound import Inbound, Reply
from handlers.core.projection import read_iso


async def submit_frames(call: Call, said: amqp.FrameBatch, message: Inbound) -> Reply:
    """Store frames, and tell what came of each. A batch of the same name, of the same sender, is stored once."""
    frames = [_frame(frame) for frame in said.frames]
    outcomes = await call.core.telemetry.submit_all(call.principal, frames, key=said.batch_id or message.name)
    if any(isinstance(outcome, Unavailable) for outcome in outcomes):
        raise next(outcome for outcome in outcomes if isinstance(outcome, Unavailable))
    results = [_result(*told) for told in enumerate(outcomes)]
    counts = {status: sum(result.status == status for result in results) for status in ("accepted", "rejected")}
    duplicates = len(results) - sum(counts.values())
    named = {} if said.batch_id is None else {"batch_id": said.batch_id}
    result = amqp.FrameBatchResult(**counts, duplicates=duplicates, results=results, **named)
    return Reply(result, _first_refusal(result))


def _frame(said: amqp.Frame) -> NewFrame:
    at = None if said.timestamp is None else read_iso(said.timestamp)
    return NewFrame(said.device_id, said.metrics, at, said.tags, said.metadata, said.frame_id)


def _first_refusal(result: amqp.FrameBatchResult) -> str | None:
    """Why the first of the frames that were refused was."""
    for one in result.results:
        if one.error is not None:
            return f"Item {one.index}, the first of {result.rejected}: {one.error.message}"
    return None


def _result(index: int, outcome: Outcome) -> amqp.FrameResult:
    if not isinstance(outcome, Refusal):
        status = "accepted" if outcome.is_new else "duplicate"
        return amqp.FrameResult(index=index, status=status, frame_id=outcome.document["id"])
    code = ERRORS["v2"][outcome.kind].code
    error = amqp.Refusal(code=code, message=outcome.message, details=dict(outcome.details))
    return amqp.FrameResult(index=index, status="rejected", error=error)
