"""When a schedule is due: time zones, their changes, and what is never due."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.core.errors import Unprocessable
from handlers.core.schedules import next_due

ROME = "Europe/Rome"
times = st.integers(0, 4_000_000_000_000)
field = st.sampled_from(["*", "0", "7", "5-9", "9-5", "*/7", "1,3,5", "59", "31", "0-59/11"])
zones = st.sampled_from(["UTC", ROME, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"])


@pytest.mark.parametrize(
    ("cron", "zone", "now", "due"),
    [
        ("0 2 * * *", "UTC", "2025-11-03T01:53:54.540Z", "2025-11-03T02:00:00Z"),
        ("0 2 * * *", "UTC", "2025-11-03T02:00:00Z", "2025-11-04T02:00:00Z"),
        ("0 2 * * *", "UTC", "2025-11-03T01:59:59.999Z", "2025-11-03T02:00:00Z"),
        ("0 2 * * *", ROME, "2025-07-01T12:00:00Z", "2025-07-02T00:00:00Z"),
        ("0 2 * * *", ROME, "2025-12-01T12:00:00Z", "2025-12-02T01:00:00Z"),
        ("0 0 29 2 *", "UTC", "2025-03-01T00:00:00Z", "2028-02-29T00:00:00Z"),
        ("0 0 * * 7", "UTC", "2025-11-03T00:00:00Z", "2025-11-09T00:00:00Z"),
    ],
)
def test_when_a_schedule_is_due(cron: str, zone: str, now: str, due: str) -> None:
    """The next due moment is after now, by the clocks of the schedule's zone."""
    assert shown(next_due({"cron": cron, "timezone": zone}, moment(now))) == due


def test_a_schedule_without_a_zone_is_in_utc() -> None:
    """No zone means UTC."""
    assert next_due({"cron": "0 2 * * *"}, 0) == next_due({"cron": "0 2 * * *", "timezone": "UTC"}, 0)


def test_an_hour_that_does_not_exist_is_made_up_for() -> None:
    """A nightly run in the hour that spring skips happens when the hour is over, and the next night as ever."""
    assert runs("30 2 * * *", "2025-03-29T12:00:00Z", 2) == ["2025-03-30T01:00:00Z", "2025-03-31T00:30:00Z"]


def test_an_hour_that_comes_twice_counts_once() -> None:
    """A nightly run in the hour that autumn repeats happens once; an hourly one happens every hour."""
    assert runs("30 2 * * *", "2025-10-25T12:00:00Z", 2) == ["2025-10-26T00:30:00Z", "2025-10-27T01:30:00Z"]
    hourly = runs("30 * * * *", "2025-10-25T23:00:00Z", 4)
    assert hourly == [f"2025-10-2{day}T{hour}:30:00Z" for day, hour in ((5, "23"), (6, "00"), (6, "01"), (6, "02"))]


@pytest.mark.parametrize("cron", ["0 0 30 2 *", "0 0 31 4,6 *", "60 * * * *", "5-1 * * * *", "*/0 * * * *", "what"])
def test_what_is_never_due_is_refused(cron: str) -> None:
    """An expression that no moment fits is refused by its field."""
    with pytest.raises(Unprocessable) as refusal:
        next_due({"cron": cron}, 0)
    assert refusal.value.details["field"] == "schedule.cron"


@pytest.mark.parametrize(
    "zone", ["", ".", "Europe", "Mars/Base", "../../etc/passwd", "/etc/localtime", "zone.tab", "x" * 5000, "a\0b", "é"]
)
def test_a_zone_that_does_not_exist_is_refused(zone: str) -> None:
    """No name, however strange, is taken for a zone or for a file."""
    with pytest.raises(Unprocessable) as refusal:
        next_due({"cron": "0 2 * * *", "timezone": zone}, 0)
    assert refusal.value.details["field"] == "schedule.timezone"


@settings(deadline=None, max_examples=150)
@given(cron=st.tuples(field, field, field, field, field), zone=zones, now=times)
def test_due_is_soonest_and_ahead(cron: tuple[str, ...], zone: str, now: int) -> None:
    """Whatever is not refused is due on a full minute after now, and no sooner moment is due from in between."""
    schedule = {"cron": " ".join(cron), "timezone": zone}
    try:
        due = next_due(schedule, now)
    except Unprocessable:
        return
    assert due > now
    assert datetime.fromtimestamp(due / 1000, ZoneInfo(zone)).second == 0
    assert next_due(schedule, (now + due) // 2) == due
    assert next_due(schedule, due) > due


def moment(text: str) -> int:
    """Milliseconds since the epoch."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def shown(at: int) -> str:
    """A moment in UTC."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def runs(cron: str, start: str, count: int) -> list[str]:
    """The next runs in Rome."""
    due, found = moment(start), []
    for _ in range(count):
        due = next_due({"cron": cron, "timezone": ROME}, due)
        found.append(shown(due))
    return found
