"""Messages as plain values: what protobuf says, as JSON would say it."""

import math

from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st

from adapters.grpc.messages import read_frames
from generated.grpc.nexus_pb2 import Frame
from tests.frames import frame

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5) | NUMBERS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(max_size=5), VALUES, max_size=5)


@given(OBJECTS, OBJECTS, st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=3))
def test_values_are_those_of_protobufs_own_json(metrics: dict, metadata: dict, tags: dict) -> None:
    """Whatever is sent, it is read as protobuf's JSON says it, but that a number beyond exactness stays as it is."""
    sent = frame(metrics, tags=tags)
    sent.metadata.update(metadata)
    (read,) = read_frames([sent])
    said = json_format.MessageToDict(sent, preserving_proto_field_name=True)
    assert read.refusal is None
    assert read.value == {name: value for name, value in said.items() if value != {} or name != "tags"}


@given(st.integers(min_value=-62_135_596_800_000, max_value=253_402_300_799_999))
def test_times_are_milliseconds(at: int) -> None:
    """Every time that a timestamp can say, before the epoch too, is read to the millisecond."""
    sent = frame()
    sent.timestamp.FromMilliseconds(at)
    assert read_frames([sent])[0].at == at


@given(st.integers() | NUMBERS)
def test_whole_numbers_are_whole(number: float) -> None:
    """A number without a fraction is read as a whole one where that is exact, and is the same number always."""
    sent = frame({"n": float(number)} if abs(number) < 1e300 else {"n": 1e300})
    value = read_frames([sent])[0].value["metrics"]["n"]
    assert value == sent.metrics["n"]
    assert isinstance(value, int) == (float(value).is_integer() and abs(value) < 2**53)


def test_what_json_cannot_say_is_refused() -> None:
    """A number that is none, at any depth, and a value of no kind are refused, each with its name."""
    for metrics in ({"x": math.nan}, {"y": {"x": [math.inf]}}):
        refusal = read_frames([frame(metrics)])[0].refusal
        assert refusal is not None and "is not a number in JSON" in refusal.message
    unset = Frame(device_id="d")
    unset.metrics.fields["x"].SetInParent()
    assert read_frames([unset])[0].refusal.details["field"] == "x"
