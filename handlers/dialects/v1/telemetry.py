"""Telemetry frames and what is asked of them, as the v1 specification prints them."""

from collections.abc import Sequence
from typing import Any

from generated.models import v1
from handlers.core.calls import Call
from handlers.core.errors import Unprocessable
from handlers.core.frames import Frame, NewFrame
from handlers.core.intake import Naming
from handlers.core.measurements import Range, length_of
from handlers.core.projection import iso_milliseconds, iso_seconds, read_iso
from handlers.core.rollups import beginning
from handlers.core.series import Point


async def send_frame(call: Call, body: v1.FrameCreate, idempotency_key: str | None) -> v1.FrameCreated:
    """Store what a device has measured."""
    at = None if body.timestamp is None else read_iso(body.timestamp)
    frame = NewFrame(body.device_id, body.metrics, at, body.tags, body.metadata)
    kept = await call.core.telemetry.submit(call.principal, frame, Naming("frame", "-", key=idempotency_key))
    return v1.FrameCreated(success=True, frame_id=kept["id"], received_at=iso_milliseconds(kept["received_at"]))


async def query_telemetry(
    call: Call,
    device_id: str | None,
    start_time: str,
    end_time: str,
    metrics: list[str] | None,
    tags: list[str] | None,
    aggregation: str | None,
    interval: str | None,
    limit: int,
    offset: int,
) -> v1.TelemetryData:
    """What was measured between two times: frames, or one point for each interval."""
    asked = {
        "device_id": device_id,
        "start_time": start_time,
        "end_time": end_time,
        "metrics": metrics,
        "tags": tags,
        "aggregation": aggregation,
        "interval": interval,
    }
    within = Range(read_iso(start_time), read_iso(end_time), device_id, tuple(tags or ()))
    if within.until < within.since:
        raise Unprocessable("The range ends before it begins", field="end_time", location="query")
    names = tuple(dict.fromkeys(metrics or ()))
    if aggregation is None and interval is None:
        data, total = await _frames(call, within, names, limit, offset)
    else:
        found = await _points(call, within, names, aggregation or "avg", interval)
        data, total = found[offset : offset + limit], len(found)
    query = v1.TelemetryQuery(**{name: value for name, value in asked.items() if value is not None})
    return v1.TelemetryData(query=query, data=data, total_points=total)


async def _frames(
    call: Call, within: Range, names: Sequence[str], limit: int, offset: int
) -> tuple[list[v1.TelemetryPoint], int]:
    frames, total = await call.core.measurements.frames(call.principal, within, limit, offset)
    return [_shown(frame, set(names)) for frame in frames], total


def _shown(frame: Frame, names: set[str]) -> v1.TelemetryPoint:
    values = {name: value for name, value in frame.metrics.items() if not names or name in names}
    return v1.TelemetryPoint(timestamp=iso_milliseconds(frame.at), device_id=frame.device, **values)


async def _points(
    call: Call, within: Range, names: tuple[str, ...], aggregation: str, interval: str | None
) -> list[v1.TelemetryPoint]:
    """One point for each interval; without one given, the whole range is one."""
    if interval is None:
        origin, length = within.since, max(within.until - within.since, 1)
    else:
        length = length_of(interval)
        origin = beginning(within.since, length)
    found = await call.core.measurements.points(
        call.principal, within, names, aggregation, origin=origin, interval=length
    )
    return [v1.TelemetryPoint(timestamp=_time(at), **values) for at, values in _by_time(found).items()]


def _by_time(points: Sequence[Point]) -> dict[int, dict[str, Any]]:
    by_time: dict[int, dict[str, Any]] = {}
    for point in points:
        by_time.setdefault(point.at, {})[point.name] = point.value
    return by_time


def _time(at: int) -> str:
    """Intervals begin with a second, unless the range is one and does not."""
    return iso_milliseconds(at) if at % 1000 else iso_seconds(at)
