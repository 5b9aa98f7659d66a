"""Frames, lines of logs and events: sent one by one or many at once, read and listed; and the devices behind them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from generated.errors import ERRORS
from generated.models import v2
from handlers.core.calls import Call
from handlers.core.collector import Outcome, Stored
from handlers.core.devices import Device
from handlers.core.errors import Refusal, Unprocessable
from handlers.core.frames import Frame, NewFrame
from handlers.core.intake import Naming
from handlers.core.log_lines import Line, NewLine, at_least
from handlers.core.measurements import Range, length_of
from handlers.core.projection import iso_milliseconds, iso_seconds, read_iso
from handlers.core.reports import NewReport, Report
from handlers.core.retention import Kept
from handlers.core.series import Point
from handlers.core.telemetry import Found, Sought
from handlers.dialects.v2.mapping import FRAME, LINE, REPORT, moment_behind, moment_of, name_behind, name_of

Page = TypeVar("Page")
# What was sent, by the names of the contract.
Said = Mapping[str, Any]


async def submit_event(call: Call, body: Said, idempotency_key: str | None) -> v2.TelemetryEntry:
    """Store what a program tells."""
    kept = await call.core.telemetry.submit(call.principal, _report(body), Naming("tev", key=idempotency_key))
    return REPORT.show(v2.TelemetryEntry, Report.of(kept))


async def list_events(
    call: Call,
    event_type: str | None,
    source: str | None,
    tags: list[str] | None,
    since: str | None,
    until: str | None,
    limit: int,
    cursor: str | None,
) -> v2.TelemetryEntryPage:
    """One page of what programs have told."""
    sought = _sought(since, until, tags, type=event_type, source=source)
    found = await call.core.telemetry.reports(call.principal, sought, limit, moment_of(cursor))
    return _page(v2.TelemetryEntryPage, found, partial(REPORT.show, v2.TelemetryEntry))


async def get_event(call: Call, event_id: str) -> v2.TelemetryEntry:
    """What a program has told."""
    return REPORT.show(v2.TelemetryEntry, await call.core.telemetry.report(call.principal, event_id))


async def submit_frame(call: Call, body: Said, idempotency_key: str | None) -> v2.Frame:
    """Store what a device has measured."""
    kept = await call.core.telemetry.submit(call.principal, _frame(body), Naming("frame", key=idempotency_key))
    return FRAME.show(v2.Frame, Frame.of(kept))


async def list_frames(
    call: Call,
    device_id: str | None,
    metrics: list[str] | None,
    tags: list[str] | None,
    since: str | None,
    until: str | None,
    limit: int,
    cursor: str | None,
) -> v2.FramePage:
    """One page of what devices have measured."""
    sought = _sought(since, until, tags, device=device_id)
    found = await call.core.telemetry.frames(call.principal, sought, limit, moment_of(cursor), metrics or ())
    return _page(v2.FramePage, found, partial(FRAME.show, v2.Frame))


async def get_frame(call: Call, frame_id: str) -> v2.Frame:
    """What a device has measured at one moment."""
    return FRAME.show(v2.Frame, await call.core.telemetry.frame(call.principal, frame_id))


async def submit_log(call: Call, body: Said, idempotency_key: str | None) -> v2.Log:
    """Store a line of a log."""
    kept = await call.core.telemetry.submit(call.principal, _line(body), Naming("log", key=idempotency_key))
    return LINE.show(v2.Log, Line.of(kept))


async def list_logs(
    call: Call,
    device_id: str | None,
    level: str | None,
    text: str | None,
    tags: list[str] | None,
    since: str | None,
    until: str | None,
    limit: int,
    cursor: str | None,
) -> v2.LogPage:
    """One page of the lines that were sent."""
    sought = _sought(since, until, tags, device=device_id, level=at_least(level))
    found = await call.core.telemetry.lines(call.principal, sought, limit, moment_of(cursor), text)
    return _page(v2.LogPage, found, partial(LINE.show, v2.Log))


async def get_log(call: Call, log_id: str) -> v2.Log:
    """A line of a log."""
    return LINE.show(v2.Log, await call.core.telemetry.line(call.principal, log_id))


async def submit_batch(call: Call, body: Sequence[Said | Refusal]) -> v2.BatchResult:
    """Store many items, and tell what came of each; a line that could not be read is refused already."""
    items = [item if isinstance(item, Refusal) else _item(item) for item in body]
    results = [_result(*told) for told in enumerate(await call.core.telemetry.submit_all(call.principal, items))]
    counts = Counter(result["status"] for result in results)
    return v2.BatchResult(
        accepted=counts["accepted"], duplicates=counts["duplicate"], rejected=counts["rejected"], results=results
    )


async def get_series(
    call: Call,
    metrics: list[str],
    since: str,
    until: str,
    aggregation: str,
    interval: str,
    device_id: str | None,
    group_by: str | None,
    tags: list[str] | None,
) -> v2.SeriesResult:
    """One value for each metric and interval, counted from the beginning of the range."""
    asked = {"device_id": device_id, "tags": tags, "group_by": group_by}
    within = Range(read_iso(since), read_iso(until), device_id, tuple(tags or ()))
    if within.until <= within.since:
        raise Unprocessable("The range does not end behind its beginning", field="until", location="query")
    names, by = tuple(dict.fromkeys(metrics)), None if group_by is None else "device"
    points = await call.core.measurements.points(
        call.principal, within, names, aggregation, origin=within.since, interval=length_of(interval), by=by
    )
    query = v2.SeriesQuery(
        metrics=metrics,
        since=since,
        until=until,
        aggregation=aggregation,
        interval=interval,
        **{name: value for name, value in asked.items() if value is not None},
    )
    return v2.SeriesResult(query=query, series=_series(points), total_points=len(points))


async def get_retention(call: Call) -> v2.Retention:
    """How long telemetry is kept."""
    return _retention(await call.core.telemetry.retention.of(call.principal.tenant))


async def update_retention(call: Call, body: v2.RetentionUpdate) -> v2.Retention:
    """Choose how long it is kept."""
    return _retention(await call.core.telemetry.retention.change(call.principal, body.model_dump(exclude_unset=True)))


async def list_devices(
    call: Call, status: str | None, tags: list[str] | None, limit: int, cursor: str | None
) -> v2.DevicePage:
    """One page of the devices that were heard."""
    online = None if status is None else status == "online"
    devices, behind = await call.core.telemetry.devices.page(
        call.principal.tenant, limit, name_of(cursor), online=online, labels=tuple(tags or ())
    )
    more = {} if behind is None else {"next_cursor": name_behind(behind)}
    return v2.DevicePage(data=[_device(device) for device in devices], has_more=behind is not None, **more)


async def get_device(call: Call, device_id: str) -> v2.Device:
    """What is known of a device."""
    return _device(await call.core.telemetry.devices.get(call.principal.tenant, device_id))


async def get_latest(call: Call, device_id: str) -> v2.LatestMetrics:
    """The last value of each metric of a device."""
    device = await call.core.telemetry.devices.get(call.principal.tenant, device_id)
    values = {
        name: v2.LatestValue(value=value, timestamp=iso_milliseconds(at)) for name, (at, value) in device.latest.items()
    }
    return v2.LatestMetrics(device_id=device.id, metrics=values, last_seen=iso_milliseconds(device.last_seen))


def _item(item: Said) -> NewFrame | NewLine | NewReport:
    """The one that the item is."""
    ((name, said),) = item.items()
    return _READERS[name](said)


def _frame(said: Said) -> NewFrame:
    ask = said.get
    return NewFrame(
        said["device_id"], said["metrics"], _moment(ask("timestamp")), ask("tags"), ask("metadata"), ask("frame_id")
    )


def _line(said: Said) -> NewLine:
    ask = said.get
    at = _moment(ask("timestamp"))
    return NewLine(said["device_id"], said["level"], said["message"], at, ask("context"), ask("tags"), ask("log_id"))


def _report(said: Said) -> NewReport:
    ask = said.get
    at = _moment(ask("timestamp"))
    return NewReport(said["event_type"], said["data"], ask("source"), at, ask("tags"), ask("event_id"))


_READERS: dict[str, Callable[[Said], NewFrame | NewLine | NewReport]] = {
    "frame": _frame,
    "log": _line,
    "event": _report,
}


def _result(index: int, outcome: Outcome) -> dict[str, Any]:
    """The fields of one result; a thousand models at once are made of fields sooner than one by one."""
    if isinstance(outcome, Stored):
        return {"index": index, "status": "accepted" if outcome.is_new else "duplicate", "id": outcome.document["id"]}
    code = ERRORS["v2"][outcome.kind].code
    error = {"code": code, "message": outcome.message, "details": dict(outcome.details)}
    return {"index": index, "status": "rejected", "error": error}


def _retention(kept: Kept) -> v2.Retention:
    return v2.Retention(telemetry_days=kept.telemetry_days, rollup_days=kept.rollup_days)


def _series(points: Sequence[Point]) -> list[v2.MetricSeries]:
    """Points that belong together, in order of their metrics and devices."""
    lines: dict[tuple[str, str], list[v2.SeriesPoint]] = {}
    for point in points:
        shown = v2.SeriesPoint(timestamp=_time(point.at), value=point.value)
        lines.setdefault((point.name, point.by or ""), []).append(shown)
    return [
        v2.MetricSeries(metric=metric, points=lines[metric, device], **({"device_id": device} if device else {}))
        for metric, device in sorted(lines)
    ]


def _time(at: int) -> str:
    """Intervals begin with a second, unless the range does not."""
    return iso_milliseconds(at) if at % 1000 else iso_seconds(at)


def _device(device: Device) -> v2.Device:
    return v2.Device(
        device_id=device.id,
        status="online" if device.is_online else "offline",
        tags=device.tags,
        metrics=sorted(device.latest),
        first_seen=iso_milliseconds(device.first_seen),
        last_seen=iso_milliseconds(device.last_seen),
    )


def _page(model: Callable[..., Page], found: Found, show: Callable[[Any], Any]) -> Page:
    data = [show(item) for item in found.items]
    if found.behind is None:
        return model(data=data, has_more=False)
    return model(data=data, has_more=True, next_cursor=moment_behind(found.behind))


def _sought(
    since: str | None, until: str | None, tags: list[str] | None, **where: str | tuple[str, ...] | None
) -> Sought:
    given = {name: value for name, value in where.items() if value is not None}
    return Sought(given, _moment(since), _moment(until), tuple(tags or ()))


def _moment(text: str | None) -> int | None:
    return None if text is None else read_iso(text)
