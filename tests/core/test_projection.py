"""Projections: what a dialect shows can be read back, in every dialect, for every value."""

import importlib
import json
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

import generated
from handlers.core.clock import Moment
from handlers.core.lifecycle import STATUSES, Task
from handlers.core.projection import (
    EPOCH_SECONDS,
    ISO_MILLISECONDS,
    ISO_SECONDS,
    RATIO,
    Choices,
    Words,
    read_iso,
)

DIALECTS = ("ggi", "v1", "v2", "lexos")
MAPPINGS = {name: importlib.import_module(f"handlers.dialects.{name}.mapping") for name in DIALECTS}
MODELS = {name: importlib.import_module(f"generated.models.{name}") for name in DIALECTS}
FIRST, LAST = -62_135_596_800_000, 253_402_300_799_999
moments = st.integers(FIRST, LAST)
date_time = jsonschema_rs.Draft202012Validator({"type": "string", "format": "date-time"}, validate_formats=True)


days = st.sampled_from(["0000-06-01", "0001-01-01", "9999-12-31", "1972-06-30", "2016-12-31", "2024-02-29"])
clocks = st.sampled_from(["23:59:60", "00:00:00", "12:34:56", "23:59:59"])
fractions = st.just("") | st.text("0123456789", min_size=1, max_size=12).map(".{}".format)
minutes = st.integers(0, 59).map("{:02}".format)
offsets = st.sampled_from(["Z", "z", "-00:00", "+23:59", "-23:59"]) | st.builds(
    "{}{:02}:{}".format, st.sampled_from("+-"), st.integers(0, 23), minutes
)
# Times as RFC 3339 lets people write them: leap seconds, long fractions, any offset, small letters, any year.
written_times = st.builds("{}{}{}{}{}".format, days, st.sampled_from("Tt"), clocks, fractions, offsets) | st.builds(
    "2016-12-31T{}:{}:60{}{}{}".format, st.just("23"), st.just("59"), fractions, st.sampled_from("+-"), st.just("00:00")
)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_status_has_a_word_that_the_contract_knows(dialect: str) -> None:
    """A dialect has a word for each status, and its words are the contract's, no more and no fewer."""
    choices = MAPPINGS[dialect].STATUS
    words = {choices.codec.show(status) for status in STATUSES}
    assert words == set(statuses_in_contract(dialect))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_status_is_found_under_its_word(dialect: str) -> None:
    """Filters by each word of a dialect find every status once; reading a word gives a status of that word."""
    choices = MAPPINGS[dialect].STATUS
    words = statuses_in_contract(dialect)
    assert sorted(status for word in words for status in choices.all_of(word)) == sorted(STATUSES)
    for word in words:
        read = choices.codec.read(word)
        assert (read if isinstance(read, tuple) else (read,)) == choices.all_of(word)
        assert {choices.codec.show(status) for status in choices.all_of(word)} == {word}
    assert choices.all_of(None) is None


@given(at=moments)
def test_times_come_back(at: int) -> None:
    """A shown time is read as the same time, to the precision of the dialect."""
    assert ISO_MILLISECONDS.read(ISO_MILLISECONDS.show(at)) == at
    assert ISO_SECONDS.read(ISO_SECONDS.show(at)) == at // 1000 * 1000
    assert EPOCH_SECONDS.read(EPOCH_SECONDS.show(at)) == at // 1000 * 1000
    assert date_time.is_valid(ISO_MILLISECONDS.show(at))
    assert date_time.is_valid(ISO_SECONDS.show(at))


@settings(max_examples=400)
@given(text=written_times)
def test_every_time_that_the_contract_admits_can_be_read(text: str) -> None:
    """What passes as a time in the contract is a time for the core, and can be shown again."""
    assume(date_time.is_valid(text))
    at = read_iso(text)
    assert FIRST <= at <= LAST
    assert date_time.is_valid(ISO_MILLISECONDS.show(at))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2025-11-03T01:54:29Z", "2025-11-03T01:54:29.000Z"),
        ("2025-11-03t01:54:29.518z", "2025-11-03T01:54:29.518Z"),
        ("2025-11-03T03:54:29.5184999+02:00", "2025-11-03T01:54:29.518Z"),
        ("1990-12-31T15:59:60-08:00", "1991-01-01T00:00:00.000Z"),
        ("2016-12-31T23:59:60.25Z", "2017-01-01T00:00:00.250Z"),
        ("0000-06-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:60Z", "9999-12-31T23:59:59.999Z"),
        ("9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59.999Z"),
    ],
)
def test_odd_times(text: str, shown: str) -> None:
    """Offsets lead to UTC, a leap second is the second after it, and the calendar ends where it ends."""
    assert ISO_MILLISECONDS.show(read_iso(text)) == shown


@given(at=st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)), minutes=st.integers(-1439, 1439))
def test_an_offset_moves_a_time(at: datetime, minutes: int) -> None:
    """A time with an offset is the same time without."""
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    text = f"{at:%Y-%m-%dT%H:%M:%S}".rjust(19, "0")
    local = f"{text}{sign}{hours:02}:{rest:02}"
    expected = round(at.replace(microsecond=0, tzinfo=UTC).timestamp() * 1000) - minutes * 60_000
    assert read_iso(local) == expected


@given(percent=st.integers(0, 10_000).map(lambda hundredths: hundredths / 100))
def test_a_ratio_is_a_percentage(percent: float) -> None:
    """Progress comes back as it was, between 0 and 1 in one dialect and between 0 and 100 in the others."""
    assert 0 <= RATIO.show(percent) <= 1
    assert RATIO.read(RATIO.show(percent)) == percent


@given(ratio=st.integers(0, 10_000).map(lambda parts: parts / 10_000))
def test_a_percentage_is_a_ratio(ratio: float) -> None:
    """Progress from 0 to 1 comes back as it was, and never exceeds 100."""
    assert 0 <= RATIO.read(ratio) <= 100
    assert RATIO.show(RATIO.read(ratio)) == ratio


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_dialect_renames_only_what_is_there(dialect: str) -> None:
    """Every name of a dialect stands for a field of the record, and no model has two names for one field."""
    words = MAPPINGS[dialect].TASK
    known = {item.name for item in fields(Task)}
    assert set(words.fields.values()) == known
    shown = [words.fields[name] for name in MODELS[dialect].Task.model_fields if name in words.fields]
    assert len(shown) == len(set(shown)) > 8


@dataclass
class Record:
    """A record of anything."""

    size: int | None
    at: Moment | None
    colour: str | None


class Shown(BaseModel):
    """What a dialect makes of it."""

    width: int | None = None
    at: str | None = None
    colour: str | None = None
    extra: str


@given(size=st.integers() | st.none(), at=moments | st.none(), colour=st.sampled_from(["red", "green"]) | st.none())
def test_what_is_shown_can_be_read(size: int | None, at: int | None, colour: str | None) -> None:
    """What a record has is shown and read back; what it does not have is left out; what differs is said once."""
    words = Words(
        Record,
        ISO_MILLISECONDS,
        {"width": "size"},
        {"colour": Choices(("red", "green"), red="rosso", green="verde").codec},
    )
    values = {"size": size, "at": at, "colour": colour}
    known = {name: value for name, value in values.items() if value is not None}
    shown = words.show(Shown, Record(**values), extra="more").model_dump(exclude_unset=True)
    assert shown.pop("extra") == "more"
    assert shown.get("colour") in (None, "rosso", "verde")
    assert len(shown) == len(known)
    assert words.read(shown) == known


def test_a_word_for_several_values_reads_as_all() -> None:
    """Where a dialect has one word for several values, a filter and a change mean any of them."""
    choices = Choices(("pending", "blocked", "running"), pending="queued", blocked="queued")
    assert choices.all_of("queued") == ("pending", "blocked")
    assert choices.codec.read("queued") == ("pending", "blocked")
    assert choices.codec.read("running") == "running"


def statuses_in_contract(dialect: str) -> list[str]:
    """The words for a task's status in the contract."""
    document = json.loads((Path(generated.__file__).parent / "openapi.json").read_bytes())
    return document["components"]["schemas"][f"{dialect.capitalize()}TaskStatus"]["enum"]
