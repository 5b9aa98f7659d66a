"""When a schedule is due next."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from handlers.core.errors import Unprocessable

DEFAULT_TIMEZONE = "UTC"


def next_due(schedule: Mapping[str, Any], now: int) -> int:
    """The first moment after now, in milliseconds, that the schedule's expression names in its time zone."""
    zone = _zone(schedule.get("timezone", DEFAULT_TIMEZONE))
    start = datetime.fromtimestamp(now / 1000, UTC).astimezone(zone)
    try:
        due = next(CronSim(schedule["cron"], start))
    except (CronSimError, StopIteration) as exc:
        raise Unprocessable(f"{schedule['cron']} is never due", field="schedule.cron") from exc
    return round(due.timestamp() * 1000)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise Unprocessable(f"There is no time zone {name}", field="schedule.timezone") from exc
