"""YAML is read as 1.2 and written so that every reader agrees."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from scripts.generate import yaml12

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2025-11-03T00:00:00Z", "2025-11-03T00:00:00Z"),
        ("2025-11-03", "2025-11-03"),
        ("on", "on"),
        ("no", "no"),
        ("12:30", "12:30"),
        ("0b1", "0b1"),
        ("1_000", "1_000"),
        ("017", 17),
        ("0o17", 15),
        ("0x1f", 31),
        ("1e3", 1000.0),
        ("true", True),
        ("~", None),
        ("", None),
        ("'200'", "200"),
    ],
)
def test_scalars_mean_what_yaml_1_2_says(text, value):
    """Dates, words and clock times are strings; numbers are those of the core schema."""
    assert yaml12.load(text) == value


def test_a_key_that_stands_twice_is_refused():
    """A second key of the same name is an error rather than a silent winner."""
    with pytest.raises(yaml.YAMLError, match="stands twice"):
        yaml12.load("a: 1\nb: 2\na: 3\n")


@pytest.mark.parametrize("text", ["1e3", "on", "2025-11-03", "0o17", "12:30", "~", "", "1_000", "null", ".5"])
def test_ambiguous_strings_are_quoted(text):
    """A string that some reader would take for something else is read as a string by all."""
    written = yaml12.dump({"a": text})
    assert yaml12.load(written) == yaml.safe_load(written) == {"a": text}


@given(_VALUES)
def test_what_is_written_is_read_back(value):
    """Every JSON value survives."""
    assert yaml12.load(yaml12.dump({"value": value})) == {"value": value}
